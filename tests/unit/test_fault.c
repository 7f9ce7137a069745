/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_fault.c - the faults of the relay server.
 */
#include "actors/vpn/fault.h"
#include "tests/harness/harness.h"

static void test_a_fault_lasts_as_often_as_it_says(void)
{
	struct fault fault = { .mode = FAULT_HANG, .n_times = 2 };

	CU_ASSERT_EQUAL(fault_next(&fault), FAULT_HANG);
	CU_ASSERT_EQUAL(fault_next(&fault), FAULT_HANG);
	CU_ASSERT_EQUAL(fault_next(&fault), FAULT_NONE);

	fault = (struct fault){ .mode = FAULT_TRUNCATED };
	CU_ASSERT_EQUAL(fault_next(&fault), FAULT_TRUNCATED);
	CU_ASSERT_EQUAL(fault_next(&fault), FAULT_TRUNCATED);
}

static void test_faults_have_names(void)
{
	enum fault_mode mode;
	int i;

	for (i = FAULT_NONE; i <= FAULT_POISON; i++) {
		CU_ASSERT_EQUAL(fault_parse(&mode, fault_name(
					(enum fault_mode)i)), 0);
		CU_ASSERT_EQUAL((int)mode, i);
	}
	CU_ASSERT(fault_parse(&mode, "sulk") < 0);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_fault_lasts_as_often_as_it_says),
	HARNESS_TEST(test_faults_have_names),
};
HARNESS_MAIN(tests)
