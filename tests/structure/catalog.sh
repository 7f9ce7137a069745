#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each kind of record has its entry in the journal's catalog, and no other.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

check_catalog() { # tree
	cd "$1" || return
	grep -oE '"[0-9a-f]{32}"' libactorproc/messages.h | tr -d '"' | sort \
		>"$scratch/kinds"
	sed -n 's/^-- \([0-9a-f]\{32\}\).*/\1/p' configs/actorproc.catalog |
		sort >"$scratch/entries"
	uniq -d "$scratch/kinds" | sed 's/$/: twice in messages.h/'
	uniq -d "$scratch/entries" | sed 's/$/: twice in the catalog/'
	comm -23 "$scratch/kinds" "$scratch/entries" |
		sed 's/$/: has no entry in the catalog/'
	comm -13 "$scratch/kinds" "$scratch/entries" |
		sed 's/$/: is no kind in messages.h/'
	[ -s "$scratch/kinds" ] || echo "no kinds found"
}

expect_clean each_kind_of_record_is_explained check_catalog "$source_dir"
broken=$(copy_of_sources)
id=$(grep -oE '[0-9a-f]{32}' "$source_dir/libactorproc/messages.h" | head -n1)
sed -i "s/$id/00000000000000000000000000000001/" \
	"$broken/libactorproc/messages.h"
expect_caught a_kind_without_an_entry_is_seen \
	'00000000000000000000000000000001: has no entry' check_catalog "$broken"
expect_caught an_entry_without_a_kind_is_seen "$id: is no kind" \
	check_catalog "$broken"
finish
