/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mailbox_spec.c - the keys of `mailbox:`. Pure.
 */
#include "supervisord/config/key_types.h"

static const struct key rows[] = {
	{ .name = "bytes", .type = "size", .fallback = "the kernel's",
	  .meaning = "room for what each sender has sent and is not yet taken",
	  .read = key_read_size,
	  .offset = offsetof(struct spec_node, mailbox_bytes),
	  .min = 4096, .max = 16 * 1024 * 1024 },
};

const struct key_table keys_of_mailbox = KEY_TABLE("a mailbox", rows);
