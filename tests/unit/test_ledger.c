/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_ledger.c - what an arena counts at an end of an edge, and how it travels.
 */
#include <stdlib.h>
#include <string.h>

#include "libactorproc/arena_layout.h"
#include "supervisord/ledger.h"
#include "tests/harness/harness.h"

#define IN arena_key(1, EDGE_TARGET)
#define OUT arena_key(2, EDGE_HOLDER)

static struct arena *arena_new(void)
{
	struct arena *a = arena_format(calloc(1, ARENA_BYTES));

	CU_ASSERT_EQUAL(arena_edge_add(a, IN), 0);
	CU_ASSERT_EQUAL(arena_edge_add(a, OUT), 0);
	return a;
}

static const struct frame tell = {
	.kind = FRAME_TELL,
	.type = "x",
	.type_length = 1,
};

/* a packet of two comes in by IN */
static void land(struct arena *a)
{
	char *packet = arena_landing(a, IN);
	size_t at = sizeof(struct actor_packet_header);

	at += frame_write(packet + at, &tell);
	at += frame_write(packet + at, &tell);
	packet_seal(packet, (uint32_t)at, 2, 1, 0);
	CU_ASSERT_EQUAL(arena_landed(a, at, NULL), ARENA_TAKEN);
}

/* one of them is handled, and three are sent by OUT */
static void handle(struct arena *a)
{
	arena_turn_begin(a, true);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(arena_send(a, OUT, &tell, false), 0);
	arena_turn_commit(a);
}

static void flush(struct arena *a)
{
	const void *packet;
	size_t n_bytes;

	while (arena_outbox_peek(a, OUT, &packet, &n_bytes))
		arena_outbox_drop(a, OUT);
}

static void test_what_is_in_hand_waits_and_what_is_done_is_accepted(void)
{
	struct arena *a = arena_new();
	struct ledger in, out;

	land(a);
	in = ledger_of_edge(a, IN);
	CU_ASSERT_EQUAL(in.packets, 1);
	CU_ASSERT_EQUAL(in.taken, 2);
	CU_ASSERT_EQUAL(in.waiting, 2);
	CU_ASSERT_EQUAL(ledger_of_edge(a, OUT).waiting, 0);

	handle(a);
	in = ledger_of_edge(a, IN);
	CU_ASSERT_EQUAL(in.taken, 2);
	CU_ASSERT_EQUAL(in.waiting, 1);
	out = ledger_of_edge(a, OUT);
	CU_ASSERT_EQUAL(out.accepted, 3);
	CU_ASSERT_EQUAL(out.unsent, 3);
	CU_ASSERT_EQUAL(out.sent, 0);
	free(a);
}

static void test_what_the_socket_took_is_sent(void)
{
	struct arena *a = arena_new();
	struct ledger out;

	land(a);
	handle(a);
	flush(a);
	out = ledger_of_edge(a, OUT);
	CU_ASSERT_EQUAL(out.accepted, 3);
	CU_ASSERT_EQUAL(out.unsent, 0);
	CU_ASSERT_EQUAL(out.sent, 3);
	free(a);
}

static void test_a_life_is_the_sum_of_its_edges_but_one(void)
{
	struct arena *a = arena_new();
	struct ledger all, rest;

	land(a);
	handle(a);
	flush(a);
	all = ledger_of_life(a, 0);
	CU_ASSERT_EQUAL(all.accepted, 3);
	CU_ASSERT_EQUAL(all.taken, 2);
	rest = ledger_of_life(a, OUT);
	CU_ASSERT_EQUAL(rest.accepted, 0);
	CU_ASSERT_EQUAL(rest.taken, 2);
	free(a);
}

static void test_who_is_not_known_has_counted_nothing(void)
{
	struct arena *a = arena_new();
	struct ledger none = ledger_of_edge(a, arena_key(9, EDGE_HOLDER));

	CU_ASSERT(ledger_equal(&none, &(struct ledger){ 0 }));
	free(a);
}

/* as many edges, packets and held messages as there can be: the packets are of the
 * last edge, and the messages of none that is there */
static struct arena *arena_full(void)
{
	struct arena *a = arena_format(calloc(1, ARENA_BYTES));

	a->commit = 8;
	a->edges_top = ARENA_EDGES_MAX;
	for (size_t i = 0; i < ARENA_EDGES_MAX; i++)
		a->edges[i] = (struct arena_edge){ .key = 2 + i };
	a->buffers_top = BUFFERS;
	for (size_t i = 0; i < BUFFERS; i++)
		a->buffers[i] = (struct arena_buffer){
			.key = 1 + ARENA_EDGES_MAX, .turn = 1, .n_frames = 1,
		};
	a->held_top = ARENA_HELD_MAX;
	for (size_t i = 0; i < ARENA_HELD_MAX; i++)
		a->held[i] = (struct arena_held){
			.key = 1, .made = 1,
		};
	return a;
}

static void test_a_full_life_is_the_sum_of_its_edges(void)
{
	struct arena *a = arena_full();
	struct ledger life = ledger_of_life(a, 0), sum = ledger_of_past(a), one;
	size_t cursor = 0;
	uint64_t key;

	while ((key = arena_edge_next(a, &cursor))) {
		one = ledger_of_edge(a, key);
		ledger_add(&sum, &one);
	}
	CU_ASSERT_EQUAL(life.waiting, ARENA_HELD_MAX);
	CU_ASSERT_EQUAL(life.unsent, BUFFERS);
	CU_ASSERT(ledger_equal(&life, &sum));
	free(a);
}

static void test_counts_travel_as_fields(void)
{
	struct ledger counts = {
		.packets = 1, .accepted = 2, .sent = 3, .unsent = 4,
		.buried = 5, .taken = 6, .waiting = 7, .dead = 8,
		.lost = UINT64_MAX,
	};
	struct ledger sum = counts, got;
	struct fields_writer w;
	struct fields f;
	char bytes[512];

	fields_begin(&w, bytes, sizeof(bytes), "MAILBOX_END");
	ledger_put(&counts, &w);
	CU_ASSERT_FALSE(w.overflow);
	CU_ASSERT_EQUAL_FATAL(fields_parse(&f, bytes, w.length_bytes), 0);
	got = ledger_get(&f);
	CU_ASSERT(ledger_equal(&got, &counts));

	ledger_add(&sum, &counts);
	CU_ASSERT_EQUAL(sum.accepted, 4);
	CU_ASSERT_FALSE(ledger_equal(&sum, &counts));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_is_in_hand_waits_and_what_is_done_is_accepted),
	HARNESS_TEST(test_what_the_socket_took_is_sent),
	HARNESS_TEST(test_a_life_is_the_sum_of_its_edges_but_one),
	HARNESS_TEST(test_who_is_not_known_has_counted_nothing),
	HARNESS_TEST(test_a_full_life_is_the_sum_of_its_edges),
	HARNESS_TEST(test_counts_travel_as_fields),
};
HARNESS_MAIN(tests)
