#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What actorproc.h declares, libactorproc.sym lists and libactorproc.so exports
# is the same, and what is global in libactorproc.a; and the library needs libc
# alone.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

library=$build_dir/.libs/libactorproc.so

declared() { # tree
	sed -e 's@/\*.*\*/@@g' -e '/\/\*/,/\*\//d' \
		"$1/libactorproc/actorproc.h" | tr '\n' ' ' | tr ';' '\n' |
		grep -v typedef | grep -oE '\bactor_[a-z0-9_]+ *\(' |
		tr -d ' (' | sort -u
}

listed() { # tree
	grep -oE '\bactor_[a-z0-9_]+' "$1/libactorproc/libactorproc.sym" |
		sort -u
}

exported() { # library
	nm -D --defined-only "$1" | awk '{ print $NF }' | sed 's/@.*//' |
		grep -vE '^(ACTORPROC|LIBACTORPROC)_' | sort -u
}

differences() { # name of one, file, name of other, file
	comm -23 "$2" "$4" | sed "s/\$/: in $1, not in $3/"
	comm -13 "$2" "$4" | sed "s/\$/: in $3, not in $1/"
}

check_symbols() { # tree, library
	declared "$1" >"$scratch/declared"
	listed "$1" >"$scratch/listed"
	exported "$2" >"$scratch/exported"
	[ -s "$scratch/declared" ] || echo "no declarations found"
	differences actorproc.h "$scratch/declared" \
		libactorproc.sym "$scratch/listed"
	differences libactorproc.sym "$scratch/listed" \
		libactorproc.so "$scratch/exported"
}

check_static() { # tree, archive
	listed "$1" >"$scratch/listed"
	nm -g --defined-only "$2" | awk 'NF == 3 { print $3 }' | sort -u \
		>"$scratch/global"
	differences libactorproc.sym "$scratch/listed" \
		libactorproc.a "$scratch/global"
}

check_needed() { # library
	readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -vxE 'libc\.so\.6|ld-linux[a-z0-9._-]*'
}

[ -e "$library" ] || skip_all "built without a shared library"
expect_clean exported_symbols_agree check_symbols "$source_dir" "$library"
expect_clean the_library_needs_libc_alone check_needed "$library"
expect_clean only_public_names_are_global_in_the_static_library \
	check_static "$source_dir" "$build_dir/libactorproc.a"

echo 'int arena_leaked;' >"$scratch/leaked.c"
cp "$build_dir/libactorproc.a" "$scratch/leaky.a"
$cc -c "$scratch/leaked.c" -o "$scratch/leaked.o" &&
	ar q "$scratch/leaky.a" "$scratch/leaked.o"
expect_caught a_private_name_that_is_global_is_seen arena_leaked \
	check_static "$source_dir" "$scratch/leaky.a"

broken=$(copy_of_sources)
echo 'int actor_forgotten(struct actor *self);' \
	>>"$broken/libactorproc/actorproc.h"
expect_caught a_declaration_that_is_not_exported_is_seen actor_forgotten \
	check_symbols "$broken" "$library"

cat >"$scratch/needy.c" <<'END'
#include <systemd/sd-daemon.h>
int actor_stop(void);
int actor_stop(void) { return sd_booted(); }
int edge_leaked(void);
int edge_leaked(void) { return 0; }
END
$cc -shared -fPIC -o "$scratch/needy.so" "$scratch/needy.c" \
	-Wl,--no-as-needed -lsystemd
expect_caught a_leaked_symbol_is_seen edge_leaked \
	check_symbols "$source_dir" "$scratch/needy.so"
expect_caught another_library_is_seen libsystemd check_needed "$scratch/needy.so"
finish
