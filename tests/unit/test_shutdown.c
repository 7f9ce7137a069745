/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_shutdown.c - a tree stops in bounded time, and all get a just share.
 */
#include "supervisord/decide/shutdown.h"
#include "tests/harness/harness.h"

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)

static uint64_t sum_ns(struct shutdown_phases phases)
{
	return phases.ask_ns + phases.term_ns + phases.kill_ns;
}

static void test_an_unhurried_stop_takes_its_whole_timeout(void)
{
	struct spec_node node = { .exec = "a", .stop_timeout_ns = 5 * SECOND };
	struct shutdown_phases phases;

	phases = shutdown_phases(shutdown_actor_ns(&node),
				 SHUTDOWN_UNHURRIED_NS);
	CU_ASSERT_EQUAL(phases.ask_ns, 4 * SECOND);
	CU_ASSERT_EQUAL(phases.term_ns, SECOND);
	CU_ASSERT_EQUAL(phases.kill_ns, SHUTDOWN_KILL_NS);
}

static void test_a_short_timeout_kills_when_it_is_over(void)
{
	struct spec_node node = { .exec = "a", .stop_timeout_ns = 500 * MS };
	struct shutdown_phases phases;

	phases = shutdown_phases(shutdown_actor_ns(&node),
				 SHUTDOWN_UNHURRIED_NS);
	CU_ASSERT_EQUAL(phases.ask_ns + phases.term_ns, 500 * MS);
	CU_ASSERT_EQUAL(phases.term_ns, 125 * MS);
}

static void test_phases_never_take_more_than_the_share(void)
{
	static const uint64_t times[] = { 0,	  1,	      3,
					  MS,	  999 * MS,   SECOND,
					  7 * MS, 61 * SECOND, UINT64_MAX / 2 };
	size_t i, j;

	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		for (j = 0; j < sizeof(times) / sizeof(times[0]); j++) {
			uint64_t sum;

			sum = sum_ns(shutdown_phases(times[i], times[j]));
			CU_ASSERT(sum <= times[i]);
			CU_ASSERT(sum <= times[j]);
			CU_ASSERT(sum == times[i] || sum == times[j]);
		}
	}
}

static void test_all_get_their_due_when_there_is_enough(void)
{
	CU_ASSERT_EQUAL(shutdown_share_ns(60 * SECOND, 6 * SECOND, 60 * SECOND),
			6 * SECOND);
	CU_ASSERT_EQUAL(shutdown_share_ns(UINT64_MAX, 6 * SECOND, UINT64_MAX),
			6 * SECOND);
}

static void test_what_is_short_is_shared_by_need(void)
{
	/* 30 s for one that wants 20 and one that wants 40 */
	CU_ASSERT_EQUAL(shutdown_share_ns(30 * SECOND, 20 * SECOND,
					  60 * SECOND),
			10 * SECOND);
	CU_ASSERT_EQUAL(shutdown_share_ns(20 * SECOND, 40 * SECOND,
					  40 * SECOND),
			20 * SECOND);
	CU_ASSERT_EQUAL(shutdown_share_ns(0, SECOND, 2 * SECOND), 0);
}

/* all are deaf and use their whole share: the last must have some too */
static void test_a_hundred_deaf_children_end_within_the_total(void)
{
	uint64_t left = SPEC_SHUTDOWN_NS, all = 100 * 6 * SECOND, share, i;

	for (i = 0; i < 100; i++) {
		share = shutdown_share_ns(left, 6 * SECOND, all);
		CU_ASSERT(share >= 599 * MS);
		CU_ASSERT(share <= left);
		left -= share;
		all -= 6 * SECOND;
	}
}

/* children that end at once leave their time to the others */
static void test_unused_time_goes_to_the_others(void)
{
	uint64_t all = 100 * 6 * SECOND - 95 * 6 * SECOND;

	CU_ASSERT_EQUAL(shutdown_share_ns(SPEC_SHUTDOWN_NS, 6 * SECOND, all),
			6 * SECOND);
}

static void test_a_tree_may_take_what_its_parts_take(void)
{
	struct spec_node leaf = { .exec = "a", .stop_timeout_ns = 5 * SECOND };
	struct spec_node *leaves[] = { &leaf, &leaf };
	struct spec_node group = { .children = leaves, .n_children = 2,
				   .stop_timeout_ns = SPEC_INFINITY_NS };
	struct spec_node head = { .exec = "b", .children = leaves,
				  .n_children = 2,
				  .stop_timeout_ns = 3 * SECOND };
	struct shutdown_phases phases;

	CU_ASSERT_EQUAL(shutdown_tree_ns(&leaf), 6 * SECOND);
	CU_ASSERT_EQUAL(shutdown_tree_ns(&group), 14 * SECOND);
	CU_ASSERT_EQUAL(shutdown_tree_ns(&head), 18 * SECOND);
	/* what a supervisor is told is enough for what it holds */
	phases = shutdown_phases(shutdown_tree_ns(&head),
				 SHUTDOWN_UNHURRIED_NS);
	CU_ASSERT(phases.ask_ns >= 16 * SECOND);
}

static void test_a_supervisor_is_told_enough_for_its_tree(void)
{
	struct spec_node leaf = { .exec = "a" };
	struct spec_node *leaves[] = { &leaf };
	struct spec_node group = { .children = leaves, .n_children = 1,
				   .stop_timeout_ns = SPEC_INFINITY_NS };
	struct shutdown_phases phases;

	for (leaf.stop_timeout_ns = 0; leaf.stop_timeout_ns < 9 * SECOND;
	     leaf.stop_timeout_ns += 100 * MS) {
		phases = shutdown_phases(shutdown_tree_ns(&group),
					 SHUTDOWN_UNHURRIED_NS);
		CU_ASSERT(phases.ask_ns >= shutdown_actor_ns(&leaf));
	}
}

static void test_endless_timeouts_do_not_wrap(void)
{
	struct spec_node leaf = { .exec = "a", .stop_timeout_ns = UINT64_MAX };
	struct spec_node *leaves[] = { &leaf, &leaf };
	struct spec_node group = { .children = leaves, .n_children = 2,
				   .stop_timeout_ns = SPEC_INFINITY_NS };
	uint64_t share;

	CU_ASSERT_EQUAL(shutdown_tree_ns(&group), UINT64_MAX);
	share = shutdown_share_ns(SPEC_SHUTDOWN_NS, UINT64_MAX, UINT64_MAX);
	CU_ASSERT_EQUAL(share, SPEC_SHUTDOWN_NS);
	CU_ASSERT_EQUAL(sum_ns(shutdown_phases(UINT64_MAX, share)),
			SPEC_SHUTDOWN_NS);
}

static void test_a_supervisor_s_own_timeout_bounds_what_is_below(void)
{
	struct spec_node leaf = { .exec = "a", .stop_timeout_ns = 5 * SECOND };
	struct spec_node *leaves[] = { &leaf, &leaf };
	struct spec_node group = { .children = leaves, .n_children = 2,
				   .stop_timeout_ns = 3 * SECOND };
	struct spec_node *groups[] = { &group, &group };
	struct spec_node top = { .children = groups, .n_children = 2,
				 .stop_timeout_ns = SPEC_INFINITY_NS };

	CU_ASSERT_EQUAL(shutdown_tree_ns(&group), 4 * SECOND);
	CU_ASSERT_EQUAL(shutdown_tree_ns(&top), 10 * SECOND);
	/* what it needs is less than it may have */
	group.stop_timeout_ns = 3600 * SECOND;
	CU_ASSERT_EQUAL(shutdown_tree_ns(&group), 14 * SECOND);
}

/* OTP's brutal_kill */
static void test_a_timeout_of_zero_kills_without_asking(void)
{
	struct spec_node leaf = { .exec = "a" };
	struct spec_node *leaves[] = { &leaf };
	struct spec_node group = { .children = leaves, .n_children = 1 };
	struct shutdown_phases phases;

	phases = shutdown_phases(shutdown_actor_ns(&leaf),
				 SHUTDOWN_UNHURRIED_NS);
	CU_ASSERT(shutdown_kills(&phases));
	CU_ASSERT_EQUAL(phases.kill_ns, SHUTDOWN_KILL_NS);
	phases = shutdown_phases(shutdown_tree_ns(&group),
				 SHUTDOWN_UNHURRIED_NS);
	CU_ASSERT(shutdown_kills(&phases));

	leaf.stop_timeout_ns = MS;
	phases = shutdown_phases(shutdown_actor_ns(&leaf),
				 SHUTDOWN_UNHURRIED_NS);
	CU_ASSERT(!shutdown_kills(&phases));
	/* and so does a total that is over */
	phases = shutdown_phases(shutdown_actor_ns(&leaf), 0);
	CU_ASSERT(shutdown_kills(&phases));
}

static void test_who_dies_has_what_nobody_else_needs(void)
{
	CU_ASSERT_EQUAL(shutdown_dying_ns(SECOND, 3600 * SECOND),
			SHUTDOWN_DYING_NS);
	CU_ASSERT_EQUAL(shutdown_dying_ns(SECOND, 3 * SECOND), 3 * SECOND);
	CU_ASSERT_EQUAL(shutdown_dying_ns(SECOND, 0), SECOND);
	CU_ASSERT_EQUAL(shutdown_dying_ns(MS, 0), SHUTDOWN_REAP_NS);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_unhurried_stop_takes_its_whole_timeout),
	HARNESS_TEST(test_a_short_timeout_kills_when_it_is_over),
	HARNESS_TEST(test_phases_never_take_more_than_the_share),
	HARNESS_TEST(test_all_get_their_due_when_there_is_enough),
	HARNESS_TEST(test_what_is_short_is_shared_by_need),
	HARNESS_TEST(test_a_hundred_deaf_children_end_within_the_total),
	HARNESS_TEST(test_unused_time_goes_to_the_others),
	HARNESS_TEST(test_a_tree_may_take_what_its_parts_take),
	HARNESS_TEST(test_a_supervisor_is_told_enough_for_its_tree),
	HARNESS_TEST(test_endless_timeouts_do_not_wrap),
	HARNESS_TEST(test_a_supervisor_s_own_timeout_bounds_what_is_below),
	HARNESS_TEST(test_a_timeout_of_zero_kills_without_asking),
	HARNESS_TEST(test_who_dies_has_what_nobody_else_needs),
};
HARNESS_MAIN(tests)
