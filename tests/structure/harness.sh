#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The test harness itself: each way to fail is seen as a failure.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

"$build_dir/tests/harness/harness-cases" >"$scratch/said" 2>"$scratch/log"
status=$?

expect_line() { # name, pattern
	if grep -qE -- "$2" "$scratch/said"; then
		result ok "$1"
	else
		sed 's/^/# /' "$scratch/said" "$scratch/log"
		result not-ok "$1"
	fi
}

expect_line a_pass_is_a_pass '^ok [0-9]+ - test_passes$'
expect_line a_skip_has_its_reason '^ok [0-9]+ - test_skips # SKIP it is a case$'
for failure in asserts_something_false crashes exits_early \
	       leaves_a_descriptor_open leaves_a_child_running \
	       leaves_a_grandchild_running leaves_a_file takes_too_long; do
	expect_line "seen: $failure" "^not ok [0-9]+ - test_$failure\$"
done
expect_line what_it_waited_for_is_said '^# while it waited for Godot$'
expect_line what_it_did_is_said '^# while it did nothing$'
if [ "$status" = 1 ]; then
	result ok failures_are_in_the_exit_status
else
	result not-ok failures_are_in_the_exit_status
fi
finish
