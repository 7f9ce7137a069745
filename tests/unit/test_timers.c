// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_timers.c - keyed timers tick when due, and no old one ever does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libactorproc/timers.h"
#include "tests/harness/harness.h"

static char key[ACTOR_TYPE_MAX + 1];

static void test_a_single_timer_ticks_once(void)
{
	static struct timers timers;

	CU_ASSERT_EQUAL(timers_set(&timers, "a", 100, 0), 0);
	CU_ASSERT_EQUAL(timers_next_ns(&timers), 100);
	CU_ASSERT_FALSE(timers_take_due(&timers, 99, key));
	CU_ASSERT(timers_take_due(&timers, 100, key));
	CU_ASSERT_STRING_EQUAL(key, "a");
	CU_ASSERT_FALSE(timers_take_due(&timers, 1000, key));
	CU_ASSERT_EQUAL(timers_next_ns(&timers), UINT64_MAX);
}

static void test_a_repeated_timer_ticks_an_interval_after_the_last(void)
{
	static struct timers timers;

	timers_set(&timers, "a", 100, 50);
	CU_ASSERT(timers_take_due(&timers, 130, key));
	CU_ASSERT_FALSE(timers_take_due(&timers, 130, key));
	CU_ASSERT_EQUAL(timers_next_ns(&timers), 180);
	CU_ASSERT(timers_take_due(&timers, 180, key));
	CU_ASSERT_EQUAL(timers_next_ns(&timers), 230);
}

static void test_the_longest_due_comes_first(void)
{
	static struct timers timers;

	timers_set(&timers, "c", 300, 0);
	timers_set(&timers, "a", 100, 0);
	timers_set(&timers, "b", 200, 0);
	CU_ASSERT(timers_take_due(&timers, 1000, key));
	CU_ASSERT_STRING_EQUAL(key, "a");
	CU_ASSERT(timers_take_due(&timers, 1000, key));
	CU_ASSERT_STRING_EQUAL(key, "b");
	CU_ASSERT(timers_take_due(&timers, 1000, key));
	CU_ASSERT_STRING_EQUAL(key, "c");
}

static void test_a_replaced_timer_has_no_old_tick(void)
{
	static struct timers timers;

	timers_set(&timers, "a", 100, 50);
	timers_set(&timers, "a", 500, 0);
	CU_ASSERT_FALSE(timers_take_due(&timers, 400, key));
	CU_ASSERT(timers_take_due(&timers, 500, key));
	CU_ASSERT_FALSE(timers_take_due(&timers, 1000, key));
}

static void test_a_cancelled_timer_never_ticks(void)
{
	static struct timers timers;

	timers_set(&timers, "a", 100, 0);
	timers_set(&timers, "b", 200, 0);
	CU_ASSERT_EQUAL(timers_cancel(&timers, "a"), 0);
	CU_ASSERT_EQUAL(timers_cancel(&timers, "a"), -ENOENT);
	CU_ASSERT_EQUAL(timers_next_ns(&timers), 200);
	CU_ASSERT(timers_take_due(&timers, 1000, key));
	CU_ASSERT_STRING_EQUAL(key, "b");
}

static void test_keys_have_a_length(void)
{
	static struct timers timers;
	char longest[ACTOR_TYPE_MAX + 1] = { 0 };
	char longer[ACTOR_TYPE_MAX + 2] = { 0 };

	memset(longest, 'k', ACTOR_TYPE_MAX);
	memset(longer, 'k', ACTOR_TYPE_MAX + 1);
	CU_ASSERT_EQUAL(timers_set(&timers, "", 100, 0), -EINVAL);
	CU_ASSERT_EQUAL(timers_set(&timers, longer, 100, 0), -EINVAL);
	CU_ASSERT_EQUAL(timers_set(&timers, longest, 100, 0), 0);
	CU_ASSERT(timers_take_due(&timers, 100, key));
	CU_ASSERT_STRING_EQUAL(key, longest);
}

static void test_so_many_and_no_more_timers(void)
{
	static struct timers timers;
	char name[16];
	int i;

	for (i = 0; i < TIMERS_MAX; i++) {
		snprintf(name, sizeof(name), "timer-%d", i);
		CU_ASSERT_EQUAL(timers_set(&timers, name, 100, 0), 0);
	}
	CU_ASSERT_EQUAL(timers_set(&timers, "more", 100, 0), -ENOSPC);
	CU_ASSERT_EQUAL(timers_set(&timers, "timer-9", 50, 0), 0);
	CU_ASSERT_EQUAL(timers_next_ns(&timers), 50);
}

static void test_the_end_of_time_is_not_passed(void)
{
	static struct timers timers;

	timers_set(&timers, "a", 100, UINT64_MAX);
	CU_ASSERT(timers_take_due(&timers, 100, key));
	CU_ASSERT_EQUAL(timers_next_ns(&timers), UINT64_MAX);
	CU_ASSERT_FALSE(timers_take_due(&timers, UINT64_MAX - 1, key));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_single_timer_ticks_once),
	HARNESS_TEST(test_a_repeated_timer_ticks_an_interval_after_the_last),
	HARNESS_TEST(test_the_longest_due_comes_first),
	HARNESS_TEST(test_a_replaced_timer_has_no_old_tick),
	HARNESS_TEST(test_a_cancelled_timer_never_ticks),
	HARNESS_TEST(test_keys_have_a_length),
	HARNESS_TEST(test_so_many_and_no_more_timers),
	HARNESS_TEST(test_the_end_of_time_is_not_passed),
};
HARNESS_MAIN(tests)
