#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Long files and functions are named, for who reads the log; nothing fails.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

cd "$source_dir" || exit
folders="libactorproc supervisord actorctl actors tests"
# shellcheck disable=SC2086 # a list
find $folders -name '*.c' -exec wc -l {} + | awk '
	$2 != "total" && $1 > 800 { print "# file of " $1 " lines: " $2 }'
# shellcheck disable=SC2086
find $folders -name '*.c' -exec awk '
	FNR == 1 { start = 0 }
	/^\{/ { start = FNR }
	/^\}/ && start {
		if (FNR - start > 100)
			print "# function of " FNR - start " lines: " \
				FILENAME ":" start
		start = 0
	}' {} +
result ok long_files_and_functions_are_named
finish
