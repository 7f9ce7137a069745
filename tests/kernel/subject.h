/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * subject.h - an actor that does to its mailbox what the test tells it to.
 *
 * What it does it reports to "peer", which has no pool and no limit. "other" is
 * whom it sends to.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tests/kernel/fake_supervisor.h"

/**
 * struct report - payload of all that it tells the peer
 * @r: what the call of interest returned
 * @n: a count, or the attempt of an item
 * @number: of the item
 * @n_bytes: of its payload
 * @checksum: CRC-32C of it
 * @priority: its class
 * @elapsed_ns: how long a call took
 * @cpu_ns: and how much of that it was busy
 */
struct report {
	int32_t r;
	uint32_t n;
	uint64_t number;
	uint64_t n_bytes;
	uint32_t checksum;
	uint32_t priority;
	uint64_t elapsed_ns;
	uint64_t cpu_ns;
};

/** struct burst - payload of what orders it to send */
struct burst {
	uint64_t n;
	uint64_t n_bytes;
	uint64_t timeout_ns;
};

/**
 * struct subject_shared - what the test shares with all its generations
 * @gate: 0: a turn of type "block" does not end
 * @flushes_at_stop: its stop hook calls actor_flush()
 * @n_tries, @r: of "try", which tells one message and cannot report it
 * @n_room: turns ACTOR_ROOM
 */
struct subject_shared {
	uint32_t gate;
	uint32_t flushes_at_stop;
	uint32_t n_tries;
	int32_t r;
	uint32_t n_room;
};

extern const struct actor_class subject_class;
extern struct subject_shared *subject_shared;

extern struct fake fake;
extern struct fake_edge *client, *peer, *other, *letters;

/** subject_init() - the edges are there, client's and other's with a pool; the
 * test may change what SETUP says before fake_start() */
void subject_init(void);
/** subject_begin() - the same, and it runs */
void subject_begin(void);
/** subject_end() - it stops in order, and has said all there was to say */
void subject_end(void);

/** subject_order() - a message from the client; both numbers may be 0 */
void subject_order(const char *type, uint64_t n, uint64_t n_bytes,
		   uint64_t timeout_ns);
/** subject_item() - an item with that number, of a class */
void subject_item(struct fake_edge *edge, uint64_t number, uint8_t priority);
/** subject_items() - many of one class, in one packet */
void subject_items(struct fake_edge *edge, uint64_t first, size_t n,
		   uint8_t priority);
/** subject_expect() - the next report is of that type */
struct report subject_expect(const char *type);
/** subject_expect_item() - the next report is of that item */
void subject_expect_item(uint64_t number);
/** subject_settle() - all that was sent has been handled, nothing is reported */
void subject_settle(void);
/** subject_fill() - bytes nobody else writes */
void subject_fill(void *bytes, size_t n_bytes, uint32_t seed);
