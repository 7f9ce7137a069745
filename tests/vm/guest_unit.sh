# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# guest_unit.sh - the unit: up, down, its journal, its watchdog, its death.
# shellcheck source=tests/vm/guest_lib.sh
. ./guest_lib.sh

test_the_unit_is_up_when_its_actors_are() {
	systemctl start actorproc@day
	same active "$(property actorproc@day ActiveState)"
	is_running /day/worker
	is_running /day/program
}

test_its_status_is_good_and_names_its_processes() {
	systemctl start actorproc@day
	systemctl status --no-pager actorproc@day >/tmp/status
	grep -q 'Active: active (running)' /tmp/status
	grep -q 'supervisord run .*/day.yaml' /tmp/status
	grep -q test-actor /tmp/status
}

test_a_unit_whose_actor_cannot_start_fails_and_says_why() {
	with_setting actorproc@night Restart=no
	! systemctl start actorproc@night || return 1
	same failed "$(property actorproc@night ActiveState)"
	journalctl --sync
	journalctl -b -u actorproc@night |
		grep -q 'could not start: /night/worker'
}

test_stop_ends_it_in_good_order_and_leaves_nothing() {
	systemctl start actorproc@day
	systemctl stop actorproc@day
	same inactive "$(property actorproc@day ActiveState)"
	same success "$(property actorproc@day Result)"
	same 0 "$(property actorproc@day ExecMainStatus)"
	! pgrep -f 'supervisord|test-actor' || return 1
	[ ! -e /run/actorproc/day/pid ]
}

test_a_stop_by_actorctl_is_no_failure_either() {
	systemctl start actorproc@day
	actorctl stop /day
	until_so has_property actorproc@day ActiveState inactive
	same success "$(property actorproc@day Result)"
	same 0 "$(property actorproc@day NRestarts)"
}

test_a_failure_is_in_the_journal_with_its_fields() {
	local record

	systemctl start actorproc@day
	actorctl tell /day/worker crash
	until_so has_record /day/worker 'failed.*SEGV'
	record=$(records /day/worker 'failed.*SEGV' | tail -n 1)
	same signal:SEGV "$(jq -r .ACTOR_CAUSE <<<"$record")"
	same day "$(jq -r .ACTOR_SYSTEM <<<"$record")"
	same actorproc "$(jq -r .SYSLOG_IDENTIFIER <<<"$record")"
	same actorproc@day.service "$(jq -r ._SYSTEMD_UNIT <<<"$record")"
	jq -e '.MESSAGE_ID | length == 32' <<<"$record"
}

test_the_catalog_explains_it() {
	systemctl start actorproc@day
	actorctl tell /day/worker crash
	until_so has_record /day/worker 'failed.*SEGV'
	journalctl -b -x --no-pager ACTOR_PATH=/day/worker >/tmp/explained
	grep -q 'Defined-By: actorproc' /tmp/explained
	grep -q 'actorctl why /day/worker' /tmp/explained
}

test_a_root_that_hangs_is_killed_by_the_watchdog_and_started_again() {
	local before

	with_setting actorproc@day WatchdogSec=10 RestartSec=1
	systemctl start actorproc@day
	before=$(property actorproc@day MainPID)
	kill -STOP "$before"
	until_so has_restarts day 1
	until_so is_running /day/worker
	[ "$(property actorproc@day MainPID)" != "$before" ]
	journalctl --sync
	journalctl -b -u actorproc@day | grep -qi 'watchdog timeout'
}

has_restarts() { # instance, number
	[ "$(property "actorproc@$1" NRestarts)" -ge "$2" ]
}

test_a_root_that_lives_says_so_to_the_watchdog() {
	local before

	with_setting actorproc@day WatchdogSec=20
	systemctl start actorproc@day
	before=$(property actorproc@day WatchdogTimestampMonotonic)
	until_so has_been_heard "$before"
	same 0 "$(property actorproc@day NRestarts)"
}

has_been_heard() { # when not
	[ "$(property actorproc@day WatchdogTimestampMonotonic)" != "$1" ]
}

test_a_killed_root_takes_all_along_and_comes_back() {
	local before

	with_setting actorproc@day RestartSec=1
	systemctl start actorproc@day
	before=$(field /day/worker pid)
	kill -KILL "$(property actorproc@day MainPID)"
	until_so has_restarts day 1
	until_so is_running /day/worker
	[ ! -e "/proc/$before" ]
	[ "$(field /day/worker pid)" != "$before" ]
}

test_what_waited_outlives_a_killed_root_in_the_fd_store() {
	[ "$(property actorproc@day FileDescriptorStoreMax)" != 0 ] ||
		skip "the root puts nothing into the fd store of systemd yet"
	with_setting actorproc@day RestartSec=1
	systemctl start actorproc@day
	actorctl pause /day/worker
	for i in 1 2 3 4 5; do
		actorctl tell /day/worker note "kept $i"
	done
	kill -KILL "$(property actorproc@day MainPID)"
	until_so has_restarts day 1
	until_so systemctl is-active actorproc@day
	actorctl unpause /day/worker
	until_so has_noted 'kept 5'
	actorctl ask /day/worker notes >/tmp/notes
	same 5 "$(grep -c kept /tmp/notes)"
	actorctl mailbox --audit
}

has_noted() { # text
	actorctl ask /day/worker notes | grep -q "$1"
}
