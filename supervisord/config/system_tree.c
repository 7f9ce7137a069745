/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * system_tree.c - the tree of the bundled actors, as a config file's text.
 *
 * From the bottom up: who writes the journal, who counts dead letters, who lets
 * people in. They start at once, as what one has to say waits for the other, and
 * stop from the top. Their restarts count for themselves alone. What was in hand
 * of who counts dead letters is tried again: a letter of it would be one of a
 * letter, which is only counted. No system is without them, so a machine that is
 * slow to boot gets a minute for each. Pure.
 */
#include "supervisord/config/system_tree.h"

const char system_tree_name[] = "(bundled)";

const char system_tree_text[] =
	"system: system\n"
	"strategy: one_for_one\n"
	"intensity: 10 in 30s\n"
	"start_order: parallel\n"
	"children:\n"
	"  - name: journal\n"
	"    exec: system-journal\n"
	"    start_timeout: 1min\n"
	"    backoff: { max: 5s }\n"
	"    sandbox: { read: [/run/systemd/journal] }\n"
	"  - name: dead-letters\n"
	"    exec: system-dead-letters\n"
	"    refs: [journal]\n"
	"    redeliver: 3\n"
	"    start_timeout: 1min\n"
	"    backoff: { max: 5s }\n"
	"  - name: control\n"
	"    exec: system-control\n"
	"    refs: [dead-letters]\n"
	"    start_timeout: 1min\n"
	"    backoff: { max: 5s }\n"
	"  - name: network\n"
	"    exec: system-network\n"
	"    activation: on_message\n"
	"    redeliver: 1\n"
	"    mailbox: { stash: 128 }\n"
	"    start_timeout: 1min\n"
	"    backoff: { max: 5s }\n"
	"    environment: { RES_OPTIONS: \"timeout:2 attempts:2\" }\n"
	"    sandbox:\n"
	"      network: host\n"
	"      read: [/etc/resolv.conf, /etc/hosts, /etc/nsswitch.conf,\n"
	"             /etc/host.conf, /etc/gai.conf]\n";
