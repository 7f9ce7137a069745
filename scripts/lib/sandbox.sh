# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
#
# sandbox.sh - the rows of scripts/bench --sandbox; for sourcing by it.
#
# What is measured as root is the whole sandbox, level 3, with a cgroup where one
# of version 2 can be made. Layers are taken away by ACTORPROC_PROBE_OVERRIDE.
#
# launch: from a message to an actor without a process to its answer. In between a
# supervisor sees the message, makes the process, puts the sandbox on it, hands it
# mailbox and references, and it closes the second stage. The peers execute the
# same file, bench-sink, from posix_spawn() to its answer on a bare socket, in which
# the question waits already:
#
#	bwrap		with its usual flags
#	bwrap-net	the same in the host's network: a namespace of its own is
#			slow to make, and ours has one for the whole system
#	posix-spawn	no sandbox at all
#
# layer-NAME: the same launch with all layers (ours), without this one, with this
# one alone, and against: with what it cannot be without. So "all - without" and
# "alone - against" are what it costs. Without uids an actor has a user namespace
# instead.
#
# messages-NAME: the time that a system without any layer takes, by that of one with
# all. The first is in the cgroup of who measures; where that is the root of all, the
# kernel reckons up less for it. In -beside it has one as deep as that which the
# other is given, as a service without a sandbox has. Both are started anew in each
# round: where things happen to lie in memory is as much as what is measured.
#
# memory-NAME: what a process more weighs, by the same names: its share of memory
# and its page tables, and what all the kernel has more of slabs, page tables, percpu
# and vmalloc(), where stacks and filters are.

launches=5	# of each contestant in a turn
turns=4		# in a round: what disturbs them lasts for seconds
few_actors=20
many_actors=220	# less than filters_max
no_layer=user-namespaces,landlock,seccomp,second-stage,cgroups
cgroup=

# what is off when this one is alone, and when it is gone from there too
only_uids=namespaces,landlock,seccomp,second-stage,cgroups
only_namespaces=pid-namespaces,network-namespaces,${only_uids#*,}
only_filter=user-namespaces,landlock,seccomp-listener,second-stage,cgroups
layers=()
declare -A off_alone=() off_against=()
while read -r layer alone against; do
	layers+=("$layer")
	off_alone[$layer]=$alone
	off_against[$layer]=$against
done <<-TABLE
	uids $only_uids $no_layer
	namespaces $only_namespaces $only_uids
	pid-namespaces network-namespaces,${only_uids#*,} $only_namespaces
	network-namespaces pid-namespaces,${only_uids#*,} $only_namespaces
	landlock user-namespaces,seccomp,second-stage,cgroups $no_layer
	seccomp $only_filter $no_layer
	seccomp-listener user-namespaces,landlock,second-stage,cgroups $only_filter
	second-stage user-namespaces,cgroups user-namespaces,second-stage,cgroups
	cgroups user-namespaces,landlock,seccomp,second-stage $no_layer
TABLE
sandbox="launch $(printf 'layer-%s ' "${layers[@]}") messages-tell-64 \
messages-ask-64 messages-ask-64-beside \
$(printf 'memory-%s ' "${layers[@]}") memory-all"

# ---- systems without layers ------------------------------------------------

make_cgroup() {
	local mount

	for mount in /sys/fs/cgroup /sys/fs/cgroup/unified; do
		[ -w "$mount/cgroup.procs" ] || continue
		cgroup=$mount/actorproc-bench-$$
		mkdir "$cgroup" 2>/dev/null && return
		cgroup=
	done
	report_note "no cgroup of version 2 can be made: actors have none"
}

remove_cgroup() {
	[ -z "$cgroup" ] || rmdir "$cgroup"/*/ "$cgroup" 2>/dev/null || true
}

declare -A system_without=()	# words: the name of a system

# WORDS NAME: $work/NAME.yaml, without these
run_without() {
	local -x ACTORPROC_PROBE_OVERRIDE=$1

	if [ -n "$cgroup" ]; then
		local -x ACTORPROC_CGROUP_ROOT=$cgroup/$2
		mkdir -p "$ACTORPROC_CGROUP_ROOT"
	fi
	# that it lacks layers is no news here
	run_system "$2" 2>"$work/error" || {
		cat "$work/error" >&2
		return 1
	}
}

# WORDS: a system whose sink has no process until a message comes; one for all
# who want the same
run_launcher() {
	local name

	[ -z "${system_without[_$1]:-}" ] || return 0
	name=launch-${#system_without[@]}
	system_without[_$1]=$name
	cat >"$work/$name.yaml" <<-YAML
	system: $name
	intensity: 10000 in 1s
	children:
	  - name: sink-0
	    exec: $programs/bench-sink
	    activation: on_message
	  - name: source-0
	    exec: $programs/bench-source
	    refs: [sink-0]
	YAML
	run_without "$1" "$name"
}

# WORDS CONTESTANT: a turn of it
launch_without() {
	run_launcher "$1"
	"$actorctl" ask --timeout 60s "/${system_without[_$1]}/source-0" launch \
		"n=$launches" >>"$work/of-$2"
	echo >>"$work/of-$2"
}

stop_launchers() {
	local name

	for name in "${system_without[@]}"; do
		stop_system "$name"
	done
	system_without=()
}

# ---- peers -----------------------------------------------------------------

# [FLAG...]: how bwrap is told to run what we run
bwrap_command() {
	command=(/usr/bin/bwrap --unshare-all "$@" --die-with-parent
		--new-session --cap-drop ALL --ro-bind /usr /usr
		--symlink usr/lib /lib --symlink usr/lib64 /lib64
		--proc /proc --dev /dev --tmpfs /tmp
		--ro-bind "$programs/bench-sink" /bench-sink
		/bench-sink --fork-exec)
}

# CONTESTANT: a turn of it, or it is skipped
launch_peer() {
	case $1 in
	bwrap) bwrap_command ;;
	bwrap-net) bwrap_command --share-net ;;
	posix-spawn) command=("$programs/bench-sink" --fork-exec) ;;
	esac
	report_is_skipped "$1" ||
		timeout 60 "$programs/bench-spawn" spawn "$launches" \
		"${command[@]}" >>"$work/of-$1" 2>"$work/error" || {
		report_skip "$1" "$(tail -n 1 "$work/error")"
		rm -f "$work/of-$1"
	}
}

# CONTESTANT: the second column becomes the 99th percentile of the first
add_p99() {
	local p99

	[ -s "$work/of-$1" ] || return 0
	p99=$(sed '/^$/d' "$work/of-$1" | sort -g |
		awk '{ v[NR] = $1 } END { print v[int(0.99 * (NR - 1)) + 1] }')
	awk -v p99="$p99" 'NF { print $1, p99 }' "$work/of-$1" >"$work/sorted"
	mv "$work/sorted" "$work/of-$1"
}

# ---- rows ------------------------------------------------------------------

sandbox_launch_row() {
	local round peer
	local -a named=(ours bwrap bwrap-net posix-spawn)

	wanted launch || return 0
	report_row launch us 1000 p99
	rm -f "$work"/of-*
	command -v bwrap >/dev/null || {
		report_skip bwrap "bubblewrap is not installed"
		report_skip bwrap-net "bubblewrap is not installed"
	}
	for ((round = 0; round < turns * rounds; round++)); do
		launch_without "" ours
		for peer in "${named[@]:1}"; do
			launch_peer "$peer"
		done
	done
	for peer in "${named[@]}"; do
		add_p99 "$peer"
	done
	report_contestants "${named[@]}"
}

sandbox_layer_row() { # layer
	local round contestant

	wanted "layer-$1" || return 0
	report_row "layer-$1" us 1000 p99
	rm -f "$work"/of-*
	for ((round = 0; round < turns * rounds; round++)); do
		launch_without "" ours
		launch_without "$1" without
		launch_without "${off_alone[$1]}" alone
		launch_without "${off_against[$1]}" against
	done
	for contestant in ours without alone against; do
		add_p99 "$contestant"
	done
	report_contestants ours without alone against
	note_cost layer "$1"
}

# a cgroup like that which another is given
run_beside() {
	mkdir -p "$cgroup/beside"
	(
		echo "$BASHPID" >"$cgroup/beside/cgroup.procs"
		run_without $no_layer beside
	)
	systems+=(beside)
}

# inside, outside or beside
run_messages() {
	write_contest "$1" 1 "" >"$work/$1.yaml"
	case $1 in
	inside) run_without "" inside ;;
	outside) run_without $no_layer outside ;;
	beside) run_beside ;;
	esac
}

# WHAT CPU OUTSIDE: a few rounds of two systems that have just begun
measure_messages() {
	local rounds=3 name

	for name in inside "$3"; do
		run_messages "$name"
		pin_actors "$name" 1 1 "$2"
	done
	ours=inside run_all "$1" 64 "size=64" "$2" ours "$3"
	for name in ours "$3"; do
		[ ! -s "$work/of-$name" ] ||
			cat "$work/of-$name" >>"$work/all-$name"
	done
	stop_system inside
	stop_system "$3"
}

# ROW WHAT CPU OUTSIDE: the time of that system by the time inside
sandbox_messages_row() {
	local round name

	wanted "$1" || return 0
	report_row "$1" ratio 1 ""
	[ -n "$sender_cpu" ] || {
		report_skip_row "there is only one processor"
		return 0
	}
	[ "$4$cgroup" != beside ] || {
		report_skip_row "no cgroup of version 2 can be made"
		return 0
	}
	for ((round = 0; round < rounds; round++)); do
		measure_messages "$2" "$3" "$4"
	done
	for name in ours "$4"; do
		[ ! -s "$work/all-$name" ] ||
			mv "$work/all-$name" "$work/of-$name"
	done
	report_quotient "$4" ours
}

sandbox_messages() {
	sandbox_messages_row messages-tell-64 tell "$sender_cpu" outside
	sandbox_messages_row messages-ask-64 ask "$receiver_cpu" outside
	sandbox_messages_row messages-ask-64-beside ask "$receiver_cpu" beside
}

# ---- memory ----------------------------------------------------------------

# the stacks of processes, filters and what is made of them are in vmalloc()
kernel_kib() {
	sleep 0.5	# what has ended is given back later
	awk '/^(Slab|PageTables|Percpu|VmallocUsed):/ { n += $2 }
		END { print n }' /proc/meminfo
}

# WORDS N: KiB of each of its processes, times N, and of the kernel
weigh_herd() {
	local each before after

	write_herd "$2" ", isolate: instance" >"$work/herd.yaml"
	before=$(kernel_kib)
	run_without "$1" herd
	each=$("$programs/bench-herd" weigh "$(pid_of /herd/all)")
	after=$(kernel_kib)
	stop_system herd
	echo "${each% *} $2 $((after - before))"
}

# WORDS CONTESTANT: of one more of many; page tables are counted by both
weigh_without() {
	local few many

	few=$(weigh_herd "$1" $few_actors)
	many=$(weigh_herd "$1" $many_actors)
	awk '{ n = $5 - $2; kernel = ($6 - $3) / n
		process = ($4 * $5 - $1 * $2) / n
		printf "%.2f %.2f\n", process + kernel, kernel }' \
		<<<"$few $many" >>"$work/of-$2"
}

sandbox_memory_row() { # layer, or all
	local round words=$1

	wanted "memory-$1" || return 0
	report_row "memory-$1" KiB 1 kernel
	rm -f "$work"/of-*
	[ "$1" != all ] || words=$no_layer
	for ((round = 0; round < (rounds < 3 ? rounds : 3); round++)); do
		weigh_without "" ours
		weigh_without "$words" without
	done
	report_contestants ours without
	note_cost memory "$1"
}

# ---- in one table ----------------------------------------------------------

costs=()

# KIND LAYER: of the row that has just been reported
note_cost() {
	local name

	local -a values=()

	for name in ours without alone against; do
		values+=("${report_first[$name]:--}")
	done
	costs+=("$1 $2 ${values[*]}")
}

print_costs() {
	[ ${#costs[@]} -gt 0 ] || return 0
	echo "what a layer costs: of all, their ratio, by itself"
	printf '%s\n' "${costs[@]}" | awk '
	function minus(a, b) {
		return a == "-" || b == "-" ? "-" : sprintf("%+.1f", a - b)
	}
	{
		unit = $1 == "layer" ? "us" : "KiB"
		ratio = $3 == "-" || $4 + 0 == 0 ? "-" : sprintf("%.3f", $3 / $4)
		printf "  %-6s %-20s %9s %-3s %7s %9s\n", $1, $2,
			minus($3, $4), unit, ratio, minus($5, $6)
	}'
}

sandbox_rows() {
	local layer

	# shellcheck disable=SC2086 # a list
	any_wanted $sandbox || return 0
	make_cgroup
	sandbox_launch_row
	for layer in "${layers[@]}"; do
		sandbox_layer_row "$layer"
	done
	stop_launchers
	sandbox_messages
	for layer in "${layers[@]}" all; do
		sandbox_memory_row "$layer"
	done
	print_costs
}
