/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_spec.c - the keys of `sandbox:`: what an actor may, beyond nothing.
 *
 * Pure.
 */
#include "supervisord/config/key_types.h"

static const struct key rows[] = {
	{ .name = "network", .type = "none|loopback|host", .fallback = "none",
	  .meaning = "what it can reach: nothing, itself, or all the host can",
	  .read = key_read_word,
	  .offset = offsetof(struct spec_sandbox, network),
	  .words = &value_networks },
	{ .name = "read", .type = "list of paths", .fallback = "[]",
	  .meaning = "files and folders it may read",
	  .read = key_read_paths,
	  .offset = offsetof(struct spec_sandbox, read) },
	{ .name = "write", .type = "list of paths", .fallback = "[]",
	  .meaning = "files and folders it may read and write",
	  .read = key_read_paths,
	  .offset = offsetof(struct spec_sandbox, write) },
	{ .name = "memfd", .type = "deny|allow", .fallback = "deny",
	  .meaning = "may it make memory that can be passed on?",
	  .read = key_read_word,
	  .offset = offsetof(struct spec_sandbox, memfd),
	  .words = &value_permissions },
};

const struct key_table keys_of_sandbox = KEY_TABLE("a sandbox", rows);
