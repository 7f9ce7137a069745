/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena.c - the memory of an actor's mailbox: its form, its edges, its check.
 *
 * The rest is in arena_turn.c (what is in hand), arena_outbox.c (what is to be
 * sent), arena_held.c (what waits beyond its packet), arena_owed.c (what is to be
 * answered), arena_grants.c and arena_limits.c (what was given) and
 * arena_recover.c. No file here makes a system call or knows the
 * time.
 *
 * How it survives
 * ---------------
 * The memory is a shared mapping, and its writer may be killed between any two
 * instructions. What a processor has retired when a thread is killed is in
 * memory for whoever looks later, and what it has not retired never happened:
 * the interrupt that kills is precise, on every architecture. So no fences are
 * needed, only a compiler that keeps the order; ARENA_SET() does that. (Power
 * loss is not our matter: after it, all sockets are gone as well.)
 *
 * Turns are numbered; `commit` is the last that is finished, T = commit + 1 the
 * one under way. Whatever a turn does is written beside what was there, with T
 * as its mark, and is not there for a reader as long as commit < T. Storing T in
 * `commit` is therefore the one instruction by which everything becomes true:
 * the message is done, its sends are released, debts are made and paid. There
 * is no other way for any of them to become true, so there is no order between
 * them to get wrong. After a crash or an abort T is used again; the marks that
 * say T are wiped first.
 *
 * - The message in hand: `in_hand` is one word, (turn, frames done when it
 *   is committed). It is one word because the turn and the place in the packet
 *   must change together: with a new place and an old turn, a message not yet
 *   handled would count as done; with a new turn and an old place, one would be
 *   handled twice. A turn without a message leaves the word alone, except when a
 *   failed message is still in hand: then it is dated T + 1, so that this
 *   commit does not finish that message; a turn that is about another message
 *   puts it back first. A turn that only moves a message out of its packet says
 *   so in the same word: whoever finds that turn unfinished knows that no message
 *   was in hand. A turn that releases in the middle is two: its message is dated
 *   to the second before the first is committed, one that is put aside to behind
 *   it after that.
 *
 * - A held message is an entry beside the packet, made by the turn that moves or
 *   stashes it, done by the turn that handles it: both are marks, and true with
 *   the commit. So "done" is a set; the place in the packet is its quick part.
 *   One that is stashed while it is held is only marked: a turn that is both its
 *   `done` and its `again` has not done it. Behind the commit that is copied to
 *   where it belongs, `done` is taken back, and `again` last.
 *
 * - A number that turns change (arena_marked) keeps what it was before.
 *
 * - The landing: recvmsg() takes a packet off the queue and then copies it, so
 *   from that call on the packet is nowhere else, and the process may die
 *   before it can write a word about it. What is needed to understand it must be
 *   there earlier: `noted` becomes 0 (what lies there has been dealt with), the
 *   packet's header becomes invalid (else the old packet would be taken for the
 *   new one), the place becomes 0, and the key is set, in this order. From
 *   then on a valid packet (length, checksum) is a packet that has arrived. It is
 *   new if its sequence is above the edge's; what the edge's numbers will be is
 *   written first, then `noted`, and then they are copied, as often as needed: in
 *   the other order a crash in between would leave a packet that looks like one
 *   that was sent twice. As long as `noted` is not 0 the packet is there and
 *   valid, done or not. The page must be present
 *   before, as the kernel drops the packet when it cannot copy. A sender that
 *   crashed between sending and noting so sends the same packet again, with the
 *   same number, and is refused here.
 *
 * - A packet in the outbox grows at its end: bytes behind `length` are nobody's.
 *   The first append of turn T notes what was released until then, and only
 *   after that writes T; a reader takes `length` when the turn is committed, else
 *   what was noted. Once peeked at it is sealed: number and bytes are fixed for
 *   good, since after a crash nobody knows whether it was sent. It is marked as
 *   offered before a socket sees it; a socket that refuses it leaves the mark off,
 *   unless it was there before: then somebody died between offering and dropping,
 *   and it may be there twice. What has no mark is in no socket. Dropping counts it
 *   as sent before it frees it: a packet whose number is counted is free. One that
 *   is undeliverable is marked by the turn that says so, and dropped after its
 *   commit.
 *
 * - Of two numbers that are compared when an arena is checked, the larger is
 *   stored first: there is no instant at which a sound arena is refused.
 *
 * - What an edge has counted is added to the sums of the past before it is
 *   forgotten, beside the sums that count until its key is gone: that one store
 *   makes both true.
 *
 * - Frames of one edge never overtake: packets have an order and the newest
 *   alone grows.
 *
 * - The tables are large, so nobody looks behind their tops: what was never
 *   written has no memory. A top grows before the entry is made; that of the held
 *   messages is cut when an arena is made fit for another life.
 *
 * - Everything that exists to be fast (bitmap, counts, places in the index) is a
 *   hint: checked where it is used, made anew by arena_recover(), never copied.
 *
 * What it costs: a send is a copy of its bytes and three stores, a commit one
 * store. Buffers are taken from the lowest up, so an idle actor touches few
 * pages.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/arena_layout.h"

const size_t ARENA_BYTES = (sizeof(struct arena) + PAGE_BYTES - 1) &
			   ~(size_t)(PAGE_BYTES - 1);
const size_t ARENA_PRESENT_BYTES = PAGE_BYTES + LANDING_BYTES;
const size_t ARENA_HEAD_BYTES = offsetof(struct arena, buffer);

struct arena *arena_format(void *memory)
{
	struct arena *a = memory;

	a->version = ARENA_VERSION;
	ARENA_SET(a->magic, ARENA_MAGIC);
	return a;
}

uint32_t arena_version(void)
{
	return ARENA_VERSION;
}

bool arena_is_foreign(const void *memory)
{
	const struct arena *a = memory;

	return a->magic == ARENA_MAGIC && a->version != ARENA_VERSION;
}

/* ---- numbers that a turn may change ----------------------------------- */

uint64_t arena_marked(const struct arena *a, const struct arena_marked *m)
{
	return m->turn <= a->commit ? m->value : m->before;
}

void arena_mark(struct arena *a, struct arena_marked *m, uint64_t value)
{
	if (m->turn != arena_turn(a)) {
		ARENA_SET(m->before, m->value);
		ARENA_SET(m->turn, arena_turn(a));
	}
	ARENA_SET(m->value, value);
}

static void mark_truncate(struct arena *a, struct arena_marked *m)
{
	if (m->turn <= a->commit)
		return;
	ARENA_SET(m->value, m->before);
	ARENA_SET(m->turn, 0);
}

void arena_marks_truncate(struct arena *a)
{
	size_t top = arena_edges_top(a);
	size_t i;

	mark_truncate(a, &a->past_dead);
	for (i = 0; i < top; i++) {
		if (!a->edges[i].key)
			continue;
		mark_truncate(a, &a->edges[i].dead);
		mark_truncate(a, &a->edges[i].pool_head);
		mark_truncate(a, &a->edges[i].beside_end);
		mark_truncate(a, &a->edges[i].beside_bytes);
	}
}

/* ---- edges ------------------------------------------------------------ */

static uint16_t *index_set(struct arena *a, uint64_t key)
{
	return a->index[key * UINT64_C(0x9e3779b97f4a7c15) >> 54];
}

int arena_slot_find(const struct arena *a, uint64_t key)
{
	size_t top = arena_edges_top(a);
	size_t i;

	if (!key)
		return -ENOENT;
	for (i = 0; i < top; i++)
		if (a->edges[i].key == key)
			return (int)i;

	return -ENOENT;
}

/* Which of the ways of this set can be overwritten with the least regret? */
static size_t index_victim(struct arena *a, const uint16_t *set, uint64_t key)
{
	size_t top = arena_edges_top(a);
	size_t way;

	for (way = 0; way < INDEX_WAYS; way++) {
		size_t slot = set[way];

		if (!slot || slot > top || !a->edges[slot - 1].key ||
		    index_set(a, a->edges[slot - 1].key) != set)
			return way;
	}

	return key % INDEX_WAYS;
}

static int index_lookup(struct arena *a, uint64_t key)
{
	uint16_t *set = index_set(a, key);
	size_t top = arena_edges_top(a);
	size_t way;
	int slot;

	for (way = 0; way < INDEX_WAYS; way++)
		if (set[way] && set[way] <= top &&
		    a->edges[set[way] - 1].key == key)
			return set[way] - 1;

	slot = arena_slot_find(a, key);
	if (slot >= 0)
		set[index_victim(a, set, key)] = (uint16_t)(slot + 1);

	return slot;
}

int arena_slot_look(struct arena *a, uint64_t key)
{
	int slot = key && arena_edges_top(a) > INDEX_FROM
			   ? index_lookup(a, key)
			   : arena_slot_find(a, key);

	if (slot >= 0)
		a->slot_hint = (uint32_t)slot;

	return slot;
}

/* Which sums of the past count: those that an edge is being added to do when it
 * is gone. */
size_t arena_past_index(const struct arena *a)
{
	size_t slot = a->past_now >> 1;
	size_t index = a->past_now & 1;

	if (slot && slot <= arena_edges_top(a) && a->edges[slot - 1].key)
		return !index;

	return index;
}

/* Whatever lay there is nobody's before it is counted. */
static void grow(struct arena *a, size_t top)
{
	ARENA_SET(a->edges[top].key, 0);
	ARENA_SET(a->edges_top, (uint32_t)top + 1);
}

/* Return: an unused one, or ARENA_EDGES_MAX. The last way to get one is to forget
 * what one has counted that has ended. */
static size_t make_way(struct arena *a)
{
	size_t top = arena_edges_top(a);
	size_t i;

	for (i = 0; i < top && a->edges[i].key; i++)
		;
	if (i < top)
		return i;
	if (top < ARENA_EDGES_MAX) {
		grow(a, top);
		return top;
	}
	for (i = 0; i < top && !a->edges[i].ended; i++)
		;
	if (i < top)
		arena_edge_remove(a, a->edges[i].key);

	return i;
}

int arena_edge_add(struct arena *a, uint64_t key)
{
	int slot;
	size_t i;

	if (!key)
		return -EINVAL;
	slot = arena_slot(a, key);
	if (slot >= 0) {
		ARENA_SET(a->edges[slot].ended, 0);
		return 0;
	}

	i = make_way(a);
	if (i == ARENA_EDGES_MAX)
		return -ENOSPC;

	a->edges[i] = (struct arena_edge){ .open = BUFFER_NONE };
	ARENA_SET(a->edges[i].key, key);
	return 0;
}

/*
 * The sums of the past with this edge are written where they do not count, and
 * count as soon as its key is gone.
 */
static void past_add(struct arena *a, size_t slot)
{
	const struct arena_edge *e = &a->edges[slot];
	size_t now = arena_past_index(a);
	uint64_t *to = a->past[!now];
	const uint64_t *from = a->past[now];

	ARENA_SET(a->past_now, now);
	ARENA_SET(to[PAST_TAKEN], from[PAST_TAKEN] + e->rx_frames - e->rx_lost);
	ARENA_SET(to[PAST_LOST], from[PAST_LOST] + e->rx_lost);
	ARENA_SET(to[PAST_SENT], from[PAST_SENT] + e->tx_frames - e->tx_buried);
	ARENA_SET(to[PAST_BURIED], from[PAST_BURIED] + e->tx_buried);
	ARENA_SET(to[PAST_DEAD], from[PAST_DEAD] + arena_marked(a, &e->dead));
	ARENA_SET(a->past_now, (uint64_t)(slot + 1) << 1 | !now);
}

void arena_edge_remove(struct arena *a, uint64_t key)
{
	int slot = arena_slot(a, key);

	uint64_t dying;

	if (slot < 0)
		return;

	dying = a->edges[slot].dead.value -
		arena_marked(a, &a->edges[slot].dead);
	arena_outbox_forget(a, key);
	arena_grants_forget(a, key);
	arena_limits_forget(a, key);
	past_add(a, (size_t)slot);
	ARENA_SET(a->edges[slot].key, 0);
	ARENA_SET(a->past_now, arena_past_index(a));
	if (dying) /* by the turn under way */
		arena_mark(a, &a->past_dead, a->past_dead.value + dying);
	arena_outbox_settle(a);
}

static bool are_many(const struct arena *a)
{
	size_t top = arena_edges_top(a);
	size_t n = 0, i;

	for (i = 0; i < top; i++)
		n += a->edges[i].key != 0;

	return n > ARENA_EDGES_MAX / 2;
}

void arena_edge_end(struct arena *a, uint64_t key)
{
	int slot = arena_slot(a, key);

	if (slot < 0)
		return;
	if (are_many(a)) {
		arena_edge_remove(a, key);
		return;
	}

	arena_outbox_forget(a, key);
	arena_grants_forget(a, key);
	arena_limits_forget(a, key);
	a->edges[slot].open = BUFFER_NONE;
	ARENA_SET(a->edges[slot].ended, 1);
	arena_outbox_settle(a);
}

void arena_edge_forget(struct arena *a, uint64_t key)
{
	int slot = arena_slot(a, key);

	if (slot < 0)
		return;

	arena_outbox_forget(a, key);
	arena_grants_forget(a, key);
	arena_limits_forget(a, key);
	ARENA_SET(a->edges[slot].key, 0);
}

uint64_t arena_edge_next(const struct arena *a, size_t *cursor)
{
	while (*cursor < arena_edges_top(a)) {
		size_t slot = (*cursor)++;

		if (a->edges[slot].key && !a->edges[slot].ended)
			return a->edges[slot].key;
	}

	return 0;
}

/* ---- what there is to copy -------------------------------------------- */

struct range {
	size_t offset;
	size_t n_bytes;
};

enum { RANGE_PAGE, RANGE_LANDING, RANGE_EDGES, RANGE_BUFFERS,
       RANGE_DEBTS, RANGE_HELD, RANGE_GRANTS, RANGE_LIMITS, RANGE_DATA,
       RANGE_HELD_DATA = RANGE_DATA + BUFFERS,
       RANGES = RANGE_HELD_DATA + ARENA_HELD_MAX };

static size_t landing_bytes(const struct arena *a)
{
	struct actor_packet_header h = a->landing.header;

	return h.length < ACTOR_PACKET_MAX ? h.length : ACTOR_PACKET_MAX;
}

static size_t n_buffers(const struct arena *a)
{
	size_t n = arena_buffers_top(a);

	while (n && !a->buffers[n - 1].key)
		n--;

	return n;
}

static size_t n_edges(const struct arena *a)
{
	size_t n = arena_edges_top(a);

	while (n && !a->edges[n - 1].key)
		n--;

	return n;
}

static size_t n_debts(const struct arena *a)
{
	size_t n = arena_debts_top(a);

	while (n && !a->debts[n - 1].made)
		n--;

	return n;
}

static size_t n_held(const struct arena *a)
{
	size_t n = arena_held_top(a);

	while (n && !a->held[n - 1].made)
		n--;

	return n;
}

static struct range data_range(const struct arena *a, size_t i)
{
	bool used = i < arena_buffers_top(a) && a->buffers[i].key;
	size_t length = used ? a->buffers[i].length : 0;

	return (struct range){
		.offset = offsetof(struct arena, buffer[i]),
		.n_bytes = length < BUFFER_BYTES ? length : BUFFER_BYTES,
	};
}

static struct range held_range(const struct arena *a, size_t i)
{
	const uint8_t *bytes = a->held[i].made ? arena_held_bytes(a, i) : NULL;

	if (!bytes)
		return (struct range){ 0 };
	return (struct range){
		.offset = (size_t)(bytes - (const uint8_t *)a),
		.n_bytes = a->held[i].length,
	};
}

/* A cursor is the number of the next range, and how many bytes there were: lies
 * may not make more of them than an arena has. */
#define CURSOR_BYTES ((size_t)1 << 16)

_Static_assert(RANGES < CURSOR_BYTES && sizeof(size_t) == 8, "a cursor is both");

#define RANGE(member, bytes) \
	((struct range){ offsetof(struct arena, member), (bytes) })

static struct range range_get(const struct arena *a, size_t i)
{
	switch (i) {
	case RANGE_PAGE:
		return RANGE(magic, PAGE_BYTES);
	case RANGE_LANDING:
		return RANGE(landing, landing_bytes(a));
	case RANGE_BUFFERS:
		return RANGE(buffers, n_buffers(a) * sizeof(a->buffers[0]));
	case RANGE_EDGES:
		return RANGE(edges, n_edges(a) * sizeof(a->edges[0]));
	case RANGE_DEBTS:
		return RANGE(debts, n_debts(a) * sizeof(a->debts[0]));
	case RANGE_HELD:
		return RANGE(held, n_held(a) * sizeof(a->held[0]));
	case RANGE_GRANTS:
		return RANGE(grants,
			     arena_grants_top(a) * sizeof(a->grants[0]));
	case RANGE_LIMITS:
		return RANGE(limits,
			     arena_limits_top(a) * sizeof(a->limits[0]));
	default:
		return i < RANGE_HELD_DATA ? data_range(a, i - RANGE_DATA)
					   : held_range(a, i - RANGE_HELD_DATA);
	}
}

bool arena_used(const void *memory, size_t *cursor, size_t *ret_offset,
		size_t *ret_bytes)
{
	const struct arena *a = memory;
	size_t n = RANGE_HELD_DATA + arena_held_top(a);

	while (*cursor % CURSOR_BYTES < n &&
	       *cursor / CURSOR_BYTES <= ARENA_BYTES) {
		struct range r = range_get(a, (*cursor)++ % CURSOR_BYTES);

		if (!r.n_bytes)
			continue;
		*cursor += r.n_bytes * CURSOR_BYTES;
		*ret_offset = r.offset;
		*ret_bytes = r.n_bytes;
		return true;
	}

	return false;
}

/* ---- is it sound? ----------------------------------------------------- */

static bool mark_sound(const struct arena *a, const struct arena_marked *m)
{
	return m->value < PACKET_NUMBERS_MAX &&
	       m->before < PACKET_NUMBERS_MAX && m->turn <= arena_turn(a);
}

static bool past_sound(const struct arena *a)
{
	size_t i;

	for (i = 0; i < 2 * ARENA_PAST; i++)
		if (a->past[i / ARENA_PAST][i % ARENA_PAST] >=
		    PACKET_NUMBERS_MAX)
			return false;

	return a->past_now >> 1 <= ARENA_EDGES_MAX &&
	       mark_sound(a, &a->past_dead);
}

static bool tops_sound(const struct arena *a)
{
	return a->held_top <= ARENA_HELD_MAX &&
	       a->edges_top <= ARENA_EDGES_MAX && a->buffers_top <= BUFFERS &&
	       a->debts_top <= ARENA_OWED_MAX;
}

static bool head_sound(const struct arena *a)
{
	uint64_t turn = a->in_hand >> 16;

	return a->magic == ARENA_MAGIC && a->version == ARENA_VERSION &&
	       a->commit < ARENA_TURNS_MAX && turn <= a->commit + 2 &&
	       (turn <= a->commit || a->in_hand & IN_HAND_DONE) &&
	       a->order < PACKET_NUMBERS_MAX && a->tokens < UINT64_C(1) << 55 &&
	       a->rx_frames_after < PACKET_NUMBERS_MAX &&
	       a->rx_lost_after < PACKET_NUMBERS_MAX &&
	       a->n_landed <= IN_HAND_DONE && tops_sound(a) && past_sound(a);
}

/* The hint says that frame `index` is at `offset`: is it so? */
static bool walk_sound(const struct arena *a)
{
	size_t n = a->walk >> 32;
	size_t cursor = 0;
	struct frame frame;

	if (!n)
		return !a->walk;
	while (n && packet_next(a->landing.bytes, &cursor, &frame))
		n--;

	return !n && cursor == (a->walk & UINT32_MAX);
}

static bool landing_sound(const struct arena *a)
{
	struct actor_packet_header h;

	if (!a->noted)
		return true;

	h = a->landing.header;
	return !packet_check(a->landing.bytes, h.length,
			     arena_key_end(a->landing_key)) &&
	       h.sequence == a->noted && h.n_frames == a->n_landed &&
	       a->rx_lost_after <= a->rx_frames_after && walk_sound(a);
}

static bool edge_sound(const struct arena *a, const struct arena_edge *e)
{
	return e->rx_sequence < PACKET_NUMBERS_MAX &&
	       e->rx_frames < PACKET_NUMBERS_MAX && e->rx_lost <= e->rx_frames &&
	       e->tx_sequence < PACKET_NUMBERS_MAX - BUFFERS &&
	       e->tx_frames < PACKET_NUMBERS_MAX - UINT32_MAX &&
	       e->tx_buried <= e->tx_frames &&
	       e->rx_released < PACKET_NUMBERS_MAX && mark_sound(a, &e->dead) &&
	       mark_sound(a, &e->pool_head) &&
	       mark_sound(a, &e->beside_end) &&
	       mark_sound(a, &e->beside_bytes);
}

static bool edges_sound(const struct arena *a)
{
	size_t top = arena_edges_top(a);
	size_t i;

	for (i = 0; i < top; i++)
		if (a->edges[i].key && !edge_sound(a, &a->edges[i]))
			return false;

	return true;
}

/* What a reader would see of a buffer consists of frames that may be sent. */
static bool frames_sound(const struct arena *a, size_t i)
{
	const struct arena_buffer *b = &a->buffers[i];
	const uint8_t *data = a->buffer[i];
	size_t length = arena_buffer_length(a, i);
	size_t n_frames = arena_buffer_frames(a, i);
	size_t at = PACKET_HEADER_BYTES;
	struct frame frame;
	size_t n_bytes;

	for (; at < length; at += n_bytes, n_frames--)
		if (frame_parse(&frame, &n_bytes, data + at, length - at) ||
		    !frame_valid(&frame, arena_key_end(b->key)) || !n_frames)
			return false;

	return !n_frames;
}

static bool seal_sound(const struct arena *a, size_t i)
{
	const struct arena_buffer *b = &a->buffers[i];
	const uint8_t *data = a->buffer[i];
	struct actor_packet_header h = packet_header(data);

	if (!b->sequence)
		return !b->offered;

	return b->offered <= 1 && b->length == arena_buffer_length(a, i) &&
	       !packet_check(data, b->length, arena_other_end(b->key)) &&
	       h.sequence == b->sequence && h.first == b->first;
}

static bool burial_sound(const struct arena *a, const struct arena_buffer *b)
{
	return !b->buried ||
	       (b->buried <= arena_turn(a) && b->sequence &&
		b->tx_buried >= b->n_frames &&
		b->tx_buried <= b->first + b->n_frames);
}

static bool buffer_sound(const struct arena *a, size_t i)
{
	const struct arena_buffer *b = &a->buffers[i];

	if (!b->key)
		return true;

	return b->turn <= arena_turn(a) && b->order <= a->order &&
	       b->released_length >= PACKET_HEADER_BYTES &&
	       b->released_length <= b->length &&
	       b->length <= BUFFER_BYTES && burial_sound(a, b) &&
	       arena_slot_find(a, b->key) >= 0 && frames_sound(a, i) &&
	       seal_sound(a, i);
}

static bool buffers_sound(const struct arena *a)
{
	size_t top = arena_buffers_top(a);
	size_t i;

	for (i = 0; i < top; i++)
		if (!buffer_sound(a, i))
			return false;

	return true;
}

static bool debts_sound(const struct arena *a)
{
	size_t top = arena_debts_top(a);
	size_t i;

	for (i = 0; i < top; i++) {
		const struct arena_debt *d = &a->debts[i];

		if (d->made && (d->made > arena_turn(a) ||
				d->paid > arena_turn(a) ||
				d->token % ARENA_OWED_MAX != i ||
				d->token / ARENA_OWED_MAX - 1 >= a->tokens))
			return false;
	}

	return true;
}

int arena_check(const void *memory, size_t n_bytes)
{
	const struct arena *a = memory;

	if (n_bytes < ARENA_BYTES || (uintptr_t)memory % sizeof(uint64_t))
		return -EBADMSG;
	if (!head_sound(a) || !landing_sound(a) || !edges_sound(a) ||
	    !buffers_sound(a) || !debts_sound(a) || !arena_held_sound(a) ||
	    !arena_grants_sound(a))
		return -EBADMSG;

	return 0;
}
