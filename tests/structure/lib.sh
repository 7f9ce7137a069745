# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# lib.sh - TAP for tests of the project's structure; for sourcing.
#
# A check is a function that gets the root of a source tree and prints a line
# for each thing wrong with it. expect_clean runs it on the real tree,
# expect_caught on a copy that was broken on purpose: a check that cannot fail
# is no check.

set -u
export LC_ALL=C

source_dir=${ACTORPROC_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
# shellcheck disable=SC2034
build_dir=${ACTORPROC_BUILD:-$source_dir/build}
# shellcheck disable=SC2034
cc=${ACTORPROC_CC:-gcc}
n_results=0
n_failed=0

scratch=$(mktemp -d "${TMPDIR:-/tmp}/actorproc-structure-XXXXXX")
trap 'rm -rf "$scratch"' EXIT

result() { # ok|not-ok, name, [directive]
	n_results=$((n_results + 1))
	if [ "$1" = ok ]; then
		echo "ok $n_results - $2${3:+ # $3}"
	else
		n_failed=$((n_failed + 1))
		echo "not ok $n_results - $2"
	fi
}

skip() { # name, why
	result ok "$1" "SKIP $2"
}

finish() {
	echo "1..$n_results"
	[ "$n_failed" = 0 ]
	exit
}

skip_all() { # why
	echo "1..0 # SKIP $1"
	exit 0
}

# expect_clean NAME CHECK...: the real tree has no such problem
expect_clean() {
	local name=$1 problems
	shift
	problems=$("$@" 2>&1)
	if [ -z "$problems" ]; then
		result ok "$name"
	else
		sed 's/^/# /' <<<"$problems"
		result not-ok "$name"
	fi
}

# expect_caught NAME TEXT CHECK...: the problems of this broken one name TEXT
expect_caught() {
	local name=$1 text=$2 problems
	shift 2
	problems=$("$@" 2>&1)
	if grep -qF -- "$text" <<<"$problems"; then
		result ok "$name"
	else
		echo "# broken on purpose, but it was not seen; the check said:"
		sed 's/^/#   /' <<<"$problems"
		result not-ok "$name"
	fi
}

# a copy of the sources to break; prints where
copy_of_sources() {
	local copy
	copy=$(mktemp -d "$scratch/copy-XXXXXX")
	(
		cd "$source_dir" || exit
		local part
		for part in libactorproc supervisord actorctl actors man configs \
			    scripts tests/unit tests/kernel tests/harness; do
			[ -e "$part" ] || continue
			mkdir -p "$copy/$(dirname "$part")"
			cp -r "$part" "$copy/$(dirname "$part")"
		done
	)
	echo "$copy"
}
