// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_gate.c - what may pass at the holder's end and at the target's.
 */
#include "libactorproc/gate.h"
#include "tests/harness/harness.h"

#define SECOND UINT64_C(1000000000)

static const struct actor_limits slow = { .rate = 10 };
static const struct actor_limits small = { .bytes = 100 };

static unsigned int arrive(struct gate *gate, unsigned int n, uint64_t now_ns)
{
	unsigned int passed = 0;

	while (n-- > 0)
		passed += gate_arrived(gate, 1, now_ns) == GATE_OPEN;

	return passed;
}

static void test_a_zeroed_gate_is_open(void)
{
	struct gate gate = { 0 };

	CU_ASSERT_FALSE(gate_limits(&gate));
	CU_ASSERT_EQUAL(gate_ask(&gate, SIZE_MAX, 0), GATE_OPEN);
	CU_ASSERT_EQUAL(gate_arrived(&gate, SIZE_MAX, 0), GATE_OPEN);
}

static void test_a_size_is_limited_at_both_ends(void)
{
	struct gate gate = { 0 };

	gate_set(&gate, &small, 1, 0);
	CU_ASSERT(gate_limits(&gate));
	CU_ASSERT_EQUAL(gate_ask(&gate, 100, 0), GATE_OPEN);
	CU_ASSERT_EQUAL(gate_ask(&gate, 101, 0), GATE_OVERSIZE);
	CU_ASSERT_EQUAL(gate_arrived(&gate, 100, 0), GATE_OPEN);
	CU_ASSERT_EQUAL(gate_arrived(&gate, 101, 0), GATE_OVERSIZE);
}

static void test_only_what_was_sent_counts(void)
{
	struct gate gate = { 0 };
	int i;

	gate_set(&gate, &slow, 1, 0);
	for (i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(gate_ask(&gate, 1, 0), GATE_OPEN);
	for (i = 0; i < 10; i++)
		gate_sent(&gate);
	CU_ASSERT_EQUAL(gate_ask(&gate, 1, 0), GATE_OVERFLOW);
	CU_ASSERT_EQUAL(gate_ask(&gate, 1, SECOND / 10), GATE_OPEN);
}

static void test_a_target_is_twice_as_patient(void)
{
	struct gate gate = { 0 };

	gate_set(&gate, &slow, 2, 0);
	CU_ASSERT_EQUAL(arrive(&gate, 100, 0), 20);
	gate_idle(&gate, 100 * SECOND);
	CU_ASSERT_EQUAL(arrive(&gate, 100, 100 * SECOND), 20);
}

/* ten seconds asleep: what waits was sent in that time */
static void test_who_reads_late_punishes_nobody(void)
{
	struct gate gate = { 0 };

	gate_set(&gate, &slow, 2, 0);
	CU_ASSERT_EQUAL(arrive(&gate, 110, 10 * SECOND), 110);
	/* and who floods while it sleeps gains twice, no more */
	CU_ASSERT_EQUAL(arrive(&gate, 1000, 10 * SECOND), 110);
}

static void test_the_same_rate_again_gives_nothing(void)
{
	struct actor_limits both = { .rate = 10, .bytes = 5 };
	struct gate gate = { 0 };

	gate_set(&gate, &slow, 1, 0);
	while (gate_ask(&gate, 1, 0) == GATE_OPEN)
		gate_sent(&gate);
	gate_set(&gate, &both, 1, 0);
	CU_ASSERT_EQUAL(gate_ask(&gate, 1, 0), GATE_OVERFLOW);
	CU_ASSERT_EQUAL(gate_ask(&gate, 6, 0), GATE_OVERSIZE);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_zeroed_gate_is_open),
	HARNESS_TEST(test_a_size_is_limited_at_both_ends),
	HARNESS_TEST(test_only_what_was_sent_counts),
	HARNESS_TEST(test_a_target_is_twice_as_patient),
	HARNESS_TEST(test_who_reads_late_punishes_nobody),
	HARNESS_TEST(test_the_same_rate_again_gives_nothing),
};
HARNESS_MAIN(tests)
