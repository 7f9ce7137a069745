// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_asks.c - each ask ends exactly once, whatever happens to it.
 */
#include <errno.h>

#include "libactorproc/asks.h"
#include "tests/harness/harness.h"

#define KEY 8
#define OTHER_KEY 10

static void test_an_answer_closes_its_ask_once(void)
{
	static struct asks asks;
	uint64_t id;

	CU_ASSERT_EQUAL(asks_open(&asks, KEY, 100, &id), 0);
	CU_ASSERT(id > 0);
	CU_ASSERT(asks_waiting(&asks, id, KEY));
	CU_ASSERT(asks_close(&asks, id, KEY));
	CU_ASSERT_FALSE(asks_close(&asks, id, KEY));
	CU_ASSERT_FALSE(asks_waiting(&asks, id, KEY));
}

static void test_an_answer_over_another_edge_is_a_lie(void)
{
	static struct asks asks;
	uint64_t id;

	asks_open(&asks, KEY, 100, &id);
	CU_ASSERT_FALSE(asks_close(&asks, id, OTHER_KEY));
	CU_ASSERT_FALSE(asks_close(&asks, 0, 0));
	CU_ASSERT(asks_close(&asks, id, KEY));
}

static void test_at_its_deadline_an_ask_has_failed(void)
{
	static struct asks asks;
	struct ask ask;
	uint64_t id;

	asks_open(&asks, KEY, 100, &id);
	CU_ASSERT_EQUAL(asks_next_ns(&asks), 100);
	asks_expire(&asks, 99);
	CU_ASSERT_FALSE(asks_take_failed(&asks, &ask));
	asks_expire(&asks, 100);
	CU_ASSERT(asks_take_failed(&asks, &ask));
	CU_ASSERT_EQUAL(ask.id, id);
	CU_ASSERT_EQUAL(ask.error, -ETIMEDOUT);
	CU_ASSERT_FALSE(asks_take_failed(&asks, &ask));
	CU_ASSERT_EQUAL(asks_next_ns(&asks), UINT64_MAX);
}

static void test_the_end_of_an_edge_fails_its_asks_only(void)
{
	static struct asks asks;
	uint64_t here[2], there;
	struct ask ask;

	asks_open(&asks, KEY, 100, &here[0]);
	asks_open(&asks, OTHER_KEY, 200, &there);
	asks_open(&asks, KEY, 300, &here[1]);
	asks_fail_edge(&asks, KEY, -EPIPE);
	CU_ASSERT(asks_take_failed(&asks, &ask));
	CU_ASSERT_EQUAL(ask.id, here[0]);
	CU_ASSERT_EQUAL(ask.error, -EPIPE);
	CU_ASSERT(asks_take_failed(&asks, &ask));
	CU_ASSERT_EQUAL(ask.id, here[1]);
	CU_ASSERT_FALSE(asks_take_failed(&asks, &ask));
	CU_ASSERT(asks_close(&asks, there, OTHER_KEY));
}

static void test_the_first_failure_of_an_ask_counts(void)
{
	static struct asks asks;
	struct ask ask;
	uint64_t id;

	asks_open(&asks, KEY, 100, &id);
	asks_fail_edge(&asks, KEY, -EPIPE);
	asks_fail_edge(&asks, KEY, -EINTR);
	asks_expire(&asks, 1000);
	CU_ASSERT(asks_take_failed(&asks, &ask));
	CU_ASSERT_EQUAL(ask.error, -EPIPE);
	CU_ASSERT_FALSE(asks_take_failed(&asks, &ask));
}

static void test_an_answer_just_before_the_failure_is_told_wins(void)
{
	static struct asks asks;
	struct ask ask;
	uint64_t id;

	asks_open(&asks, KEY, 100, &id);
	asks_expire(&asks, 100);
	CU_ASSERT(asks_close(&asks, id, KEY));
	CU_ASSERT_FALSE(asks_take_failed(&asks, &ask));
}

static void test_so_many_and_no_more_are_open(void)
{
	static struct asks asks;
	uint64_t id, last = 0;
	size_t n = 0;

	while (asks_open(&asks, KEY, 100, &id) == 0) {
		CU_ASSERT_EQUAL(id, last + 1);
		last = id;
		n++;
	}
	CU_ASSERT_EQUAL(n, ASKS_MAX);
	CU_ASSERT_EQUAL(asks_open(&asks, KEY, 100, &id), -ENOSPC);

	/* the only free slot is that of id 7: the next id is one that fits */
	CU_ASSERT(asks_close(&asks, 7, KEY));
	CU_ASSERT_EQUAL(asks_open(&asks, KEY, 100, &id), 0);
	CU_ASSERT_EQUAL(id, ASKS_MAX + 7);
}

static void test_what_a_failed_turn_asked_was_not_asked(void)
{
	static struct asks asks;
	uint64_t before, within, id;
	struct ask ask;

	asks_open(&asks, KEY, 100, &before);
	asks_open(&asks, KEY, 100, &within);
	asks_open(&asks, KEY, 100, &id);
	asks_forget_after(&asks, before);
	CU_ASSERT_FALSE(asks_waiting(&asks, within, KEY));
	CU_ASSERT(asks_waiting(&asks, before, KEY));
	asks_expire(&asks, 100);
	CU_ASSERT(asks_take_failed(&asks, &ask));
	CU_ASSERT_EQUAL(ask.id, before);
	CU_ASSERT_FALSE(asks_take_failed(&asks, &ask));
}

static void test_the_earliest_deadline_is_next(void)
{
	static struct asks asks;
	struct ask ask;
	uint64_t id;

	CU_ASSERT_EQUAL(asks_next_ns(&asks), UINT64_MAX);
	asks_open(&asks, KEY, 300, &id);
	asks_open(&asks, KEY, 100, &id);
	asks_open(&asks, KEY, 200, &id);
	CU_ASSERT_EQUAL(asks_next_ns(&asks), 100);
	asks_expire(&asks, 150);
	CU_ASSERT(asks_take_failed(&asks, &ask));
	CU_ASSERT_EQUAL(ask.deadline_ns, 100);
	CU_ASSERT_EQUAL(asks_next_ns(&asks), 200);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_answer_closes_its_ask_once),
	HARNESS_TEST(test_an_answer_over_another_edge_is_a_lie),
	HARNESS_TEST(test_at_its_deadline_an_ask_has_failed),
	HARNESS_TEST(test_the_end_of_an_edge_fails_its_asks_only),
	HARNESS_TEST(test_the_first_failure_of_an_ask_counts),
	HARNESS_TEST(test_an_answer_just_before_the_failure_is_told_wins),
	HARNESS_TEST(test_so_many_and_no_more_are_open),
	HARNESS_TEST(test_what_a_failed_turn_asked_was_not_asked),
	HARNESS_TEST(test_the_earliest_deadline_is_next),
};
HARNESS_MAIN(tests)
