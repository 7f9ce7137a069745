#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The manual says what the code does: every call, key and verb has its place.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

calls() { # tree
	sed -e 's@/\*.*\*/@@g' -e '/\/\*/,/\*\//d' \
		"$1/libactorproc/actorproc.h" | tr '\n' ' ' | tr ';' '\n' |
		grep -v typedef | grep -oE '\bactor_[a-z0-9_]+ *\(' |
		tr -d ' (' | sort -u
}

# the keys of the tables in supervisord/config
keys() { # tree
	grep -hoE '\{ \.name = "[a-z_]+"' "$1"/supervisord/config/*_spec.c |
		grep -oE '"[a-z_]+"' | tr -d '"' | sort -u
}

verbs() { # tree
	grep -hoE '\.name = "[a-z-]+"' "$1"/actorctl/verb_*.c |
		grep -oE '"[a-z-]+"' | tr -d '"' | sort -u
}

check_calls() { # tree
	local call
	calls "$1" | while read -r call; do
		grep -qE "^\.Nm $call\b" "$1"/man/*.3 ||
			echo "$call: has no .Nm in man/*.3"
		sed '/^\.Sh DESCRIPTION/,$d' "$1"/man/*.3 |
			grep -qE "^\.(Fn|Fo) \"?$call\b" ||
			echo "$call: is not in the synopsis in man/*.3"
		sed '1,/^\.Sh DESCRIPTION/d' "$1"/man/*.3 |
			grep -qE "^\.(It )?(Fn|Fo) \"?$call\b" ||
			echo "$call: is not described in man/*.3"
	done
}

check_words() { # what, page, words...
	local what=$1 page=$2 word
	shift 2
	[ $# -gt 0 ] || echo "no ${what}s found"
	for word in "$@"; do
		grep -qE "^\.It Ic $word( |\$)" "$page" ||
			echo "$what $word: has no .It Ic in $page"
	done
}

check_keys() { # tree
	# shellcheck disable=SC2046 # words
	check_words key "$1/man/supervisord.conf.5" $(keys "$1")
}

check_verbs() { # tree
	# shellcheck disable=SC2046
	check_words verb "$1/man/actorctl.1" $(verbs "$1")
}

check_lint() { # tree
	cd "$1" || return
	mandoc -T lint -W warning man/*.[1-8]
}

expect_clean every_call_is_in_the_manual check_calls "$source_dir"
expect_clean every_key_is_in_the_manual check_keys "$source_dir"
expect_clean every_verb_is_in_the_manual check_verbs "$source_dir"

broken=$(copy_of_sources)
echo 'int actor_unwritten(struct actor *self);' \
	>>"$broken/libactorproc/actorproc.h"
expect_caught a_call_without_a_page_is_seen actor_unwritten \
	check_calls "$broken"
echo '	{ .name = "unwritten_key" },' >>"$broken/supervisord/config/broken_spec.c"
expect_caught a_key_without_a_paragraph_is_seen unwritten_key \
	check_keys "$broken"
echo '	.name = "unwritten-verb",' >>"$broken/actorctl/verb_broken.c"
expect_caught a_verb_without_a_paragraph_is_seen unwritten-verb \
	check_verbs "$broken"

broken=$(copy_of_sources)
sed -i '/^\.It Fn actor_tell$/d; /^\.Fn actor_tell\b/d' "$broken"/man/*.3
sed -i '/^\.It Ic redeliver /d' "$broken/man/supervisord.conf.5"
sed -i '/^\.It Ic tell /d' "$broken/man/actorctl.1"
expect_caught a_call_taken_out_of_the_page_is_seen 'actor_tell: ' \
	check_calls "$broken"
expect_caught a_key_taken_out_of_the_page_is_seen 'key redeliver: ' \
	check_keys "$broken"
expect_caught a_verb_taken_out_of_the_page_is_seen 'verb tell: ' \
	check_verbs "$broken"

if command -v mandoc >/dev/null; then
	expect_clean pages_pass_mandoc check_lint "$source_dir"
	printf '.Dd today\n.Dt BROKEN 1\n.Sh NAME\n.Bl\n' >"$broken/man/broken.1"
	expect_caught a_broken_page_is_seen broken.1 check_lint "$broken"
else
	skip pages_pass_mandoc "mandoc is not installed"
	skip a_broken_page_is_seen "mandoc is not installed"
fi
finish
