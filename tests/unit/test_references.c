// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_references.c - names keep their pointer, received ones are counted.
 */
#include <errno.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/references.h"
#include "tests/harness/harness.h"

static char path[] = "/test/api";

static void test_a_name_keeps_its_pointer_through_a_new_life(void)
{
	struct edge old = { .key = 8, .peer = path };
	struct edge new = { .key = 10, .peer = path };
	struct references references = { 0 };
	struct actor_reference *api;

	CU_ASSERT_EQUAL(references_declare(&references, "api", path, &old), 0);
	api = references_find(&references, "api");
	CU_ASSERT_PTR_NOT_NULL_FATAL(api);
	CU_ASSERT_EQUAL(references_declare(&references, "api", path, &new), 0);
	CU_ASSERT(references_find(&references, "api") == api);
	CU_ASSERT(api->edge == &new);

	/* the end of the old life is not the end of the new one */
	references_over(&references, &old, "terminated");
	CU_ASSERT_FALSE(reference_is_over(api));
	references_over(&references, &new, "exit:0");
	CU_ASSERT(reference_is_over(api));
	CU_ASSERT_STRING_EQUAL(reference_over_reason(api), "exit:0");
	CU_ASSERT(references_find(&references, "api") == api);
	references_deinit(&references);
}

static void test_a_declared_one_is_never_dropped(void)
{
	struct edge edge = { .key = 8, .peer = path };
	struct references references = { 0 };
	struct actor_reference *api;

	references_declare(&references, "api", path, &edge);
	api = references_find(&references, "api");
	references_over(&references, &edge, "terminated");
	actor_reference_drop(api);
	actor_reference_keep(api);
	actor_reference_drop(api);
	CU_ASSERT(references_find(&references, "api") == api);
	CU_ASSERT_STRING_EQUAL(actor_reference_path(api), path);
	references_deinit(&references);
}

static void test_a_received_one_is_the_same_for_the_same_edge(void)
{
	struct edge edge = { .key = 8, .peer = path };
	struct references references = { 0 };
	struct actor_reference *received;

	received = references_of(&references, &edge);
	CU_ASSERT_PTR_NOT_NULL_FATAL(received);
	CU_ASSERT(references_of(&references, &edge) == received);
	CU_ASSERT_PTR_NULL(references_find(&references, "api"));
	references_deinit(&references);
}

static void test_a_kept_one_outlives_its_edge_and_a_dropped_one_does_not(void)
{
	struct edge edge = { .key = 8, .peer = path };
	struct references references = { 0 };
	struct actor_reference *received;

	received = references_of(&references, &edge);
	actor_reference_keep(received);
	references_over(&references, &edge, "terminated");
	CU_ASSERT(reference_is_over(received));
	CU_ASSERT_STRING_EQUAL(actor_reference_path(received), path);
	actor_reference_drop(received);
	CU_ASSERT(LIST_EMPTY(&references.list));
	actor_reference_drop(NULL);
	references_deinit(&references);
}

static void test_one_whose_life_was_over_before_is_declared_too(void)
{
	struct references references = { 0 };
	struct actor_reference *api;

	CU_ASSERT_EQUAL(references_declare(&references, "api", path, NULL), 0);
	api = references_find(&references, "api");
	CU_ASSERT_PTR_NOT_NULL_FATAL(api);
	CU_ASSERT(reference_is_over(api));
	CU_ASSERT_STRING_EQUAL(reference_over_reason(api), "terminated");
	references_deinit(&references);
}

static void test_the_same_limits_are_the_same_reference(void)
{
	const struct actor_limits slow = { .rate = 5 }, small = { .bytes = 9 };
	struct edge edge = { .key = 8, .peer = path, .peer_life = 7 };
	struct references references = { 0 };
	struct actor_reference *all, *one, *two, *three;

	all = references_of(&references, &edge);
	CU_ASSERT_EQUAL(references_limited(&references, all, &slow, 0, &one),
			0);
	CU_ASSERT_EQUAL(references_limited(&references, all, &slow, 0, &two),
			0);
	CU_ASSERT_EQUAL(references_limited(&references, all, &small, 0,
					   &three), 0);
	CU_ASSERT_PTR_EQUAL(one, two);
	CU_ASSERT_PTR_NOT_EQUAL(one, three);
	CU_ASSERT_EQUAL(all->number, 4);
	CU_ASSERT_NOT_EQUAL(one->number, all->number);
	CU_ASSERT_PTR_EQUAL(references_of(&references, &edge), all);
	CU_ASSERT(actor_reference_equal(one, all));

	/* it goes when nobody counts it; with its edge it is over */
	actor_reference_drop(three);
	actor_reference_drop(one);
	CU_ASSERT_FALSE(reference_is_over(two));
	references_over(&references, &edge, "revoked");
	CU_ASSERT(reference_is_over(two));
	CU_ASSERT_STRING_EQUAL(reference_over_reason(two), "revoked");
	CU_ASSERT_EQUAL(actor_reference_life(two), 7);
	actor_reference_drop(two);
	CU_ASSERT(LIST_EMPTY(&references.list));
}

static void test_too_many_limits_are_refused(void)
{
	struct edge edge = { .key = 8, .peer = path };
	struct references references = { 0 };
	struct actor_reference *all, *made;
	struct actor_limits limits = { 0 };

	all = references_of(&references, &edge);
	while (limits.rate++ < ACTOR_LIMITED_MAX)
		CU_ASSERT_EQUAL(references_limited(&references, all, &limits,
						   0, &made), 0);
	CU_ASSERT_EQUAL(references_limited(&references, all, &limits, 0,
					   &made), -ENOSPC);
	references_deinit(&references);
}

static const struct {
	const char *path;
	uint64_t key, life;
} whom[] = {
	{ "/test/api", 8, 7 },
	{ "/test/api", 10, 7 },		/* another edge to the same life */
	{ "/test/api", 8, 9 },
	{ "/test/other", 8, 7 },
	{ "/test/api", 8, 0 },
	{ "/test/api", 10, 0 },
};

static void test_equal_is_the_same_life(void)
{
	struct actor_reference a, b;
	size_t i, k;

	for (i = 0; i < sizeof(whom) / sizeof(whom[0]); i++) {
		for (k = 0; k < sizeof(whom) / sizeof(whom[0]); k++) {
			a = (struct actor_reference){
				.path = (char *)whom[i].path,
				.key = whom[i].key,
				.life = whom[i].life,
			};
			b = (struct actor_reference){
				.path = (char *)whom[k].path,
				.key = whom[k].key,
				.life = whom[k].life,
			};
			CU_ASSERT_EQUAL(actor_reference_equal(&a, &b),
					i == k || i + k == 1);
		}
	}
	CU_ASSERT_FALSE(actor_reference_equal(NULL, NULL));
	CU_ASSERT_FALSE(actor_reference_equal(&a, NULL));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_name_keeps_its_pointer_through_a_new_life),
	HARNESS_TEST(test_a_declared_one_is_never_dropped),
	HARNESS_TEST(test_a_received_one_is_the_same_for_the_same_edge),
	HARNESS_TEST(
		test_a_kept_one_outlives_its_edge_and_a_dropped_one_does_not),
	HARNESS_TEST(test_the_same_limits_are_the_same_reference),
	HARNESS_TEST(test_too_many_limits_are_refused),
	HARNESS_TEST(test_equal_is_the_same_life),
	HARNESS_TEST(test_one_whose_life_was_over_before_is_declared_too),
};
HARNESS_MAIN(tests)
