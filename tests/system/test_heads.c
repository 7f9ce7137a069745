/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_heads.c - a head fails, and its supervisor does not.
 *
 * Whether a failure of a head is a restart, and when, is its parent's to say,
 * which counts it beside the failures of the node's siblings. The supervisor of
 * the node, whose pid `actorctl show` has for it, stays.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/story.h"

#define TRACED                                                                 \
	"exec: \"@ACTORS@/test-actor\", start_timeout: 10min,\n"                \
	"      args: [--trace, \"@DIRECTORY@/trace\"],\n"                      \
	"      sandbox: { write: [\"@DIRECTORY@/trace\"] }"

/* a head @h with @keys and its children c and d, between a and z */
static void start_head(struct tree *tree, const char *top, const char *keys)
{
	char text[2048];

	snprintf(text, sizeof(text),
		 "system: \"@SYSTEM@\"\n%schildren:\n"
		 "  - { name: a, " STORY_TRACED " }\n"
		 "  - { name: h, " TRACED ", %s\n"
		 "      templates: [ { name: w, " STORY_ACTOR ", max: 2 } ],\n"
		 "      children: [ { name: c, " STORY_TRACED " },\n"
		 "                  { name: d, " STORY_TRACED ",\n"
		 "                    restart: temporary } ] }\n"
		 "  - { name: z, " STORY_TRACED " }\n", top, keys);
	story_start_traced(tree, text);
	CU_ASSERT(story_await_trace(tree, "start a 0\nstart h 0\nstart c 0\n"
					  "start d 0\nstart z 0\n"));
	story_clear_trace(tree);
}

static void test_its_supervisor_outlives_a_crashed_head(void)
{
	struct tree tree;
	pid_t supervisor, a;

	start_head(&tree, "", "restart: permanent,");
	supervisor = story_pid(&tree, "h");
	a = story_pid(&tree, "a");
	story_tell(&tree, "h", "crash", NULL);
	/* what is temporary never comes back for somebody else's failure */
	CU_ASSERT(story_await_trace(&tree,
		"stop d 0\nstop c 0\nstart h 1\nstart c 1\n"));
	CU_ASSERT_EQUAL(story_pid(&tree, "h"), supervisor);
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
	CU_ASSERT(story_is(&tree, "h", "cause", "signal:SEGV"));
	tree_stop(&tree);
}

static void test_a_head_goes_on_when_its_directive_says_so(void)
{
	struct tree tree;
	pid_t c;

	start_head(&tree, "", "directives: { \"reported:EIO\": resume },");
	c = story_pid(&tree, "h/c");
	story_tell(&tree, "h", "note", "kept");
	story_tell(&tree, "h", "fail", "5");
	story_expect(&tree, "h", "notes", NULL, "kept\n");
	CU_ASSERT_EQUAL(story_pid(&tree, "h/c"), c);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "h", "resume"), 1);

	/* another report has no line, and is a restart */
	story_tell(&tree, "h", "fail", "12");
	CU_ASSERT(story_await_trace(&tree,
		"stop h 0\nstop d 0\nstop c 0\nstart h 1\nstart c 1\n"));
	story_expect(&tree, "h", "notes", NULL, "");
	CU_ASSERT_NOT_EQUAL(story_pid(&tree, "h/c"), c);
	json_decref(story_await_letters(&tree, "h", "crashed", 2));
	tree_stop(&tree);
}

/* what is spawned of a head ends with its process, and so with its supervisor */
static void test_what_a_spawned_child_had_in_hand_ends_with_the_supervisor(void)
{
	struct tree tree;
	json_t *letters;

	story_start_traced(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
				  "  - { name: h, " TRACED ",\n"
				  "      templates: [ { name: w, " TRACED
				  " } ] }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn", "/@SYSTEM@/h", "w",
				      "x", NULL), 0);
	story_tell(&tree, "h/x", "hang", NULL);
	story_tell(&tree, "h/x", "note", "behind");
	CU_ASSERT(story_await_trace(&tree, "start h 0\nstart x 0\n"
					  "hang x 0\n"));
	CU_ASSERT_EQUAL(kill(story_pid(&tree, "h"), SIGKILL), 0);
	letters = story_await_letters(&tree, "h/x", "crashed", 1);
	CU_ASSERT(story_record(json_array_get(letters, 0), "cause",
			       "supervisor"));
	json_decref(letters);
	json_decref(story_await_letters(&tree, "h/x", "terminated", 1));
	tree_stop(&tree);
}

static void test_mail_waits_while_its_parent_decides(void)
{
	struct tree tree;

	start_head(&tree, "", "restart: permanent,");
	story_tell(&tree, "h", "crash", NULL);
	for (int i = 0; i < 20; i++)
		story_tell(&tree, i % 2 ? "h" : "h/c", "note", "later");
	CU_ASSERT(story_await_notes(&tree, "h",
		"later\nlater\nlater\nlater\nlater\n"
		"later\nlater\nlater\nlater\nlater\n"));
	CU_ASSERT(story_await_generation(&tree, "h", 1));
	tree_stop(&tree);
}

static void test_a_failure_of_a_head_is_one_of_its_nodes(void)
{
	struct tree tree;
	json_t *count;
	pid_t supervisor;

	start_head(&tree, "intensity: 2 in 1min\n", "");
	supervisor = story_pid(&tree, "h");
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_tell(&tree, "h", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "h", 1));
	count = story_decision(&tree, "h", "restart", "count");
	CU_ASSERT_EQUAL(json_integer_value(count), 2);
	json_decref(count);
	CU_ASSERT_EQUAL(story_pid(&tree, "h"), supervisor);

	/* the third is one too many, for all of them */
	story_tell(&tree, "h", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "a", 2));
	CU_ASSERT(story_await_gone(&tree, supervisor));
	tree_stop(&tree);
}

static void test_a_group_takes_the_whole_node_along(void)
{
	struct tree tree;
	pid_t supervisor;

	start_head(&tree, "strategy: rest_for_one\n", "");
	supervisor = story_pid(&tree, "h");
	story_tell(&tree, "h", "crash", NULL);
	CU_ASSERT(story_await_trace(&tree,
		"stop z 0\nstop d 0\nstop c 0\n"
		"start h 1\nstart c 1\nstart d 1\nstart z 1\n"));
	CU_ASSERT(story_await_gone(&tree, supervisor));
	tree_stop(&tree);
}

/* it has its own supervisor to tell it, and the node its parent: both know */
static void expect_failed(struct tree *tree, unsigned int generation,
			  const char *cause)
{
	char number[16], path[STORY_PATH_BYTES];
	json_t *rows, *row;
	size_t i, n = 0;

	snprintf(number, sizeof(number), "%u", generation);
	CU_ASSERT(story_await_generation(tree, "z", generation));
	CU_ASSERT(story_is(tree, "h", "generation", number));
	CU_ASSERT(story_is(tree, "h", "cause", cause));
	rows = story_json(tree, "tree", NULL);
	json_array_foreach(rows, i, row)
		n += story_record(row, "path", story_path(tree, "h", path)) &&
		     story_record(row, "cause", cause);
	CU_ASSERT_EQUAL(n, 1);
	json_decref(rows);
}

static void test_a_head_is_restarted_once_with_its_group(void)
{
	static const char *const tops[] = {
		"strategy: rest_for_one\nintensity: 9 in 1min\n",
		"strategy: one_for_all\nintensity: 9 in 1min\n",
	};
	struct tree tree;

	for (size_t i = 0; i < 2; i++) {
		start_head(&tree, tops[i], "");
		for (unsigned int k = 1; k <= 2; k++) {
			CU_ASSERT_EQUAL(story_act(&tree, "kill", "h"), 0);
			expect_failed(&tree, k, "signal:KILL");
		}
		story_tell(&tree, "h", "fail", "5");
		expect_failed(&tree, 3, "reported:EIO");
		tree_stop(&tree);
	}
}

static void test_the_cause_of_a_head_outlasts_a_reexec(void)
{
	struct tree tree;

	start_head(&tree, "strategy: rest_for_one\nintensity: 9 in 1min\n",
		   "backoff: { min: 365d, max: 365d },");
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "h"), 0);
	expect_failed(&tree, 1, "signal:KILL");
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "h"), 0);
	CU_ASSERT(story_await(&tree, "h", "state", "backing-off"));
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reexec", NULL), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "h"), 0);
	expect_failed(&tree, 2, "signal:KILL");
	tree_stop(&tree);
}

static void test_the_restart_of_a_head_is_put_off_by_its_backoff(void)
{
	struct tree tree;
	json_t *delay;

	start_head(&tree, "intensity: 9 in 1min\n",
		   "backoff: { min: 200ms, max: 200ms },");
	for (unsigned int i = 1; i <= 3; i++) {
		story_tell(&tree, "h", "crash", NULL);
		CU_ASSERT(story_await_generation(&tree, "h", i));
	}
	delay = story_decision(&tree, "h", "restart", "delay-ms");
	CU_ASSERT(json_integer_value(delay) <= 200);
	json_decref(delay);
	tree_stop(&tree);
}

static void test_a_head_that_is_not_to_come_back_ends_its_node(void)
{
	struct tree tree;

	start_head(&tree, "", "restart: temporary,");
	story_tell(&tree, "h", "crash", NULL);
	CU_ASSERT(story_await_trace(&tree, "stop d 0\nstop c 0\n"));
	CU_ASSERT(story_await(&tree, "h", "state", "stopped"));
	CU_ASSERT(story_await_start(&tree, "h"));
	CU_ASSERT(story_await_trace(&tree, "stop d 0\nstop c 0\nstart h 0\n"
					   "start c 0\nstart d 0\n"));
	tree_stop(&tree);
}

/* the first restart is at once; the second within a year, hardly ever soon */
static void start_head_that_backs_off(struct tree *tree)
{
	start_head(tree, "intensity: 9 in 1min\n",
		   "backoff: { min: 365d, max: 365d },");
	story_tell(tree, "h", "crash", NULL);
	CU_ASSERT(story_await_generation(tree, "h", 1));
	CU_ASSERT(story_await_generation(tree, "h/c", 1));
	story_tell(tree, "h", "crash", NULL);
	CU_ASSERT(story_await(tree, "h/c", "state", "starting"));
	story_clear_trace(tree);
}

static void test_verbs_work_while_a_head_waits_for_its_restart(void)
{
	static const char *const verbs[] = { "stop", "restart" };
	struct tree tree;

	for (size_t i = 0; i < 2; i++) {
		start_head_that_backs_off(&tree);
		CU_ASSERT_EQUAL(story_act(&tree, verbs[i], "h"), 0);
		CU_ASSERT(story_await(&tree, "h", "state",
				      i ? "running" : "stopped"));
		tree_stop(&tree);
	}
}

static void test_a_head_that_backs_off_is_started_at_once(void)
{
	struct tree tree;

	start_head_that_backs_off(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "h"), 0);
	CU_ASSERT(story_await_trace(&tree, "start h 2\nstart c 2\n"));
	CU_ASSERT_NOT_EQUAL(story_act(&tree, "start", "h"), 0);
	tree_stop(&tree);
}

static void test_nobody_is_started_under_a_head_that_is_down(void)
{
	static const char *const verbs[] = { "start", "restart" };
	struct tree tree;

	for (size_t i = 0; i < 2; i++) {
		start_head_that_backs_off(&tree);
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "h/c"), 0);
		/* it says that it waits for its head */
		CU_ASSERT_NOT_EQUAL(story_act(&tree, verbs[i], "h/c"), 0);
		CU_ASSERT_EQUAL(story_act(&tree, "start", "h"), 0);
		CU_ASSERT(story_await_trace(&tree, "start h 2\nstart c 0\n"));
		tree_stop(&tree);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_its_supervisor_outlives_a_crashed_head),
	HARNESS_TEST(test_a_head_goes_on_when_its_directive_says_so),
	HARNESS_TEST(test_what_a_spawned_child_had_in_hand_ends_with_the_supervisor),
	HARNESS_TEST(test_mail_waits_while_its_parent_decides),
	HARNESS_TEST(test_a_failure_of_a_head_is_one_of_its_nodes),
	HARNESS_TEST(test_a_group_takes_the_whole_node_along),
	HARNESS_TEST(test_a_head_is_restarted_once_with_its_group),
	HARNESS_TEST(test_the_cause_of_a_head_outlasts_a_reexec),
	HARNESS_TEST(test_the_restart_of_a_head_is_put_off_by_its_backoff),
	HARNESS_TEST(test_a_head_that_is_not_to_come_back_ends_its_node),
	HARNESS_TEST(test_verbs_work_while_a_head_waits_for_its_restart),
	HARNESS_TEST(test_a_head_that_backs_off_is_started_at_once),
	HARNESS_TEST(test_nobody_is_started_under_a_head_that_is_down),
};
HARNESS_MAIN(tests)
