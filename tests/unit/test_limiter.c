/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_limiter.c - ten records, then a summary with the exact count. */
#include <stdio.h>
#include <string.h>

#include "actors/system/dead-letters/limiter.h"
#include "tests/harness/harness.h"

#define SECOND UINT64_C(1000000000)
#define PERIOD (300 * SECOND)

static const struct limiter_key key = {
	.path = "/vpn/relays", .type = "fetch", .reason = "terminated",
	.sender = "/vpn/api",
};

static unsigned int take(struct limiter *limiter,
			 const struct limiter_key *which, unsigned int n,
			 uint64_t now_ns)
{
	unsigned int n_passed = 0;

	for (unsigned int i = 0; i < n; i++)
		n_passed += limiter_take(limiter, which, 10, 1, now_ns) ==
			    LIMITER_PASS;

	return n_passed;
}

static uint64_t summary(struct limiter *limiter, uint64_t now_ns)
{
	struct limiter_summary due;
	uint64_t count;

	if (!limiter_due(limiter, now_ns, &due))
		return 0;

	count = due.count;
	CU_ASSERT_STRING_EQUAL(due.key.path, key.path);
	CU_ASSERT_STRING_EQUAL(due.key.type, key.type);
	CU_ASSERT_STRING_EQUAL(due.key.reason, key.reason);
	CU_ASSERT_STRING_EQUAL(due.key.sender, key.sender);
	limiter_summary_clear(&due);
	return count;
}

static void test_of_a_thousand_ten_pass_and_the_rest_is_summed_up(void)
{
	struct limiter *limiter = limiter_new(PERIOD);

	CU_ASSERT_EQUAL(take(limiter, &key, 1000, SECOND), 10);
	CU_ASSERT_EQUAL(limiter_next_ns(limiter), SECOND + PERIOD);
	CU_ASSERT_EQUAL(summary(limiter, SECOND + PERIOD - 1), 0);
	CU_ASSERT_EQUAL(summary(limiter, SECOND + PERIOD), 990);
	CU_ASSERT_EQUAL(summary(limiter, SECOND + PERIOD), 0);
	CU_ASSERT_EQUAL(limiter_next_ns(limiter), UINT64_MAX);
	limiter_free(limiter);
}

static void test_while_it_goes_on_there_is_one_summary_a_period(void)
{
	struct limiter *limiter = limiter_new(PERIOD);

	take(limiter, &key, 20, 0);
	for (uint64_t n = 1; n < 5; n++) {
		CU_ASSERT_EQUAL(summary(limiter, n * PERIOD),
				n == 1 ? 10 : 7);
		CU_ASSERT_EQUAL(take(limiter, &key, 7, n * PERIOD + SECOND),
				0);
	}
	limiter_free(limiter);
}

static void test_a_quiet_period_is_forgiven(void)
{
	struct limiter *limiter = limiter_new(PERIOD);

	take(limiter, &key, 20, 0);
	CU_ASSERT_EQUAL(summary(limiter, PERIOD), 10);
	CU_ASSERT_EQUAL(take(limiter, &key, 20, 2 * PERIOD), 10);
	limiter_free(limiter);
}

static void test_one_an_hour_is_never_held_back(void)
{
	struct limiter *limiter = limiter_new(PERIOD);

	for (uint64_t hour = 0; hour < 48; hour++)
		CU_ASSERT_EQUAL(take(limiter, &key, 1, hour * 3600 * SECOND),
				1);
	limiter_free(limiter);
}

static void test_another_path_type_reason_or_sender_is_counted_apart(void)
{
	static const struct limiter_key others[] = {
		{ "/vpn/relay", "sfetch", "terminated", "/vpn/api" },
		{ "/vpn/relays", "fetched", "terminated", "/vpn/api" },
		{ "/vpn/relays", "fetch", "crashed", "/vpn/api" },
		{ "/vpn/relays", "fetch", "terminated", "/vpn/ap" },
		{ "/vpn/relays", "fetch", "terminated", "" },
	};
	struct limiter *limiter = limiter_new(PERIOD);

	take(limiter, &key, 100, 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		CU_ASSERT_EQUAL(take(limiter, &others[i], 11, 0), 10);
	limiter_free(limiter);
}

static void test_a_burst_of_none_leaves_only_the_summary(void)
{
	struct limiter *limiter = limiter_new(PERIOD);

	for (int i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(limiter_take(limiter, &key, 0, 3, 0),
				LIMITER_HOLD);
	CU_ASSERT_EQUAL(summary(limiter, UINT64_MAX), 15);
	limiter_free(limiter);
}

static void test_nothing_held_back_is_lost_when_the_table_is_full(void)
{
	struct limiter *limiter = limiter_new(PERIOD);
	struct limiter_summary due;
	uint64_t n_held = 0;
	char path[32];

	for (unsigned int i = 0; i < 3 * LIMITER_ENTRIES_MAX; i++) {
		struct limiter_key one = {
			.path = path, .type = "t", .reason = "r",
			.sender = "",
		};

		snprintf(path, sizeof(path), "/flood/%u", i);
		for (int j = 0; j < 12; j++)
			if (limiter_take(limiter, &one, 10, 1, i) ==
			    LIMITER_HOLD)
				n_held++;
		while (limiter_due(limiter, i, &due)) {
			n_held -= due.count;
			limiter_summary_clear(&due);
		}
	}
	while (limiter_due(limiter, UINT64_MAX, &due)) {
		n_held -= due.count;
		limiter_summary_clear(&due);
	}

	CU_ASSERT_EQUAL(n_held, 0);
	limiter_free(limiter);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_of_a_thousand_ten_pass_and_the_rest_is_summed_up),
	HARNESS_TEST(test_while_it_goes_on_there_is_one_summary_a_period),
	HARNESS_TEST(test_a_quiet_period_is_forgiven),
	HARNESS_TEST(test_one_an_hour_is_never_held_back),
	HARNESS_TEST(test_another_path_type_reason_or_sender_is_counted_apart),
	HARNESS_TEST(test_a_burst_of_none_leaves_only_the_summary),
	HARNESS_TEST(test_nothing_held_back_is_lost_when_the_table_is_full),
};
HARNESS_MAIN(tests)
