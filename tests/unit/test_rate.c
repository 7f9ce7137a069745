// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_rate.c - a second's worth at once, then so many a second.
 */
#include "libactorproc/rate.h"
#include "tests/harness/harness.h"

#define SECOND UINT64_C(1000000000)

static unsigned int spend_all(struct rate *rate)
{
	unsigned int n = 0;

	while (n < 100000 && rate_has(rate)) {
		rate_spend(rate);
		n++;
	}

	return n;
}

/* after a second's worth, how many come in the time given? */
static const struct {
	uint64_t per_second;
	uint64_t after_ns;
	unsigned int n;
} rows[] = {
	{ 10, 0, 0 },
	{ 10, SECOND / 10 - 1, 0 },
	{ 10, SECOND / 10, 1 },
	{ 10, SECOND / 2, 5 },
	{ 10, SECOND, 10 },
	{ 10, 100 * SECOND, 10 },
	{ 1, SECOND - 1, 0 },
	{ 1, SECOND, 1 },
	{ 3, SECOND / 3, 0 },
	{ 3, SECOND / 3 + 1, 1 },
	{ 7000, SECOND, 7000 },
	{ 7000, UINT64_MAX - 5, 7000 },
};

static void test_a_second_s_worth_then_so_many_a_second(void)
{
	struct rate rate;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rate_init(&rate, rows[i].per_second, 5);
		CU_ASSERT_EQUAL(spend_all(&rate), rows[i].per_second);
		rate_earn(&rate, 5 + rows[i].after_ns);
		rate_cap(&rate);
		CU_ASSERT_EQUAL(spend_all(&rate), rows[i].n);
	}
}

static void test_small_steps_lose_nothing(void)
{
	struct rate rate;
	unsigned int n = 0;
	uint64_t now_ns;

	rate_init(&rate, 7, 0);
	spend_all(&rate);
	for (now_ns = 0; now_ns <= 10 * SECOND; now_ns += 1234567) {
		rate_earn(&rate, now_ns);
		n += spend_all(&rate);
	}
	CU_ASSERT_EQUAL(n, 69);		/* the last step ends before 10 s */
}

static void test_what_is_not_capped_is_saved_up(void)
{
	struct rate rate;

	rate_init(&rate, 10, 0);
	rate_earn(&rate, 5 * SECOND);
	CU_ASSERT_EQUAL(spend_all(&rate), 60);
	rate_add(&rate, 4);
	CU_ASSERT_EQUAL(spend_all(&rate), 4);
}

static void test_the_largest_numbers_do_not_wrap(void)
{
	struct rate rate;

	rate_init(&rate, UINT64_C(2) * UINT32_MAX, 0);
	rate_earn(&rate, UINT64_MAX);
	rate_add(&rate, UINT64_MAX);
	CU_ASSERT(rate_has(&rate));
	CU_ASSERT_EQUAL(rate.tokens, UINT64_MAX);
	rate_cap(&rate);
	CU_ASSERT_EQUAL(rate.tokens, UINT64_C(2) * UINT32_MAX * SECOND);
}

static void test_a_clock_that_goes_back_earns_nothing(void)
{
	struct rate rate;

	rate_init(&rate, 1, 10 * SECOND);
	rate_empty(&rate);
	rate_earn(&rate, 5 * SECOND);
	rate_earn(&rate, 10 * SECOND);
	CU_ASSERT_FALSE(rate_has(&rate));
}

static void test_it_says_when_there_will_be_one(void)
{
	struct rate rate;

	rate_init(&rate, 3, 0);
	CU_ASSERT_EQUAL(rate_ready_ns(&rate), 0);
	spend_all(&rate);
	CU_ASSERT_EQUAL(rate_ready_ns(&rate), SECOND / 3 + 1);
	rate_earn(&rate, rate_ready_ns(&rate));
	CU_ASSERT(rate_has(&rate));
}

static void test_no_rate_is_no_limit(void)
{
	struct rate rate = { 0 };

	CU_ASSERT(rate_has(&rate));
	CU_ASSERT_EQUAL(spend_all(&rate), 100000);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_second_s_worth_then_so_many_a_second),
	HARNESS_TEST(test_small_steps_lose_nothing),
	HARNESS_TEST(test_what_is_not_capped_is_saved_up),
	HARNESS_TEST(test_the_largest_numbers_do_not_wrap),
	HARNESS_TEST(test_a_clock_that_goes_back_earns_nothing),
	HARNESS_TEST(test_it_says_when_there_will_be_one),
	HARNESS_TEST(test_no_rate_is_no_limit),
};
HARNESS_MAIN(tests)
