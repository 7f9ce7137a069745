/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_queue.c - which of the held messages is next.
 */
#include <stdlib.h>
#include <string.h>

#include "libactorproc/queue.h"
#include "tests/harness/harness.h"

static struct queue queue;

static void put(size_t slot, enum arena_line line, uint8_t priority,
		uint64_t order)
{
	const struct arena_held_message message = {
		.slot = slot,
		.line = line,
		.priority = priority,
		.order = order,
	};

	queue_put(&queue, &message);
}

static void expect(int slot)
{
	CU_ASSERT_EQUAL(queue_first(&queue), slot);
	queue_pop(&queue);
}

static void test_an_empty_queue_has_no_first(void)
{
	memset(&queue, 0, sizeof(queue));
	CU_ASSERT_EQUAL(queue_first(&queue), -1);
	CU_ASSERT(!queue_has_front(&queue));
	queue_pop(&queue);
	CU_ASSERT_EQUAL(queue.n, 0);
}

static void test_first_the_front_then_the_class_then_the_age(void)
{
	memset(&queue, 0, sizeof(queue));
	put(1, ARENA_QUEUE, 4, 10);
	put(2, ARENA_QUEUE, 0, 11);
	put(3, ARENA_QUEUE, 4, 9);
	put(4, ARENA_FRONT, 7, 20);
	put(5, ARENA_FRONT, 0, 21);
	put(6, ARENA_QUEUE, 7, 1);
	CU_ASSERT(queue_has_front(&queue));
	expect(4);		/* what was unstashed keeps its order */
	expect(5);
	CU_ASSERT(!queue_has_front(&queue));
	expect(2);
	expect(3);
	expect(1);
	expect(6);
	expect(-1);
}

static void test_a_full_queue_takes_no_more(void)
{
	size_t i;

	memset(&queue, 0, sizeof(queue));
	for (i = 0; i < ARENA_HELD_MAX; i++)
		put(i, ARENA_QUEUE, 4, i);
	put(ARENA_HELD_MAX, ARENA_FRONT, 0, 0);
	CU_ASSERT_EQUAL(queue.n, ARENA_HELD_MAX);
	for (i = 0; i < ARENA_HELD_MAX; i++)
		expect((int)i);
}

/* ---- against a list that is searched ----------------------------------- */

static struct arena_held_message list[ARENA_HELD_MAX];
static size_t n_list;

static bool comes_before(const struct arena_held_message *a,
			 const struct arena_held_message *b)
{
	bool front_a = a->line == ARENA_FRONT;
	bool front_b = b->line == ARENA_FRONT;

	if (front_a || front_b)
		return front_a && (!front_b || a->order < b->order);

	return a->priority < b->priority ||
	       (a->priority == b->priority && a->order < b->order);
}

static size_t first_of_list(void)
{
	size_t best = 0;
	size_t i;

	for (i = 1; i < n_list; i++)
		if (comes_before(&list[i], &list[best]))
			best = i;

	return best;
}

static void put_both(unsigned int random, uint64_t order)
{
	struct arena_held_message message = {
		.slot = random % ARENA_HELD_MAX,
		.line = random >> 12 & 7 ? ARENA_QUEUE : ARENA_FRONT,
		.priority = random >> 15 & 7,
		.order = order,
	};

	list[n_list++] = message;
	queue_put(&queue, &message);
}

static void pop_both(void)
{
	size_t first = first_of_list();

	CU_ASSERT_EQUAL_FATAL(queue_first(&queue), (int)list[first].slot);
	CU_ASSERT_EQUAL_FATAL(queue.heap[0].order, list[first].order);
	queue_pop(&queue);
	list[first] = list[--n_list];
}

static void test_thousands_come_in_the_order_of_a_search(void)
{
	uint32_t random = 20240607;
	uint64_t order;

	memset(&queue, 0, sizeof(queue));
	n_list = 0;
	for (order = 1; order < 30000; order++) {
		random = random * 1664525 + 1013904223;
		if (n_list < 400 && random >> 30)
			put_both(random >> 4, order);
		else if (n_list)
			pop_both();
	}
	while (n_list)
		pop_both();
	CU_ASSERT_EQUAL(queue_first(&queue), -1);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_empty_queue_has_no_first),
	HARNESS_TEST(test_first_the_front_then_the_class_then_the_age),
	HARNESS_TEST(test_a_full_queue_takes_no_more),
	HARNESS_TEST(test_thousands_come_in_the_order_of_a_search),
};
HARNESS_MAIN(tests)
