#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is installed has nothing of the breakpoints of tests, and each of those has
# an id of its own.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

installed=$build_dir/libexec/supervisord
stepped=$build_dir/libexec/supervisord-steps

ids() { # tree
	grep -hoE 'BREAKPOINT\("[^"]*"\)' "$1"/supervisord/*.c
}

check_ids() { # tree
	ids "$1" | sort | uniq -d | sed 's/$/: twice/'
}

check_absent() { # program
	nm "$1" | grep -i breakpoint
	readelf -S --wide "$1" | grep breakpoints
	grep -qaF ACTORPROC_BREAKPOINTS "$1" && echo "$1: reads the variable"
}

check_listed() { # tree, program
	ids "$1" | sed 's/^BREAKPOINT("\(.*\)")$/\1/' | sort >"$scratch/ids"
	ACTORPROC_BREAKPOINTS=list "$2" | sort >"$scratch/listed"
	[ -s "$scratch/ids" ] || echo "no breakpoints found"
	diff "$scratch/ids" "$scratch/listed"
}

expect_clean breakpoints_have_ids_of_their_own check_ids "$source_dir"
expect_clean nothing_of_them_is_installed check_absent "$installed"
if [ -x "$stepped" ]; then
	expect_clean those_compiled_in_are_listed check_listed "$source_dir" \
		"$stepped"
	expect_caught breakpoints_in_what_is_installed_are_seen breakpoint_reach \
		check_absent "$stepped"
else
	skip those_compiled_in_are_listed "no $stepped: make check builds it"
fi

broken=$(copy_of_sources)
for _ in 1 2; do
	echo 'BREAKPOINT("once more")' >>"$broken/supervisord/child.c"
done
expect_caught an_id_that_is_there_twice_is_seen "once more" check_ids "$broken"
finish
