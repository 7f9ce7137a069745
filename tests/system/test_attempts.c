/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_attempts.c - who asks for a start hears of its first failure, however long
 * it would be until the next one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/story.h"

#define SLOW "backoff: { min: 365d, max: 365d }"
#define REFUSED "start_failed:start:EACCES: its start hook failed: "

static const char config[] =
	"system: \"@SYSTEM@\"\nintensity: 9 in 1min\nchildren:\n"
	"  - { name: lazy, activation: on_message, " SLOW ", " STORY_ACTOR
	", args: [--fail-start, \"13\"] }\n"
	"  - { name: a, " SLOW ", " STORY_ACTOR
	", args: [--fail-restarts, \"13\"] }\n"
	"  - { name: crash, " SLOW ", " STORY_ACTOR
	", args: [--crash-pre-restart] }\n"
	"  - { name: last, restart: temporary, activation: on_message, "
	STORY_ACTOR ", args: [--fail-start, \"13\"] }\n"
	"  - name: n\n"
	"    " SLOW "\n"
	"    children:\n"
	"      - { name: x, " STORY_ACTOR
	", args: [--fail-restarts, \"13\"] }\n";

static void expect_failure(struct tree *tree, const char *verb,
			   const char *path, const char *cause,
			   const char *next)
{
	char full[STORY_PATH_BYTES];
	struct tree_result result;

	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, verb,
				      story_path(tree, path, full), NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, cause));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, next));
	tree_result_clear(&result);
}

static void test_one_that_is_idle_says_why_it_did_not_start(void)
{
	struct tree tree;

	tree_start(&tree, config);
	expect_failure(&tree, "start", "lazy", REFUSED,
		       "; it is idle until a message comes");
	CU_ASSERT(story_await(&tree, "lazy", "state", "idle"));
	expect_failure(&tree, "start", "lazy", REFUSED,
		       "; it is backing off for ");
	expect_failure(&tree, "restart", "lazy", REFUSED,
		       "; it is backing off for ");
	tree_stop(&tree);
}

static void test_one_that_backs_off_says_for_how_long(void)
{
	struct tree tree;

	tree_start(&tree, config);
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "a"), 0);
	CU_ASSERT(story_await(&tree, "a", "state", "backing-off"));
	expect_failure(&tree, "restart", "a", REFUSED,
		       "; it is backing off for ");
	expect_failure(&tree, "start", "a", REFUSED,
		       "; it is backing off for ");
	tree_stop(&tree);
}

static void test_one_that_ends_says_so(void)
{
	struct tree tree;

	tree_start(&tree, config);
	expect_failure(&tree, "start", "last", REFUSED, "; it is stopped");
	CU_ASSERT(story_await(&tree, "last", "state", "stopped"));
	tree_stop(&tree);
}

static void test_a_node_names_who_below_it_failed(void)
{
	struct tree tree;

	tree_start(&tree, config);
	expect_failure(&tree, "restart", "n", "/n/x: start_failed:start:EACCES",
		       "; it is started again");
	CU_ASSERT(story_await(&tree, "n", "state", "backing-off"));
	expect_failure(&tree, "start", "n", "/n/x: start_failed:start:EACCES",
		       "; it is backing off for ");
	tree_stop(&tree);
}

/* the next start is at once: it is what was asked for */
static void test_a_hook_that_fails_before_the_start_does_not_matter(void)
{
	struct tree tree;

	tree_start(&tree, config);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "crash"), 0);
	CU_ASSERT(story_await_generation(&tree, "crash", 1));
	tree_stop(&tree);
}

/* b stands behind a, in the group that a's failures stop */
static const char group[] =
	"system: \"@SYSTEM@\"\nintensity: 9 in 1min\nchildren:\n"
	"  - name: g\n"
	"    strategy: one_for_all\n"
	"    intensity: 9 in 1min\n"
	"    children:\n"
	"      - { name: a, " SLOW ", " STORY_ACTOR ", args: [--fail-restarts, \"13\"] }\n"
	"      - { name: b, " STORY_ACTOR " }\n";

static void test_one_that_waits_for_a_sibling_names_it(void)
{
	struct tree tree;

	tree_start(&tree, group);
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "g/a"), 0);
	CU_ASSERT(story_await(&tree, "g/a", "state", "backing-off"));
	CU_ASSERT(story_await(&tree, "g/b", "state", "starting"));
	expect_failure(&tree, "start", "g/b", "it waits for /",
		       "/g/a, which is backing off for ");
	expect_failure(&tree, "start", "g/b", REFUSED,
		       "/g/a, which is backing off for ");
	tree_stop(&tree);
}

static void test_one_that_was_stopped_waits_for_that_sibling_too(void)
{
	static const char *const strategies[] = {
		"one_for_all", "rest_for_one",
	};
	char text[1024];
	struct tree tree;

	for (size_t i = 0; i < 2; i++) {
		snprintf(text, sizeof(text),
			 "system: \"@SYSTEM@\"\nintensity: 9 in 1min\n"
			 "strategy: %s\nchildren:\n"
			 "  - { name: a, " SLOW ", " STORY_ACTOR
			 ", args: [--fail-restarts, \"13\"] }\n"
			 "  - { name: b, " STORY_ACTOR " }\n"
			 "  - { name: c, " STORY_ACTOR " }\n", strategies[i]);
		tree_start(&tree, text);
		CU_ASSERT_EQUAL(story_act(&tree, "kill", "a"), 0);
		CU_ASSERT(story_await(&tree, "a", "state", "backing-off"));
		CU_ASSERT(story_await(&tree, "b", "state", "starting"));
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
		expect_failure(&tree, "start", "b", "it waits for /",
			       "/a, which is backing off for ");
		CU_ASSERT(story_is(&tree, "b", "state", "starting"));
		CU_ASSERT(story_is(&tree, "c", "state", "starting"));

		/* until nobody tries that any more */
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
		CU_ASSERT(story_await_generation(&tree, "b", 0));
		CU_ASSERT(story_await_generation(&tree, "c", 1));
		tree_stop(&tree);
	}
}

/* a tries for a while, and then not for long */
static const char slow_group[] =
	"system: \"@SYSTEM@\"\nintensity: 9 in 1min\nchildren:\n"
	"  - name: g\n"
	"    strategy: one_for_all\n"
	"    intensity: 9 in 1min\n"
	"    children:\n"
	"      - { name: a, " SLOW ", kind: program, start_timeout: 10min,\n"
	"          exec: \"@ACTORS@/test-notifier\",\n"
	"          args: [\"^READY=1\", \"~6000\", \"!7\"] }\n"
	"      - { name: b, " STORY_ACTOR " }\n";

static void test_one_that_waits_hears_that_the_sibling_failed(void)
{
	struct tree tree;

	tree_start(&tree, slow_group);
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "g/a"), 0);
	CU_ASSERT(story_await(&tree, "g/a", "generation", "1"));
	CU_ASSERT(story_await(&tree, "g/a", "state", "starting"));
	expect_failure(&tree, "start", "g/b", "exit:7",
		       "/g/a, which is backing off for ");
	tree_stop(&tree);
}

/* a restart too many would end all of it */
static const char strict[] =
	"system: \"@SYSTEM@\"\nintensity: 0 in 1min\nchildren:\n"
	"  - { name: a, activation: on_message, " STORY_ACTOR
	", args: [--fail-start, \"13\"] }\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - name: n\n"
	"    children:\n"
	"      - { name: x, activation: on_message, " STORY_ACTOR
	", args: [--fail-start, \"13\"] }\n";

static void test_a_start_by_hand_that_fails_takes_nobody_along(void)
{
	struct tree tree;

	tree_start(&tree, strict);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "n/x"), 0);
	for (int i = 0; i < 3; i++) {
		expect_failure(&tree, "start", "a", REFUSED, "; it is stopped");
		CU_ASSERT(story_await(&tree, "a", "state", "stopped"));
		expect_failure(&tree, "start", "n/x", REFUSED,
			       "; it is stopped");
		CU_ASSERT(story_await(&tree, "n/x", "state", "stopped"));
	}
	CU_ASSERT_EQUAL(story_number(&tree, "b", "generation"), 0);
	story_expect(&tree, "b", "echo", "there", "there");
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_start_by_hand_that_fails_takes_nobody_along),
	HARNESS_TEST(test_one_that_was_stopped_waits_for_that_sibling_too),
	HARNESS_TEST(test_one_that_waits_hears_that_the_sibling_failed),
	HARNESS_TEST(test_one_that_waits_for_a_sibling_names_it),
	HARNESS_TEST(test_one_that_is_idle_says_why_it_did_not_start),
	HARNESS_TEST(test_one_that_backs_off_says_for_how_long),
	HARNESS_TEST(test_one_that_ends_says_so),
	HARNESS_TEST(test_a_node_names_who_below_it_failed),
	HARNESS_TEST(
		test_a_hook_that_fails_before_the_start_does_not_matter),
};
HARNESS_MAIN(tests)
