# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# guest_reboot.sh - what is there after a reboot: files, and nothing else.
# shellcheck source=tests/vm/guest_lib.sh
. ./guest_lib.sh

before_reboot() {
	systemctl enable actorproc@day
	systemctl start actorproc@day
	actorctl pause /day/worker
	actorctl tell /day/worker note 'before the reboot'
	echo kept >>/var/lib/actorproc/day/dead-letters.jsonl
	tail -n 1 /var/lib/actorproc/day/dead-letters.jsonl >/var/lib/guest/spool
	cat /proc/sys/kernel/random/boot_id >/var/lib/guest/boot
}

# the first one: after each, units are stopped
test_an_enabled_unit_is_up_after_a_reboot() {
	[ "$(cat /var/lib/guest/boot)" != "$(cat /proc/sys/kernel/random/boot_id)" ]
	until_so systemctl is-active actorproc@day
	is_running /day/worker
}

test_its_end_by_the_reboot_was_in_good_order() {
	journalctl -b -1 -u actorproc@day >/tmp/last
	grep -q 'Stopped actorproc@day' /tmp/last
	! grep -q 'Failed with result' <(tail -n 5 /tmp/last) || return 1
}

# nothing is promised of messages but that their end is told
test_a_message_from_before_is_gone_and_was_a_dead_letter() {
	systemctl start actorproc@day
	[ -z "$(actorctl ask /day/worker notes)" ]
	journalctl -b -1 -o json ACTOR_PATH=/day/worker ACTOR_REASON=shutdown |
		grep -q '"note"'
}

test_the_state_directory_is_there() {
	[ -d /var/lib/actorproc/day ]
	[ -e /var/lib/actorproc/day/dead-letters.jsonl ]
}
