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

/* What the unfinished turn did is wiped, what was cut short is finished. */
static void tidy(struct arena *a)
{
	a->turn_open = 0;
	a->slot_hint = 0;
	memset(a->index, 0, sizeof(a->index));
	arena_outbox_rebuild(a);
	arena_owed_truncate(a);
	arena_landing_recover(a);
}

static bool was_in_hand(const struct arena *a, struct arena_remains *ret)
{
	return a->in_hand >> 16 > a->commit &&
	       arena_frame(a, &ret->frame, &ret->key);
}

/* It goes back to those that wait, with one more attempt. */
static void try_again(struct arena *a, uint32_t attempt)
{
	size_t n = arena_done(a);

	ARENA_SET(a->attempt, attempt << 16 | (uint32_t)n);
	ARENA_SET(a->in_hand, arena_position(a->commit, n));
}

void arena_recover(struct arena *a, uint32_t redeliver,
		   struct arena_remains *ret)
{
	struct arena_remains remains = { .in_hand = false };

	tidy(a);
	remains.in_hand = was_in_hand(a, &remains);
	remains.retry = remains.in_hand && remains.frame.attempt < redeliver &&
			remains.frame.attempt < ATTEMPTS_MAX;
	remains.n_owed = arena_owed_interrupt(a);

	if (remains.retry)
		try_again(a, remains.frame.attempt + 1);
	arena_turn_begin(a, remains.in_hand && !remains.retry);
	if (remains.in_hand && !remains.retry &&
	    remains.frame.kind == FRAME_ASK)
		arena_owed_error(a, remains.key, &remains.frame);
	arena_owed_settle(a);
	arena_turn_commit(a);

	*ret = remains;
}
