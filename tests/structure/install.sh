#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# `make install DESTDIR=` puts everything where it belongs, and an outsider can
# write an actor against what is installed.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

destination=$scratch/destination
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$build_dir" \
	install DESTDIR="$destination" >"$scratch/log" 2>&1 || {
	sed 's/^/# /' "$scratch/log"
	result not-ok make_install_works
	finish
}
result ok make_install_works

variable() { # of the makefile
	sed -n "s/^$1 = //p" "$build_dir/Makefile"
}
prefix=$(variable prefix)
root=$destination$prefix

check_installed() {
	local file
	for file in bin/actorctl libexec/actorproc/supervisord \
		    libexec/actorproc/actors/system-control \
		    libexec/actorproc/actors/system-dead-letters \
		    libexec/actorproc/actors/system-journal \
		    libexec/actorproc/actors/vpn-api \
		    include/actorproc.h include/actorproc/protocol.h \
		    include/actorproc/messages.h lib/libactorproc.a \
		    lib/libactorproc.so lib/pkgconfig/actorproc.pc \
		    lib/systemd/catalog/actorproc.catalog \
		    lib/systemd/system/actorproc@.service \
		    share/doc/actorproc/examples/vpn.yaml \
		    share/man/man1/actorctl.1 share/man/man3/actorproc.3 \
		    share/man/man7/actor-edges.7 \
		    share/man/man5/supervisord.conf.5 \
		    share/man/man7/actorproc.7 share/man/man7/actor-protocol.7 \
		    share/man/man8/actorproc-supervisord.8; do
		[ -s "$root/$file" ] || echo "$file is not installed"
	done
}

# man CALL: a page of that name, which has it in its own NAME
check_manual() {
	local call page
	for call in $(grep -oE '\bactor_[a-z0-9_]+' \
			"$source_dir/libactorproc/libactorproc.sym"); do
		page=$root/share/man/man3/$call.3
		[ -s "$page" ] || echo "there is no page $call(3)"
		sed '/^\.Sh LIBRARY/,$d' "$page" | grep -qE "^\.Nm $call( |\$)" ||
			echo "$call(3) is a page of something else"
	done
}

check_real() { # programs of the build tree that are wrappers of libtool's
	local file
	for file in "$build_dir"/bin/* "$build_dir"/libexec/supervisord \
		    "$build_dir"/libexec/actors/*; do
		case $file in *.o) continue ;; esac
		[ -f "$file" ] || continue
		head -c 4 "$file" | grep -q ELF || echo "$file is a wrapper"
	done
}

outsiders_actor() {
	cat >"$scratch/echo.c" <<-'END'
	#include <actorproc.h>
	#include <actorproc/messages.h>
	#include <actorproc/protocol.h>

	static int echo(struct actor *self, const struct actor_message *m)
	{
		size_t size;
		const void *payload = actor_message_payload(m, &size);

		return actor_reply(self, "echo", payload, size);
	}

	int main(int argc, char **argv)
	{
		static const struct actor_class class = { .receive = echo };

		return actor_main(&class, argc, argv);
	}
	END
	local flags
	flags=$(PKG_CONFIG_PATH=$root/lib/pkgconfig \
		PKG_CONFIG_SYSROOT_DIR=$destination \
		pkg-config --cflags --libs actorproc) || return
	# shellcheck disable=SC2086 # a list
	$cc -std=c11 -Wall -Wextra -Werror -o "$scratch/echo" "$scratch/echo.c" \
		$flags || return
	# outside of a tree it says so
	LD_LIBRARY_PATH=$root/lib "$scratch/echo" </dev/null 2>"$scratch/said" 3<&-
	[ $? = 64 ] || echo "status is not 64"
	[ -s "$scratch/said" ] || echo "it says nothing"
}

expect_clean everything_is_installed check_installed
expect_clean every_call_has_a_page_of_its_name check_manual
expect_clean built_programs_are_no_wrappers check_real
expect_clean an_outsider_can_write_an_actor outsiders_actor
finish
