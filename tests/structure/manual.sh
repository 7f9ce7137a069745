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

# the pages whose NAME has that call
pages_of() { # tree, call
	awk -v call="$2" '
		/^\.Sh/ { in_name = $2 == "NAME" }
		in_name && $1 == ".Nm" && $2 == call { print FILENAME }' \
		"$1"/man/*.3
}

check_page() { # page, call
	sed '/^\.Sh DESCRIPTION/,$d' "$1" | grep -qE "^\.(Fn|Fo) \"?$2\b" ||
		echo "$2: is not in the synopsis of ${1##*/}"
	sed '1,/^\.Sh DESCRIPTION/d' "$1" |
		grep -qE "^\.(It )?(Fn|Fo) \"?$2\b" ||
		echo "$2: is not described in ${1##*/}"
}

check_calls() { # tree
	local call pages
	calls "$1" | while read -r call; do
		pages=$(pages_of "$1" "$call")
		case $pages in
		"") echo "$call: has no .Nm in man/*.3" ;;
		*$'\n'*) echo "$call: has more pages than one:" $pages ;;
		*) check_page "$pages" "$call" ;;
		esac
	done
}

check_installed() { # tree
	local page
	for page in "$1"/man/*; do
		grep -qE "^[[:space:]]man/${page##*/}( |\$)" "$1/Makefile.am" ||
			echo "${page##*/}: is not in dist_man_MANS of Makefile.am"
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

grantable() { # tree
	sed -n '/names\[\] = {/,/NULL/p' "$1/supervisord/config/system_calls.c" |
		grep -oE '"[a-z0-9_]+"' | tr -d '"'
}

check_grants() { # tree
	local listed
	listed=$(sed -n '/^These can be:/,/^\.El/p' "$1/man/supervisord.conf.5" |
		grep -oE '\b[a-z0-9_]+\b' | sort)
	grantable "$1" | while read -r call; do
		grep -qx "$call" <<<"$listed" ||
			echo "system call $call: not said to be grantable"
	done
}

layers() { # tree
	sed -n '/^} layers\[\] = {/,/^};/p' "$1/supervisord/act/launch_host.c" |
		sed -n 's/^\t{ "\([a-z-]*\)", .*/\1/p'
}

check_layers() { # tree
	local listed
	listed=$(sed -n '/^names the layers/,/^\.Pp/p' \
		"$1/man/actorproc-supervisord.8" | grep -oE '[a-z-]+' | sort)
	layers "$1" | while read -r layer; do
		grep -qx -- "$layer" <<<"$listed" ||
			echo "layer $layer: not said to be one"
	done
}

check_lint() { # tree
	cd "$1" || return
	mandoc -T lint -W warning man/*.[1-8]
}

# tables do not fold: as man(1) shows them in 80 columns
check_tables() { # tree
	local page line
	cd "$1" || return
	grep -l '^\.Bl -column' man/*.[1-8] | while read -r page; do
		mandoc -T utf8 -O width=78 "$page" | sed 's/.\x08//g' |
			while IFS= read -r line; do
				[ ${#line} -le 80 ] ||
					echo "$page: wider than 80 columns: $line"
			done
	done
}

expect_clean every_call_is_in_the_manual check_calls "$source_dir"
expect_clean every_page_is_installed check_installed "$source_dir"
expect_clean every_key_is_in_the_manual check_keys "$source_dir"
expect_clean every_verb_is_in_the_manual check_verbs "$source_dir"
expect_clean every_grantable_call_is_in_the_manual check_grants "$source_dir"
expect_clean every_layer_is_in_the_manual check_layers "$source_dir"

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

sed -i 's/\bmemfd_create\b//' "$broken/man/supervisord.conf.5"
expect_caught a_grantable_call_without_a_word_is_seen memfd_create \
	check_grants "$broken"
sed -i 's/\bmdwe\b//' "$broken/man/actorproc-supervisord.8"
expect_caught a_layer_without_a_word_is_seen mdwe check_layers "$broken"

broken=$(copy_of_sources)
sed -i '/^\.Fn actor_tell$/d' "$broken"/man/actor_tell.3
sed -i '/^\.Fn actor_flush /d' "$broken"/man/actor_tell.3
sed -i 's/^\.Nm actor_unwatch$/&_all/' "$broken"/man/actor_watch.3
sed -i 's/^\.Nm actor_watch_fd ,/.Nm actor_watch ,/' "$broken"/man/actor_watch_fd.3
cp "$source_dir/Makefile.am" "$broken"
sed -i '/man\/actor_timer\.3/d' "$broken/Makefile.am"
sed -i '/^\.It Ic redeliver /d' "$broken/man/supervisord.conf.5"
sed -i '/^\.It Ic tell /d' "$broken/man/actorctl.1"
expect_caught a_call_that_is_not_described_is_seen \
	'actor_tell: is not described' check_calls "$broken"
expect_caught a_call_without_a_synopsis_is_seen \
	'actor_flush: is not in the synopsis' check_calls "$broken"
expect_caught a_call_without_a_name_is_seen \
	'actor_unwatch: has no .Nm' check_calls "$broken"
expect_caught a_call_on_two_pages_is_seen \
	'actor_watch: has more pages than one' check_calls "$broken"
expect_caught a_page_that_is_not_installed_is_seen actor_timer.3 \
	check_installed "$broken"
expect_caught a_key_taken_out_of_the_page_is_seen 'key redeliver: ' \
	check_keys "$broken"
expect_caught a_verb_taken_out_of_the_page_is_seen 'verb tell: ' \
	check_verbs "$broken"

if command -v mandoc >/dev/null; then
	expect_clean pages_pass_mandoc check_lint "$source_dir"
	printf '.Dd today\n.Dt BROKEN 1\n.Sh NAME\n.Bl\n' >"$broken/man/broken.1"
	expect_caught a_broken_page_is_seen broken.1 check_lint "$broken"
	LC_ALL=C.UTF-8
	expect_clean tables_fit_into_80_columns check_tables "$source_dir"
	printf '.It wide Ta 1 Ta %090d\n' 1 |
		sed -i '/table checks/r /dev/stdin' "$broken/man/actor-sandbox.7"
	expect_caught a_table_that_is_too_wide_is_seen actor-sandbox.7 \
		check_tables "$broken"
else
	skip pages_pass_mandoc "mandoc is not installed"
	skip a_broken_page_is_seen "mandoc is not installed"
	skip tables_fit_into_80_columns "mandoc is not installed"
	skip a_table_that_is_too_wide_is_seen "mandoc is not installed"
fi
finish
