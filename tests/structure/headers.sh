#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every header compiles alone, and twice.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

flags=$(pkg-config --cflags libnl-3.0 libsystemd libseccomp yaml-0.1 jansson)

check_headers() { # tree
	local header
	cd "$1" || return
	find libactorproc supervisord actorctl actors tests -name '*.h' |
	sort | while read -r header; do
		# shellcheck disable=SC2086 # flags are a list
		printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
		$cc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Wundef -Werror \
			-fsyntax-only -I. -I"$build_dir/include" $flags \
			-x c - >"$scratch/said" 2>&1 ||
		echo "$header: $(grep -m1 error "$scratch/said")"
	done
}

expect_clean every_header_compiles_alone check_headers "$source_dir"

broken=$(copy_of_sources)
printf '#pragma once\nint path_broken(struct nowhere x, size_t n);\n' \
	>"$broken/libactorproc/needy.h"
expect_caught a_header_that_needs_another_is_seen libactorproc/needy.h \
	check_headers "$broken"
finish
