# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
#
# siege.sh - the rows of scripts/bench --siege; for sourcing by it.
#
# sibling-HOW: round trips of two actors beside others, one for each processor,
# that take processors, memory, descriptors, the mailbox of the two, or (a program)
# processes, in the default sandbox, without limits of a cgroup: bench-siege.c.
# supervisor-HOW: the same of a question to their supervisor, which its loop answers.
# In turn with each runs the same system without attackers, quiet. Nobody is pinned
# to a processor.

sieges=(cpu memory fork descriptors mailbox)
# shellcheck disable=SC2034 # for scripts/bench
siege="sibling-quiet $(printf 'sibling-%s ' "${sieges[@]}") supervisor-quiet \
supervisor-fork supervisor-cpu"
trips=2000	# in a run
questions=10	# a supervisor lets who asks much more often wait

# HOW
write_siege() {
	local i kind="refs: [victim]"

	[ "$1" != fork ] || kind="kind: program, ready: at_once"
	cat <<-YAML
	system: siege
	children:
	  - { name: victim, exec: $programs/bench-sink }
	  - { name: source, refs: [victim], args: ["0", victim],
	      exec: $programs/bench-source }
	YAML
	[ "$1" != quiet ] || return 0
	for i in $(seq "$(nproc)"); do
		echo "  - { name: attacker-$i, $kind, args: [$1]," \
			"exec: $programs/bench-siege }"
	done
}

# WHAT HOW CONTESTANT: one run, into its file
besiege() {
	local n=$trips

	[ "$1" = ask ] || n=$questions
	write_siege "$2" >"$work/siege.yaml"
	run_system siege
	"$actorctl" ask --timeout 60s /siege/source "$1" \
		"size=64 n=$n" >>"$work/of-$3" 2>"$work/error" ||
		report_note "siege: $2: $(tail -n 1 "$work/error")"
	stop_system siege
}

# ROW WHAT HOW
siege_row() {
	local round

	wanted "$1" || return 0
	report_row "$1" us 1000 p99
	rm -f "$work"/of-*
	for ((round = 0; round < rounds; round++)); do
		[ "$3" = quiet ] || besiege "$2" quiet quiet
		besiege "$2" "$3" ours
	done
	report_contestants ours quiet
}

siege_rows() {
	local how

	for how in quiet "${sieges[@]}"; do
		siege_row "sibling-$how" ask "$how"
	done
	for how in quiet fork cpu; do
		siege_row "supervisor-$how" children "$how"
	done
}
