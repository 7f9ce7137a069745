/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_backoff.c - delays grow to a maximum, with jitter, and are forgotten.
 */
#include <limits.h>

#include "supervisord/decide/backoff.h"
#include "tests/harness/harness.h"

#define MS UINT64_C(1000000)

static const struct spec_backoff usual = {
	.set = true,
	.min_ns = 100 * MS,
	.factor = 2,
	.max_ns = 1000 * MS,
	.stable_after_ns = 1000 * MS,
};

static void test_ceilings_double_up_to_the_maximum(void)
{
	static const uint64_t ceilings_ms[] = { 100,  200,  400,
						800,  1000, 1000 };
	unsigned int n;

	for (n = 0; n < 6; n++)
		CU_ASSERT_EQUAL(backoff_ceiling_ns(&usual, n),
				ceilings_ms[n] * MS);
	CU_ASSERT_EQUAL(backoff_ceiling_ns(&usual, UINT_MAX), 1000 * MS);
}

static void test_odd_specs_have_ceilings_too(void)
{
	static const struct {
		struct spec_backoff spec;
		unsigned int n;
		uint64_t ceiling_ns;
	} rows[] = {
		{ { .min_ns = 5, .factor = 1, .max_ns = 9 }, UINT_MAX, 5 },
		{ { .min_ns = 5, .factor = 0, .max_ns = 9 }, 7, 5 },
		{ { .min_ns = 0, .factor = 2, .max_ns = 9 }, 900, 0 },
		{ { .min_ns = 9, .factor = 2, .max_ns = 5 }, 0, 5 },
		{ { .min_ns = 1, .factor = 1e300, .max_ns = UINT64_MAX },
		  9, UINT64_MAX },
		{ { .min_ns = 4, .factor = 1.5, .max_ns = 100 }, 2, 9 },
		{ { .min_ns = 1, .factor = 2, .max_ns = UINT64_MAX },
		  63, UINT64_C(1) << 63 },
		{ { .min_ns = 1, .factor = 2, .max_ns = UINT64_MAX },
		  64, UINT64_MAX },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(backoff_ceiling_ns(&rows[i].spec, rows[i].n),
				rows[i].ceiling_ns);
}

static void test_the_first_restart_is_at_once_and_eight_stay_below(void)
{
	static const uint64_t ceilings_ms[] = { 0,   100, 200,  400,
						800, 1000, 1000, 1000 };
	static const uint64_t randoms[] = { 0, 1, 99999999, UINT64_MAX,
					    UINT64_C(0x123456789abcdef) };
	unsigned int i, n;
	uint64_t delay;

	for (i = 0; i < sizeof(randoms) / sizeof(randoms[0]); i++) {
		struct backoff backoff = {};

		for (n = 0; n < 8; n++) {
			delay = backoff_next_ns(&backoff, &usual, 0,
						randoms[i]);
			CU_ASSERT(delay <= ceilings_ms[n] * MS);
			CU_ASSERT_EQUAL(delay > 0, n > 0);
		}
	}
}

static void test_the_jitter_reaches_both_ends(void)
{
	struct backoff lowest = { .n_restarts = 1 };
	struct backoff highest = { .n_restarts = 1 };

	CU_ASSERT_EQUAL(backoff_next_ns(&lowest, &usual, 0, 0), 1);
	CU_ASSERT_EQUAL(backoff_next_ns(&highest, &usual, 0, 100 * MS - 1),
			100 * MS);
}

static uint64_t scramble(uint64_t x)
{
	x ^= x >> 33;
	x *= UINT64_C(0xff51afd7ed558ccd);
	x ^= x >> 33;
	x *= UINT64_C(0xc4ceb9fe1a85ec53);
	return x ^ x >> 33;
}

static void test_twenty_that_fail_together_come_back_apart(void)
{
	uint64_t delay, lowest = UINT64_MAX, highest = 0, i;

	for (i = 1; i <= 20; i++) {
		struct backoff backoff = { .n_restarts = 1 };

		delay = backoff_next_ns(&backoff, &usual, 0, scramble(i));
		lowest = delay < lowest ? delay : lowest;
		highest = delay > highest ? delay : highest;
	}
	CU_ASSERT(highest - lowest > 10 * MS);
}

static void test_it_is_forgotten_after_a_stable_while(void)
{
	struct backoff backoff = { .n_restarts = 5 };

	CU_ASSERT(backoff_next_ns(&backoff, &usual, 1000 * MS - 1, 3) > 0);
	CU_ASSERT_EQUAL(backoff.n_restarts, 6);
	CU_ASSERT_EQUAL(backoff_next_ns(&backoff, &usual, 1000 * MS, 3), 0);
	CU_ASSERT_EQUAL(backoff.n_restarts, 1);
}

static void test_what_never_ran_was_never_stable(void)
{
	struct spec_backoff spec = usual;
	struct backoff backoff = { .n_restarts = 2 };

	spec.stable_after_ns = 0;
	CU_ASSERT(backoff_next_ns(&backoff, &spec, 0, 3) > 0);
}

static void test_without_a_backoff_every_restart_is_at_once(void)
{
	struct spec_backoff spec = usual;
	struct backoff backoff = {};
	unsigned int i;

	spec.set = false;
	for (i = 0; i < 4; i++)
		CU_ASSERT_EQUAL(backoff_next_ns(&backoff, &spec, 0, 77), 0);
}

static void test_the_count_of_restarts_does_not_wrap(void)
{
	struct backoff backoff = { .n_restarts = UINT_MAX };

	CU_ASSERT(backoff_next_ns(&backoff, &usual, 0, 5) > 0);
	CU_ASSERT_EQUAL(backoff.n_restarts, UINT_MAX);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_ceilings_double_up_to_the_maximum),
	HARNESS_TEST(test_odd_specs_have_ceilings_too),
	HARNESS_TEST(test_the_first_restart_is_at_once_and_eight_stay_below),
	HARNESS_TEST(test_the_jitter_reaches_both_ends),
	HARNESS_TEST(test_twenty_that_fail_together_come_back_apart),
	HARNESS_TEST(test_it_is_forgotten_after_a_stable_while),
	HARNESS_TEST(test_what_never_ran_was_never_stable),
	HARNESS_TEST(test_without_a_backoff_every_restart_is_at_once),
	HARNESS_TEST(test_the_count_of_restarts_does_not_wrap),
};
HARNESS_MAIN(tests)
