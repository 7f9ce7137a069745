/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena_recover.c - a dead actor's arena, made fit for the next life.
 *
 * It is a turn like any other: what it sends and what it takes as done become
 * true with one commit. So it may itself die at any instruction and be done
 * again.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/arena_layout.h"

#define ATTEMPTS_MAX UINT16_MAX

void arena_tidy(struct arena *a)
{
	a->turn_open = 0;
	a->slot_hint = 0;
	memset(a->index, 0, sizeof(a->index));
	ARENA_SET(a->past_now, arena_past_index(a));
	arena_outbox_rebuild(a);
	arena_owed_truncate(a);
	arena_held_rebuild(a);
	arena_grants_cut(a);
	arena_marks_truncate(a);
}

static bool was_in_hand(const struct arena *a, struct arena_remains *ret)
{
	int slot = arena_held_in_hand(a);

	if (slot >= 0)
		return arena_held_frame(a, (size_t)slot, &ret->frame,
					&ret->key);

	return a->in_hand >> 16 > a->commit && !(a->in_hand & IN_HAND_MOVES) &&
	       arena_frame(a, &ret->frame, &ret->key);
}

/* It goes back to those that wait. */
static void try_again(struct arena *a, uint32_t attempt)
{
	int slot = arena_held_in_hand(a);
	size_t n = arena_done(a);

	if (slot >= 0) {
		ARENA_SET(a->held[slot].attempt, (uint16_t)attempt);
		ARENA_SET(a->held[slot].done, 0);
		a->hand_hint = 0;
		return;
	}
	ARENA_SET(a->attempt, attempt << 16 | (uint32_t)n);
	ARENA_SET(a->in_hand, arena_position(a->commit, n));
}

/*
 * A word of the library itself. It is in hand for some instructions, by which no
 * behaviour is told anything: it has done no harm, and is heard by the next life.
 */
static bool is_word(const struct frame *frame)
{
	return frame->kind == FRAME_TERMINATED || frame->kind == FRAME_ROOM;
}

/* It is done, and dead. */
static void give_up(struct arena *a, const struct arena_remains *remains)
{
	int slot = arena_held_in_hand(a);

	if (slot >= 0)
		arena_turn_begin_held(a, (size_t)slot);
	else
		arena_turn_begin(a, true);
	arena_turn_dead(a);
	if (remains->frame.kind == FRAME_ASK)
		arena_owed_error(a, remains->key, &remains->frame);
}

bool arena_is_at_rest(struct arena *a)
{
	struct arena_remains remains;
	size_t cursor = 0;

	arena_tidy(a);
	return !was_in_hand(a, &remains) && !arena_owed_next(a, &cursor);
}

void arena_recover(struct arena *a, uint32_t redeliver,
		   struct arena_remains *ret)
{
	struct arena_remains remains = { .begun_ns = a->seen_ns };

	arena_tidy(a);
	remains.lost_key = a->landing_key;
	arena_landing_recover(a, &remains.n_lost);
	remains.in_hand = was_in_hand(a, &remains);
	if (remains.in_hand && is_word(&remains.frame)) {
		try_again(a, remains.frame.attempt);
		remains.in_hand = false;
	}
	remains.retry = remains.in_hand && remains.frame.attempt < redeliver &&
			remains.frame.attempt < ATTEMPTS_MAX;
	remains.n_owed = arena_owed_interrupt(a);

	if (remains.retry)
		try_again(a, remains.frame.attempt + 1);
	if (remains.in_hand && !remains.retry)
		give_up(a, &remains);
	else
		arena_turn_begin(a, false);
	arena_owed_settle(a);
	arena_turn_commit(a);
	arena_pool_recover(a);

	*ret = remains;
}
