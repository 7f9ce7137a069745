/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mailbox_spec.c - the keys of `mailbox:`. Pure.
 */
#include "supervisord/config/key_types.h"

#define K UINT64_C(1024)
#define G (K * K * K)

static const struct key rows[] = {
	{ .name = "bytes", .type = "size", .fallback = "0, no limit",
	  .meaning = "how much may wait in it, of all senders together",
	  .read = key_read_size,
	  .offset = offsetof(struct spec_node, mailbox_bytes),
	  .min = 0, .max = 64 * G },
	{ .name = "messages", .type = "count", .fallback = "0, no limit",
	  .meaning = "how many may wait in it, of all senders together",
	  .read = key_read_large_count,
	  .offset = offsetof(struct spec_node, mailbox_messages),
	  .min = 0, .max = 1000000000 },
	{ .name = "per_edge", .type = "size", .fallback = "208K",
	  .meaning = "how much one sender may have waiting in it",
	  .read = key_read_size,
	  .offset = offsetof(struct spec_node, mailbox_per_edge),
	  .min = 4 * K, .max = G },
	{ .name = "overflow", .type = "refuse|dead_letter",
	  .fallback = "refuse",
	  .meaning = "what is sent when it is full: an error, or a dead letter",
	  .read = key_read_word,
	  .offset = offsetof(struct spec_node, mailbox_overflow),
	  .words = &value_overflows },
	{ .name = "kind", .type = "fifo|priority", .fallback = "fifo",
	  .meaning = "in which order messages are handled",
	  .read = key_read_word,
	  .offset = offsetof(struct spec_node, mailbox_kind),
	  .words = &value_mailboxes },
	{ .name = "stash", .type = "count", .fallback = "64",
	  .meaning = "how many messages it may put aside",
	  .read = key_read_count,
	  .offset = offsetof(struct spec_node, mailbox_stash),
	  .min = 0, .max = 1024 },
	{ .name = "payload", .type = "size", .fallback = "64M",
	  .meaning = "the largest payload it takes",
	  .read = key_read_size,
	  .offset = offsetof(struct spec_node, mailbox_payload),
	  .min = 0, .max = SPEC_PAYLOAD_BYTES },
	{ .name = "descriptors", .type = "count", .fallback = "0",
	  .meaning = "how many descriptors it takes in one message",
	  .read = key_read_count,
	  .offset = offsetof(struct spec_node, mailbox_descriptors),
	  .min = 0, .max = 16 },
};

const struct key_table keys_of_mailbox = KEY_TABLE("a mailbox", rows);
