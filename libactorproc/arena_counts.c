/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena_counts.c - what has become of an edge's messages.
 *
 * Counts are not kept where they can be derived: what waits is what lies in the
 * packet in hand and what is held. Only reads.
 */
#include <errno.h>

#include "libactorproc/arena_layout.h"

/* The slot of an edge that has not ended. */
static int standing(const struct arena *a, uint64_t key)
{
	int slot = arena_slot_find(a, key);

	return slot >= 0 && a->edges[slot].ended ? -ENOENT : slot;
}

/* Whose messages are counted: an edge's, or of all edges that are no more. */
static bool counts_for(const struct arena *a, uint64_t key, uint64_t of)
{
	return key ? of == key : of && standing(a, of) < 0;
}

static uint64_t waiting(const struct arena *a, uint64_t key)
{
	size_t top = arena_held_top(a);
	uint64_t n = 0;
	size_t i;

	if (counts_for(a, key, a->landing_key))
		n = arena_packet_rest(a);
	for (i = 0; i < top; i++)
		if (arena_is_held(a, &a->held[i]) &&
		    counts_for(a, key, a->held[i].key))
			n++;

	return n;
}

/* What is written first when a packet is taken, counts. */
static void count_taken(const struct arena *a, const struct arena_edge *e,
			uint64_t key, struct arena_edge_counts *ret)
{
	bool noted = a->noted && a->landing_key == key;

	ret->packets_taken = noted ? a->noted : e->rx_sequence;
	ret->frames_lost = noted ? a->rx_lost_after : e->rx_lost;
	ret->frames_taken = (noted ? a->rx_frames_after : e->rx_frames) -
			    ret->frames_lost;
}

/* What is written last when a packet is dropped, counts; a burial with its turn. */
static void count_packet(const struct arena *a, size_t i,
			 struct arena_edge_counts *ret)
{
	const struct arena_buffer *b = &a->buffers[i];
	bool buried = b->buried && b->buried <= a->commit;

	if (b->sequence && b->sequence <= ret->packets_sent)
		return;
	if (b->buried)
		ret->frames_buried = b->tx_buried - (buried ? 0 : b->n_frames);
	if (b->sequence)
		ret->frames_sent = b->first + (buried ? b->n_frames : 0) -
				   ret->frames_buried;
	if (!buried)
		ret->frames_unsent += arena_buffer_frames(a, i);
}

/* All but what waits. */
static void count_edge(const struct arena *a, const struct arena_edge *e,
		       struct arena_edge_counts *ret)
{
	size_t i;

	*ret = (struct arena_edge_counts){
		.frames_dead = arena_marked(a, &e->dead),
		.packets_sent = e->tx_sequence,
		.frames_sent = e->tx_frames - e->tx_buried,
		.frames_buried = e->tx_buried,
	};
	count_taken(a, e, e->key, ret);
	for (i = 0; i < arena_buffers_top(a); i++)
		if (a->buffers[i].key == e->key)
			count_packet(a, i, ret);
	ret->frames_accepted = ret->frames_sent + ret->frames_unsent +
			       ret->frames_buried;
}

int arena_edge_counts(const struct arena *a, uint64_t key,
		      struct arena_edge_counts *ret)
{
	int slot = standing(a, key);

	if (slot < 0)
		return slot;

	count_edge(a, &a->edges[slot], ret);
	ret->frames_waiting = waiting(a, key);
	return 0;
}

/* What has landed and is not yet noted will be taken, or refused by its number. */
static uint64_t landed(const struct arena *a, uint64_t key)
{
	struct actor_packet_header h = packet_header(&a->landing);

	if (a->noted || a->landing_key != key || h.length > ACTOR_PACKET_MAX ||
	    packet_check(&a->landing, h.length, arena_key_end(key)))
		return 0;

	return h.sequence;
}

uint64_t arena_taken(const struct arena *a, uint64_t key)
{
	struct arena_edge_counts counts;
	int slot = arena_slot_find(a, key);
	uint64_t in_landing;

	if (a->magic != ARENA_MAGIC || slot < 0)
		return 0;

	count_taken(a, &a->edges[slot], key, &counts);
	in_landing = landed(a, key);

	return in_landing > counts.packets_taken ? in_landing
						 : counts.packets_taken;
}

static void add_ended(const struct arena *a, size_t slot,
		      struct arena_edge_counts *ret)
{
	const struct arena_edge *e = &a->edges[slot];
	struct arena_edge_counts one = { .frames_taken = 0 };

	count_taken(a, e, a->edges[slot].key, &one);
	ret->frames_taken += one.frames_taken;
	ret->frames_lost += one.frames_lost;
	ret->frames_dead += arena_marked(a, &e->dead);
	ret->frames_sent += e->tx_frames - e->tx_buried;
	ret->frames_buried += e->tx_buried;
}

/* All but what waits. */
static void count_past(const struct arena *a, struct arena_edge_counts *ret)
{
	const uint64_t *past = a->past[arena_past_index(a)];
	size_t i;

	*ret = (struct arena_edge_counts){
		.frames_taken = past[PAST_TAKEN],
		.frames_dead = past[PAST_DEAD] + arena_marked(a, &a->past_dead),
		.frames_lost = past[PAST_LOST],
		.frames_sent = past[PAST_SENT],
		.frames_buried = past[PAST_BURIED],
	};
	for (i = 0; i < arena_edges_top(a); i++)
		if (a->edges[i].key && a->edges[i].ended)
			add_ended(a, i, ret);
	ret->frames_accepted = ret->frames_sent + ret->frames_buried;
}

void arena_past_counts(const struct arena *a, struct arena_edge_counts *ret)
{
	count_past(a, ret);
	ret->frames_waiting = waiting(a, 0);
}

static void add_standing(const struct arena *a, const struct arena_edge *e,
			 struct arena_edge_counts *ret)
{
	struct arena_edge_counts one;

	count_edge(a, e, &one);
	ret->packets_taken += one.packets_taken;
	ret->frames_taken += one.frames_taken;
	ret->frames_dead += one.frames_dead;
	ret->frames_lost += one.frames_lost;
	ret->packets_sent += one.packets_sent;
	ret->frames_sent += one.frames_sent;
	ret->frames_unsent += one.frames_unsent;
	ret->frames_buried += one.frames_buried;
	ret->frames_accepted += one.frames_accepted;
}

/* What waits is of one of them, whichever: one pass, and not one for each edge. */
void arena_life_counts(const struct arena *a, struct arena_edge_counts *ret)
{
	size_t i;

	count_past(a, ret);
	for (i = 0; i < arena_edges_top(a); i++)
		if (a->edges[i].key && !a->edges[i].ended)
			add_standing(a, &a->edges[i], ret);
	if (a->landing_key)
		ret->frames_waiting = arena_packet_rest(a);
	for (i = 0; i < arena_held_top(a); i++)
		ret->frames_waiting += a->held[i].key &&
				       arena_is_held(a, &a->held[i]);
}

uint64_t arena_packet_passed(const struct arena *a)
{
	size_t rest = arena_packet_rest(a), done = arena_done(a);
	struct frame frame;
	size_t cursor = 0;
	uint64_t n = 0;
	size_t i;

	for (i = 0; rest && packet_next(a->landing.bytes, &cursor, &frame);
	     i++)
		if (i >= done)
			n += frame.n_descriptors;

	return n;
}

uint64_t arena_passed(const struct arena *a, uint64_t key)
{
	uint64_t n = a->landing_key == key ? arena_packet_passed(a) : 0;
	struct arena_held_message held;
	struct frame frame;
	size_t cursor = 0;
	uint64_t of;

	while (arena_held_next(a, &cursor, &held))
		if (arena_held_frame(a, held.slot, &frame, &of) && of == key)
			n += frame.n_descriptors;

	return n;
}

size_t arena_waiting(const void *memory)
{
	const struct arena *a = memory;

	if (a->magic != ARENA_MAGIC || a->n_held > ARENA_HELD_MAX)
		return 0;

	return arena_packet_rest(a) + a->n_held;
}
