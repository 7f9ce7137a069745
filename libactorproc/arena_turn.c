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
	size_t n_done = a->in_hand & IN_HAND_DONE;

	return n_done && unfinished(a) ? n_done - 1 : n_done;
}

size_t arena_packet_rest(const struct arena *a)
{
	size_t n_done = arena_done(a);

	if (!a->noted || n_done >= a->n_landed || a->n_landed > IN_HAND_DONE)
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

void arena_make_present(const struct arena *a)
{
	const volatile uint8_t *bytes = (const volatile uint8_t *)a;
	size_t at;

	for (at = 0; at < ARENA_PRESENT_BYTES; at += PAGE_BYTES)
		(void)bytes[at];
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

/* The packet that lies there is in hand. Done twice it is the same. At no time
 * may more be lost than was numbered. */
static void take(struct arena *a, struct arena_edge *edge, uint64_t sequence)
{
	ARENA_SET(a->noted, sequence);
	ARENA_SET(edge->rx_sequence, sequence);
	ARENA_SET(edge->rx_frames, a->rx_frames_after);
	ARENA_SET(edge->rx_lost, a->rx_lost_after);
}

static int consider(struct arena *a, size_t n_bytes, uint64_t *ret_gap)
{
	int slot = arena_slot(a, a->landing_key);
	struct actor_packet_header h;
	struct arena_edge *edge;
	uint64_t gap;

	if (slot < 0)
		return slot;
	if (packet_check(a->landing.bytes, n_bytes, arena_key_end(a->landing_key)))
		return -EBADMSG;

	h = a->landing.header;
	edge = &a->edges[slot];
	if (h.sequence <= edge->rx_sequence)
		return ARENA_AGAIN;
	if (h.first < edge->rx_frames)
		return -EBADMSG;

	gap = h.first - edge->rx_frames;
	if (ret_gap)
		*ret_gap = gap;
	ARENA_SET(a->rx_lost_after, edge->rx_lost + gap);
	ARENA_SET(a->rx_frames_after, h.first + h.n_frames);
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
void arena_landing_recover(struct arena *a, uint64_t *ret_gap)
{
	struct actor_packet_header h = a->landing.header;
	int slot = arena_slot(a, a->landing_key);

	ARENA_SET(a->walk, 0);
	if (!a->noted) {
		(void)arena_landed(a, h.length, ret_gap);
	} else if (slot >= 0 && a->noted >= a->edges[slot].rx_sequence) {
		*ret_gap = a->rx_lost_after - a->edges[slot].rx_lost;
		take(a, &a->edges[slot], a->noted);
	}
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
	ret->number = a->landing.header.first + n;
	*ret_key = a->landing_key;
	return true;
}

/* ---- turns ------------------------------------------------------------ */

void arena_see_time(struct arena *a, uint64_t now_ns)
{
	ARENA_SET(a->seen_ns, now_ns);
}

uint64_t arena_time_seen(const struct arena *a)
{
	return a->seen_ns;
}

/* The packet's message is not in hand but waits. */
static void packet_back(struct arena *a)
{
	if (unfinished(a))
		ARENA_SET(a->in_hand, arena_position(a->commit, arena_done(a)));
}

static void packet_aside(struct arena *a, uint64_t until)
{
	if (unfinished(a))
		ARENA_SET(a->in_hand, arena_position(until, a->in_hand & 0xffff));
}

static void held_back(struct arena *a)
{
	int slot = arena_held_in_hand(a);

	if (slot >= 0)
		ARENA_SET(a->held[slot].done, 0);
	a->hand_hint = 0;
}

static void held_aside(struct arena *a, uint64_t until)
{
	int slot = arena_held_in_hand(a);

	if (slot >= 0)
		ARENA_SET(a->held[slot].done, until);
}

/*
 * What an aborted turn had in hand stays in hand when the next one is about no
 * message: it is dated so that this commit does not finish it. When that is
 * about another one it goes back, so that only one is ever in hand.
 */
static void put_aside(struct arena *a, uint64_t until)
{
	packet_aside(a, until);
	held_aside(a, until);
}

/* Is what is in hand not this turn's? */
static bool is_aside(const struct arena *a)
{
	int slot = arena_held_in_hand(a);

	return a->in_hand >> 16 > arena_turn(a) ||
	       (slot >= 0 && a->held[slot].done > arena_turn(a));
}

void arena_turn_begin(struct arena *a, bool message)
{
	uint64_t turn = arena_turn(a);

	a->turn_open = 1;
	a->settled = 0;
	if (!message) {
		put_aside(a, turn + 1);
		return;
	}
	if (a->hand_hint)
		held_back(a);
	if (arena_packet_rest(a))
		ARENA_SET(a->in_hand, arena_position(turn, arena_done(a) + 1));
}

void arena_turn_begin_held(struct arena *a, size_t slot)
{
	a->turn_open = 1;
	a->settled = 0;
	packet_back(a);
	if (a->hand_hint != slot + 1)
		held_back(a);
	a->hand_hint = (uint32_t)slot + 1;
	ARENA_SET(a->held[slot].done, arena_turn(a));
}

void arena_turn_begin_move(struct arena *a)
{
	a->turn_open = 1;
	a->settled = 0;
	held_aside(a, arena_turn(a) + 1);
	ARENA_SET(a->in_hand,
		  arena_position(arena_turn(a),
				 IN_HAND_MOVES | (arena_done(a) + 1)));
}

/* The message of this turn came by an edge, which may be gone. */
void arena_turn_dead(struct arena *a)
{
	int held = arena_held_in_hand(a);
	uint64_t key = held >= 0 ? a->held[held].key : a->landing_key;
	int slot = arena_slot(a, key);
	struct arena_marked *dead;

	a->settled = 1;
	dead = slot >= 0 ? &a->edges[slot].dead : &a->past_dead;
	if (dead->turn != arena_turn(a))
		arena_mark(a, dead, dead->value + 1);
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

/* What this turn is done with. A message put aside is in hand still. */
static void clear_away(struct arena *a)
{
	if (a->hand_hint && arena_held_in_hand(a) < 0) {
		arena_held_finish(a, a->hand_hint - 1);
		a->hand_hint = 0;
	}
	if (a->n_burying)
		arena_outbox_interred(a);
}

void arena_turn_commit(struct arena *a)
{
	uint64_t turn = arena_turn(a);

	ARENA_SET(a->commit, turn);
	a->turn_open = 0;
	if (a->noted && a->in_hand >> 16 == turn)
		walk_on(a, a->in_hand & IN_HAND_DONE);
	if (a->hand_hint || a->n_burying)
		clear_away(a);
}

int arena_turn_release(struct arena *a)
{
	uint64_t turn = arena_turn(a);
	bool aside = is_aside(a);

	if (a->settled)
		return -EBUSY;
	if (!aside)
		put_aside(a, turn + 1);
	ARENA_SET(a->commit, turn);
	if (aside)
		put_aside(a, turn + 2);
	if (a->n_burying)
		arena_outbox_interred(a);

	return 0;
}

void arena_turn_abort(struct arena *a)
{
	arena_outbox_truncate(a);
	arena_owed_truncate(a);
	arena_held_truncate(a);
	arena_marks_truncate(a);
	a->turn_open = 0;
}
