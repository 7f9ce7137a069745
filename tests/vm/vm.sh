#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What systemd does to a system of actors, in a machine of its own: see
# scripts/vm, and the stories beside this file, which are told in there: all of
# them, or with HARNESS_VM=NAME those of guest_NAME.sh.
# shellcheck source=tests/structure/lib.sh
. "$(dirname "$0")/../structure/lib.sh"

tests=$source_dir/tests/vm
stories=("$tests"/guest_*.sh)
[ ! -e "$tests/guest_${HARNESS_VM:-}.sh" ] ||
	stories=("$tests/guest_$HARNESS_VM.sh")

[ -n "${HARNESS_VM:-}" ] ||
	skip_all "takes minutes: scripts/check --ci and --long run it, or HARNESS_VM=1"
[ "$(sed -n 's/^prefix = //p' "$build_dir/Makefile")" = /usr/local ] ||
	skip_all "it is not configured with --prefix=/usr/local, where the machine looks"
grep -q fsanitize "$build_dir/config.status" &&
	skip_all "a sanitizer would make it many times as slow"

# its processors may be slow: its systemd gives up no device, and no unit, by then
patience='[Manager]\nDefaultTimeoutStartSec=10min\nDefaultDeviceTimeoutSec=10min\n'

# what the machine has in /usr/local
stage() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$build_dir" \
		install DESTDIR="$scratch/destination" >"$scratch/log" 2>&1 &&
	local=$scratch/destination/usr/local &&
	mkdir -p "$local/etc/actorproc" "$local/tests" \
		"$local/lib/systemd/system.conf.d" &&
	printf '%b' "$patience" >"$local/lib/systemd/system.conf.d/slow.conf" &&
	cp "$tests"/etc/*.yaml "$local/etc/actorproc" &&
	cp "$tests/guest" "$tests/guest_lib.sh" "$local/tests" &&
	cp "${stories[@]}" "$local/tests" &&
	install -m 755 "$build_dir/tests/system/actors/test-actor" \
		"$build_dir/tests/system/actors/test-hog" "$local/tests"
}

# its console, when something was wrong
show() {
	tail -n 80 "$scratch/console" | sed 's/^/# console: /'
	tail -n 5 "$scratch/errors" | sed 's/^/# /'
}

stage || {
	tail -n 30 "$scratch/log" | sed 's/^/# /'
	result not-ok what_is_installed_can_be_taken_there
	finish
}
"$source_dir/scripts/vm" run "$local" "$scratch/tap" \
	>"$scratch/console" 2>"$scratch/errors"
status=$?
[ "$status" != 77 ] || skip_all "$(tail -n 1 "$scratch/errors")"

tr -d '\r' <"$scratch/tap"
if ! grep -q '^1\.\.' "$scratch/tap"; then
	show
	echo "Bail out! the machine ended with status $status before its tests did"
	exit 1
fi
if [ "$status" != 0 ] || grep -q '^not ok' "$scratch/tap"; then
	show
	exit 1
fi
exit 0
