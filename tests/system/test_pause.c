/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_pause.c - `actorctl pause` on real trees: nothing is served, nothing is
 * lost, and every other verb has its meaning.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/story.h"

static const char tree_text[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: out, refs: [\"/@SYSTEM@/g/a\"], " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    intensity: 20 in 1min\n"
	"    children:\n"
	"      - { name: a, " STORY_ACTOR ",\n"
	"          directives: { \"reported:EIO\": resume } }\n"
	"      - { name: b, " STORY_ACTOR " }\n";

static void pause_a(struct tree *tree)
{
	CU_ASSERT_EQUAL(story_act(tree, "pause", "g/a"), 0);
	CU_ASSERT(story_is(tree, "g/a", "state", "paused"));
}

static void unpause_a(struct tree *tree)
{
	CU_ASSERT_EQUAL(story_act(tree, "unpause", "g/a"), 0);
	CU_ASSERT(story_is(tree, "g/a", "state", "running"));
}

static void two_wait(struct tree *tree)
{
	story_tell(tree, "g/a", "note", "one");
	story_tell(tree, "g/a", "note", "two");
	CU_ASSERT(story_await(tree, "g/a", "mailbox", "2"));
}

static void both_are_handled(struct tree *tree)
{
	CU_ASSERT(story_is(tree, "g/a", "mailbox", "2"));
	unpause_a(tree);
	story_expect(tree, "g/a", "notes", NULL, "one\ntwo\n");
}

static void test_what_is_sent_meanwhile_waits(void)
{
	struct tree tree;
	pid_t pid;

	tree_start(&tree, tree_text);
	pid = story_pid(&tree, "g/a");
	pause_a(&tree);
	two_wait(&tree);

	/* another that its reference leads to does not wait for it */
	story_expect(&tree, "g/b", "echo", "x", "x");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "ask", "--timeout", "200ms",
				      "/@SYSTEM@/g/a", "echo", "x", NULL), 4);
	unpause_a(&tree);
	story_expect(&tree, "g/a", "notes", NULL, "one\ntwo\n");
	CU_ASSERT_EQUAL(story_pid(&tree, "g/a"), pid);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/a", "paused"), 1);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/a", "unpaused"), 1);
	json_decref(story_await_letters(&tree, "g/a", "expired", 1));
	tree_stop(&tree);
}

static size_t n_ticks(struct tree *tree)
{
	const char *at;
	size_t n = 0;
	char *notes;

	CU_ASSERT_EQUAL(story_ask(tree, "g/a", "notes", NULL, &notes), 0);
	for (at = notes; (at = strstr(at, "tick")); at++)
		n++;
	free(notes);
	return n;
}

/* no more ticks than there was time for before and after */
static void test_a_timer_is_no_exception(void)
{
	int64_t ran_ms = -story_now_ms();
	struct tree tree;
	size_t n;

	tree_start(&tree, tree_text);
	story_tell(&tree, "g/a", "every", "10");
	pause_a(&tree);
	ran_ms += story_now_ms();
	story_tell(&tree, "g/b", "sleep", "1000");
	story_expect(&tree, "g/b", "echo", "x", "x");
	ran_ms -= story_now_ms();
	unpause_a(&tree);
	n = n_ticks(&tree);
	CU_ASSERT((int64_t)n <= (ran_ms + story_now_ms()) / 10 + 2);
	tree_stop(&tree);
}

static void test_a_crash_or_a_restart_leaves_it_paused(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	pause_a(&tree);
	two_wait(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "g/a"), 0);
	CU_ASSERT(story_await(&tree, "g/a", "generation", "1"));
	CU_ASSERT(story_await(&tree, "g/a", "state", "paused"));
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "g/a"), 0);
	CU_ASSERT(story_is(&tree, "g/a", "generation", "2"));
	CU_ASSERT(story_await(&tree, "g/a", "state", "paused"));
	both_are_handled(&tree);
	tree_stop(&tree);
}

static void test_a_killed_supervisor_leaves_it_paused(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	pause_a(&tree);
	two_wait(&tree);
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g", 1));
	CU_ASSERT(story_await(&tree, "g/a", "generation", "1"));
	CU_ASSERT(story_await(&tree, "g/a", "state", "paused"));
	both_are_handled(&tree);

	/* and that it is not paused any more is known as well */
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g/a", 2));
	tree_stop(&tree);
}

/* so one that hangs can be paused too, and restarted then */
static void test_what_it_has_in_hand_is_not_waited_for(void)
{
	struct tree tree;
	int64_t began_ms;

	story_start_traced(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			   "  - { name: a, stop_timeout: 1s, " STORY_TRACED " }\n");
	story_tell(&tree, "a", "hang", NULL);
	CU_ASSERT(story_await_trace(&tree, "start a 0\nhang a 0\n"));
	began_ms = story_now_ms();
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "a"), 0);
	CU_ASSERT(story_now_ms() - began_ms < 30000);
	CU_ASSERT(story_is(&tree, "a", "state", "paused"));
	story_tell(&tree, "a", "note", "later");
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "a"), 0);
	CU_ASSERT(story_is(&tree, "a", "state", "paused"));
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "a"), 0);
	story_expect(&tree, "a", "notes", NULL, "later\n");
	tree_stop(&tree);
}

static void test_what_it_has_in_hand_may_fail(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	story_tell(&tree, "g/a", "note", "kept");
	story_tell(&tree, "g/a", "sleep", "300");
	story_tell(&tree, "g/a", "fail", "5");
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "g/a"), 0);
	CU_ASSERT(story_await(&tree, "g/a", "state", "paused"));
	story_tell(&tree, "g/a", "note", "later");
	unpause_a(&tree);
	story_expect(&tree, "g/a", "notes", NULL, "kept\nlater\n");
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/a", "resume"), 1);
	tree_stop(&tree);
}

static void test_a_stop_ends_the_pause_with_the_life(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	pause_a(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g/a"), 1);
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "g/a"), 1);
	two_wait(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/a"), 0);
	json_decref(story_await_letters(&tree, "g/a", "terminated", 2));
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g/a"), 0);
	CU_ASSERT(story_is(&tree, "g/a", "state", "running"));
	story_expect(&tree, "g/a", "notes", NULL, "");
	tree_stop(&tree);
}

static void expect_truth(struct tree *tree, const char *path, const char *field,
			 bool value)
{
	char full[STORY_PATH_BYTES];
	json_t *row = story_json(tree, "show", story_path(tree, path, full),
				 NULL);
	const json_t *truth = json_object_get(row, field);

	CU_ASSERT(value ? json_is_true(truth) : json_is_false(truth));
	json_decref(row);
}

static void test_one_that_waits_for_its_start_can_be_paused(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 20 in 1min\n"
			  "children:\n"
			  "  - { name: a, " STORY_ACTOR ",\n"
			  "      backoff: { min: 365d, max: 365d } }\n");
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT(story_await(&tree, "a", "state", "backing-off"));
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "a"), 0);
	expect_truth(&tree, "a", "paused", true);
	expect_truth(&tree, "a", "significant", false);
	CU_ASSERT(tree_wait_for(&tree, ", paused  gen 2", "tree", NULL));
	story_tell(&tree, "a", "note", "one");
	CU_ASSERT_EQUAL(story_act(&tree, "start", "a"), 0);
	CU_ASSERT(story_await(&tree, "a", "state", "paused"));
	CU_ASSERT(story_await(&tree, "a", "mailbox", "1"));
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "a"), 0);
	story_expect(&tree, "a", "notes", NULL, "one\n");
	tree_stop(&tree);
}

static void test_a_tree_with_a_paused_actor_stops(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	pause_a(&tree);
	two_wait(&tree);
	tree_stop(&tree);
}

static void test_an_earlier_failure_is_no_cause_of_a_pause(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, " STORY_ACTOR " }\n");
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "a"), 0);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "a"), 0);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "paused"), 1);
	CU_ASSERT_PTR_NULL(story_decision(&tree, "a", "paused", "cause"));
	tree_stop(&tree);
}

static void test_a_pause_is_no_part_of_a_restart_that_waits(void)
{
	struct tree tree;
	json_t *field;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, " STORY_ACTOR ",\n"
			  "      args: [--fail-restarts, \"5\"],\n"
			  "      backoff: { min: 365d, max: 365d } }\n");
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "a"), 0);
	CU_ASSERT(story_await(&tree, "a", "state", "backing-off"));
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "a"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "a"), 0);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "paused"), 1);
	field = story_decision(&tree, "a", "paused", "because_of");
	CU_ASSERT_PTR_NULL(field);
	json_decref(field);
	field = story_decision(&tree, "a", "paused", "group");
	CU_ASSERT_PTR_NULL(field);
	json_decref(field);
	field = story_decision(&tree, "a", "unpaused", "because_of");
	CU_ASSERT_PTR_NULL(field);
	json_decref(field);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_pause_is_no_part_of_a_restart_that_waits),
	HARNESS_TEST(test_what_is_sent_meanwhile_waits),
	HARNESS_TEST(test_a_timer_is_no_exception),
	HARNESS_TEST(test_a_crash_or_a_restart_leaves_it_paused),
	HARNESS_TEST(test_a_killed_supervisor_leaves_it_paused),
	HARNESS_TEST(test_what_it_has_in_hand_is_not_waited_for),
	HARNESS_TEST(test_what_it_has_in_hand_may_fail),
	HARNESS_TEST(test_a_stop_ends_the_pause_with_the_life),
	HARNESS_TEST(test_one_that_waits_for_its_start_can_be_paused),
	HARNESS_TEST(test_a_tree_with_a_paused_actor_stops),
	HARNESS_TEST(test_an_earlier_failure_is_no_cause_of_a_pause),
};
HARNESS_MAIN(tests)
