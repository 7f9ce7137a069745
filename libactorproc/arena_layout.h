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
#define ARENA_VERSION 1
#define ARENA_TURNS_MAX (UINT64_C(1) << 47)

#define BUFFERS (ARENA_BUFFERS_SMALL + ARENA_BUFFERS_LARGE)
#define BUFFER_NONE BUFFERS
#define SMALL_BYTES (ACTOR_PACKET_FULL + PACKET_HEADER_BYTES)
#define LARGE_BYTES ((size_t)ACTOR_PACKET_MAX)
#define PAGE_BYTES 4096
#define LANDING_BYTES ((size_t)69632)	/* a packet and a byte, whole pages */

#define INDEX_SETS 1024			/* hints where a key's slot is */
#define INDEX_WAYS 4

/* What we know of an edge end; its key is in keys[] at the same place. */
struct arena_edge {
	uint64_t rx_sequence;		/* of the last packet taken */
	uint64_t rx_frames;
	uint64_t tx_sequence;		/* of the last packet sent and dropped */
	uint64_t tx_frames;
	uint16_t n_small;		/* hints: buffers it has */
	uint16_t n_large;
	uint16_t open;			/* hint: its newest buffer */
	uint16_t reserved;
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
	uint32_t reserved;
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
	uint64_t rx_frames_before;	/* of its edge, before it was taken */
	uint64_t walk;			/* hint: frame << 32 | its offset */
	uint64_t order;			/* of the newest buffer */
	uint64_t tokens;		/* made so far */
	uint32_t debt_hint;
	uint32_t slot_hint;
	uint32_t n_interrupted;		/* hint: debts of a dead process */
	uint32_t n_small;		/* hint: small buffers in use */
	uint64_t used[(BUFFERS + 63) / 64];	/* hint */
	uint8_t page[PAGE_BYTES - 104 - (BUFFERS + 63) / 64 * 8];

	union {
		struct actor_packet_header header;
		uint8_t bytes[LANDING_BYTES];
	} landing;

	/* the rest of the head */
	struct arena_buffer buffers[BUFFERS];
	uint64_t keys[ARENA_EDGES_MAX];
	struct arena_edge edges[ARENA_EDGES_MAX];
	struct arena_debt debts[ARENA_OWED_MAX];

	/* what buffers hold */
	uint8_t small[ARENA_BUFFERS_SMALL][SMALL_BYTES];
	uint8_t large[ARENA_BUFFERS_LARGE][LARGE_BYTES];

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
#define ARENA_BARRIER() __asm__ volatile("" ::: "memory")
#define ARENA_SET(place, value)						\
	do {								\
		ARENA_BARRIER();					\
		__atomic_store_n(&(place), (value), __ATOMIC_RELAXED);	\
		ARENA_BARRIER();					\
		ARENA_STEP();						\
	} while (0)

static inline uint64_t arena_turn(const struct arena *a)
{
	return a->commit + 1;
}

static inline enum edge_end arena_other_end(uint64_t key)
{
	return arena_key_end(key) == EDGE_HOLDER ? EDGE_TARGET : EDGE_HOLDER;
}

/* arena.c: where a key's edge is, or -ENOENT; the second without hints */
int arena_slot(struct arena *a, uint64_t key);
int arena_slot_find(const struct arena *a, uint64_t key);

/* arena_turn.c */
static inline uint64_t arena_position(uint64_t turn, size_t n_done)
{
	return turn << 16 | n_done;
}

size_t arena_done(const struct arena *a);
void arena_landing_forget(struct arena *a);
void arena_landing_recover(struct arena *a);

/* arena_outbox.c */
static inline size_t arena_buffer_room(size_t i)
{
	return i < ARENA_BUFFERS_SMALL ? SMALL_BYTES : LARGE_BYTES;
}

static inline const uint8_t *arena_buffer_bytes(const struct arena *a, size_t i)
{
	return i < ARENA_BUFFERS_SMALL ? a->small[i] :
					 a->large[i - ARENA_BUFFERS_SMALL];
}

/* As a reader sees it: what is committed */
uint32_t arena_buffer_length(const struct arena *a, size_t i);
uint16_t arena_buffer_frames(const struct arena *a, size_t i);
void arena_outbox_forget(struct arena *a, uint64_t key);
void arena_outbox_settle(struct arena *a);
void arena_outbox_truncate(struct arena *a);
void arena_outbox_rebuild(struct arena *a);

/* arena_owed.c */
void arena_owed_truncate(struct arena *a);
size_t arena_owed_interrupt(struct arena *a);
void arena_owed_settle(struct arena *a);
void arena_owed_error(struct arena *a, uint64_t key, const struct frame *ask);
