#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# model.sh - the models have no error, and each mutant of them has one.
#
# A model of the order of stores is worth something when spin finds what is
# wrong with another order. HARNESS_LONG=1 goes further.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/../structure/lib.sh"

command -v spin >/dev/null || skip_all "spin is not installed"

models=$source_dir/tests/model
# much longer than any search takes on a machine that is ten times slower
limit_s=900
[ -z "${HARNESS_LONG:-}" ] || limit_s=7200

# name, model, what it is compiled with, how it is run
variants='
edges arena.pml   -DEDGES=2
edge  arena.pml   -DEDGES=1
chain arena.pml   -DEDGES=1 -DCHAIN
held  held.pml
window window.pml -DNOCLAIM
ever  window.pml  -DLIVE
'

# variant, the bounds
quick='
edges CRASHES=2 MESSAGES=2 DUPS=1 TICKS=1 RELEASES=1 ABORTS=1
edge  CRASHES=2 MESSAGES=2 SENDS=1 TICKS=1 RELEASES=1 REFUSALS=1
edge  CRASHES=2 MESSAGES=2 SENDS=1 TICKS=1 ABORTS=1 REFUSALS=1
edge  CRASHES=3 MESSAGES=2 SENDS=1 ABORTS=1 REFUSALS=1 REDELIVER=1
chain CRASHES=2 MESSAGES=2 SENDS=1 REFUSALS=1
held  CRASHES=2 MESSAGES=3 STASHES=1 TICKS=1 RELEASES=1 ABORTS=1
held  CRASHES=2 MESSAGES=3 PRIORITY=1 TICKS=1 RELEASES=1 ABORTS=1
held  CRASHES=1 MESSAGES=3 PRIORITY=1 STASHES=2 TICKS=1 RELEASES=1
held  CRASHES=3 MESSAGES=3 PRIORITY=1 STASHES=1 REDELIVER=1
held  CRASHES=2 MESSAGES=2 PRIORITY=1 STASHES=2 ABORTS=1 RELEASES=1
window CRASHES=2 MESSAGES=5
window CRASHES=2 MESSAGES=5 ASLEEP=1
ever  CRASHES=1 MESSAGES=4
ever  CRASHES=1 MESSAGES=4 ASLEEP=1
'
long='
edges CRASHES=3 MESSAGES=3 DUPS=2 TICKS=1 RELEASES=1 ABORTS=1
edges CRASHES=2 MESSAGES=2 DUPS=1 SENDS=1 REFUSALS=1
edge  CRASHES=3 MESSAGES=3 SENDS=1 TICKS=1 RELEASES=1 ABORTS=1 REFUSALS=1
edge  CRASHES=4 MESSAGES=2 SENDS=1 ABORTS=2 REFUSALS=2 REDELIVER=2
chain CRASHES=3 MESSAGES=3 SENDS=1
held  CRASHES=3 MESSAGES=4 PRIORITY=1 STASHES=1 TICKS=1 RELEASES=1 ABORTS=1
held  CRASHES=4 MESSAGES=4 PRIORITY=1 ABORTS=1 REDELIVER=2
window CRASHES=4 MESSAGES=7
window CRASHES=4 MESSAGES=7 ASLEEP=1
ever  CRASHES=2 MESSAGES=5
ever  CRASHES=2 MESSAGES=5 ASLEEP=1
'

# What is broken, where that shows. Of the essay in libactorproc/arena.c:
mutants='
edges NOTED_KEPT		CRASHES=1 MESSAGES=2
edges KEY_BEFORE_HEADER		CRASHES=2 MESSAGES=2
edge  PLACE_LATE		CRASHES=1 MESSAGES=2
edge  NOTED_LATE		CRASHES=1 MESSAGES=2
edge  NOTED_BEFORE_COUNT	CRASHES=1 MESSAGES=2
edge  FRAMES_ADDED		CRASHES=1 MESSAGES=2
edge  PLACE_BEFORE_TURN		CRASHES=1 MESSAGES=2
edge  TURN_BEFORE_PLACE		CRASHES=1 MESSAGES=2
edge  NOT_DATED_ON		MESSAGES=2 ABORTS=1 TICKS=1
edge  RELEASE_FINISHES		CRASHES=1 MESSAGES=2 RELEASES=1
edge  COMMIT_SPLIT		CRASHES=1 MESSAGES=2 SENDS=1
edge  MARK_BEFORE_NOTE		CRASHES=1 MESSAGES=2 SENDS=1
edge  NOT_TRUNCATED		CRASHES=1 MESSAGES=2 SENDS=1
edge  UNMARK_BEFORE_CUT		CRASHES=2 MESSAGES=2 SENDS=1
edge  SEAL_LATE			CRASHES=1 MESSAGES=2 SENDS=1
edge  FREE_BEFORE_COUNT		CRASHES=1 MESSAGES=2 SENDS=1
edge  SENT_BEFORE_FRAMES	CRASHES=1 MESSAGES=2 SENDS=1
edge  SENT_FROM_COPY		CRASHES=2 MESSAGES=3 SENDS=1 TICKS=1 REFUSALS=1
edge  OFFERED_LATE		CRASHES=1 MESSAGES=2 SENDS=1
edge  REFUSED_AGAIN		CRASHES=1 MESSAGES=2 SENDS=1 REFUSALS=1
edge  DEAD_NOT_WIPED		CRASHES=2 MESSAGES=2 ABORTS=1 REDELIVER=1
edge  BACK_BEFORE_ATTEMPT	CRASHES=3 MESSAGES=2 REDELIVER=1
chain NOTED_LATE		CRASHES=1 MESSAGES=2 SENDS=1
chain FREE_BEFORE_COUNT		CRASHES=1 MESSAGES=2 SENDS=1
held  PLACE_COMMITTED_FIRST	CRASHES=1 MESSAGES=2 PRIORITY=1
held  HELD_COMMITTED_FIRST	CRASHES=1 MESSAGES=2 PRIORITY=1
held  HELD_NOT_WIPED		CRASHES=1 MESSAGES=2 PRIORITY=1
held  FRONT_NOT_WIPED		CRASHES=1 MESSAGES=2 STASHES=1
held  HELD_NOT_DATED_ON		MESSAGES=2 PRIORITY=1 TICKS=1 ABORTS=1
held  RELEASE_FINISHES_HELD	CRASHES=1 MESSAGES=2 PRIORITY=1 RELEASES=1
held  RELEASE_KEEPS_STASH	CRASHES=1 MESSAGES=2 STASHES=1 RELEASES=1
held  MOVE_IS_IN_HAND		CRASHES=1 MESSAGES=2 PRIORITY=1
held  DONE_BEFORE_UNMADE	CRASHES=1 MESSAGES=3 PRIORITY=1
held  AGAIN_AT_ONCE		CRASHES=1 MESSAGES=2 PRIORITY=1 STASHES=1
held  AGAIN_NOT_WIPED		CRASHES=1 MESSAGES=2 PRIORITY=1 STASHES=1
held  AGAIN_FORGOTTEN_FIRST	CRASHES=1 MESSAGES=2 PRIORITY=1 STASHES=1
held  AGAIN_KEEPS_FRONT		MESSAGES=2 PRIORITY=1 STASHES=2 TICKS=1
held  BACK_BEFORE_ATTEMPT	CRASHES=3 MESSAGES=2 PRIORITY=1 REDELIVER=1
held  DEAD_NOT_WIPED		CRASHES=2 MESSAGES=2 ABORTS=1 REDELIVER=1
window NO_BARRIER_BY_RECEIVER	MESSAGES=4
window NO_BARRIER_BY_SENDER	MESSAGES=4
window NO_SECOND_LOOK		MESSAGES=4
window PUBLISHED_BEFORE_COMMIT	MESSAGES=4
window START_WITHOUT_PUBLISHING	CRASHES=1 MESSAGES=4
window CLEARED_BEFORE_ROOM	CRASHES=1 MESSAGES=4
window CLEARED_AFTER_FLUSH	MESSAGES=5
window START_WITHOUT_WAKING	CRASHES=1 MESSAGES=4 ASLEEP=1
window WOKEN_BEFORE_CLEARED	MESSAGES=5 ASLEEP=1
window ASLEEP_ON_FINISHED	MESSAGES=5 ASLEEP=1
'

# compile NAME MODEL [DEFINITIONS]: into $scratch/NAME/pan
compile() {
	local name=$1 model=$2
	shift 2
	mkdir -p "$scratch/$name"
	(
		cd "$scratch/$name" || exit
		spin "$@" -a "$models/$model" || exit
		case " $* " in
		*" -DLIVE "*) set -- -DNFAIR=4 ;;
		*) set -- -DSAFETY -DNOCLAIM ;;
		esac
		# what spin writes takes longer to optimise than to run
		$cc -O0 -w -DVECTORSZ=2048 -DCOLLAPSE "$@" -o pan pan.c
	) >"$scratch/$name.said" 2>&1
}

compile_all() {
	local row
	while read -r row; do
		# shellcheck disable=SC2086 # a list of words
		[ -z "$row" ] || compile $row &
	done <<<"$variants"
	wait
}

# explore VARIANT SETTINGS...: what pan says
explore() {
	local variant=$1 search=-w20
	shift
	[ "$variant" != ever ] || search="-a -f -w20"
	# shellcheck disable=SC2086 # a list of words
	(cd "$scratch/$variant" &&
	 env "$@" timeout "$limit_s" ./pan $search -m1000000) 2>&1
}

check_right() { # variant, bounds
	local said
	said=$(explore "$@")
	grep -q ', errors: 0$' <<<"$said" &&
		! grep -qE 'max search depth too small|Search not completed' \
			<<<"$said" && return
	cat "$scratch/$1.said"
	grep -vE '^[[:space:]]*(unreached|.*state [0-9]+,)' <<<"$said"
}

check_mutant() { # variant, mutant, bounds
	local variant=$1 mutant=$2
	shift 2
	explore "$variant" MUTANT="$mutant" "$@" | grep -E '^pan:1:|errors:'
}

check_rows() { # bounds
	local row
	while read -r row; do
		# shellcheck disable=SC2086 # a list of words
		[ -z "$row" ] || expect_clean "$row" check_right $row
	done <<<"$1"
}

check_mutants() {
	local variant mutant bounds
	while read -r variant mutant bounds; do
		# shellcheck disable=SC2086 # a list of words
		[ -z "$variant" ] || expect_caught "seen: $variant $mutant" \
			'errors: 1' check_mutant "$variant" "$mutant" $bounds
	done <<<"$mutants"
}

# a mutant without its row breaks nothing
check_names() {
	local model name
	for model in arena held window; do
		grep -oE '\bX\([A-Z_]+\)' "$models/$model.pml" | tr -d 'X()' |
		while read -r name; do
			grep -qE "[[:space:]]${name}[[:space:]]" <<<"$mutants" ||
				echo "$model.pml: $name has no row"
		done
	done
}

compile_all
check_rows "$quick"
check_mutants
expect_clean every_mutant_is_tried check_names
if [ -n "${HARNESS_LONG:-}" ]; then
	check_rows "$long"
else
	skip further_bounds "takes long: scripts/check --long runs it"
fi
finish
