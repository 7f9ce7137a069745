/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_standby.c - when there is a process that stands by, and how many filters
 * that makes.
 */
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/standby.h"
#include "tests/harness/harness.h"

#define MS UINT64_C(1000000)

static void test_every_state_says_what_is_done_about_it(void)
{
	for (int state = 0; state < N_CHILD_STATES; state++) {
		CU_ASSERT_NOT_EQUAL(standby_of(state, false),
				    STANDBY_FORGOTTEN);
		CU_ASSERT_NOT_EQUAL(standby_of(state, true),
				    STANDBY_FORGOTTEN);
	}
}

/* never more than one start at a time, and none for who is not served */
static void test_one_is_made_only_behind_who_runs(void)
{
	for (int state = 0; state < N_CHILD_STATES; state++)
		CU_ASSERT_EQUAL(standby_of(state, true) == STANDBY_MAKE,
				state == CHILD_RUNNING);
}

static void test_it_stays_from_the_failure_to_the_next_process(void)
{
	static const enum child_state way[] = {
		CHILD_RUNNING, CHILD_SUSPENDED, CHILD_FAILING, CHILD_WAITING,
		CHILD_STARTING,
	};

	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++)
		CU_ASSERT_NOT_EQUAL(standby_of(way[i], false), STANDBY_END);
}

static void test_a_stop_keeps_it_only_when_another_process_follows(void)
{
	static const enum child_state way[] = {
		CHILD_STOPPING, CHILD_TERMINATING, CHILD_KILLING,
	};

	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		CU_ASSERT_EQUAL(standby_of(way[i], false), STANDBY_END);
		CU_ASSERT_EQUAL(standby_of(way[i], true), STANDBY_KEEP);
	}
	CU_ASSERT_EQUAL(standby_of(CHILD_STOPPED, true), STANDBY_END);
	CU_ASSERT_EQUAL(standby_of(CHILD_PAUSED, true), STANDBY_END);
	CU_ASSERT_EQUAL(standby_of(CHILD_IDLE, true), STANDBY_END);
	CU_ASSERT_EQUAL(standby_of(CHILD_UNKILLABLE, true), STANDBY_END);
}

static void test_those_that_are_lost_come_back_later_each_time(void)
{
	uint64_t before_ns = 0;

	CU_ASSERT_EQUAL(standby_delay_ns(0), 50 * MS);
	CU_ASSERT_EQUAL(standby_delay_ns(1), 100 * MS);
	for (unsigned int n = 0; n < 100; n++) {
		CU_ASSERT(standby_delay_ns(n) >= before_ns);
		before_ns = standby_delay_ns(n);
	}
	CU_ASSERT_EQUAL(standby_delay_ns(100), 30000 * MS);
	CU_ASSERT_EQUAL(standby_delay_ns(UINT32_MAX), 30000 * MS);
}

static void test_only_what_ends_before_long_counts_in_a_row(void)
{
	CU_ASSERT_FALSE(standby_lasted(0));
	CU_ASSERT_FALSE(standby_lasted(30000 * MS - 1));
	CU_ASSERT(standby_lasted(30000 * MS));
}

static void test_who_stands_by_has_a_filter_too(void)
{
	static char exec[] = "x";
	struct spec_node actor = { .exec = exec };
	struct spec_node spared = { .exec = exec, .standby = 1 };
	struct spec_node *children[] = { &actor, &spared };
	struct spec_node top = { .children = children, .n_children = 2 };

	CU_ASSERT_EQUAL(ceiling_filters(&top), 3);
	CU_ASSERT_EQUAL(ceiling_filters(&spared), 2);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_every_state_says_what_is_done_about_it),
	HARNESS_TEST(test_one_is_made_only_behind_who_runs),
	HARNESS_TEST(test_it_stays_from_the_failure_to_the_next_process),
	HARNESS_TEST(test_a_stop_keeps_it_only_when_another_process_follows),
	HARNESS_TEST(test_those_that_are_lost_come_back_later_each_time),
	HARNESS_TEST(test_only_what_ends_before_long_counts_in_a_row),
	HARNESS_TEST(test_who_stands_by_has_a_filter_too),
};
HARNESS_MAIN(tests)
