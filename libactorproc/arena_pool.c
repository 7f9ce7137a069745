/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena_pool.c - places for large payloads in the pool of an edge.
 *
 * The pool is memory that both ends of an edge share; what lies where in it is
 * the sender's to know, and so must survive with its arena. Places are given out
 * in order and come back in order, as positions in an endless stream that runs
 * round a window. So all there is to know is how far it has run.
 *
 * When nothing is out, the next place is at the beginning again: a receiver that
 * keeps up costs a few warm pages, not the whole window.
 *
 * Beside the window is room for one payload of any size, or for several that
 * are smaller. Those places begin at 0 again when all of them have come back.
 */
#include <errno.h>

#include "libactorproc/arena_layout.h"

static uint64_t round_up(uint64_t position, uint64_t to)
{
	return (position + to - 1) / to * to;
}

/* Where @n_bytes can begin at or after @head. */
static uint64_t begin_at(uint64_t head, uint64_t n_bytes, bool empty)
{
	uint64_t at = head % ACTOR_POOL_WINDOW;

	if (empty || n_bytes > ACTOR_POOL_WINDOW - at)
		return round_up(head, ACTOR_POOL_WINDOW);

	return head;
}

uint64_t arena_pool_end(struct actor_pooled pooled)
{
	uint64_t end = round_up(pooled.position +
				(pooled.beside ? 1 : pooled.size),
				ACTOR_FRAME_ALIGN);

	if (pooled.beside)
		return end;

	return pooled.size > ACTOR_POOL_WINDOW
		       ? round_up(end, ACTOR_POOL_WINDOW) : end;
}

/* Where it would be, whether or not there is room. */
static struct actor_pooled next_place(const struct arena_edge *edge,
				      uint64_t n_bytes, uint64_t released)
{
	uint64_t head = edge->pool_head.value;

	return (struct actor_pooled){
		.position = begin_at(head, n_bytes, released >= head),
		.size = n_bytes,
	};
}

bool arena_pool_has_room(const struct arena *a, int slot, uint64_t n_bytes,
			 uint64_t released)
{
	const struct arena_edge *edge = &a->edges[slot];
	struct actor_pooled place = next_place(edge, n_bytes, released);

	return released >= edge->pool_head.value ||
	       arena_pool_end(place) - released <= ACTOR_POOL_WINDOW;
}

int arena_pool_take(struct arena *a, uint64_t key, uint64_t n_bytes,
		    uint64_t released, uint64_t *ret_position)
{
	int slot = arena_slot(a, key);
	struct actor_pooled place;

	if (slot < 0)
		return slot;
	if (!arena_pool_has_room(a, slot, n_bytes, released))
		return -EAGAIN;

	place = next_place(&a->edges[slot], n_bytes, released);
	arena_mark(a, &a->edges[slot].pool_head, arena_pool_end(place));
	*ret_position = place.position;
	return 0;
}

static void mark(struct arena *a, struct arena_marked *m, uint64_t value)
{
	if (m->value != value)
		arena_mark(a, m, value);
}

int arena_pool_take_beside(struct arena *a, uint64_t key, uint64_t n_bytes,
			   uint64_t released, struct actor_pooled *ret_place)
{
	const uint64_t size = ACTOR_POOL_BYTES - ACTOR_POOL_WINDOW;
	int slot = arena_slot(a, key);
	struct actor_pooled place;
	struct arena_edge *edge;
	uint64_t at = 0;

	if (slot < 0)
		return slot;
	edge = &a->edges[slot];
	if (released < edge->beside_end.value)
		at = edge->beside_bytes.value;
	if (at > size || n_bytes > size - at)
		return -EAGAIN;

	place = (struct actor_pooled){
		.position = edge->pool_head.value,
		.size = n_bytes,
		.beside = ACTOR_POOL_WINDOW + at,
	};
	mark(a, &edge->beside_bytes, round_up(at + n_bytes, ACTOR_FRAME_ALIGN));
	mark(a, &edge->beside_end, arena_pool_end(place));
	mark(a, &edge->pool_head, arena_pool_end(place));
	*ret_place = place;
	return 0;
}

void arena_pool_give_back(struct arena *a, uint64_t key,
			  const struct arena_edge_out *was)
{
	int slot = arena_slot(a, key);

	if (slot < 0)
		return;
	mark(a, &a->edges[slot].beside_bytes, was->beside_bytes);
	mark(a, &a->edges[slot].beside_end, was->beside_end);
	mark(a, &a->edges[slot].pool_head, was->pool_head);
}

uint64_t arena_pool_released(const struct arena *a, uint64_t key)
{
	int slot = arena_slot_find(a, key);

	return slot < 0 ? 0 : a->edges[slot].rx_released;
}

/* What of the packet in hand is done needs its place no more. */
void arena_pool_recover(struct arena *a)
{
	int slot = arena_slot(a, a->landing_key);
	size_t n = arena_done(a);
	uint64_t released = 0;
	size_t cursor = 0;
	struct frame frame;

	while (slot >= 0 && a->noted && n-- &&
	       packet_next(a->landing.bytes, &cursor, &frame))
		if (frame.flags & ACTOR_FRAME_POOLED)
			released = arena_pool_end(frame_pooled(&frame));
	if (released)
		ARENA_SET(a->edges[slot].rx_released, released);
}
