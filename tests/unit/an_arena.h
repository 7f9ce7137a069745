/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * an_arena.h - an arena with two edges, for those who test its calls.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/arena_layout.h"
#include "tests/harness/harness.h"

#define HEADER PACKET_HEADER_BYTES

static const uint64_t in = 10 << 1 | EDGE_TARGET;	/* requests come */
static const uint64_t out = 20 << 1 | EDGE_HOLDER;	/* requests go */

static struct arena *a;
static uint8_t packet[ACTOR_PACKET_MAX + 8];

static inline void begin(void)
{
	a = arena_format(calloc(1, ARENA_BYTES));
	CU_ASSERT_EQUAL(arena_edge_add(a, in), 0);
	CU_ASSERT_EQUAL(arena_edge_add(a, out), 0);
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
}

static inline void end(void)
{
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
	free(a);
}

static inline struct arena_edge_counts counts_of(uint64_t key)
{
	struct arena_edge_counts counts = { .frames_taken = UINT64_MAX };

	CU_ASSERT_EQUAL(arena_edge_counts(a, key, &counts), 0);
	return counts;
}

static inline uint64_t handled_of(uint64_t key)
{
	struct arena_edge_counts c = counts_of(key);

	return c.frames_taken - c.frames_waiting - c.frames_dead;
}

static inline struct frame a_frame(enum frame_kind kind, uint64_t number)
{
	return (struct frame){
		.kind = kind,
		.priority = ACTOR_PRIORITY_NORMAL,
		.error = kind == FRAME_ERROR ? EIO : 0,
		.ask_id = kind == FRAME_TELL || kind == FRAME_TERMINATED ?
				  0 : number,
		.generation = 9,
		.trace = { 1, number },
		.type = "number",
		.type_length = 6,
		.payload = "",
	};
}

/* A packet of @n_frames tells (or asks) with traces that count from 0. */
static inline size_t make_packet_at(enum frame_kind kind, uint16_t n_frames,
				    uint64_t sequence, uint64_t first)
{
	size_t n_bytes = HEADER;
	uint16_t i;

	for (i = 0; i < n_frames; i++) {
		struct frame f = a_frame(kind, i + 1);

		f.trace[1] = i;
		n_bytes += frame_write(packet + n_bytes, &f);
	}
	packet_seal(packet, (uint32_t)n_bytes, n_frames, sequence, first);
	return n_bytes;
}

/* As it comes next by IN. */
static inline size_t make_packet(enum frame_kind kind, uint16_t n_frames,
				 uint64_t sequence)
{
	struct arena_edge_counts c = counts_of(in);

	return make_packet_at(kind, n_frames, sequence,
			      c.frames_taken + c.frames_lost);
}

static inline int land(uint64_t key, size_t n_bytes, uint64_t *ret_gap)
{
	memcpy(arena_landing(a, key), packet, n_bytes);
	return arena_landed(a, n_bytes, ret_gap);
}

static inline int land_asks(uint16_t n, uint64_t sequence)
{
	return land(in, make_packet(FRAME_ASK, n, sequence), NULL);
}

static inline int send_tell(bool reserve)
{
	struct frame f = a_frame(FRAME_TELL, 0);

	return arena_send(a, out, &f, reserve);
}

static inline void handle(void)
{
	arena_turn_begin(a, true);
	arena_turn_commit(a);
}

/* The trace of the next frame of the packet in hand. */
static inline uint64_t next_trace(void)
{
	struct frame f;
	uint64_t key;

	return arena_frame(a, &f, &key) ? f.trace[1] : UINT64_MAX;
}

/* How many frames are released for an edge; drops them. */
static inline size_t drain(uint64_t key)
{
	const void *bytes;
	size_t n_bytes, n = 0;

	while (arena_outbox_peek(a, key, &bytes, &n_bytes)) {
		CU_ASSERT_EQUAL(packet_check(bytes, n_bytes,
					     arena_other_end(key)), 0);
		n += packet_header(bytes).n_frames;
		arena_outbox_drop(a, key);
	}

	return n;
}

/* How many frames of that size go out in one turn. */
static inline size_t fill(uint64_t key, size_t payload_bytes, bool reserve)
{
	static char payload[ACTOR_PACKET_MAX];
	struct frame f = a_frame(arena_key_end(key) == EDGE_HOLDER ?
				 FRAME_TELL : FRAME_REPLY, 1);
	size_t n = 0;

	f.payload = payload;
	f.payload_bytes = payload_bytes;
	arena_turn_begin(a, false);
	while (!arena_send(a, key, &f, reserve))
		n++;
	arena_turn_commit(a);

	return n;
}

/* As a supervisor reads it: a copy of what is used, and nothing else. */
static inline struct arena *copy_of_used(const struct arena *from)
{
	struct arena *copy = calloc(1, ARENA_BYTES);
	size_t cursor = 0, offset, n_bytes;

	memcpy(copy, from, ARENA_HEAD_BYTES);
	while (arena_used(copy, &cursor, &offset, &n_bytes)) {
		CU_ASSERT_TRUE_FATAL(offset + n_bytes <= ARENA_BYTES);
		memcpy((uint8_t *)copy + offset, (const uint8_t *)from + offset,
		       n_bytes);
	}

	return copy;
}

/* The process dies, and a supervisor makes the next life's arena of this. */
static inline struct arena_remains die(uint32_t redeliver)
{
	struct arena *copy = copy_of_used(a);
	struct arena_remains remains = { .in_hand = true };

	CU_ASSERT_EQUAL_FATAL(arena_check(copy, ARENA_BYTES), 0);
	free(a);
	a = copy;
	arena_recover(a, redeliver, &remains);
	CU_ASSERT_EQUAL_FATAL(arena_check(a, ARENA_BYTES), 0);

	return remains;
}
