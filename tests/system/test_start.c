/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_start.c - trees that cannot start, and say why.
 *
 * Nothing of them is left, and the reason is the last thing that is said.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/story.h"

/* @text: the config; fails with status 1 and @reason in its last line */
static void expect_failed_start(const char *text, const char *reason)
{
	struct tree tree;

	tree_prepare(&tree, text);
	story_put_broken(&tree, "broken");
	story_clear_trace(&tree);
	tree_spawn(&tree);
	story_expect_failed_start(&tree, reason);
}

#define TREE "system: \"@SYSTEM@\"\nchildren:\n"
#define GOOD "  - { name: good, " STORY_ACTOR " }\n"

static void test_a_program_that_cannot_be_executed_fails_the_start(void)
{
	expect_failed_start(TREE GOOD "  - { name: a, exec: broken }\n",
			    "/@SYSTEM@/a: start_failed:");
}

static void test_an_exit_before_ready_fails_the_start(void)
{
	expect_failed_start(TREE GOOD
		"  - { name: a, " STORY_ACTOR ", args: [--exit-at-start, \"7\"] }\n",
		"/@SYSTEM@/a: exit:7");
}

static void test_a_start_hook_that_fails_fails_the_start(void)
{
	expect_failed_start(TREE GOOD
		"  - { name: a, " STORY_ACTOR ", args: [--fail-start, \"5\"] }\n",
		"/@SYSTEM@/a: start_failed:start:EIO");
}

static void test_a_library_of_another_release_is_named(void)
{
	expect_failed_start(TREE GOOD
		"  - { name: a, exec: \"@ACTORS@/test-hostile\",\n"
		"      args: [old-library] }\n",
		"/@SYSTEM@/a: start_failed:setup:EPROTONOSUPPORT: its libactorproc knows mailboxes of version 1, this supervisor makes version ");
}

static void test_a_head_without_children_fails_the_start_as_well(void)
{
	expect_failed_start(TREE GOOD
		"  - { name: a, " STORY_ACTOR ", args: [--fail-start, \"5\"],\n"
		"      templates: [ { name: t, " STORY_ACTOR " } ] }\n",
		"/@SYSTEM@/a: start_failed:start:EIO");
}

static void test_an_actor_that_is_never_ready_fails_the_start(void)
{
	expect_failed_start(TREE GOOD
		"  - { name: a, exec: \"@ACTORS@/test-actor\",\n"
		"      args: [--hang-at-start], start_timeout: 200ms }\n",
		"/@SYSTEM@/a: start_timeout");
}

static void test_a_program_that_says_nothing_fails_the_start(void)
{
	expect_failed_start(TREE GOOD
		"  - { name: a, kind: program, " STORY_ACTOR " }\n",
		"/@SYSTEM@/a: exit:64");
}

static void test_a_failed_start_below_fails_the_whole_start(void)
{
	expect_failed_start(TREE GOOD
		"  - name: g\n"
		"    children:\n"
		"      - name: h\n"
		"        children:\n"
		"          - { name: a, " STORY_ACTOR ",\n"
		"              args: [--fail-start, \"12\"] }\n",
		"start_failed:start:ENOMEM");
}

static void test_those_that_had_started_are_stopped_in_reverse(void)
{
	struct tree tree;
	char *trace;

	tree_prepare(&tree, TREE
		"  - { name: a, " STORY_TRACED " }\n"
		"  - { name: b, " STORY_TRACED " }\n"
		"  - { name: c, " STORY_ACTOR ", args: [--fail-start, \"5\"] }\n"
		"  - { name: d, " STORY_TRACED " }\n");
	story_clear_trace(&tree);
	tree_spawn(&tree);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 1);
	trace = story_trace(&tree);
	CU_ASSERT_STRING_EQUAL(trace,
			       "start a 0\nstart b 0\nstop b 0\nstop a 0\n");
	free(trace);
	tree_forget(&tree);
}

static void test_a_system_of_that_name_runs_already(void)
{
	struct tree tree;
	struct tree_result result;

	tree_start(&tree, TREE GOOD);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "run", tree.config,
				      NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "running already"));
	tree_result_clear(&result);
	story_expect(&tree, "good", "echo", "still here", "still here");
	tree_stop(&tree);
}

static void test_what_a_killed_root_left_is_no_obstacle(void)
{
	struct tree tree;

	tree_start(&tree, TREE GOOD);
	CU_ASSERT_EQUAL(kill(tree.pid, SIGKILL), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 128 + SIGKILL);
	close(tree.pidfd);
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	story_expect(&tree, "good", "echo", "again", "again");
	tree_stop(&tree);
}

static void test_detached_it_is_up_when_the_command_returns(void)
{
	struct tree_result result;
	struct tree tree;
	int status;

	tree_prepare(&tree, TREE GOOD);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "run", "--detach",
				      tree.config, NULL), 0);
	CU_ASSERT_EQUAL(story_ask(&tree, "good", "who", NULL, NULL), 0);
	status = tree_actorctl(&tree, &result, "stop", "/@SYSTEM@", NULL);
	CU_ASSERT_EQUAL(status, 0);
	tree_result_clear(&result);
	tree_forget(&tree);
}

static bool has_terminal(pid_t pid)
{
	char path[64], text[512], *end;
	int terminal = -1;
	FILE *file;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	CU_ASSERT_FATAL(file != NULL);
	n = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[n] = '\0';
	end = strrchr(text, ')');
	CU_ASSERT_FATAL(end != NULL);
	CU_ASSERT_EQUAL(sscanf(end, ") %*c %*d %*d %*d %d", &terminal), 1);

	return terminal != 0;
}

static void test_actors_share_a_session_and_no_group_or_terminal(void)
{
	struct tree tree;
	pid_t good, other;

	tree_start(&tree, TREE GOOD "  - { name: other, " STORY_ACTOR " }\n");
	good = story_pid(&tree, "good");
	other = story_pid(&tree, "other");
	CU_ASSERT_EQUAL(getsid(good), getsid(other));
	CU_ASSERT_EQUAL(getpgid(good), good);
	CU_ASSERT_EQUAL(getpgid(other), other);
	CU_ASSERT(!has_terminal(good));
	tree_stop(&tree);
}

static void test_after_a_stop_the_next_start_works_at_once(void)
{
	struct tree tree;

	tree_prepare(&tree, TREE GOOD);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "run", "--detach",
					      tree.config, NULL), 0);
		CU_ASSERT_EQUAL(story_act(&tree, "stop", ""), 0);
	}
	tree_forget(&tree);
}

static void test_detached_the_command_fails_with_the_reason(void)
{
	struct tree_result result;
	struct tree tree;

	tree_prepare(&tree, TREE
		"  - { name: a, " STORY_ACTOR ", args: [--exit-at-start, \"7\"] }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "run", "--detach",
				      tree.config, NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "exit:7"));
	tree_result_clear(&result);
	tree_forget(&tree);
}

static void test_a_bad_file_starts_nothing(void)
{
	struct tree_result result;
	struct tree tree;

	tree_prepare(&tree, "system: \"@SYSTEM@\"\nchildern: []\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "run", tree.config,
				      NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, ":2:1: error: "));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "did you mean"));
	tree_result_clear(&result);
	tree_forget(&tree);
}

static void copy_program(const struct tree *tree)
{
	story_put_copy(tree, "@ACTORS@/test-actor", "actor", 0755);
}

static void test_a_later_failed_start_is_only_a_crash(void)
{
	struct tree tree;
	char path[256];

	tree_prepare(&tree, TREE
		     "  - { name: a, exec: actor,\n"
		     "      backoff: { min: 365d, max: 365d } }\n" GOOD);
	copy_program(&tree);
	snprintf(path, sizeof(path), "%s/actor", tree.directory);
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	CU_ASSERT_EQUAL(unlink(path), 0);
	story_put_broken(&tree, "actor");
	story_tell(&tree, "a", "crash", NULL);
	CU_ASSERT(story_await(&tree, "a", "state", "backing-off"));
	CU_ASSERT(tree_wait_for(&tree, "\"start_failed:", "--json", "show",
				"/@SYSTEM@/a", NULL));
	CU_ASSERT_EQUAL(unlink(path), 0);
	copy_program(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "a"), 0);
	story_expect(&tree, "a", "echo", "back", "back");
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_program_that_cannot_be_executed_fails_the_start),
	HARNESS_TEST(test_an_exit_before_ready_fails_the_start),
	HARNESS_TEST(test_a_start_hook_that_fails_fails_the_start),
	HARNESS_TEST(test_a_library_of_another_release_is_named),
	HARNESS_TEST(test_a_head_without_children_fails_the_start_as_well),
	HARNESS_TEST(test_an_actor_that_is_never_ready_fails_the_start),
	HARNESS_TEST(test_a_program_that_says_nothing_fails_the_start),
	HARNESS_TEST(test_a_failed_start_below_fails_the_whole_start),
	HARNESS_TEST(test_those_that_had_started_are_stopped_in_reverse),
	HARNESS_TEST(test_a_system_of_that_name_runs_already),
	HARNESS_TEST(test_what_a_killed_root_left_is_no_obstacle),
	HARNESS_TEST(test_detached_it_is_up_when_the_command_returns),
	HARNESS_TEST(test_actors_share_a_session_and_no_group_or_terminal),
	HARNESS_TEST(test_after_a_stop_the_next_start_works_at_once),
	HARNESS_TEST(test_detached_the_command_fails_with_the_reason),
	HARNESS_TEST(test_a_bad_file_starts_nothing),
	HARNESS_TEST(test_a_later_failed_start_is_only_a_crash),
};
HARNESS_MAIN(tests)
