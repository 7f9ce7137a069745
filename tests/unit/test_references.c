// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_references.c - names keep their pointer, received ones are counted.
 */
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

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_name_keeps_its_pointer_through_a_new_life),
	HARNESS_TEST(test_a_declared_one_is_never_dropped),
	HARNESS_TEST(test_a_received_one_is_the_same_for_the_same_edge),
	HARNESS_TEST(
		test_a_kept_one_outlives_its_edge_and_a_dropped_one_does_not),
	HARNESS_TEST(test_one_whose_life_was_over_before_is_declared_too),
};
HARNESS_MAIN(tests)
