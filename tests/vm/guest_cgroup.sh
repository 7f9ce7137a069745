# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# guest_cgroup.sh - memory, processes and processor time of an actor have bounds,
# and what is beyond them is its own failure.
# shellcheck source=tests/vm/guest_lib.sh
. ./guest_lib.sh

unit=/sys/fs/cgroup/system.slice/system-actorproc.slice/actorproc@limits.service

# of NAME's process now
cgroup() {
	echo "$unit/actor:limits:$1:$(field "/limits/$1" generation)"
}

# who is about to execute an actor has its name as well, and is younger
supervisor() {
	pgrep -o -x sv:limits
}

why() { # path: the causes of its failures
	actorctl why --json "$1" | jq -r '.. | .cause? // empty'
}

has_stopped() { # path
	[ "$(field "$1" state)" = stopped ]
}

has_said() { # path, text
	has_record "$1" "$2"
}

test_supervisors_are_in_a_leaf_and_actors_beside_it() {
	systemctl start actorproc@limits
	same '' "$(cat "$unit/cgroup.procs")"
	grep -qx "$(property actorproc@limits MainPID)" "$unit/supervisor/cgroup.procs"
	grep -qx "$(supervisor)" "$unit/supervisor/cgroup.procs"
	same "$(field /limits/worker pid)" "$(cat "$(cgroup worker)/cgroup.procs")"
	[ -d "$unit/actor:system:journal:0" ]
	for controller in memory pids cpu; do
		grep -qw "$controller" "$unit/cgroup.subtree_control"
	done
}

test_limits_are_in_force_and_nothing_is_said_against_it() {
	systemctl start actorproc@limits
	same 16777216 "$(cat "$(cgroup enough)/memory.max")"
	same 1 "$(cat "$(cgroup enough)/memory.oom.group")"
	same 4 "$(cat "$(cgroup pids)/pids.max")"
	same '10000 100000' "$(cat "$(cgroup cpu)/cpu.max")"
	! field /limits lowered | grep 'not in force' || return 1
}

test_without_delegation_limits_are_not_in_force_and_that_is_said() {
	with_setting actorproc@limits Delegate=no
	systemctl start actorproc@limits
	same 2 "$(field /limits level)"
	field /limits lowered | grep -q '"memory" of the file is not in force'
	field /limits lowered | grep -q '"cpu" of the file is not in force'
	[ ! -e "$unit/supervisor" ]
}

test_too_much_memory_is_the_cause_oom_and_its_own_matter() {
	systemctl start actorproc@limits
	until_so has_stopped /limits/memory
	why /limits/memory | grep -qx oom
	actorctl why /limits/memory | grep -q 'more than its memory: 16M'
	is_running /limits/worker
	same 0 "$(field /limits/worker generation)"
	is_running /limits/enough
	same 0 "$(field /limits/enough generation)"
	until_so has_record /limits/memory 'failed, cause oom'
	same active "$(property actorproc@limits ActiveState)"
}

test_all_processes_of_one_that_is_out_of_memory_are_killed() {
	systemctl start actorproc@limits
	until_so has_stopped /limits/family
	why /limits/family | grep -qx oom
	until_so no_process 'test-hog family'
	until_so no_file "$unit/actor:limits:family:*"
}

test_a_program_gets_no_more_processes_than_it_may_have() {
	systemctl start actorproc@limits
	until_so has_said /limits/pids '3 processes, EAGAIN'
	same 4 "$(wc -l <"$(cgroup pids)/cgroup.procs")"
}

test_who_is_refused_a_process_has_a_record() {
	systemctl start actorproc@limits
	until_so has_said /limits/pids '3 processes, EAGAIN'
	until_so has_record /limits/pids 'as it may have, pids: 4, and was refused one more'
	grep -qx 'max 17' "$(cgroup pids)/pids.events"
	actorctl why --json /limits/pids | grep -q '"limit"'
}

test_a_paused_program_uses_no_processor_until_it_is_unpaused() {
	local used

	systemctl start actorproc@limits
	until_so is_throttled cpu 5
	actorctl pause /limits/cpu
	until_so grep -qx 'frozen 1' "$(cgroup cpu)/cgroup.events"
	used=$(sed -n 's/^usage_usec //p' "$(cgroup cpu)/cpu.stat")
	sleep 1
	same "$used" "$(sed -n 's/^usage_usec //p' "$(cgroup cpu)/cpu.stat")"
	actorctl unpause /limits/cpu
	until_so is_throttled cpu 60
}

is_throttled() { # name
	[ "$(sed -n 's/^nr_throttled //p' "$(cgroup "$1")/cpu.stat")" -ge "$2" ]
}

test_a_program_gets_no_more_of_a_processor_than_it_may_have() {
	local used before now

	systemctl start actorproc@limits
	until_so is_throttled cpu 5
	before=$(date +%s%N)
	used=$(sed -n 's/^usage_usec //p' "$(cgroup cpu)/cpu.stat")
	until_so is_throttled cpu 60
	used=$(($(sed -n 's/^usage_usec //p' "$(cgroup cpu)/cpu.stat") - used))
	now=$(date +%s%N)
	echo "$used us of $(((now - before) / 1000))"
	[ $((used * 1000 * 100)) -le $(((now - before) * 15)) ]
}

test_an_end_takes_the_rest_of_its_processes_and_its_cgroup_along() {
	local before

	systemctl start actorproc@limits
	until_so has_said /limits/pids '3 processes'
	before=$(cgroup pids)
	actorctl stop /limits/pids
	until_so no_process 'test-hog processes'
	until_so [ ! -e "$before" ]
}

test_what_a_killed_supervisor_had_is_gone() {
	local before

	systemctl start actorproc@limits
	before=$(cgroup worker)
	kill -KILL "$(supervisor)"
	until_so [ ! -e "$before" ]
	until_so is_running /limits/worker
	same "$(field /limits/worker pid)" "$(cat "$(cgroup worker)/cgroup.procs")"
	same 1 "$(find "$unit" -maxdepth 1 -name 'actor:limits:worker:*' | wc -l)"
}

test_a_stop_leaves_no_cgroup() {
	systemctl start actorproc@limits
	systemctl stop actorproc@limits
	same success "$(property actorproc@limits Result)"
	[ ! -e "$unit" ]
}
