/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena_turn.c - the packet in hand, and the turns that handle its messages.
 *
 * The order of every store here is argued at the top of arena.c. Knows nothing
 * of what a turn sends, but that an abort discards it.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/arena_layout.h"

/* Is a message in hand: its turn begun and not committed? */
static bool unfinished(const struct arena *a)
{
	return a->in_hand >> 16 > a->commit;
}

/* How many frames of the packet are done; the next one has this number. */
size_t arena_done(const struct arena *a)
{
	size_t n_done = a->in_hand & 0xffff;

	return n_done && unfinished(a) ? n_done - 1 : n_done;
}

size_t arena_waiting(const void *memory)
{
	const struct arena *a = memory;
	size_t n_done = arena_done(a);

	if (a->magic != ARENA_MAGIC || !a->noted || n_done >= a->n_landed ||
	    a->n_landed > UINT16_MAX)
		return 0;

	return a->n_landed - n_done;
}

/* ---- landing ---------------------------------------------------------- */

/* A packet of version 0 is none, whatever follows. */
void arena_landing_forget(struct arena *a)
{
	ARENA_SET(a->landing.header.version, 0);
	ARENA_SET(a->landing.header.length, 0);
}

void *arena_landing(struct arena *a, uint64_t key)
{
	ARENA_SET(a->noted, 0);
	arena_landing_forget(a);
	ARENA_SET(a->in_hand, arena_position(a->commit, 0));
	ARENA_SET(a->attempt, 0);
	ARENA_SET(a->walk, 0);
	ARENA_SET(a->landing_key, key);

	return a->landing.bytes;
}

/* The packet that lies there is in hand. Done twice it is the same. */
static void take(struct arena *a, struct arena_edge *edge, uint64_t sequence)
{
	ARENA_SET(a->noted, sequence);
	ARENA_SET(edge->rx_frames, a->rx_frames_before + a->n_landed);
	ARENA_SET(edge->rx_sequence, sequence);
}

static int consider(struct arena *a, size_t n_bytes, uint64_t *ret_gap)
{
	int slot = arena_slot(a, a->landing_key);
	struct actor_packet_header h;
	struct arena_edge *edge;

	if (slot < 0)
		return slot;
	if (packet_check(a->landing.bytes, n_bytes, arena_key_end(a->landing_key)))
		return -EBADMSG;

	h = a->landing.header;
	edge = &a->edges[slot];
	if (h.sequence <= edge->rx_sequence)
		return ARENA_AGAIN;

	if (ret_gap)
		*ret_gap = h.sequence - edge->rx_sequence - 1;
	ARENA_SET(a->rx_frames_before, edge->rx_frames);
	ARENA_SET(a->n_landed, h.n_frames);
	take(a, edge, h.sequence);
	return ARENA_TAKEN;
}

int arena_landed(struct arena *a, size_t n_bytes, uint64_t *ret_gap)
{
	int r = consider(a, n_bytes, ret_gap);

	if (r != ARENA_TAKEN)
		arena_landing_forget(a);

	return r;
}

/* A crash came between receiving and noting, or while noting: note it. */
void arena_landing_recover(struct arena *a)
{
	struct actor_packet_header h = a->landing.header;
	int slot = arena_slot(a, a->landing_key);

	ARENA_SET(a->walk, 0);
	if (!a->noted)
		(void)arena_landed(a, h.length, NULL);
	else if (slot >= 0 && a->noted >= a->edges[slot].rx_sequence)
		take(a, &a->edges[slot], a->noted);
}

/* ---- the message in hand ---------------------------------------------- */

/* Frame @n and where the one after it begins; false at the end. */
static bool frame_at(const struct arena *a, size_t n, size_t *ret_next,
		     struct frame *ret)
{
	size_t at = a->walk >> 32;
	size_t cursor = a->walk & UINT32_MAX;

	if (at > n)
		at = cursor = 0;
	for (; packet_next(a->landing.bytes, &cursor, ret); at++) {
		if (at < n)
			continue;
		*ret_next = cursor;
		return true;
	}

	return false;
}

bool arena_frame(const struct arena *a, struct frame *ret, uint64_t *ret_key)
{
	size_t n = arena_done(a);
	size_t next;

	if (!a->noted || n >= a->n_landed || !frame_at(a, n, &next, ret))
		return false;

	ret->attempt = (a->attempt & 0xffff) == n ? a->attempt >> 16 : 0;
	*ret_key = a->landing_key;
	return true;
}

/* ---- turns ------------------------------------------------------------ */

void arena_turn_begin(struct arena *a, bool message)
{
	uint64_t turn = arena_turn(a);

	a->turn_open = 1;
	if (message && arena_waiting(a))
		ARENA_SET(a->in_hand, arena_position(turn, arena_done(a) + 1));
	else if (unfinished(a))
		ARENA_SET(a->in_hand,
			  arena_position(turn + 1, a->in_hand & 0xffff));
}

/* So that the next frame is found without walking there. */
static void walk_on(struct arena *a, size_t n_done)
{
	size_t at = a->walk & UINT32_MAX;
	uint32_t length;

	if (!n_done || n_done > a->n_landed || a->walk >> 32 != n_done - 1)
		return;
	if (!at)
		at = PACKET_HEADER_BYTES;
	if (at > ACTOR_PACKET_MAX)
		return;
	memcpy(&length, a->landing.bytes + at, sizeof(length));
	if (length < ACTOR_PACKET_MAX)
		ARENA_SET(a->walk, (uint64_t)n_done << 32 |
				   (at + frame_padded(length)));
}

void arena_turn_commit(struct arena *a)
{
	uint64_t turn = arena_turn(a);

	ARENA_SET(a->commit, turn);
	a->turn_open = 0;
	if (a->noted && a->in_hand >> 16 == turn)
		walk_on(a, a->in_hand & 0xffff);
}

void arena_turn_abort(struct arena *a)
{
	arena_outbox_truncate(a);
	arena_owed_truncate(a);
	a->turn_open = 0;
}
