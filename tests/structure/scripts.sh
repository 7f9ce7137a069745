#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shell scripts are clean under shellcheck.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

command -v shellcheck >/dev/null || skip_all "shellcheck is not installed"

check_scripts() { # tree
	cd "$1" || return
	grep -lrE '^#!/(usr/)?bin/(env )?(ba)?sh|shellcheck shell=' \
		autogen.sh scripts tests .ci 2>/dev/null | sort |
	while read -r file; do
		shellcheck -x --severity=warning --format=gcc --exclude=SC1091 \
			"$file"
	done
}

expect_clean scripts_pass_shellcheck check_scripts "$source_dir"
broken=$(copy_of_sources)
# shellcheck disable=SC2016 # not expanded here
printf '#!/bin/bash\ncd $1\nrm -rf $2/*\n' >"$broken/scripts/careless"
expect_caught a_careless_script_is_seen scripts/careless check_scripts "$broken"
finish
