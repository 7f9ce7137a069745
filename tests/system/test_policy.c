/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_policy.c - what a file may say about restarts, starts and ends beyond
 * the plain case, with real processes.
 *
 * What is decided is the tables' in tests/unit, and what `check` refuses is
 * test_config.c's.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/story.h"

static void crash(struct tree *tree, const char *path, unsigned int generation)
{
	story_tell(tree, path, "crash", NULL);
	CU_ASSERT(story_await_generation(tree, path, generation));
}

/* what `check` says of it, on standard output, has that */
static void expect_check(struct tree *tree, const char *text)
{
	struct tree_result result;

	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "check", tree->config,
				      NULL), 0);
	if (!strstr(result.out, text))
		harness_note("no \"%s\" in:\n%s", text, result.out);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, text));
	tree_result_clear(&result);
}

/* ---- intensity ---------------------------------------------------------- */

static const char counted_alone[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - name: g\n"
	"    intensity: { restarts: 2, period: 1min, scope: child }\n"
	"    children:\n"
	"      - { name: a, " STORY_ACTOR " }\n"
	"      - { name: b, " STORY_ACTOR " }\n";

static void test_with_scope_child_each_has_a_window_of_its_own(void)
{
	struct tree tree;
	pid_t supervisor;

	tree_start(&tree, counted_alone);
	expect_check(&tree, "2 in 1min for each child");
	supervisor = story_pid(&tree, "g");
	crash(&tree, "g/a", 1);
	crash(&tree, "g/b", 1);
	crash(&tree, "g/a", 2);
	crash(&tree, "g/b", 2);
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), supervisor);
	CU_ASSERT(tree_wait_for(&tree, "2/2 in 1min 0s each", "tree", NULL));

	/* the third of one child is one too many */
	story_tell(&tree, "g/b", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "g", 1));
	CU_ASSERT(story_await_generation(&tree, "g/b", 3));
	CU_ASSERT(story_is(&tree, "g", "cause", "escalated"));
	tree_stop(&tree);
}

static void test_with_scope_child_a_new_life_is_not_charged(void)
{
	struct tree tree;
	pid_t supervisor;

	tree_start(&tree, counted_alone);
	supervisor = story_pid(&tree, "g");
	for (unsigned int i = 0; i < 2; i++) {
		crash(&tree, "g/a", 1);
		crash(&tree, "g/a", 2);
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/a"), 0);
		CU_ASSERT_EQUAL(story_act(&tree, "start", "g/a"), 0);
	}
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), supervisor);
	tree_stop(&tree);
}

static void test_starts_by_hand_are_not_counted(void)
{
	struct tree tree;
	pid_t supervisor;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - name: g\n"
		"    intensity: 3 in 1min\n"
		"    children:\n"
		"      - { name: a, " STORY_ACTOR ",\n"
		"          backoff: { min: 1min, max: 1min } }\n");
	supervisor = story_pid(&tree, "g");
	for (int i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/a"), 0);
		CU_ASSERT_EQUAL(story_act(&tree, "start", "g/a"), 0);
		CU_ASSERT_EQUAL(story_act(&tree, "restart", "g/a"), 0);
	}
	/* of a restart that waits: the failure has been counted, the start is
	 * not counted again */
	crash(&tree, "g/a", 2);
	story_tell(&tree, "g/a", "crash", NULL);
	CU_ASSERT(story_await(&tree, "g/a", "state", "backing-off"));
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g/a"), 0);
	CU_ASSERT(tree_wait_for(&tree, "2/3 in 1min", "tree", NULL));
	CU_ASSERT_EQUAL(story_pid(&tree, "g"), supervisor);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_with_scope_child_each_has_a_window_of_its_own),
	HARNESS_TEST(test_with_scope_child_a_new_life_is_not_charged),
	HARNESS_TEST(test_starts_by_hand_are_not_counted),
};
HARNESS_MAIN(tests)
