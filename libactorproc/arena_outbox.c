/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena_outbox.c - packets that turns have filled and sockets not yet taken.
 *
 * A buffer is one packet of one edge. An edge may have as many more as are free
 * for each that it has, so that one whose reader sleeps cannot take all, however
 * many such edges there are; and a reserve stays for replies and dead letters.
 * The order of every store is argued at the top of arena.c.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/arena_layout.h"

#define RESERVE 16	/* buffers that ordinary sends leave free */

/* ---- hints: which are in use, how many by whom ------------------------ */

static bool is_used(const struct arena *a, size_t i)
{
	return a->used[i / 64] >> i % 64 & 1;
}

/* The next used buffer at or after @i, or BUFFERS. */
static size_t next_used(const struct arena *a, size_t i)
{
	size_t top = arena_buffers_top(a);

	while (i < top) {
		uint64_t rest = a->used[i / 64] >> i % 64;

		if (rest) {
			i += (size_t)__builtin_ctzll(rest);
			return i < top ? i : BUFFERS;
		}
		i = (i / 64 + 1) * 64;
	}

	return BUFFERS;
}

static void mark_used(struct arena *a, struct arena_edge *edge, size_t i)
{
	a->used[i / 64] |= UINT64_C(1) << i % 64;
	a->n_used++;
	edge->n_buffers++;
	edge->unsent_frames += a->buffers[i].n_frames;
	edge->unsent_bytes += a->buffers[i].length;
}

static void mark_free(struct arena *a, uint64_t key, size_t i)
{
	int slot = arena_slot(a, key);

	a->used[i / 64] &= ~(UINT64_C(1) << i % 64);
	a->n_used--;
	if (slot < 0)
		return;
	a->edges[slot].n_buffers--;
	a->edges[slot].unsent_frames -= a->buffers[i].n_frames;
	a->edges[slot].unsent_bytes -= a->buffers[i].length;
}

int arena_edge_out(struct arena *a, uint64_t key, struct arena_edge_out *ret)
{
	int slot = arena_slot(a, key);
	const struct arena_edge *edge;

	if (slot < 0)
		return slot;

	edge = &a->edges[slot];
	*ret = (struct arena_edge_out){
		.next = edge->tx_frames + edge->unsent_frames,
		.n_frames = edge->unsent_frames,
		.n_bytes = edge->unsent_bytes,
		.pool_head = edge->pool_head.value,
		.beside_end = edge->beside_end.value,
		.beside_bytes = edge->beside_bytes.value,
	};
	return 0;
}

/* ---- one buffer ------------------------------------------------------- */

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

/* An even split between it and what is free, or a quarter for the reserve. */
static bool may_take(const struct arena *a, const struct arena_edge *edge,
		     bool reserve)
{
	size_t n_free = BUFFERS - a->n_used;

	if (reserve)
		return n_free && edge->n_buffers <= n_free / 4;

	return n_free > RESERVE &&
	       edge->n_buffers <= (n_free - RESERVE) / 2;
}

/* Whatever lay there is nobody's before it is counted. */
static size_t free_buffer(struct arena *a)
{
	size_t top = arena_buffers_top(a);
	size_t i;

	for (i = 0; i < top; i++)
		if (!is_used(a, i) && !a->buffers[i].key)
			return i;
	if (top == BUFFERS)
		return BUFFER_NONE;
	a->used[top / 64] &= ~(UINT64_C(1) << top % 64);
	ARENA_SET(a->buffers[top].key, 0);
	ARENA_SET(a->buffers_top, (uint32_t)top + 1);

	return top;
}

/* It exists when its key is set; until its turn is committed, it is empty. */
static size_t take_buffer(struct arena *a, int slot, bool reserve)
{
	struct arena_edge *edge = &a->edges[slot];
	struct arena_buffer *b;
	size_t i;

	if (!may_take(a, edge, reserve))
		return BUFFER_NONE;
	i = free_buffer(a);
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
	ARENA_SET(b->key, a->edges[slot].key);

	edge->open = (uint16_t)i;
	mark_used(a, edge, i);
	return i;
}

/* The newest packet of an edge grows until it is sealed. */
static bool fits(const struct arena *a, int slot, size_t n_bytes)
{
	size_t i = a->edges[slot].open;
	const struct arena_buffer *b;

	if (i >= arena_buffers_top(a))
		return false;

	b = &a->buffers[i];
	return b->key == a->edges[slot].key && !b->sequence &&
	       !b->buried && n_bytes <= BUFFER_BYTES - b->length;
}

static void append(struct arena *a, int slot, size_t i,
		   const struct frame *frame)
{
	struct arena_buffer *b = &a->buffers[i];
	uint64_t turn = arena_turn(a);
	size_t n_bytes;

	if (b->turn != turn) {
		ARENA_SET(b->released_length, b->length);
		ARENA_SET(b->n_released, b->n_frames);
		ARENA_SET(b->turn, turn);
	}
	n_bytes = frame_write(a->buffer[i] + b->length, frame);
	ARENA_SET(b->length, (uint32_t)(b->length + n_bytes));
	ARENA_SET(b->n_frames, (uint16_t)(b->n_frames + 1));
	a->edges[slot].unsent_frames++;
	a->edges[slot].unsent_bytes += (uint32_t)n_bytes;
}

int arena_send(struct arena *a, uint64_t key, const struct frame *frame,
	       bool reserve)
{
	int slot = arena_slot(a, key);
	size_t n_bytes, i;

	if (slot < 0)
		return slot;
	n_bytes = frame_bytes(frame);
	if (n_bytes > BUFFER_BYTES - PACKET_HEADER_BYTES)
		return -EMSGSIZE;
	if (!frame_valid(frame, arena_key_end(key)))
		return -EINVAL;

	i = fits(a, slot, n_bytes) ? a->edges[slot].open
				   : take_buffer(a, slot, reserve);
	if (i == BUFFER_NONE)
		return -EAGAIN;

	append(a, slot, i, frame);
	return 0;
}

bool arena_has_room(struct arena *a, uint64_t key, uint64_t n_bytes,
		    bool pooled, uint64_t released)
{
	int slot = arena_slot(a, key);

	if (slot < 0)
		return false;
	if (pooled && !arena_pool_has_room(a, slot, n_bytes, released))
		return false;

	return may_take(a, &a->edges[slot], false) ||
	       (!pooled && fits(a, slot, n_bytes));
}

bool arena_has_reserve(struct arena *a, uint64_t key)
{
	int slot = arena_slot(a, key);

	return slot >= 0 && may_take(a, &a->edges[slot], true);
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

/* The same by the hints of an edge: mostly it has none, or one. */
static size_t oldest_of(const struct arena *a, const struct arena_edge *edge)
{
	size_t open = edge->open;

	if (!edge->n_buffers)
		return BUFFER_NONE;
	if (edge->n_buffers == 1 && open < arena_buffers_top(a) &&
	    is_used(a, open) && a->buffers[open].key == edge->key)
		return open;

	return oldest(a, edge->key);
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
	packet_seal(a->buffer[i], b->length, b->n_frames, sequence, b->first);
	ARENA_SET(b->sequence, sequence);
}

/* Which buffer, sealed; or BUFFER_NONE. */
static size_t next_to_go(struct arena *a, uint64_t key)
{
	int slot = arena_slot(a, key);
	size_t i = slot < 0 ? BUFFER_NONE : oldest_of(a, &a->edges[slot]);

	if (i == BUFFER_NONE || !can_go(a, i))
		return BUFFER_NONE;

	if (!a->buffers[i].sequence)
		seal(a, &a->edges[slot], i);
	return i;
}

bool arena_outbox_peek(struct arena *a, uint64_t key, const void **ret_packet,
		       size_t *ret_bytes)
{
	size_t i = next_to_go(a, key);

	if (i == BUFFER_NONE)
		return false;

	*ret_packet = a->buffer[i];
	*ret_bytes = a->buffers[i].length;
	return true;
}

/* Noted before the socket sees it, and taken back only by who has noted it. */
bool arena_outbox_offer(struct arena *a, uint64_t key, struct arena_offer *ret)
{
	size_t i = next_to_go(a, key);

	if (i == BUFFER_NONE)
		return false;

	*ret = (struct arena_offer){
		.packet = a->buffer[i],
		.n_bytes = a->buffers[i].length,
		.again = a->buffers[i].offered,
	};
	if (!ret->again)
		ARENA_SET(a->buffers[i].offered, 1);
	return true;
}

void arena_outbox_refused(struct arena *a, uint64_t key,
			  const struct arena_offer *offer)
{
	size_t i = offer->again ? BUFFER_NONE : oldest(a, key);

	if (i != BUFFER_NONE)
		ARENA_SET(a->buffers[i].offered, 0);
}

bool arena_outbox_doubtful(const struct arena *a, uint64_t key)
{
	size_t i = oldest(a, key);

	return i != BUFFER_NONE && a->buffers[i].offered;
}

bool arena_outbox_has(const struct arena *a, uint64_t key)
{
	size_t top = arena_buffers_top(a);
	size_t i;

	for (i = 0; i < top; i++)
		if (a->buffers[i].key == key)
			return true;

	return false;
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

/* Done twice it is the same. At no time are more buried than were numbered. */
static void drop(struct arena *a, struct arena_edge *edge, size_t i)
{
	const struct arena_buffer *b = &a->buffers[i];

	ARENA_SET(edge->tx_frames, b->first + b->n_frames);
	if (b->buried)
		ARENA_SET(edge->tx_buried, b->tx_buried);
	ARENA_SET(edge->tx_sequence, b->sequence);
	release(a, i);
}

void arena_outbox_drop(struct arena *a, uint64_t key)
{
	int slot = arena_slot(a, key);
	size_t i = slot < 0 ? BUFFER_NONE : oldest_of(a, &a->edges[slot]);

	if (i == BUFFER_NONE || !a->buffers[i].sequence)
		return;

	drop(a, &a->edges[slot], i);
	arena_outbox_settle(a);
}

void arena_outbox_bury(struct arena *a, uint64_t key)
{
	int slot = arena_slot(a, key);
	size_t i = oldest(a, key);
	struct arena_buffer *b;

	if (slot < 0 || i == BUFFER_NONE || !a->buffers[i].sequence)
		return;

	b = &a->buffers[i];
	ARENA_SET(b->tx_buried, a->edges[slot].tx_buried + b->n_frames);
	ARENA_SET(b->buried, arena_turn(a));
	a->n_burying++;
}

/* The turn that told of them is committed. */
void arena_outbox_interred(struct arena *a)
{
	size_t i;
	int slot;

	a->n_burying = 0;
	for (i = next_used(a, 0); i < BUFFERS; i = next_used(a, i + 1)) {
		const struct arena_buffer *b = &a->buffers[i];

		slot = b->buried && b->buried <= a->commit
			       ? arena_slot(a, b->key) : -ENOENT;
		if (slot >= 0)
			drop(a, &a->edges[slot], i);
	}
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
	size_t top = arena_buffers_top(a);
	size_t i;

	for (i = 0; i < top; i++)
		if (a->buffers[i].key == key)
			release(a, i);
}

static void truncate(struct arena *a, struct arena_edge *edge, size_t i)
{
	struct arena_buffer *b = &a->buffers[i];

	if (!b->n_released) {
		release(a, i);
		return;
	}
	edge->unsent_frames -= (uint32_t)(b->n_frames - b->n_released);
	edge->unsent_bytes -= b->length - b->released_length;
	ARENA_SET(b->length, b->released_length);
	ARENA_SET(b->n_frames, b->n_released);
	ARENA_SET(b->turn, 0);
}

/* What is not committed is gone. */
void arena_outbox_truncate(struct arena *a)
{
	size_t i;
	int slot;

	a->n_burying = 0;
	for (i = next_used(a, 0); i < BUFFERS; i = next_used(a, i + 1)) {
		struct arena_buffer *b = &a->buffers[i];

		if (b->buried > a->commit)
			ARENA_SET(b->buried, 0);
		slot = committed(a, b) ? -ENOENT : arena_slot(a, b->key);
		if (slot >= 0)
			truncate(a, &a->edges[slot], i);
	}
}

static void rebuild_buffer(struct arena *a, struct arena_edge *edge, size_t i)
{
	const struct arena_buffer *b = &a->buffers[i];

	mark_used(a, edge, i);
	if ((b->sequence && b->sequence <= edge->tx_sequence) ||
	    !arena_buffer_frames(a, i)) {
		release(a, i); /* counted as sent, and then the process died */
		return;
	}
	if (b->buried && b->buried <= a->commit) {
		drop(a, edge, i);
		return;
	}
	if (b->sequence) /* or it died while it counted */
		ARENA_SET(edge->tx_frames, b->first);
	if (edge->open == BUFFER_NONE ||
		 a->buffers[edge->open].order < b->order)
		edge->open = (uint16_t)i;
}

/* Make all hints anew, and finish what a crash left half done. */
void arena_outbox_rebuild(struct arena *a)
{
	size_t n_edges = arena_edges_top(a);
	size_t n_buffers = arena_buffers_top(a);
	size_t i;
	int slot;

	memset(a->used, 0, sizeof(a->used));
	a->n_used = 0;
	for (i = 0; i < n_edges; i++) {
		struct arena_edge *edge = &a->edges[i];

		if (!edge->key)
			continue;
		edge->n_buffers = 0;
		edge->unsent_frames = edge->unsent_bytes = 0;
		edge->open = BUFFER_NONE;
	}
	for (i = 0; i < n_buffers; i++) {
		slot = arena_slot(a, a->buffers[i].key);
		if (slot >= 0)
			rebuild_buffer(a, &a->edges[slot], i);
	}
	arena_outbox_truncate(a);
}
