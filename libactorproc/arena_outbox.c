/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena_outbox.c - packets that turns have filled and sockets not yet taken.
 *
 * Two pools of buffers; a buffer is one packet of one edge. Shares keep an edge
 * whose reader sleeps from taking all, and a reserve stays for replies and
 * dead letters. The order of every store is argued at the top of arena.c.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/arena_layout.h"

/* What frame_valid() lets pass has room in a large buffer. */
_Static_assert(PACKET_HEADER_BYTES + sizeof(struct actor_frame_header) +
	       ACTOR_TYPE_MAX + 8 * ACTOR_REFERENCES_MAX + ACTOR_PAYLOAD_MAX +
	       ACTOR_FRAME_ALIGN <= LARGE_BYTES, "room for any frame");

/*
 * @reserve of the buffers are not for ordinary sends. One edge has at most
 * @share by those, and at most @share_reserve by all.
 */
struct pool {
	size_t first;
	size_t end;
	size_t reserve;
	size_t share;
	size_t share_reserve;
};

enum { SMALL, LARGE };

static const struct pool pools[] = {
	[SMALL] = {
		.first = 0,
		.end = ARENA_BUFFERS_SMALL,
		.reserve = 16,
		.share = (ARENA_BUFFERS_SMALL - 16) / 3,
		.share_reserve = (ARENA_BUFFERS_SMALL - 16) / 3 + 8,
	},
	[LARGE] = {
		.first = ARENA_BUFFERS_SMALL,
		.end = BUFFERS,
		.reserve = 2,
		.share = (ARENA_BUFFERS_LARGE - 2) / 3,
		.share_reserve = (ARENA_BUFFERS_LARGE - 2) / 3 + 1,
	},
};

/* ---- hints: which are in use, how many by whom ------------------------ */

static bool is_used(const struct arena *a, size_t i)
{
	return a->used[i / 64] >> i % 64 & 1;
}

/* The next used buffer at or after @i, or BUFFERS. */
static size_t next_used(const struct arena *a, size_t i)
{
	while (i < BUFFERS) {
		uint64_t rest = a->used[i / 64] >> i % 64;

		if (rest) {
			i += (size_t)__builtin_ctzll(rest);
			return i < BUFFERS ? i : BUFFERS;
		}
		i = (i / 64 + 1) * 64;
	}

	return BUFFERS;
}

static size_t n_used(const struct arena *a, const struct pool *pool)
{
	size_t n = 0;
	size_t i;

	if (pool == &pools[SMALL])
		return a->n_small;
	for (i = pool->first; i < pool->end; i++)
		n += is_used(a, i);

	return n;
}

static uint16_t *edge_count(struct arena_edge *edge, size_t i)
{
	return i < ARENA_BUFFERS_SMALL ? &edge->n_small : &edge->n_large;
}

static void mark_used(struct arena *a, struct arena_edge *edge, size_t i)
{
	a->used[i / 64] |= UINT64_C(1) << i % 64;
	a->n_small += i < ARENA_BUFFERS_SMALL;
	++*edge_count(edge, i);
}

static void mark_free(struct arena *a, uint64_t key, size_t i)
{
	int slot = arena_slot(a, key);

	a->used[i / 64] &= ~(UINT64_C(1) << i % 64);
	a->n_small -= i < ARENA_BUFFERS_SMALL;
	if (slot >= 0)
		--*edge_count(&a->edges[slot], i);
}

/* ---- one buffer ------------------------------------------------------- */

static uint8_t *bytes_of(struct arena *a, size_t i)
{
	return (uint8_t *)arena_buffer_bytes(a, i);
}

static bool committed(const struct arena *a, const struct arena_buffer *b)
{
	return b->turn <= a->commit;
}

uint32_t arena_buffer_length(const struct arena *a, size_t i)
{
	const struct arena_buffer *b = &a->buffers[i];

	return committed(a, b) ? b->length : b->released_length;
}

uint16_t arena_buffer_frames(const struct arena *a, size_t i)
{
	const struct arena_buffer *b = &a->buffers[i];

	return committed(a, b) ? b->n_frames : b->n_released;
}

static void release(struct arena *a, size_t i)
{
	uint64_t key = a->buffers[i].key;

	ARENA_SET(a->buffers[i].key, 0);
	mark_free(a, key, i);
}

/* ---- taking a buffer -------------------------------------------------- */

static bool may_take(const struct arena *a, const struct arena_edge *edge,
		     const struct pool *pool, bool reserve)
{
	size_t mine = pool == &pools[SMALL] ? edge->n_small : edge->n_large;
	size_t size = pool->end - pool->first;

	if (reserve)
		return mine < pool->share_reserve && n_used(a, pool) < size;

	return mine < pool->share && n_used(a, pool) < size - pool->reserve;
}

static size_t free_buffer(const struct arena *a, const struct pool *pool)
{
	size_t i;

	for (i = pool->first; i < pool->end; i++)
		if (!is_used(a, i) && !a->buffers[i].key)
			return i;

	return BUFFER_NONE;
}

/* It exists when its key is set; until its turn is committed, it is empty. */
static size_t take_buffer(struct arena *a, int slot, const struct pool *pool,
			  bool reserve)
{
	struct arena_edge *edge = &a->edges[slot];
	struct arena_buffer *b;
	size_t i;

	if (!may_take(a, edge, pool, reserve))
		return BUFFER_NONE;
	i = free_buffer(a, pool);
	if (i == BUFFER_NONE)
		return BUFFER_NONE;

	ARENA_SET(a->order, a->order + 1);
	b = &a->buffers[i];
	*b = (struct arena_buffer){
		.order = a->order,
		.turn = arena_turn(a),
		.length = PACKET_HEADER_BYTES,
		.released_length = PACKET_HEADER_BYTES,
	};
	ARENA_SET(b->key, a->keys[slot]);

	edge->open = (uint16_t)i;
	mark_used(a, edge, i);
	return i;
}

/* The newest packet of an edge grows while it is small and not sealed. */
static bool fits(const struct arena *a, int slot, size_t n_bytes)
{
	size_t i = a->edges[slot].open;
	const struct arena_buffer *b;

	if (i >= ARENA_BUFFERS_SMALL)
		return false;

	b = &a->buffers[i];
	return b->key == a->keys[slot] && !b->sequence &&
	       n_bytes <= SMALL_BYTES - b->length;
}

static size_t buffer_for(struct arena *a, int slot, size_t n_bytes,
			 bool reserve)
{
	const struct pool *pool = &pools[SMALL];

	if (fits(a, slot, n_bytes))
		return a->edges[slot].open;
	if (n_bytes > SMALL_BYTES - PACKET_HEADER_BYTES)
		pool = &pools[LARGE];

	return take_buffer(a, slot, pool, reserve);
}

static void append(struct arena *a, size_t i, const struct frame *frame)
{
	struct arena_buffer *b = &a->buffers[i];
	uint64_t turn = arena_turn(a);
	size_t n_bytes;

	if (b->turn != turn) {
		ARENA_SET(b->released_length, b->length);
		ARENA_SET(b->n_released, b->n_frames);
		ARENA_SET(b->turn, turn);
	}
	n_bytes = frame_write(bytes_of(a, i) + b->length, frame);
	ARENA_SET(b->length, (uint32_t)(b->length + n_bytes));
	ARENA_SET(b->n_frames, (uint16_t)(b->n_frames + 1));
}

int arena_send(struct arena *a, uint64_t key, const struct frame *frame,
	       bool reserve)
{
	int slot = arena_slot(a, key);
	size_t n_bytes, i;

	if (slot < 0)
		return slot;
	if (frame->payload_bytes > ACTOR_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (!frame_valid(frame, arena_key_end(key)))
		return -EINVAL;

	n_bytes = frame_bytes(frame);
	i = buffer_for(a, slot, n_bytes, reserve);
	if (i == BUFFER_NONE)
		return -EAGAIN;

	append(a, i, frame);
	return 0;
}

/* ---- flushing --------------------------------------------------------- */

/* The oldest packet of an edge, or BUFFER_NONE. */
static size_t oldest(const struct arena *a, uint64_t key)
{
	size_t best = BUFFER_NONE;
	size_t i;

	for (i = next_used(a, 0); i < BUFFERS; i = next_used(a, i + 1))
		if (key && a->buffers[i].key == key &&
		    (best == BUFFER_NONE ||
		     a->buffers[i].order < a->buffers[best].order))
			best = i;

	return best;
}

/* Something is released in it, and the turn under way has added nothing. */
static bool can_go(const struct arena *a, size_t i)
{
	const struct arena_buffer *b = &a->buffers[i];

	return arena_buffer_frames(a, i) &&
	       arena_buffer_length(a, i) == b->length;
}

static void seal(struct arena *a, struct arena_edge *edge, size_t i)
{
	struct arena_buffer *b = &a->buffers[i];
	uint64_t sequence = edge->tx_sequence + 1;

	ARENA_SET(b->first, edge->tx_frames);
	packet_seal(bytes_of(a, i), b->length, b->n_frames, sequence, b->first);
	ARENA_SET(b->sequence, sequence);
}

bool arena_outbox_peek(struct arena *a, uint64_t key, const void **ret_packet,
		       size_t *ret_bytes)
{
	int slot = arena_slot(a, key);
	size_t i = oldest(a, key);

	if (slot < 0 || i == BUFFER_NONE || !can_go(a, i))
		return false;

	if (!a->buffers[i].sequence)
		seal(a, &a->edges[slot], i);
	*ret_packet = arena_buffer_bytes(a, i);
	*ret_bytes = a->buffers[i].length;
	return true;
}

/* A process that died left errors to be sent, and now there may be room. */
void arena_outbox_settle(struct arena *a)
{
	if (!a->n_interrupted || a->turn_open)
		return;

	arena_turn_begin(a, false);
	arena_owed_settle(a);
	arena_turn_commit(a);
}

void arena_outbox_drop(struct arena *a, uint64_t key)
{
	int slot = arena_slot(a, key);
	size_t i = oldest(a, key);
	const struct arena_buffer *b;
	struct arena_edge *edge;

	if (slot < 0 || i == BUFFER_NONE || !a->buffers[i].sequence)
		return;

	b = &a->buffers[i];
	edge = &a->edges[slot];
	ARENA_SET(edge->tx_frames, b->first + b->n_frames);
	ARENA_SET(edge->tx_sequence, b->sequence);
	release(a, i);
	arena_outbox_settle(a);
}

uint64_t arena_outbox_next(const struct arena *a, size_t *cursor)
{
	while (*cursor < BUFFERS) {
		size_t i = next_used(a, *cursor);

		*cursor = i + 1;
		if (i < BUFFERS && can_go(a, i) &&
		    oldest(a, a->buffers[i].key) == i)
			return a->buffers[i].key;
	}

	return 0;
}

/* ---- for the rest of the arena ---------------------------------------- */

void arena_outbox_forget(struct arena *a, uint64_t key)
{
	size_t i;

	for (i = 0; i < BUFFERS; i++)
		if (a->buffers[i].key == key)
			release(a, i);
}

/* What is not committed is gone. */
void arena_outbox_truncate(struct arena *a)
{
	size_t i;

	for (i = 0; i < BUFFERS; i++) {
		struct arena_buffer *b = &a->buffers[i];

		if (!b->key || committed(a, b))
			continue;
		if (!b->n_released) {
			release(a, i);
			continue;
		}
		ARENA_SET(b->length, b->released_length);
		ARENA_SET(b->n_frames, b->n_released);
		ARENA_SET(b->turn, 0);
	}
}

static void rebuild_buffer(struct arena *a, struct arena_edge *edge, size_t i)
{
	const struct arena_buffer *b = &a->buffers[i];

	mark_used(a, edge, i);
	if (b->sequence && b->sequence <= edge->tx_sequence)
		release(a, i); /* counted as sent, and then the process died */
	else if (edge->open == BUFFER_NONE ||
		 a->buffers[edge->open].order < b->order)
		edge->open = (uint16_t)i;
}

/* Make all hints anew, and finish what a crash left half done. */
void arena_outbox_rebuild(struct arena *a)
{
	size_t i;
	int slot;

	memset(a->used, 0, sizeof(a->used));
	a->n_small = 0;
	for (i = 0; i < ARENA_EDGES_MAX; i++) {
		a->edges[i].n_small = a->edges[i].n_large = 0;
		a->edges[i].open = BUFFER_NONE;
	}
	for (i = 0; i < BUFFERS; i++) {
		slot = arena_slot(a, a->buffers[i].key);
		if (slot >= 0)
			rebuild_buffer(a, &a->edges[slot], i);
	}
	arena_outbox_truncate(a);
}
