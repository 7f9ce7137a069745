/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_retry.c - how long a failed download waits.
 */
#include <stdint.h>

#include "actors/vpn/retry.h"
#include "tests/harness/harness.h"

static void test_retries_are_spread_below_their_limit(void)
{
	static const struct {
		unsigned int n_failures;
		uint64_t limit_s;
	} rows[] = {
		{ 0, 16 }, { 1, 16 }, { 2, 128 }, { 3, 1024 }, { 4, 7200 },
		{ 5, 7200 }, { 4000000000u, 7200 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t limit_ns = rows[i].limit_s * 1000000000;
		unsigned int n = rows[i].n_failures;

		CU_ASSERT_EQUAL(retry_delay_ns(n, 0, 1), 1);
		CU_ASSERT_EQUAL(retry_delay_ns(n, UINT32_C(1) << 31, 1),
				limit_ns / 2 + 1);
		CU_ASSERT(retry_delay_ns(n, UINT32_MAX, 1) <= limit_ns);
		CU_ASSERT(retry_delay_ns(n, UINT32_MAX, 3600) <=
			  limit_ns / 3600);
		CU_ASSERT_EQUAL(retry_delay_ns(n, 9, 0),
				retry_delay_ns(n, 9, 1));
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_retries_are_spread_below_their_limit),
};
HARNESS_MAIN(tests)
