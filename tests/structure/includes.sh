#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Includes point the way data flows: see the table in ARCHITECTURE.md.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

# the libraries that only some folders may use
kernel_libraries='systemd/|netlink/|seccomp\.h|sys/capability\.h'
tool_libraries='yaml\.h|jansson\.h|curl/|microhttpd\.h'
# what is ours stands in quotes, where its folder is checked
ours='libactorproc/|supervisord/|actorctl/|actors/|tests/|\.'

check_file() { # file, what "..." may begin with, what <...> may not
	grep -nE '^[[:space:]]*#[[:space:]]*include' "$1" |
	while IFS= read -r line; do
		case $line in
		*'"'*)
			grep -qE "\"($2)" <<<"$line" || echo "$1:$line"
			;;
		*)
			grep -qE "<($3|$ours)" <<<"$line" && echo "$1:$line"
			;;
		esac
	done
}

check_folder() { # folder, depth, may, may not
	local file
	[ -d "$1" ] || return
	find "$1" -maxdepth "$2" -name '*.[ch]' | sort | while read -r file; do
		check_file "$file" "$3" "$4"
	done
}

check_includes() { # tree
	local all="$kernel_libraries|$tool_libraries" group
	local no_kernel="$kernel_libraries|jansson\.h|curl/|microhttpd\.h"
	cd "$1" || return
	check_folder libactorproc 9 'libactorproc/' "$all"
	check_folder supervisord/config 9 \
		'(supervisord/config|libactorproc)/' "$no_kernel"
	check_folder supervisord/decide 9 \
		'(supervisord/(decide|config)|libactorproc)/' "$all"
	check_folder supervisord/act 9 \
		'(supervisord/(act|config)|libactorproc)/' "$tool_libraries"
	check_folder supervisord 1 '(supervisord|libactorproc)/|config\.h"' 'curl/|microhttpd\.h'
	check_folder actorctl 9 '(actorctl|libactorproc)/|config\.h"' \
		'netlink/|seccomp\.h|yaml\.h|curl/'
	for group in actors/*; do
		# its own folder, by name or beside it; else what is installed
		check_folder "$group" 9 "$group/|[a-z0-9_-]+\.h\"" \
			'actorproc/(path|frame|arena|edge|control|fields)'
	done
}

expect_clean includes_point_one_way check_includes "$source_dir"

breaks() { # file, include
	local broken
	broken=$(copy_of_sources)
	mkdir -p "$broken/$(dirname "$1")"
	echo "#include $2" >>"$broken/$1"
	expect_caught "seen: $1 includes $2" "$1" check_includes "$broken"
}

breaks libactorproc/broken.c '"supervisord/config/spec.h"'
breaks libactorproc/broken.c '<systemd/sd-journal.h>'
breaks supervisord/config/broken.c '"supervisord/decide/verdict.h"'
breaks supervisord/decide/broken.c '"supervisord/act/launch.h"'
breaks supervisord/act/broken.c '"supervisord/decide/verdict.h"'
breaks actorctl/broken.c '"supervisord/link.h"'
breaks actors/vpn/broken.c '"libactorproc/frame.h"'
breaks actors/vpn/broken.c '<libactorproc/frame.h>'
finish
