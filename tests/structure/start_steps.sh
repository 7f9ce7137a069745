#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A file may name each step by which a start can fail, and no other.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/lib.sh"

# what the sources call a step: a word, or a word and ": why"
steps_of_sources() {
	local of_supervisor=(supervisord/{child,zygotes,folders,uids,lessons}.c)

	sed -n '/^} steps\[\] = {/,/^};/s/^\t{ "\([a-z_]*\)".*/\1/p' \
		supervisord/act/launch.c
	sed -n '/use_names\[\] = {/,/^};/s/.* = "\([a-z_]*\)".*/\1/p' \
		supervisord/act/launch_program.c
	cat "${of_supervisor[@]}" supervisord/act/launch_program.c |
		tr '\n' ' ' |
		grep -oE '(what|step) = [^;]*;|what_of\("[a-z]*"|start_failed\([^;]*;' |
		grep -oE '"[a-z_]+[:"]' | tr -d '":'
	sed -n 's/^\t*return "\([a-z_]*\)";/\1/p' "${of_supervisor[@]}"
}

check_steps() { # tree
	local step

	cd "$1" || return
	steps_of_sources | sort -u >"$scratch/made"
	sed -n '/^static const char \*const names\[\] = {/,/^};/p' \
		supervisord/config/start_steps.c | grep -oE '"[a-z_]+"' |
		tr -d '"' | sort >"$scratch/names"
	comm -23 "$scratch/made" "$scratch/names" |
		sed 's/$/: a start fails by it, and start_steps.c has it not/'
	while read -r step; do
		grep -rqE --include='*.c' --exclude=start_steps.c \
			"\"${step}[\":]" supervisord libactorproc ||
			echo "$step: no start fails by it"
	done <"$scratch/names"
	[ "$(wc -l <"$scratch/made")" -gt 20 ] || echo "hardly a step is found"
}

# break FILE EXPRESSION: prints where
broken_by() {
	local copy
	copy=$(copy_of_sources)
	sed -i "$2" "$copy/$1"
	echo "$copy"
}

expect_clean each_step_of_a_start_has_its_name check_steps "$source_dir"
for step in landlock library scratch cgroup violations; do
	expect_caught "${step}_without_a_name_is_seen" "$step: a start fails" \
		check_steps "$(broken_by supervisord/config/start_steps.c \
		"s/\"$step\"/\"exec\"/")"
done
expect_caught a_name_without_a_step_is_seen 'levitate: no start fails by it' \
	check_steps "$(broken_by supervisord/config/start_steps.c \
	's/"exec"/"exec", "levitate"/')"
finish
