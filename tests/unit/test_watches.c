// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_watches.c - the end of a life is told once, or not at all.
 */
#include <string.h>

#include "libactorproc/watches.h"
#include "tests/harness/harness.h"

#define KEY 8
#define OTHER_KEY 10

static int somebody, another;

static void test_the_end_is_told_once(void)
{
	struct watches w = { 0 };
	struct watch watch;

	CU_ASSERT_EQUAL(watches_add(&w, &somebody, KEY, NULL), 0);
	CU_ASSERT(watches_has(&w, &somebody, KEY));
	CU_ASSERT_FALSE(watches_take_over(&w, &watch));
	watches_over(&w, KEY, "terminated");
	watches_over(&w, KEY, "again");
	CU_ASSERT(watches_take_over(&w, &watch));
	CU_ASSERT(watch.who == &somebody);
	CU_ASSERT_STRING_EQUAL(watch.reason, "terminated");
	CU_ASSERT_FALSE(watches_take_over(&w, &watch));
	CU_ASSERT_FALSE(watches_has(&w, &somebody, KEY));
	watches_deinit(&w);
}

static void test_another_life_is_another_matter(void)
{
	struct watches w = { 0 };
	struct watch watch;

	watches_add(&w, &somebody, KEY, NULL);
	watches_add(&w, &somebody, OTHER_KEY, NULL);
	watches_over(&w, OTHER_KEY, "terminated");
	CU_ASSERT(watches_take_over(&w, &watch));
	CU_ASSERT_EQUAL(watch.key, OTHER_KEY);
	CU_ASSERT_FALSE(watches_take_over(&w, &watch));
	CU_ASSERT(watches_has(&w, &somebody, KEY));
	watches_deinit(&w);
}

static void test_who_is_dead_already_is_told_at_once(void)
{
	struct watches w = { 0 };
	struct watch watch;

	watches_add(&w, &somebody, KEY, "exit:0");
	CU_ASSERT(watches_take_over(&w, &watch));
	CU_ASSERT_STRING_EQUAL(watch.reason, "exit:0");
	watches_deinit(&w);
}

static void test_unwatch_is_final_even_when_the_end_is_queued(void)
{
	struct watches w = { 0 };
	struct watch watch;

	watches_add(&w, &somebody, KEY, NULL);
	watches_add(&w, &another, OTHER_KEY, NULL);
	watches_over(&w, KEY, "terminated");
	CU_ASSERT_EQUAL(watches_remove(&w, &somebody), 1);
	CU_ASSERT_EQUAL(watches_remove(&w, &somebody), 0);
	CU_ASSERT_FALSE(watches_take_over(&w, &watch));
	watches_over(&w, OTHER_KEY, "terminated");
	CU_ASSERT(watches_take_over(&w, &watch));
	CU_ASSERT(watch.who == &another);
	watches_deinit(&w);
}

static void test_ends_are_told_in_order_of_their_watches(void)
{
	struct watches w = { 0 };
	struct watch watch;
	uint64_t key;

	for (key = 1; key <= 100; key++)
		CU_ASSERT_EQUAL(watches_add(&w, &somebody, key, NULL), 0);
	for (key = 100; key >= 1; key--)
		watches_over(&w, key, "terminated");
	for (key = 1; key <= 100; key++) {
		CU_ASSERT(watches_take_over(&w, &watch));
		CU_ASSERT_EQUAL(watch.key, key);
	}
	CU_ASSERT_FALSE(watches_take_over(&w, &watch));
	watches_deinit(&w);
}

static void test_a_long_reason_is_cut(void)
{
	struct watches w = { 0 };
	char reason[200] = { 0 };
	struct watch watch;

	memset(reason, 'r', sizeof(reason) - 1);
	watches_add(&w, &somebody, KEY, reason);
	CU_ASSERT(watches_take_over(&w, &watch));
	CU_ASSERT_EQUAL(strlen(watch.reason), WATCH_REASON_MAX);
	watches_deinit(&w);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_end_is_told_once),
	HARNESS_TEST(test_another_life_is_another_matter),
	HARNESS_TEST(test_who_is_dead_already_is_told_at_once),
	HARNESS_TEST(test_unwatch_is_final_even_when_the_end_is_queued),
	HARNESS_TEST(test_ends_are_told_in_order_of_their_watches),
	HARNESS_TEST(test_a_long_reason_is_cut),
};
HARNESS_MAIN(tests)
