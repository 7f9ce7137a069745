# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# report.sh - what scripts/bench has measured: medians, ratios, what they should
# be; for people and as JSON. For sourcing.
#
# What a contestant did is in the file of-CONTESTANT of the folder that
# report_begin was given: a line a run, a number and another one.

# What is wanted of each row. "times": that many times as fast as the peer, or
# more; "within": that many times the peer's time, or less, "p99-within" at the
# 99th percentile; "slowest" and "ratio": that value of ours or more; "most":
# that or less, "p99-most" at the 99th percentile.
report_targets='
tell-64         must times      seqpacket       6
tell-64         must times      zeromq          1.1
tell-64         aim  times      seqpacket       15
tell-64         aim  times      zeromq          2.5
tell-64         aim  times      erlang-one-node 2
tell-1k         must times      seqpacket       2.5
tell-1k         must times      zeromq          3
tell-1k         aim  times      seqpacket       4
tell-64k        must times      seqpacket       0.9
tell-64k        must times      zeromq          6
tell-64k        aim  times      seqpacket       1
tell-1m         must times      seqpacket       0.9
tell-1m         must times      zeromq          6
tell-1m         aim  times      seqpacket       1
fan-in-4        must times      seqpacket       5
fan-in-4        must times      zeromq          1
fan-in-4        must slowest    -               0.7
fan-in-4        aim  times      seqpacket       12
fan-in-16       must times      seqpacket       5
fan-in-16       must times      zeromq          1
fan-in-16       must slowest    -               0.7
fan-in-16       aim  times      seqpacket       12
ask-64-one-cpu  must within     seqpacket       1.3
ask-64-one-cpu  must p99-within seqpacket       1.5
ask-64-one-cpu  aim  within     seqpacket       1.1
ask-64-two-cpus must within     seqpacket       1.15
ask-64-two-cpus must p99-within seqpacket       1.5
ask-64-two-cpus aim  within     seqpacket       1.1
safety-cost     must ratio      -               0.95
safety-cost     aim  ratio      -               0.98
crash-own       must within     posix-spawn     2.5
crash-own       aim  within     posix-spawn     1.8
crash-zygote    must within     bare-fork       1.6
crash-zygote    aim  within     bare-fork       1.2
crash-standby   must within     spare           2
crash-standby   aim  within     spare           1.3
storm-200       must within     erlang-ports    0.5
storm-200       must within     s6              0.25
ready-1000      must within     bare-fork       2
ready-1000      must within     erlang-ports    0.5
ready-1000      must within     s6              0.2
ready-1000      aim  within     bare-fork       1.4
ready-5000      must within     bare-fork       2
ready-5000      must within     erlang-ports    0.5
ready-5000      must within     s6              0.2
ready-5000      aim  within     bare-fork       1.4
launch          must within     bwrap           0.45
launch          aim  within     bwrap           0.3
messages-tell-64 must ratio     -               0.98
messages-ask-64 must ratio      -               0.98
messages-ask-64-beside must ratio -             0.98
memory-instance must within     bare-fork       1.6
memory-instance aim  within     bare-fork       1.2
memory-supervisor must most     -               2
memory-supervisor aim  most     -               0.7
supervisor-fork must p99-most   -               10000
supervisor-fork aim  p99-most   -               1000
supervisor-cpu  must p99-most   -               10000
'

# contestants that are in no row, and why; the same for this row
declare -A report_skipped=() report_skipped_here=()
# of this row: medians of both columns
declare -A report_first=() report_second=()
# shellcheck disable=SC2034 # the fields of this row
report_name='' report_unit='' report_scale=1 report_extra=''

report_begin() { # folder
	report_folder=$1
	: >"$report_folder/rows"
}

report_note() { # text: once
	grep -qxF -- "$1" "$report_folder/notes" 2>/dev/null && return
	echo "$1" | tee -a "$report_folder/notes" >&2
}

report_skip() { # contestant, why
	report_skipped[$1]=$2
	[ "$1" != erlang ] || report_skipped[erlang-one-node]=$2
}

report_skip_here() { # contestant, why
	report_skipped_here[$1]=${2:-it says nothing}
}

report_is_skipped() { # contestant
	[ -n "${report_skipped[$1]:-}${report_skipped_here[$1]:-}" ]
}

# begin a row; what was measured is divided by scale; extra says what the second
# column is, "" for nothing
report_row() { # name, unit, scale, extra
	report_name=$1 report_unit=$2 report_scale=$3 report_extra=$4
	report_skipped_here=() report_first=() report_second=()
}

report_median() { # contestant, column, scale
	awk -v c="$2" '{ print $c }' "$report_folder/of-$1" | sort -g |
	awk -v s="$3" '{ v[NR] = $1 }
		END { printf "%.3f\n", v[int((NR + 1) / 2)] / s }'
}

report_take() { # contestant
	local scale=1

	[ -s "$report_folder/of-$1" ] || return 0
	[ "$report_extra" != p99 ] || scale=$report_scale
	report_first[$1]=$(report_median "$1" 1 "$report_scale")
	report_second[$1]=$(report_median "$1" 2 "$scale")
}

report_divide() { # a, b
	awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", (b > 0 ? a / b : 0) }'
}

# ---- what is wanted --------------------------------------------------------

report_got() { # kind, against: what we have of it, or nothing
	local ours=${report_first[ours]:-} peer=${report_first[$2]:-}

	case $1 in
	slowest | p99-most) echo "${report_second[ours]:-}" ;;
	ratio | most) echo "$ours" ;;
	p99-within)
		ours=${report_second[ours]:-} peer=${report_second[$2]:-}
		[ -z "$ours" ] || [ -z "$peer" ] || report_divide "$ours" "$peer"
		;;
	within) [ -z "$ours" ] || [ -z "$peer" ] || report_divide "$ours" "$peer" ;;
	times) [ -z "$ours" ] || [ -z "$peer" ] || report_divide "$peer" "$ours" ;;
	esac
}

report_is_met() { # kind, wanted, got
	case $1 in
	*within | *most) awk -v w="$2" -v g="$3" 'BEGIN { exit !(g + 0 <= w + 0) }' ;;
	*) awk -v w="$2" -v g="$3" 'BEGIN { exit !(g + 0 >= w + 0) }' ;;
	esac
}

report_in_words() { # kind, against, wanted
	case $1 in
	times) echo "$3 times $2" ;;
	within) echo "within $3 of $2" ;;
	p99-within) echo "p99 within $3 of $2" ;;
	slowest) echo "slowest sender at least $3 of the mean" ;;
	ratio) echo "at least $3" ;;
	most) echo "at most $3" ;;
	p99-most) echo "p99 at most $3" ;;
	esac
}

# a line for each thing wanted of this row: LEVEL KIND AGAINST WANTED GOT MET
report_verdicts() {
	local row level kind against wanted got met

	while read -r row level kind against wanted; do
		[ "$row" = "$report_name" ] || continue
		got=$(report_got "$kind" "$against")
		met=unknown
		[ -z "$got" ] || { report_is_met "$kind" "$wanted" "$got" &&
			met=yes || met=no; }
		echo "$level $kind $against $wanted ${got:--} $met"
	done <<<"$report_targets"
}

# ---- for people ------------------------------------------------------------

# Erlang has no second column but for asks: it counts no senders.
report_has_second() { # contestant
	[ -n "$report_extra" ] && [ -n "${report_second[$1]:-}" ] &&
		! [[ $1 == erlang* && $report_extra == slowest ]]
}

report_value() { # contestant
	printf '%12s %s' "${report_first[$1]}" "$report_unit"
	! report_has_second "$1" ||
		printf '  %s %s' "$report_extra" "${report_second[$1]}"
}

# the peer's number by ours
report_compared() {
	case $report_unit in
	KiB) echo 'that is %s times ours' ;;
	*) echo 'ours is %s times as fast' ;;
	esac
}

report_print_contestant() { # contestant
	local why=${report_skipped[$1]:-${report_skipped_here[$1]:-}}

	if [ -n "$why" ]; then
		printf '  %-16s skipped: %s\n' "$1" "$why"
		return
	fi
	[ -n "${report_first[$1]:-}" ] || return 0
	printf '  %-16s %s' "$1" "$(report_value "$1")"
	[ "$1" = ours ] || [ -z "${report_first[ours]:-}" ] ||
		printf "  $(report_compared)" \
			"$(report_divide "${report_first[$1]}" "${report_first[ours]}")"
	printf '\n'
}

report_print() { # contestant...
	local contestant level kind against wanted got met

	echo "$report_name"
	for contestant; do
		report_print_contestant "$contestant"
	done
	report_verdicts | while read -r level kind against wanted got met; do
		case $met in
		yes) met="$got, met" ;;
		no) met="$got, not met" ;;
		unknown) met="not measured" ;;
		esac
		printf '  %-4s %s: %s\n' "$level" \
			"$(report_in_words "$kind" "$against" "$wanted")" "$met"
	done
}

# ---- as JSON ---------------------------------------------------------------

report_quoted() { # text
	printf '"%s"' "$(sed 's/[\\"]/\\&/g' <<<"$1" | tr -d '\000-\037')"
}

# lines "key value", the value as JSON, to an object
report_object() {
	awk '{ key = $1; sub(/^[^ ]+ /, "")
		printf "%s\"%s\": %s", (NR > 1 ? ", " : ""), key, $0 }
		BEGIN { printf "{" } END { printf "}" }'
}

report_peers() { # contestant...
	local contestant

	for contestant; do
		case $contestant in
		ours | erlang-one-node) continue ;;
		esac
		[ -z "${report_first[$contestant]:-}" ] ||
			echo "$contestant ${report_first[$contestant]}"
	done | report_object
}

report_peers_second() { # contestant...
	local contestant

	for contestant; do
		[ "$contestant" = ours ] || ! report_has_second "$contestant" ||
			echo "$contestant ${report_second[$contestant]}"
	done | report_object
}

report_why() { # contestant...
	local contestant why

	for contestant; do
		why=${report_skipped[$contestant]:-${report_skipped_here[$contestant]:-}}
		[ -z "$why" ] || echo "$contestant $(report_quoted "$why")"
	done | report_object
}

report_json_targets() {
	report_verdicts | awk '
	{
		met = $6 == "yes" ? "true" : $6 == "no" ? "false" : "null"
		printf "%s{\"level\": \"%s\", \"kind\": \"%s\", ", \
			(NR > 1 ? ", " : ""), $1, $2
		if ($3 != "-")
			printf "\"peer\": \"%s\", ", $3
		printf "\"wanted\": %s, \"got\": %s, \"met\": %s}", $4, \
			($5 == "-" ? "null" : $5), met
	}
	BEGIN { printf "[" } END { printf "]" }'
}

report_keep() { # contestant...
	{
		printf '{"row": "%s", "unit": "%s", "ours": %s, "peers": %s' \
			"$report_name" "$report_unit" \
			"${report_first[ours]:-null}" \
			"$(report_peers "$@")"
		[ -z "${report_first[erlang-one-node]:-}" ] ||
			printf ', "erlang-one-node": %s' \
				"${report_first[erlang-one-node]}"
		[ -z "$report_extra" ] ||
			printf ', "%s": %s, "peers_%s": %s' "$report_extra" \
				"${report_second[ours]:-null}" "$report_extra" \
				"$(report_peers_second "$@")"
		printf ', "skipped": %s, "targets": %s}\n' \
			"$(report_why "$@")" "$(report_json_targets)"
	} >>"$report_folder/rows"
}

report_json() {
	printf '[\n'
	sed '$!s/$/,/; s/^/  /' "$report_folder/rows"
	printf ']\n'
}

# ---- the end of a row ------------------------------------------------------

report_contestants() { # contestant...
	local contestant

	for contestant; do
		report_is_skipped "$contestant" || report_take "$contestant"
	done
	report_print "$@"
	report_keep "$@"
}

# the row is one number: what the first took by what the second took
report_quotient() { # contestant, contestant
	local first second

	if report_is_skipped "$1" || report_is_skipped "$2"; then
		report_print "$1" "$2"
		report_keep "$1" "$2"
		return
	fi
	report_take "$1"
	report_take "$2"
	first=${report_first[$1]} second=${report_first[$2]}
	report_first=([ours]="$(report_divide "$first" "$second")")
	report_print ours
	report_keep ours
}

report_skip_row() { # why
	report_skip_here ours "$1"
	report_print ours
	report_keep ours
}
