// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_withheld.c - what was taken back is not announced; what was granted
 * again is.
 */
#include "libactorproc/withheld.h"
#include "tests/harness/harness.h"

static void test_only_the_frames_before_it(void)
{
	struct withheld withheld = { 0 };

	CU_ASSERT_EQUAL(withheld_add(&withheld, 2, 77, 3), 0);
	CU_ASSERT(withheld_has(&withheld, 2, 77, 0));
	CU_ASSERT(withheld_has(&withheld, 2, 77, 2));
	CU_ASSERT_FALSE(withheld_has(&withheld, 2, 77, 3));
	CU_ASSERT_FALSE(withheld_has(&withheld, 2, 78, 0));
	CU_ASSERT_FALSE(withheld_has(&withheld, 4, 77, 0));
	/* and once more, later */
	CU_ASSERT_EQUAL(withheld_add(&withheld, 2, 77, 5), 0);
	CU_ASSERT(withheld_has(&withheld, 2, 77, 4));
	CU_ASSERT_EQUAL(withheld.n, 1);
	withheld_deinit(&withheld);
}

static void test_an_edge_with_nothing_left_is_forgotten(void)
{
	struct withheld withheld = { 0 };
	uint64_t i;

	for (i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(withheld_add(&withheld, i % 2, i, 1), 0);
	withheld_forget(&withheld, 0);
	CU_ASSERT_FALSE(withheld_has(&withheld, 0, 98, 0));
	CU_ASSERT(withheld_has(&withheld, 1, 99, 0));
	CU_ASSERT_EQUAL(withheld.n, 50);
	withheld_deinit(&withheld);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_only_the_frames_before_it),
	HARNESS_TEST(test_an_edge_with_nothing_left_is_forgotten),
};
HARNESS_MAIN(tests)
