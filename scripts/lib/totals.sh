# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# totals.sh - what `make check` came to; for sourcing.
#
#	totals_add build/check		count the results in that build directory
#	totals_print			the logs of what failed, skips with reasons,
#					failures, and the last line "N passed, N
#					failed, N skipped"

totals_passed=0
totals_failed=0
totals_skipped=0
totals_lines=
totals_directories=()

# what the TAP driver wrote into the logs, beside what the tests said
totals_results() { # directory: lines "OUTCOME test: what"
	find "$1" -name '*.trs' | sort | while read -r file; do
		local test=${file#"$1"/} log=${file%.trs}.log
		if ! grep -q '^:test-result:' "$file"; then
			echo "ERROR ${test%.trs}: no result"
			continue
		fi
		sed -nE 's@^(PASS|FAIL|SKIP|XFAIL|XPASS|ERROR): (tests/[^ ]+) (.*)@\1 \2: \3@p' \
			"$log"
	done
}

# totals_add DIRECTORY [VARIANT]
totals_add() {
	local directory=$1 variant=${2:-${1##*/}} outcome what n=0
	totals_directories+=("$directory")
	while read -r outcome what; do
		n=$((n + 1))
		case $outcome in
		PASS | XFAIL) totals_passed=$((totals_passed + 1)) ;;
		SKIP) totals_skip "$variant" "$what" ;;
		*) totals_fail "$variant" "$what" ;;
		esac
	done < <(totals_results "$directory")
	[ "$n" -gt 0 ] || totals_fail "$variant" "no test ran"
}

# totals_pass: one that `make check` did not run
totals_pass() {
	totals_passed=$((totals_passed + 1))
}

# totals_fail VARIANT WHAT: a test or, say, a build
totals_fail() {
	totals_failed=$((totals_failed + 1))
	totals_lines+="failed: $1: $2"$'\n'
}

# totals_skip VARIANT WHAT: a test with its reason, or a whole variant
totals_skip() {
	totals_skipped=$((totals_skipped + 1))
	totals_lines+="skipped: $1: $2"$'\n'
}

# the ends of the logs of what failed: last, where a reader of a cut output looks
totals_show_failures() {
	local file
	[ "${#totals_directories[@]}" -gt 0 ] || return 0
	# shellcheck disable=SC2046 # no spaces in there
	grep -lE '^:test-result: (FAIL|ERROR|XPASS)' \
		$(find "${totals_directories[@]}" -name '*.trs' | sort) /dev/null |
		while read -r file; do
			echo "---- ${file%.trs}"
			grep -vE '^(ok|PASS:)' "${file%.trs}.log" | uniq |
				grep -B 30 -E '^(not ok|FAIL:|ERROR:)' |
				tail -n 200
		done
}

# Return: 0 when nothing failed
totals_print() {
	totals_show_failures
	printf '%s' "$totals_lines" | sort -s -t: -k1,1r
	echo "$totals_passed passed, $totals_failed failed, $totals_skipped skipped"
	[ "$totals_failed" = 0 ]
}
