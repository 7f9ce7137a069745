/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_hooks.c - what an actor's own code does when it is replaced, and what
 * comes of it when that goes wrong too.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/story.h"

#define HOOKED(more)                                                           \
	STORY_ACTOR ", args: [--trace, \"@DIRECTORY@/trace\", --hooks" more    \
		    "], sandbox: { write: [\"@DIRECTORY@/trace\"] }"

static const char alone[] =
	"system: \"@SYSTEM@\"\nchildren:\n  - { name: a, " HOOKED("") " }\n";

static void test_a_reported_failure_runs_the_hooks_in_their_order(void)
{
	struct tree tree;

	story_start_traced(&tree, alone);
	story_tell(&tree, "a", "fail", "5");
	story_tell(&tree, "a", "trace", "next");
	CU_ASSERT(story_await_trace(&tree,
		"start a 0\npre-restart a 0 -5\nstop a 0\n"
		"start a 1\npost-restart a 1\nnext a 1\n"));
	json_decref(story_await_letters(&tree, "a", "crashed", 1));
	tree_stop(&tree);
}

static void test_a_crash_leaves_nobody_to_run_the_first_ones(void)
{
	struct tree tree;

	story_start_traced(&tree, alone);
	story_tell(&tree, "a", "crash", NULL);
	story_tell(&tree, "a", "trace", "next");
	CU_ASSERT(story_await_trace(&tree,
		"start a 0\nstart a 1\npost-restart a 1\nnext a 1\n"));
	tree_stop(&tree);
}

static void test_a_restart_by_hand_has_no_error_and_a_stop_no_restart(void)
{
	struct tree tree;

	story_start_traced(&tree, alone);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "a"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "a"), 0);
	CU_ASSERT(story_await_trace(&tree,
		"start a 0\npre-restart a 0 0\nstop a 0\n"
		"start a 1\npost-restart a 1\nstop a 1\nstart a 0\n"));
	tree_stop(&tree);
}

static void test_siblings_that_restart_too_run_them_as_well(void)
{
	struct tree tree;

	story_start_traced(&tree,
		"system: \"@SYSTEM@\"\nstrategy: one_for_all\nchildren:\n"
		"  - { name: a, " HOOKED("") " }\n"
		"  - { name: t, restart: temporary, " HOOKED("") " }\n"
		"  - { name: b, " HOOKED("") " }\n");
	story_tell(&tree, "b", "fail", "5");
	CU_ASSERT(story_await_trace(&tree,
		"start a 0\nstart t 0\nstart b 0\n"
		"pre-restart b 0 -5\nstop b 0\nstop t 0\n"
		"pre-restart a 0 0\nstop a 0\n"
		"start a 1\npost-restart a 1\nstart b 1\npost-restart b 1\n"));
	tree_stop(&tree);
}

/* BEHAVIOURS: old one's hooks, its children, the new one */
static void test_the_children_of_a_head_end_between_the_old_and_the_new(void)
{
	struct tree tree;

	story_start_traced(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: h, " HOOKED("") ",\n"
		"      children: [ { name: c, " HOOKED("") " },\n"
		"                  { name: d, " HOOKED("") " } ] }\n");
	story_tell(&tree, "h", "fail", "5");
	CU_ASSERT(story_await_trace(&tree,
		"start h 0\nstart c 0\nstart d 0\n"
		"pre-restart h 0 -5\nstop h 0\n"
		"pre-restart d 0 0\nstop d 0\npre-restart c 0 0\nstop c 0\n"
		"start h 1\npost-restart h 1\nstart c 1\npost-restart c 1\n"
		"start d 1\npost-restart d 1\n"));
	tree_stop(&tree);
}

/* ---- when they fail ----------------------------------------------------- */

static json_int_t count(struct tree *tree)
{
	json_t *field = story_decision(tree, "g/a", "restart", "count");
	json_int_t n = json_integer_value(field);

	json_decref(field);
	return n;
}

/* one message that fails, and the hook after it: two failures */
static void try_failing_hook(const char *args, const char *cause,
			     unsigned int generation)
{
	char text[1024];
	struct tree tree;

	snprintf(text, sizeof(text),
		 "system: \"@SYSTEM@\"\nchildren:\n  - name: g\n"
		 "    intensity: 2 in 1min\n    children:\n"
		 "      - { name: a, " STORY_ACTOR ", args: [%s] }\n", args);
	tree_start(&tree, text);
	story_tell(&tree, "g/a", "fail", "5");
	CU_ASSERT(story_await_generation(&tree, "g/a", generation));
	CU_ASSERT(story_is(&tree, "g/a", "cause", cause));
	CU_ASSERT_EQUAL(count(&tree), 2);
	CU_ASSERT(story_is(&tree, "g", "generation", "0"));
	/* the message died of what was reported, whatever came then */
	json_decref(story_await_letters(&tree, "g/a", "crashed", 1));

	/* that was all it may */
	story_tell(&tree, "g/a", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "g", 1));
	CU_ASSERT(story_is(&tree, "g", "cause", "escalated"));
	tree_stop(&tree);
}

static void test_a_crash_before_the_restart_is_another_failure(void)
{
	try_failing_hook("--crash-pre-restart", "signal:SEGV", 1);
}

static void test_a_crash_in_the_stop_hook_of_a_restart_is_another_failure(void)
{
	try_failing_hook("--crash-stop", "signal:SEGV", 1);
}

static void test_a_failure_after_the_restart_is_another_failure(void)
{
	try_failing_hook("--fail-post-restart, \"12\"",
			 "start_failed:start:ENOMEM", 2);
}

static void expect_end(struct tree *tree, const char *said)
{
	json_t *text = story_decision(tree, "a", "restart", "text");
	const char *found = json_string_value(text);

	if (!found || !strstr(found, said))
		harness_note("it says: %s", found ? found : "nothing");
	CU_ASSERT(found && strstr(found, said));
	json_decref(text);
}

/* it had reported a failure; how it then ended is told as it was */
static void test_a_restart_tells_how_the_process_ended(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nstrategy: one_for_all\nchildren:\n"
		"  - { name: a, " STORY_ACTOR ", stop_timeout: 300ms,\n"
		"      args: [--hang-stop] }\n"
		"  - { name: b, " STORY_ACTOR ", args: [--hang-stop],\n"
		"      stop_timeout: 10min }\n"
		"shutdown_timeout: 1h\n");
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "a"), 0);
	expect_end(&tree, "it did not end");
	story_tell(&tree, "a", "fail", "5");
	CU_ASSERT(story_await(&tree, "b", "state", "stopping"));
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await(&tree, "a", "generation", "2"));
	expect_end(&tree, "it ended by itself (signal:KILL), after its failure");
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 2));
	story_tell(&tree, "a", "fail", "5");
	CU_ASSERT(story_await_generation(&tree, "a", 3));
	expect_end(&tree, "stopped in good order, after its failure");
	tree_stop(&tree);
}

static void test_a_stop_hook_that_takes_too_long_is_told(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: a, " STORY_ACTOR ", stop_timeout: 300ms,\n"
		"      args: [--hang-stop] }\n");
	story_tell(&tree, "a", "fail", "5");
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	expect_end(&tree, "it did not end");
	expect_end(&tree, "after its failure");
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "restart"), 2);
	tree_stop(&tree);
}

static void test_a_crash_in_the_stop_hook_of_a_sibling_is_none(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nstrategy: one_for_all\nchildren:\n"
		"  - { name: a, " STORY_ACTOR ", args: [--crash-stop] }\n"
		"  - { name: b, " STORY_ACTOR " }\n");
	story_tell(&tree, "b", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "b", "restart"), 1);
	CU_ASSERT(story_is(&tree, "", "generation", "0"));
	tree_stop(&tree);
}

static void test_a_forbidden_call_in_the_stop_hook_of_a_sibling_is_one(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nstrategy: one_for_all\nchildren:\n"
		"  - { name: a, " STORY_ACTOR ", args: [--ptrace-stop] }\n"
		"  - { name: b, " STORY_ACTOR " }\n");
	story_tell(&tree, "b", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT(story_await(&tree, "a", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "a", "cause", "seccomp:ptrace"));
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_reported_failure_runs_the_hooks_in_their_order),
	HARNESS_TEST(test_a_crash_leaves_nobody_to_run_the_first_ones),
	HARNESS_TEST(test_a_restart_by_hand_has_no_error_and_a_stop_no_restart),
	HARNESS_TEST(test_siblings_that_restart_too_run_them_as_well),
	HARNESS_TEST(test_the_children_of_a_head_end_between_the_old_and_the_new),
	HARNESS_TEST(test_a_crash_before_the_restart_is_another_failure),
	HARNESS_TEST(
		test_a_crash_in_the_stop_hook_of_a_restart_is_another_failure),
	HARNESS_TEST(test_a_failure_after_the_restart_is_another_failure),
	HARNESS_TEST(test_a_restart_tells_how_the_process_ended),
	HARNESS_TEST(test_a_stop_hook_that_takes_too_long_is_told),
	HARNESS_TEST(test_a_crash_in_the_stop_hook_of_a_sibling_is_none),
	HARNESS_TEST(
		test_a_forbidden_call_in_the_stop_hook_of_a_sibling_is_one),
};
HARNESS_MAIN(tests)
