#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Every source says its licence first, and the right one.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

sources() {
	find . \( -name .git -o -name 'build*' -o -name _build -o -name autom4te.cache \
		-o -name m4 -o -name corpus \) -prune -o -type f \
		\( -name '*.[ch]' -o -name '*.sh' -o -name '*.yaml' \
		-o -name '*.[1-8]' -o -name '*.am' -o -name '*.ac' \
		-o -name '*.py' -o -name '*.catalog' -o -name '*.service*' \
		-o -name '*.sym' -o -name '*.pml' -o -path './scripts/*' -o -path './.ci/*' \) \
		! -name 'Makefile.in' ! -name 'aclocal.m4' \
		-print | sed 's@^\./@@' | sort
}

licence_of() { # file
	case $1 in
	libactorproc/protocol.h | libactorproc/messages.h) echo 0BSD ;;
	actors/vpn/* | actors/examples/* | actors/bench/*) echo 0BSD ;;
	tests/system/actors/*) echo 0BSD ;;
	configs/*.yaml | configs/examples/*) echo 0BSD ;;
	*) echo LGPL-2.1-or-later ;;
	esac
}

check_licences() { # tree
	local file
	cd "$1" || return
	sources | while read -r file; do
		head -n 3 "$file" |
		grep -q "SPDX-License-Identifier: $(licence_of "$file")\b" ||
		echo "$file: no SPDX line with $(licence_of "$file")"
	done
	[ ! -d LICENSES ] || for file in LGPL-2.1-or-later 0BSD; do
		[ -s "LICENSES/$file.txt" ] || echo "LICENSES/$file.txt is missing"
	done
}

expect_clean every_source_says_its_licence check_licences "$source_dir"
broken=$(copy_of_sources)
echo 'int x;' >"$broken/libactorproc/unlicensed.c"
echo '/* SPDX-License-Identifier: LGPL-2.1-or-later */' \
	>"$broken/actors/vpn/mislicensed.c"
expect_caught a_source_without_a_licence_is_seen libactorproc/unlicensed.c \
	check_licences "$broken"
expect_caught an_example_under_another_licence_is_seen \
	actors/vpn/mislicensed.c check_licences "$broken"
finish
