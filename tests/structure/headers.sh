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
# the installed ones are for C++ as well
check_installed() { # tree
	local header
	cd "$1" || return
	for header in actorproc messages protocol; do
		printf '#include "libactorproc/%s.h"\n' "$header" |
		$cxx -std=c++11 -Wall -Wextra -Werror -fsyntax-only -I. \
			-x c++ - >"$scratch/said" 2>&1 ||
		echo "$header.h: $(grep -m1 error "$scratch/said")"
	done
}

cxx=$(command -v g++ || command -v clang++)
if [ -n "$cxx" ]; then
	expect_clean installed_headers_compile_as_cxx check_installed "$source_dir"
	broken=$(copy_of_sources)
	printf 'int path_broken(int class);\n' >>"$broken/libactorproc/protocol.h"
	expect_caught a_header_that_is_no_cxx_is_seen protocol.h \
		check_installed "$broken"
else
	skip installed_headers_compile_as_cxx "no C++ compiler is installed"
fi
finish
