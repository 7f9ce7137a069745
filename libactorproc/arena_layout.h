/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena_layout.h - what lies where in an arena; for arena*.c alone.
 *
 * The rules that make it survive a crash at any instruction are told at the top
 * of arena.c. Zeroed memory with a magic number is an empty arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libactorproc/arena.h"

#define ARENA_MAGIC UINT64_C(0x616e657261637061)	/* "apcarena" */
#define ARENA_VERSION 6
#define ARENA_TURNS_MAX (UINT64_C(1) << 47)

#define BUFFERS ARENA_BUFFERS
#define BUFFER_NONE BUFFERS
#define BUFFER_BYTES ((size_t)ACTOR_PACKET_MAX)
#define PAGE_BYTES 4096
#define LANDING_BYTES ((size_t)20480)	/* a packet and a byte, whole pages */
#define HEAP_BYTES ((size_t)ARENA_HEAP_PAGES * PAGE_BYTES)
#define HEAP_NONE UINT32_MAX		/* it has its place in small[] */
#define WORDS(bits) (((bits) + 63) / 64)

#define INDEX_SETS 1024			/* hints where a key's slot is, */
#define INDEX_FROM 16			/* when it is one of more than these */
#define INDEX_WAYS 4

/*
 * A number that a turn may change: @value when @turn is committed, else
 * @before.
 */
struct arena_marked {
	uint64_t value;
	uint64_t before;
	uint64_t turn;
};

/* What we know of an edge end. Unused when the key is 0, and then nothing else
 * counts. */
struct arena_edge {
	uint64_t key;
	uint64_t rx_sequence;		/* of the last packet taken */
	uint64_t rx_frames;		/* the number of the next frame */
	uint64_t rx_lost;
	uint64_t rx_released;		/* of its pool, as recovery found it */
	uint64_t tx_sequence;		/* of the last packet sent and dropped */
	uint64_t tx_frames;		/* the number of the next one's first */
	uint64_t tx_buried;		/* of them */
	struct arena_marked dead;
	struct arena_marked pool_head;
	struct arena_marked beside_end;
	struct arena_marked beside_bytes;
	uint32_t unsent_frames;		/* hints: what is in its buffers, and how */
	uint32_t unsent_bytes;		/* many they are */
	uint16_t n_buffers;
	uint16_t open;			/* hint: its newest buffer */
	uint32_t ended;			/* its counts are of the past */
};

/*
 * A packet being built or waiting to be sent. Unused when the key is 0, and
 * then nothing else counts.
 */
struct arena_buffer {
	uint64_t key;
	uint64_t order;			/* the lower was made earlier */
	uint64_t turn;			/* that last appended */
	uint64_t sequence;		/* 0 until it is sealed */
	uint64_t first;
	uint32_t length;		/* with the packet's header */
	uint32_t released_length;	/* when @turn is not committed */
	uint16_t n_frames;
	uint16_t n_released;
	uint32_t offered;		/* a socket may have it */
	uint64_t buried;		/* turn in which it was found so; or 0 */
	uint64_t tx_buried;		/* of its edge, when that is done */
};

/*
 * A message held beyond its packet: there when @made is committed and @done is
 * not. @front: the turn that unstashed it. @again: the turn that stashed it while
 * it was held: committed, it is not done but in the stash, by @again_order, or
 * unstashed, @again_front, whatever the rest says.
 */
struct arena_held {
	uint64_t made;			/* turn; 0: unused */
	uint64_t done;			/* turn that handles it; 0: none */
	uint64_t front;
	uint64_t key;
	uint64_t order;
	uint64_t number;
	uint32_t length;
	uint32_t page;			/* of the heap, or HEAP_NONE */
	uint16_t attempt;
	uint8_t stashed;
	uint8_t priority;
	uint8_t again_front;
	uint8_t reserved[3];
	uint64_t again;			/* turn; 0: none */
	uint64_t again_order;
};

/*
 * A reply that is owed: open when @made is committed, or of this turn, and
 * @paid is not.
 */
struct arena_debt {
	uint64_t token;
	uint64_t key;
	uint64_t ask_id;
	uint64_t trace[2];
	uint64_t made;			/* turn; 0: unused */
	uint64_t paid;			/* turn; 0: not paid */
	uint32_t generation;
	uint32_t interrupted;		/* its process died: to be paid by us */
};

/* What is summed up of edges that are no more. */
enum { PAST_TAKEN, PAST_LOST, PAST_SENT, PAST_BURIED, PAST_DEAD, ARENA_PAST };

struct arena {
	/* the first page: what every turn touches */
	uint64_t magic;
	uint32_t version;
	uint32_t turn_open;
	uint64_t commit;		/* the last committed turn */
	uint64_t in_hand;		/* turn << 16 | frames done after it */
	uint32_t attempt;		/* count << 16 | frame it is about */
	uint32_t n_landed;		/* frames in the packet of @noted */
	uint64_t landing_key;
	uint64_t noted;			/* sequence of the packet in hand */
	uint64_t rx_frames_after;	/* of its edge, when it is taken */
	uint64_t rx_lost_after;
	uint64_t walk;			/* hint: frame << 32 | its offset */
	uint64_t order;			/* of the newest buffer or held message */
	uint64_t tokens;		/* made so far */
	struct arena_marked past_dead;	/* of edges that are no more */
	uint64_t past[2][ARENA_PAST];	/* their sums; which one is valid: */
	uint64_t past_now;		/* slot + 1 << 1 | index */
	uint32_t held_top;		/* from here on there are no entries; */
	uint32_t edges_top;		/* the same of the other tables */
	uint32_t buffers_top;
	uint32_t debts_top;
	uint32_t debt_hint;
	uint32_t slot_hint;
	uint32_t held_hint;
	uint32_t hand_hint;		/* held message in hand: slot + 1 */
	uint32_t n_interrupted;		/* hint: debts of a dead process */
	uint32_t n_used;		/* hint: buffers in use */
	uint32_t n_held;		/* hint: messages held */
	uint32_t n_burying;		/* hint: buffers that this turn buries */
	uint32_t settled;		/* hint: what becomes of its message */
	uint32_t pulse;			/* hint: see arena_pulse.c */
	uint64_t n_finished;		/* the same */
	uint64_t n_put_aside;		/* the same */
	uint64_t seen_ns;		/* hint: when its turn began, about */
	uint64_t grants_top;		/* from here on there are no rows */
	uint64_t grants_said;		/* so far */
	uint64_t limits_made;		/* so far; from there on no rows */
	uint64_t used[WORDS(BUFFERS)];	/* hint */
	uint64_t heap_used[WORDS(ARENA_HEAP_PAGES)];	/* hint */
	uint8_t page[PAGE_BYTES - 312 -
		     8 * (WORDS(BUFFERS) + WORDS(ARENA_HEAP_PAGES))];

	union {
		struct actor_packet_header header;
		uint8_t bytes[LANDING_BYTES];
	} landing;

	/* the rest of the head */
	struct arena_edge edges[ARENA_EDGES_MAX];
	struct arena_buffer buffers[BUFFERS];
	struct arena_debt debts[ARENA_OWED_MAX];
	struct arena_held held[ARENA_HELD_MAX];
	struct arena_grant grants[ARENA_GRANTS_MAX];
	struct arena_limit limits[ARENA_LIMITS_MAX];

	/* what buffers and held messages hold */
	uint8_t buffer[BUFFERS][BUFFER_BYTES];
	uint8_t small[ARENA_HELD_MAX][ARENA_HELD_SMALL];
	uint8_t heap[HEAP_BYTES];

	uint16_t index[INDEX_SETS][INDEX_WAYS];	/* hints: slot + 1, or 0 */
};

_Static_assert(offsetof(struct arena, landing) == PAGE_BYTES, "one page");

/*
 * ARENA_SET - one store, not moved by the compiler over any other access
 *
 * Enough against the death of the process, see arena.c. ARENA_STEP() is where a
 * test looks at the memory as a crash would leave it.
 */
#ifndef ARENA_STEP
#define ARENA_STEP() ((void)0)
#endif
#ifdef ACTORPROC_BARE		/* only to measure what safety costs */
#define ARENA_SET(place, value) ((place) = (value))
#else
#define ARENA_BARRIER() __asm__ volatile("" ::: "memory")
#define ARENA_SET(place, value)						\
	do {								\
		ARENA_BARRIER();					\
		__atomic_store_n(&(place), (value), __ATOMIC_RELAXED);	\
		ARENA_BARRIER();					\
		ARENA_STEP();						\
	} while (0)
#endif

/* arena.c: which of past[] counts */
size_t arena_past_index(const struct arena *a);

/*
 * How many entries of a table there can be. The rest is never looked at, so that
 * nobody needs memory for it: to look at it through a mapping would make that.
 * In an arena of any content it is in range.
 */
static inline size_t arena_top(uint32_t top, size_t max)
{
	return top < max ? top : max;
}

static inline size_t arena_edges_top(const struct arena *a)
{
	return arena_top(a->edges_top, ARENA_EDGES_MAX);
}

static inline size_t arena_buffers_top(const struct arena *a)
{
	return arena_top(a->buffers_top, BUFFERS);
}

static inline size_t arena_debts_top(const struct arena *a)
{
	return arena_top(a->debts_top, ARENA_OWED_MAX);
}

static inline size_t arena_held_top(const struct arena *a)
{
	return arena_top(a->held_top, ARENA_HELD_MAX);
}

static inline uint64_t arena_turn(const struct arena *a)
{
	return a->commit + 1;
}

/* arena.c: where a key's edge is, or -ENOENT; the second without hints */
int arena_slot_look(struct arena *a, uint64_t key);
int arena_slot_find(const struct arena *a, uint64_t key);

/* Mostly it is where the last one was. */
static inline int arena_slot(struct arena *a, uint64_t key)
{
	size_t hint = a->slot_hint;

	if (key && hint < arena_edges_top(a) && a->edges[hint].key == key)
		return (int)hint;

	return arena_slot_look(a, key);
}

/* arena_turn.c: @in_hand is turn, whether it only moves, frames done after it */
#define IN_HAND_MOVES UINT64_C(0x8000)
#define IN_HAND_DONE UINT64_C(0x7fff)

static inline uint64_t arena_position(uint64_t turn, size_t n_done)
{
	return turn << 16 | n_done;
}

size_t arena_done(const struct arena *a);
void arena_landing_forget(struct arena *a);
void arena_landing_recover(struct arena *a, uint64_t *ret_gap);

/* arena.c: numbers that a turn may change */
uint64_t arena_marked(const struct arena *a, const struct arena_marked *m);
void arena_mark(struct arena *a, struct arena_marked *m, uint64_t value);
void arena_marks_truncate(struct arena *a);

/* arena_outbox.c */
/* As a reader sees it: what is committed */
uint32_t arena_buffer_length(const struct arena *a, size_t i);
uint16_t arena_buffer_frames(const struct arena *a, size_t i);
void arena_outbox_forget(struct arena *a, uint64_t key);
void arena_outbox_settle(struct arena *a);
void arena_outbox_truncate(struct arena *a);
void arena_outbox_rebuild(struct arena *a);
void arena_outbox_interred(struct arena *a);

/* arena_pool.c */
bool arena_pool_has_room(const struct arena *a, int slot, uint64_t n_bytes,
			 uint64_t released);
void arena_pool_recover(struct arena *a);

/* arena_held.c */
static inline bool arena_is_again(const struct arena *a,
				  const struct arena_held *h)
{
	return h->again && h->again <= a->commit;
}

static inline bool arena_is_held(const struct arena *a,
				 const struct arena_held *h)
{
	return h->made && h->made <= a->commit &&
	       (!h->done || h->done > a->commit || arena_is_again(a, h));
}

const uint8_t *arena_held_bytes(const struct arena *a, size_t slot);
int arena_held_in_hand(const struct arena *a);
void arena_held_finish(struct arena *a, size_t slot);
bool arena_held_sound(const struct arena *a);
void arena_held_truncate(struct arena *a);
void arena_held_rebuild(struct arena *a);

/* arena_owed.c */
void arena_owed_truncate(struct arena *a);
size_t arena_owed_interrupt(struct arena *a);
void arena_owed_settle(struct arena *a);
void arena_owed_error(struct arena *a, uint64_t key, const struct frame *ask);

/* arena_grants.c: the rest of the table is never looked at, as of the other */
size_t arena_grants_top(const struct arena *a);
bool arena_grants_sound(const struct arena *a);
void arena_grants_cut(struct arena *a);

/* arena_limits.c: the same */
size_t arena_limits_top(const struct arena *a);
