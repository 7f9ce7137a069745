# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# guest_lib.sh - what stories in the machine have in common; for sourcing.

export PATH=/usr/local/bin:$PATH
WAIT_S=600	# less than the patience of scripts/vm

# skip WHY: from inside a story
skip() {
	echo "$1" >/var/lib/guest/skip
	exit 1
}

# until COMMAND...: it is true within WAIT_S
until_so() {
	local end=$((SECONDS + WAIT_S))

	until "$@" >/dev/null 2>&1; do
		if [ "$SECONDS" -ge "$end" ]; then
			echo "not within $WAIT_S s: $*"
			return 1
		fi
		sleep 0.2
	done
}

# there is none such, after a while: what is killed takes its time to be gone
no_process() { # pattern
	! pgrep -f "$1"
}

no_file() { # glob
	! compgen -G "$1"
}

same() { # wanted, got
	[ "$1" = "$2" ] || {
		echo "wanted \"$1\", got \"$2\""
		return 1
	}
}

# property UNIT NAME
property() {
	systemctl show --value -p "$2" "$1"
}

has_property() { # unit, name, value
	[ "$(property "$1" "$2")" = "$3" ]
}

# with_setting UNIT LINE...: more lines for [Service], in this story
with_setting() {
	local unit=$1
	shift
	mkdir -p "/run/systemd/system/$unit.service.d"
	printf '[Service]\n' >"/run/systemd/system/$unit.service.d/test.conf"
	printf '%s\n' "$@" >>"/run/systemd/system/$unit.service.d/test.conf"
	systemctl daemon-reload
}

# field PATH NAME: of `actorctl show`
field() {
	actorctl show --json "$1" | jq -r ".$2"
}

is_running() { # path
	[ "$(field "$1" state)" = running ]
}

# records PATH MESSAGE: those of the journal, as JSON, a line each
records() {
	journalctl --sync
	journalctl -b -o json ACTOR_PATH="$1" | jq -c "select(.MESSAGE | test(\"$2\"))"
}

has_record() { # path, message
	[ -n "$(records "$1" "$2")" ]
}
