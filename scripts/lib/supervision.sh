# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
#
# supervision.sh - the rows of scripts/bench --supervision; for sourcing by it.
#
# Beside ours run s6, runit, Python's Supervisor and Erlang with ports. All
# supervise the same executable, bench-sink, which says that it is there in all of
# them in the same way (bench-herd.c); ours has besides a sandbox, a mailbox and
# messages, and is there when it has answered one.
#
# NAME is a peer as its documentation shows it, NAME-fast as fast as it can be set:
#
#	s6		run is a script of sh; -fast: run is the executable itself
#	runit		the same
#	supervisor	as it is; -fast: startsecs=0, nothing is logged
#	erlang-ports	a worker is started when its process is ready; -fast: at once
#
# crash-own and crash-zygote have two bare contestants: what is to be met begins
# with posix_spawn() or fork(); -again is the same from SIGKILL on, as ours is.
#
# What cannot be set: s6-supervise starts a service again after a second, runsv
# one that has run for less than a second, runsvdir looks for new ones each five.
# Supervisor's startsecs is a second. So all peers are up for longer than that
# before anything of them is killed. An Erlang supervisor's intensity is raised,
# or it would end; its clock begins when the emulator is up.

supervision="crash-own crash-zygote crash-standby storm-200 ready-1000 \
ready-5000 memory-instance memory-supervisor"
supervisors=(s6 s6-fast runit runit-fast supervisor supervisor-fast
	erlang-ports erlang-ports-fast)
crashes=15	# of each contestant in a round
sink_command=()	# what bench-spawn is to execute, if anything
up_ms=1200	# longer than the second of all of them
# kernels hang when more filters than that end at once
filters_max=500

# ---- what is built in ------------------------------------------------------

# KEYS: does a file with these keys of an actor pass?
supervisord_knows() {
	cat >"$work/knows.yaml" <<-YAML
	system: knows
	children: [ { name: a, exec: $programs/bench-sink, $1 } ]
	YAML
	"$actorctl" check "$work/knows.yaml" >/dev/null 2>&1
}

has_zygotes() {
	supervisord_knows "instances: 2, isolate: instance"
}

has_standby() {
	supervisord_knows "standby: 1"
}

# ---- peers -----------------------------------------------------------------

# PEER COMMAND PACKAGE
look_for_supervisor() {
	command -v "$2" >/dev/null && return
	report_skip "$1" "$3 is not installed"
	report_skip "$1-fast" "$3 is not installed"
}

look_for_supervisors() {
	look_for_supervisor s6 s6-svscan s6
	look_for_supervisor runit runsvdir runit
	# by its path: ours has the same name
	look_for_supervisor supervisor /usr/bin/supervisord supervisor
	look_for_supervisor erlang-ports erlc erlang-base
	report_is_skipped erlang-ports ||
		erlc -o "$work" "$top/actors/bench/bench_supervisor.erl"
}

# FOLDER N FAST: a service directory for each
write_services() {
	local i

	rm -rf "$1"
	for ((i = 0; i < $2; i++)); do
		mkdir -p "$1/m$i"
		if [ "$3" = yes ]; then
			ln -s "$programs/bench-sink" "$1/m$i/run"
		else
			printf '#!/bin/sh\nexec %s\n' "$programs/bench-sink" \
				>"$1/m$i/run"
			chmod 755 "$1/m$i/run"
		fi
	done
}

# N FAST
write_supervisor() {
	cat <<-INI
	[supervisord]
	nodaemon=true
	logfile=$work/supervisor.log
	pidfile=$work/supervisor.pid
	childlogdir=$work
	minfds=$((4 * $1 + 200))
	[program:m]
	command=$programs/bench-sink
	numprocs=$1
	process_name=m%(process_num)d
	INI
	[ "$2" = no ] || printf '%s\n' startsecs=0 autorestart=true \
		stdout_logfile=NONE stderr_logfile=NONE
}

# PEER N: how it is started, in $command; all that it needs is written anew
command=()
prepare_supervisor() {
	local fast=no part

	[[ $1 != *-fast ]] || fast=yes
	case $1 in
	s6*)
		write_services "$work/s6" "$2" $fast
		command=(s6-svscan -c $(($2 + 10)) "$work/s6")
		;;
	runit*)	# it knows 1000 services at most
		command=(sh -c 'for d; do runsvdir "$d" & done; wait' sh)
		for ((part = 0; part * 1000 < $2; part++)); do
			write_services "$work/runit-$part" \
				$(($2 - part * 1000 < 1000 ? \
					$2 - part * 1000 : 1000)) $fast
			command+=("$work/runit-$part")
		done
		;;
	supervisor*)
		write_supervisor "$2" $fast >"$work/supervisor.ini"
		command=(/usr/bin/supervisord -c "$work/supervisor.ini")
		;;
	erlang*)
		part=waits
		[ $fast = no ] || part=goes_on
		command=(env HOME="$work" ERL_CRASH_DUMP=/dev/null
			erl -noshell -noinput +Q 65536 +P 65536 -pa "$work"
			-s bench_supervisor main "$2"
			"$programs/bench-sink" "$part")
		;;
	esac
}

# PEER N WORD...: one run of it into its file, or it is skipped in this row
run_supervisor() {
	local peer=$1 n=$2

	shift 2
	prepare_supervisor "$peer" "$n"
	if TMPDIR=$work "$programs/bench-herd" "$1" "$n" "${@:2}" \
		"${command[@]}" >"$work/said" 2>"$work/error"; then
		cat "$work/said" >>"$work/of-$peer"
	else
		report_skip_here "$peer" "$(tail -n 1 "$work/error")"
		rm -f "$work/of-$peer"
	fi
}

run_supervisors() { # N WORD...
	local peer

	for peer in "${supervisors[@]}"; do
		report_is_skipped "$peer" || run_supervisor "$peer" "$@"
	done
}

# ---- ours ------------------------------------------------------------------

# KEYS: who sends to one that is killed
write_victim() {
	cat <<-YAML
	system: victim
	intensity: 10000 in 1s
	children:
	  - { name: sink, exec: $programs/bench-sink$1 }
	  - name: source-0
	    exec: $programs/bench-source
	    refs: [$2]
	    args: ["0", $2]
	YAML
}

# N KEYS: so many below a supervisor of their own, and who asks them
write_herd() {
	local names

	names=$(seq -f '/herd/all/m-%.0f' -s ', ' "$1")
	cat <<-YAML
	system: herd
	children:
	  - name: all
	    intensity: 10000 in 1s
	    start_order: parallel
	    children:
	      - { name: m, instances: $1, exec: $programs/bench-sink$2 }
	  - name: herder
	    exec: $programs/bench-herder
	    refs: [$names]
	    args: [$names]
	YAML
}

# N: instances of a class, 500 below each supervisor
write_instances() {
	local i

	printf 'system: instances\nstart_order: parallel\nchildren:\n'
	for ((i = 0; i * 500 < $1; i++)); do
		cat <<-YAML
		  - name: all-$i
		    start_order: parallel
		    children:
		      - name: m
		        instances: $(($1 - i * 500 < 500 ? $1 - i * 500 : 500))
		        exec: $programs/bench-sink
		YAML
	done
}

# VICTIM: from its SIGKILL to the answer to the message that waited for it. It is
# stopped before, so that it does wait; nothing else is under way then, and one
# that is to stand by does
crash_once() {
	local begin end pid asker

	pid=$(pid_of "$1")
	kill -STOP "$pid"
	"$actorctl" ask --timeout 60s /victim/source-0 when n=1 \
		>"$work/answered" &
	asker=$!
	sleep 0.1
	read -r begin _ < <("$programs/bench-herd" crash "$pid")
	wait $asker
	read -r end _ <"$work/answered"
	echo $((end - begin)) 0
}

# when all of the herd are killed until all have answered
storm_once() {
	local begin end killed pids

	mapfile -t pids < <("$actorctl" --json tree /herd/all |
		tr -d ' \n' | tr '}' '\n' |
		sed -n 's/.*m-.*"pid":\([0-9]*\).*/\1/p')
	read -r begin killed < <("$programs/bench-herd" kill "${pids[@]}")
	[ "$killed" = 200 ] || report_note "$killed of 200 were there"
	read -r end _ < <("$actorctl" ask --timeout 60s /herd/herder all '')
	echo $((end - begin)) 0
}

# ---- rows ------------------------------------------------------------------

# ROW VICTIM PEER=MODE...: ours and bare in turn, crash by crash; a crash of one
# that has a program of its own is what other supervisors know as well
crash_row_of() {
	local row=$1 victim=$2 round peer i
	local -a named=(ours)

	shift 2
	report_row "$row" us 1000 ""
	rm -f "$work"/of-*
	for ((round = 0; round < rounds; round++)); do
		for ((i = 0; i < crashes; i++)); do
			crash_once "/victim/$victim" >>"$work/of-ours"
			for peer; do
				"$programs/bench-spawn" "${peer#*=}" 2 \
					"${sink_command[@]}" \
					>>"$work/of-${peer%%=*}"
			done
		done
		[ "$row" != crash-own ] || [ $round -ge 3 ] ||
			run_supervisors 1 storm $up_ms
	done
	named+=("${@%%=*}")
	[ "$row" != crash-own ] || named+=("${supervisors[@]}")
	report_contestants "${named[@]}"
}

crash_own_row() {
	wanted crash-own || return 0
	write_victim "" sink >"$work/victim.yaml"
	run_system victim
	sink_command=("$programs/bench-sink" --fork-exec)
	crash_row_of crash-own sink \
		posix-spawn=spawn posix-spawn-again=spawn-again
	sink_command=()
	stop_system victim
}

crash_zygote_row() {
	wanted crash-zygote || return 0
	report_row crash-zygote us 1000 ""
	has_zygotes || {
		report_skip_row "zygotes are not built in"
		return 0
	}
	write_victim ", instances: 2" sink-1 >"$work/victim.yaml"
	run_system victim
	crash_row_of crash-zygote sink-1 bare-fork=fork \
		bare-fork-again=fork-again
	stop_system victim
}

crash_standby_row() {
	wanted crash-standby || return 0
	report_row crash-standby us 1000 ""
	has_standby || {
		report_skip_row "standby is not built in"
		return 0
	}
	write_victim ", standby: 1" sink >"$work/victim.yaml"
	run_system victim
	crash_row_of crash-standby sink spare=spare
	stop_system victim
}

storm_row() {
	local round

	wanted storm-200 || return 0
	report_row storm-200 ms 1000000 ""
	rm -f "$work"/of-*
	write_herd 200 "" >"$work/herd.yaml"
	run_system herd
	"$actorctl" ask --timeout 60s /herd/herder all '' >/dev/null
	for ((round = 0; round < rounds; round++)); do
		storm_once >>"$work/of-ours"
		[ $round -ge 3 ] || run_supervisors 200 storm $up_ms
	done
	stop_system herd
	report_contestants ours "${supervisors[@]}"
}

# N
ready_many_row() {
	local round

	wanted "ready-$1" || return 0
	report_row "ready-$1" ms 1000000 ""
	rm -f "$work"/of-*
	[ "$1" -le $filters_max ] || has_zygotes || {
		report_skip_row "zygotes are not built in"
		return 0
	}
	write_instances "$1" >"$work/instances.yaml"
	for ((round = 0; round < (rounds < 3 ? rounds : 3); round++)); do
		took run_system instances >>"$work/of-ours"
		stop_system instances
		"$programs/bench-spawn" ready "$1" >>"$work/of-bare-fork"
		[ $round -ge 1 ] || run_supervisors "$1" ready
	done
	report_contestants ours bare-fork "${supervisors[@]}"
}

# KIB: what is in each process of it, and beyond a bare one
weigh_bare_forks() {
	local in out pid

	mkfifo "$work/hold.in" "$work/hold.out"
	"$programs/bench-spawn" hold 50 <"$work/hold.in" >"$work/hold.out" &
	pid=$!
	exec {in}>"$work/hold.in" {out}<"$work/hold.out"
	read -r -t 10 _ <&"$out"
	"$programs/bench-herd" weigh $pid
	exec {in}>&- {out}<&-
	wait $pid || true
}

memory_instance_row() {
	wanted memory-instance || return 0
	report_row memory-instance KiB 1 ""
	rm -f "$work"/of-*
	has_zygotes || {
		report_skip_row "zygotes are not built in"
		return 0
	}
	write_herd 50 "" >"$work/herd.yaml"
	run_system herd
	"$programs/bench-herd" weigh "$(pid_of /herd/all)" >"$work/of-ours"
	stop_system herd
	weigh_bare_forks >"$work/of-bare-fork"
	report_contestants ours bare-fork
}

# N: KiB of the supervisor of so many
supervisor_kib() {
	write_herd "$1" "" >"$work/herd.yaml"
	run_system herd >&2
	awk '/^Pss:/ { print $2 }' "/proc/$(pid_of /herd/all)/smaps_rollup"
	stop_system herd >&2
}

share_of() { # KiB with FEW, KiB with MANY, few, many
	awk -v a="$1" -v b="$2" -v n=$(($4 - $3)) \
		'BEGIN { printf "%.2f 0\n", (b - a) / n }'
}

memory_supervisor_row() {
	local peer few=10 many=200 with_few with_many

	wanted memory-supervisor || return 0
	report_row memory-supervisor KiB 1 ""
	rm -f "$work"/of-*
	share_of "$(supervisor_kib $few)" "$(supervisor_kib $many)" \
		$few $many >"$work/of-ours"
	for peer in "${supervisors[@]}"; do
		report_is_skipped "$peer" && continue
		run_supervisor "$peer" $few memory
		run_supervisor "$peer" $many memory
		[ -s "$work/of-$peer" ] || continue
		{ read -r with_few _; read -r with_many _; } <"$work/of-$peer"
		share_of "$with_few" "$with_many" $few $many >"$work/of-$peer"
	done
	report_contestants ours "${supervisors[@]}"
}

supervision_rows() {
	# shellcheck disable=SC2086 # a list
	! any_wanted $supervision || look_for_supervisors
	crash_own_row
	crash_zygote_row
	crash_standby_row
	storm_row
	ready_many_row 1000
	ready_many_row 5000
	memory_instance_row
	memory_supervisor_row
}
