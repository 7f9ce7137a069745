/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena_held.c - messages held beyond their packet: queues and the stash.
 *
 * An entry is made by one turn and done by another, see the top of arena.c. Its
 * frame lies in a small place of its own, or in pages of the heap. Knows who
 * waits where; who is next is the caller's to decide.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/arena_layout.h"

/* ---- where the bytes are ----------------------------------------------- */

static size_t n_pages(size_t n_bytes)
{
	return (n_bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

/* NULL: the entry names a place where it cannot be. */
const uint8_t *arena_held_bytes(const struct arena *a, size_t slot)
{
	const struct arena_held *h = &a->held[slot];

	if (h->page == HEAP_NONE)
		return h->length <= ARENA_HELD_SMALL ? a->small[slot] : NULL;
	if (h->page >= ARENA_HEAP_PAGES ||
	    n_pages(h->length) > ARENA_HEAP_PAGES - h->page)
		return NULL;

	return a->heap + (size_t)h->page * PAGE_BYTES;
}

static bool page_used(const struct arena *a, size_t page)
{
	return a->heap_used[page / 64] >> page % 64 & 1;
}

static void pages_mark(struct arena *a, size_t slot, bool used)
{
	const struct arena_held *h = &a->held[slot];
	size_t page = h->page;
	size_t end;

	if (h->page == HEAP_NONE || !arena_held_bytes(a, slot))
		return;
	for (end = page + n_pages(h->length); page < end; page++)
		if (used)
			a->heap_used[page / 64] |= UINT64_C(1) << page % 64;
		else
			a->heap_used[page / 64] &= ~(UINT64_C(1) << page % 64);
}

/* The first run of @n free pages, or HEAP_NONE. */
static uint32_t pages_find(const struct arena *a, size_t n)
{
	size_t page, run = 0;

	for (page = 0; page < ARENA_HEAP_PAGES; page++) {
		run = page_used(a, page) ? 0 : run + 1;
		if (run == n)
			return (uint32_t)(page + 1 - n);
	}

	return HEAP_NONE;
}

/* ---- entries ----------------------------------------------------------- */

static bool is_done(const struct arena *a, const struct arena_held *h)
{
	return h->done && h->done <= a->commit && !arena_is_again(a, h);
}

static void clear(struct arena *a, size_t slot)
{
	pages_mark(a, slot, false);
	ARENA_SET(a->held[slot].made, 0);
	a->n_held--;
}

/* What `again` says is written where it belongs; until then it counts. */
static void settle_again(struct arena *a, struct arena_held *h)
{
	if (!arena_is_again(a, h))
		return;
	ARENA_SET(h->order, h->again_order);
	ARENA_SET(h->front, h->again_front ? h->again : 0);
	ARENA_SET(h->stashed, 1);
	ARENA_SET(h->done, 0);
	ARENA_SET(h->again, 0);
}

void arena_held_finish(struct arena *a, size_t slot)
{
	struct arena_held *h = &a->held[slot % ARENA_HELD_MAX];

	if (slot >= ARENA_HELD_MAX || !h->made)
		return;
	settle_again(a, h);
	if (is_done(a, h))
		clear(a, slot);
}

static struct arena_held *entry_free(struct arena *a, size_t top)
{
	size_t i;

	for (i = 0; i < top; i++) {
		size_t slot = (a->held_hint + i) % top;

		if (a->held[slot].made)
			continue;
		a->held_hint = (uint32_t)slot + 1;
		return &a->held[slot];
	}

	return NULL;
}

/* Whatever lay there is nobody's before it is counted. */
static struct arena_held *entry_new(struct arena *a, size_t top)
{
	ARENA_SET(a->held[top].made, 0);
	ARENA_SET(a->held_top, (uint32_t)top + 1);

	return &a->held[top];
}

static struct arena_held *entry_take(struct arena *a)
{
	size_t top = arena_held_top(a);
	struct arena_held *h = NULL;

	if (a->n_held < top || top == ARENA_HELD_MAX)
		h = entry_free(a, top);

	return h || top == ARENA_HELD_MAX ? h : entry_new(a, top);
}

static bool entry_room(struct arena *a, struct arena_held *h, size_t n_bytes)
{
	h->length = (uint32_t)n_bytes;
	h->page = HEAP_NONE;
	if (n_bytes <= ARENA_HELD_SMALL)
		return true;
	h->page = pages_find(a, n_pages(n_bytes));
	if (h->page == HEAP_NONE)
		return false;
	pages_mark(a, (size_t)(h - a->held), true);
	return true;
}

int arena_hold(struct arena *a, uint64_t key, const struct frame *frame,
	       bool stash)
{
	struct arena_held *h = entry_take(a);
	size_t slot;

	if (!h || !entry_room(a, h, frame_bytes(frame)))
		return -ENOSPC;

	slot = (size_t)(h - a->held);
	frame_write((uint8_t *)arena_held_bytes(a, slot), frame);
	ARENA_SET(a->order, a->order + 1);
	h->done = 0;
	h->front = 0;
	h->again = 0;
	h->key = key;
	h->order = a->order;
	h->number = frame->number;
	h->attempt = (uint16_t)frame->attempt;
	h->stashed = stash;
	h->priority = frame->priority;
	ARENA_SET(h->made, arena_turn(a));
	a->n_held++;
	a->settled = 1;

	return (int)slot;
}

/* Its bytes stay where they are: however many, there is room for it. */
int arena_hold_again(struct arena *a)
{
	int slot = arena_held_in_hand(a);
	struct arena_held *h;

	if (slot < 0)
		return -ENOENT;
	h = &a->held[slot];
	ARENA_SET(a->order, a->order + 1);
	h->again_order = a->order;
	h->again_front = 0;
	ARENA_SET(h->again, arena_turn(a));
	a->settled = 1;

	return slot;
}

/* Also what this turn has stashed. */
static bool is_to_front(const struct arena *a, const struct arena_held *h)
{
	if (!h->made)
		return false;
	if (h->again == arena_turn(a))
		return !h->again_front;

	return h->stashed && !h->front && !h->done;
}

size_t arena_unstash(struct arena *a)
{
	size_t top = arena_held_top(a);
	size_t n = 0;
	size_t i;

	for (i = 0; i < top; i++) {
		struct arena_held *h = &a->held[i];

		if (!is_to_front(a, h))
			continue;
		if (h->again == arena_turn(a))
			ARENA_SET(h->again_front, 1);
		else
			ARENA_SET(h->front, arena_turn(a));
		n++;
	}

	return n;
}

/* ---- reading ----------------------------------------------------------- */

enum arena_line arena_held_line(const struct arena *a, size_t slot)
{
	const struct arena_held *h = &a->held[slot];

	if (arena_is_again(a, h))
		return h->again_front ? ARENA_FRONT : ARENA_STASH;
	if (!h->stashed)
		return ARENA_QUEUE;

	return h->front && h->front <= a->commit ? ARENA_FRONT : ARENA_STASH;
}

bool arena_held_next(const struct arena *a, size_t *cursor,
		     struct arena_held_message *ret)
{
	size_t top = arena_held_top(a);

	while (*cursor < top) {
		size_t slot = (*cursor)++;
		const struct arena_held *h = &a->held[slot];

		if (!arena_is_held(a, h))
			continue;
		*ret = (struct arena_held_message){
			.slot = slot,
			.line = arena_held_line(a, slot),
			.priority = h->priority,
			.order = arena_is_again(a, h) ? h->again_order
						      : h->order,
		};
		return true;
	}

	return false;
}

bool arena_held_frame(const struct arena *a, size_t slot, struct frame *ret,
		      uint64_t *ret_key)
{
	const struct arena_held *h = &a->held[slot];
	size_t n_bytes;

	if (!arena_is_held(a, h) ||
	    frame_parse(ret, &n_bytes, arena_held_bytes(a, slot), h->length))
		return false;
	ret->number = h->number;
	ret->attempt = h->attempt;
	*ret_key = h->key;

	return true;
}

int arena_held_in_hand(const struct arena *a)
{
	size_t slot = a->hand_hint - 1;

	return a->hand_hint && slot < ARENA_HELD_MAX &&
	       a->held[slot].done > a->commit ? (int)slot : -1;
}

/* ---- check and recovery ------------------------------------------------ */

/* Pages are claimed here to see that no two share any. */
static bool held_sound(const struct arena *a, size_t slot,
		       uint64_t claimed[WORDS(ARENA_HEAP_PAGES)])
{
	const struct arena_held *h = &a->held[slot];
	const uint8_t *bytes = arena_held_bytes(a, slot);
	struct frame frame;
	size_t n_bytes, page;

	if (h->made > arena_turn(a) || h->done > a->commit + 2 ||
	    h->front > arena_turn(a) || h->order > a->order || !h->key ||
	    h->again > arena_turn(a) ||
	    (h->again && h->again_order > a->order) ||
	    h->number >= PACKET_NUMBERS_MAX || !bytes)
		return false;
	for (page = h->page; h->page != HEAP_NONE &&
	     page < h->page + n_pages(h->length); page++) {
		if (claimed[page / 64] >> page % 64 & 1)
			return false;
		claimed[page / 64] |= UINT64_C(1) << page % 64;
	}

	return !frame_parse(&frame, &n_bytes, bytes, h->length) &&
	       n_bytes == h->length && !(frame.flags & ACTOR_FRAME_POOLED) &&
	       frame_may_arrive(frame.kind, arena_key_end(h->key)) &&
	       frame.priority == h->priority;
}

bool arena_held_sound(const struct arena *a)
{
	uint64_t claimed[WORDS(ARENA_HEAP_PAGES)];
	size_t top = arena_held_top(a);
	size_t i;

	if (!top)	/* mostly, and then no page of the stack is touched for it */
		return true;
	memset(claimed, 0, sizeof(claimed));
	for (i = 0; i < top; i++)
		if (a->held[i].made && !is_done(a, &a->held[i]) &&
		    !held_sound(a, i, claimed))
			return false;

	return true;
}

/* What is not committed never was. */
void arena_held_truncate(struct arena *a)
{
	size_t top = arena_held_top(a);
	size_t i;

	for (i = 0; i < top; i++) {
		struct arena_held *h = &a->held[i];

		if (h->front > a->commit)
			ARENA_SET(h->front, 0);
		if (h->again > a->commit)
			ARENA_SET(h->again, 0);
		if (h->made > a->commit)
			clear(a, i);
	}
}

/* Make all hints anew. */
void arena_held_rebuild(struct arena *a)
{
	size_t top = arena_held_top(a);
	size_t i;

	memset(a->heap_used, 0, sizeof(a->heap_used));
	a->n_held = 0;
	a->hand_hint = 0;
	for (i = 0; i < top; i++) {
		struct arena_held *h = &a->held[i];

		if (is_done(a, h))
			ARENA_SET(h->made, 0);
		if (!h->made)
			continue;
		settle_again(a, h);
		pages_mark(a, i, true);
		a->n_held++;
		if (h->done > a->commit)
			a->hand_hint = (uint32_t)i + 1;
	}
	arena_held_truncate(a);
	while (top && !a->held[top - 1].made)
		top--;
	ARENA_SET(a->held_top, (uint32_t)top);
}
