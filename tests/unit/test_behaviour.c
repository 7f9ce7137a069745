// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_behaviour.c - the stack of behaviours.
 */
#include <errno.h>

#include "libactorproc/behaviour.h"
#include "tests/harness/harness.h"

static int first(struct actor *self, const struct actor_message *message)
{
	(void)self;
	(void)message;
	return 1;
}

static int second(struct actor *self, const struct actor_message *message)
{
	(void)self;
	(void)message;
	return 2;
}

static void test_it_begins_with_the_first(void)
{
	struct behaviour b;

	behaviour_init(&b, first);
	CU_ASSERT(behaviour_current(&b) == first);
	CU_ASSERT_EQUAL(behaviour_pop(&b), -ENOENT);
	CU_ASSERT(behaviour_current(&b) == first);
}

static void test_become_replaces_the_current_one(void)
{
	struct behaviour b;

	behaviour_init(&b, first);
	CU_ASSERT_EQUAL(behaviour_replace(&b, second), 0);
	CU_ASSERT(behaviour_current(&b) == second);
	CU_ASSERT_EQUAL(behaviour_pop(&b), -ENOENT);
}

static void test_pop_returns_to_the_one_below(void)
{
	struct behaviour b;

	behaviour_init(&b, first);
	CU_ASSERT_EQUAL(behaviour_push(&b, second), 0);
	CU_ASSERT(behaviour_current(&b) == second);
	CU_ASSERT_EQUAL(behaviour_pop(&b), 0);
	CU_ASSERT(behaviour_current(&b) == first);
}

static void test_it_is_no_deeper_than_it_says(void)
{
	struct behaviour b;
	size_t n = 1;

	behaviour_init(&b, first);
	while (behaviour_push(&b, second) == 0)
		n++;
	CU_ASSERT_EQUAL(n, ACTOR_BEHAVIOURS_MAX);
	CU_ASSERT_EQUAL(behaviour_push(&b, second), -ENOSPC);
	CU_ASSERT_EQUAL(behaviour_replace(&b, first), 0);
	CU_ASSERT(behaviour_current(&b) == first);
}

static void test_no_behaviour_is_none(void)
{
	struct behaviour b;

	behaviour_init(&b, first);
	CU_ASSERT_EQUAL(behaviour_replace(&b, NULL), -EINVAL);
	CU_ASSERT_EQUAL(behaviour_push(&b, NULL), -EINVAL);
	CU_ASSERT(behaviour_current(&b) == first);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_it_begins_with_the_first),
	HARNESS_TEST(test_become_replaces_the_current_one),
	HARNESS_TEST(test_pop_returns_to_the_one_below),
	HARNESS_TEST(test_it_is_no_deeper_than_it_says),
	HARNESS_TEST(test_no_behaviour_is_none),
};
HARNESS_MAIN(tests)
