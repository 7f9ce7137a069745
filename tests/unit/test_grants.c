// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_grants.c - a number means something only with the edge it came by.
 */
#include "libactorproc/grants.h"
#include "tests/harness/harness.h"

static char path[] = "/test/friend";

static void test_a_number_is_its_senders_own(void)
{
	struct edge edge = { .key = 8, .peer = path };
	struct references references = { 0 };
	struct grants grants = { 0 };
	struct actor_reference *friend;

	friend = references_of(&references, &edge);
	CU_ASSERT_EQUAL(grants_put(&grants, 1, 77, GRANT_GRANTED, friend), 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(grants_find(&grants, 1, 77));
	CU_ASSERT(grants_find(&grants, 1, 77)->reference == friend);
	CU_ASSERT_PTR_NULL(grants_find(&grants, 2, 77));
	CU_ASSERT_PTR_NULL(grants_find(&grants, 1, 78));
	grants_deinit(&grants);
	references_deinit(&references);
}

static void test_a_claim_becomes_a_grant_or_a_refusal(void)
{
	struct edge edge = { .key = 8, .peer = path };
	struct references references = { 0 };
	struct grants grants = { 0 };
	struct actor_reference *friend;

	friend = references_of(&references, &edge);
	grants_put(&grants, 1, 77, GRANT_CLAIMED, NULL);
	CU_ASSERT_EQUAL(grants_find(&grants, 1, 77)->state, GRANT_CLAIMED);
	grants_put(&grants, 1, 77, GRANT_GRANTED, friend);
	CU_ASSERT_EQUAL(friend->count, 1);
	grants_put(&grants, 1, 77, GRANT_GRANTED, friend);
	CU_ASSERT_EQUAL(friend->count, 1);
	grants_put(&grants, 1, 77, GRANT_REFUSED, NULL);
	CU_ASSERT_EQUAL(friend->count, 0);
	grants_deinit(&grants);
	references_deinit(&references);
}

static void test_what_came_by_an_edge_ends_with_it(void)
{
	struct grants grants = { 0 };

	grants_put(&grants, 1, 77, GRANT_CLAIMED, NULL);
	grants_put(&grants, 2, 77, GRANT_CLAIMED, NULL);
	grants_put(&grants, 1, 78, GRANT_REFUSED, NULL);
	grants_forget_via(&grants, 1);
	CU_ASSERT_PTR_NULL(grants_find(&grants, 1, 77));
	CU_ASSERT_PTR_NULL(grants_find(&grants, 1, 78));
	CU_ASSERT_PTR_NOT_NULL(grants_find(&grants, 2, 77));
	grants_forget(NULL);
	grants_deinit(&grants);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_number_is_its_senders_own),
	HARNESS_TEST(test_a_claim_becomes_a_grant_or_a_refusal),
	HARNESS_TEST(test_what_came_by_an_edge_ends_with_it),
};
HARNESS_MAIN(tests)
