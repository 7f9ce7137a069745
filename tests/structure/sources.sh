#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every source is in Makefile.am: nothing is forgotten, nothing rots unbuilt.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

check_sources() { # tree, makefile
	cd "$1" || return
	find libactorproc supervisord actorctl actors tests \
		\( -name '*.[ch]' -o -name '*.sh' \) 2>/dev/null | sort |
	while read -r file; do
		grep -qE "(^|[[:space:]])$file([[:space:]]|\$)" "$2" ||
			echo "$file: not in Makefile.am"
	done
	find man -name '*.[1-8]' | sort | while read -r file; do
		grep -q "$file" "$2" || echo "$file: not in Makefile.am"
	done
}

expect_clean every_source_is_built check_sources "$source_dir" \
	"$source_dir/Makefile.am"
broken=$(copy_of_sources)
touch "$broken/supervisord/forgotten.c"
expect_caught a_forgotten_source_is_seen supervisord/forgotten.c \
	check_sources "$broken" "$source_dir/Makefile.am"
finish
