/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ledger.c - what was counted at one end of an edge, or at many, as a sum.
 *
 * It alone turns the numbers of an arena into these. Pure.
 */
#include "supervisord/ledger.h"

#include <string.h>

/* how many of the packet in hand are of this end */
static uint64_t waiting_of(const struct arena *a, uint64_t key)
{
	struct frame frame;
	uint64_t in_hand;

	if (!arena_frame(a, &frame, &in_hand) || in_hand != key)
		return 0;
	return arena_waiting(a);
}

/* the outbox of our own copy is emptied for it */
static uint64_t unsent_of(struct arena *a, uint64_t key)
{
	const struct actor_packet_header *header;
	const void *packet;
	uint64_t n_frames = 0;
	size_t n_bytes;

	while (arena_outbox_peek(a, key, &packet, &n_bytes)) {
		header = packet;
		n_frames += header->n_frames;
		arena_outbox_drop(a, key);
	}
	return n_frames;
}

struct ledger ledger_of_edge(struct arena *a, uint64_t key)
{
	struct arena_edge_counts counts;
	struct ledger ledger = { 0 };

	if (arena_edge_counts(a, key, &counts) < 0)
		return ledger;
	ledger.packets = counts.packets_taken;
	ledger.sent = counts.frames_sent;
	ledger.unsent = unsent_of(a, key);
	ledger.accepted = ledger.sent + ledger.unsent;
	ledger.taken = counts.frames_taken;
	ledger.waiting = waiting_of(a, key);
	return ledger;
}

struct ledger ledger_of_past(const struct arena *a)
{
	(void)a;
	return (struct ledger){ 0 };
}

struct ledger ledger_of_life(struct arena *a, uint64_t left_out)
{
	struct ledger sum = ledger_of_past(a), one;
	size_t cursor = 0;
	uint64_t key;

	while ((key = arena_edge_next(a, &cursor))) {
		if (key == left_out)
			continue;
		one = ledger_of_edge(a, key);
		ledger_add(&sum, &one);
	}
	return sum;
}

void ledger_add(struct ledger *to, const struct ledger *counts)
{
#define X(member, name) to->member += counts->member;
	LEDGER_COUNTS(X)
#undef X
}

bool ledger_equal(const struct ledger *one, const struct ledger *other)
{
	return !memcmp(one, other, sizeof(*one));
}

void ledger_put(const struct ledger *counts, struct fields_writer *w)
{
#define X(member, name) fields_put_u64(w, name, counts->member);
	LEDGER_COUNTS(X)
#undef X
}

struct ledger ledger_get(const struct fields *f)
{
	struct ledger counts = { 0 };

#define X(member, name) fields_get_u64(f, name, &counts.member);
	LEDGER_COUNTS(X)
#undef X
	return counts;
}
