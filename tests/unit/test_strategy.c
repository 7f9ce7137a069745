/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_strategy.c - the range a restart concerns, for every child of small
 * groups, against the words of the design.
 */
#include "supervisord/decide/strategy.h"
#include "tests/harness/harness.h"

static bool concerned(enum spec_strategy strategy, size_t failed, size_t i)
{
	switch (strategy) {
	case SPEC_ONE_FOR_ONE:
		return i == failed;
	case SPEC_ONE_FOR_ALL:
		return true;
	case SPEC_REST_FOR_ONE:
		return i >= failed;
	}
	return false;
}

static void check_span(enum spec_strategy strategy, size_t failed, size_t n)
{
	size_t first = 99, last = 99, i;

	strategy_span(strategy, failed, n, &first, &last);
	CU_ASSERT(first <= failed && failed <= last && last < n);
	for (i = 0; i < n; i++)
		CU_ASSERT_EQUAL(i >= first && i <= last,
				concerned(strategy, failed, i));
}

static void test_every_child_of_every_group_concerns_whom_it_should(void)
{
	size_t n, failed;

	for (n = 1; n <= 7; n++) {
		for (failed = 0; failed < n; failed++) {
			check_span(SPEC_ONE_FOR_ONE, failed, n);
			check_span(SPEC_ONE_FOR_ALL, failed, n);
			check_span(SPEC_REST_FOR_ONE, failed, n);
		}
	}
}

static void test_a_temporary_sibling_never_comes_back(void)
{
	struct spec_node child = { .restart = SPEC_TEMPORARY };

	CU_ASSERT_FALSE(strategy_comes_back(&child, false));
	child.restart = SPEC_TRANSIENT;
	CU_ASSERT_TRUE(strategy_comes_back(&child, false));
	child.restart = SPEC_PERMANENT;
	CU_ASSERT_TRUE(strategy_comes_back(&child, false));
	CU_ASSERT_TRUE(strategy_comes_back(&child, true));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_every_child_of_every_group_concerns_whom_it_should),
	HARNESS_TEST(test_a_temporary_sibling_never_comes_back),
};
HARNESS_MAIN(tests)
