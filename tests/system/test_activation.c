/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_activation.c - actors whose process comes with a message and goes when it
 * has nothing to do; nobody who sends to them can tell.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/story.h"

/* in order behind any other */
#define ANY_NUMBER "18446744073709551615"

#define ON_MESSAGE STORY_ACTOR ", activation: on_message"

static const char tree_text[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: out, refs: [\"/@SYSTEM@/g/a\", \"/@SYSTEM@/g/b\"], "
	STORY_ACTOR " }\n"
	"  - name: g\n"
	"    children:\n"
	"      - { name: a, refs: [\"/@SYSTEM@/out\"], " ON_MESSAGE ",\n"
	"          idle_stop: 300ms }\n"
	"      - { name: b, " ON_MESSAGE " }\n";

static void is_idle(struct tree *tree, const char *path)
{
	CU_ASSERT(story_await(tree, path, "state", "idle"));
	CU_ASSERT(story_pid(tree, path) <= 0);
}

static void test_the_first_message_starts_the_process(void)
{
	struct tree tree;
	char *life;

	tree_start(&tree, tree_text);
	is_idle(&tree, "g/a");
	is_idle(&tree, "g/b");
	life = story_text(&tree, "g/b", "life");
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "g/b"), 1);
	story_tell(&tree, "g/b", "note", "one");
	story_expect(&tree, "g/b", "notes", NULL, "one\n");
	CU_ASSERT(story_is(&tree, "g/b", "state", "running"));
	CU_ASSERT(story_is(&tree, "g/b", "life", life));
	CU_ASSERT(story_is(&tree, "g/b", "generation", "0"));
	CU_ASSERT(story_is(&tree, "g/b", "activation", "on_message"));
	is_idle(&tree, "g/a");
	free(life);
	tree_stop(&tree);
}

/* by a reference, and it answers: both ends go on over many processes */
static void test_who_sends_never_notices(void)
{
	struct tree tree;
	char *life, *answer, full[STORY_PATH_BYTES], ask[STORY_PATH_BYTES + 32];

	tree_start(&tree, tree_text);
	life = story_text(&tree, "g/a", "life");
	snprintf(ask, sizeof(ask), "%s who", story_path(&tree, "g/a", full));
	for (int i = 0; i < 5; i++) {
		is_idle(&tree, "g/a");
		CU_ASSERT_EQUAL(story_ask(&tree, "out", "ask", ask, &answer),
				0);
		CU_ASSERT_PTR_NOT_NULL(strstr(answer, "/g/a"));
		free(answer);
		CU_ASSERT(story_is(&tree, "g/a", "life", life));
	}
	is_idle(&tree, "g/a");

	/* no restart: else there would have been two too many */
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/a", "restart"), 0);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/a", "idle"), 5);
	CU_ASSERT(story_is(&tree, "g", "generation", "0"));
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "mailbox", "--audit",
				      NULL), 0);
	free(life);
	tree_stop(&tree);
}

/* what goes with the process must not be waited for by anybody */
static void test_who_waits_for_something_stays(void)
{
	static const char *const kept[][2] = {
		{ "every", "3600000" }, { "watch", "/@SYSTEM@/out" },
		{ "ask-note", "600000 /@SYSTEM@/out notes" },
	};
	struct tree tree;
	pid_t pid;

	tree_start(&tree, tree_text);
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "out"), 0);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		char *text = tree_expand(&tree, kept[i][1]);

		is_idle(&tree, "g/a");
		story_tell(&tree, "g/a", kept[i][0], text);
		story_expect(&tree, "g/a", "echo", "x", "x");
		pid = story_pid(&tree, "g/a");
		/* three times as long, in which a sibling that waits would go */
		story_tell(&tree, "g/b", "sleep", "900");
		story_expect(&tree, "g/b", "echo", "x", "x");
		CU_ASSERT_EQUAL(story_pid(&tree, "g/a"), pid);
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/a"), 0);
		CU_ASSERT_EQUAL(story_act(&tree, "start", "g/a"), 0);
		free(text);
	}
	tree_stop(&tree);
}

/* messages that come just as it goes, again and again: each is handled */
static void test_no_message_is_lost_between_two_processes(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: out, refs: [a], " STORY_ACTOR " }\n"
		"  - { name: a, " ON_MESSAGE ", args: [--pass, keeper],\n"
		"      refs: [keeper], idle_stop: 100ms }\n"
		"  - { name: keeper, " STORY_ACTOR " }\n");
	for (int i = 0; i < 60; i++) {
		char ms[16];

		story_tell(&tree, "out", "tell", "a count " ANY_NUMBER);
		story_tell(&tree, "out", "tell", "a count " ANY_NUMBER);
		/* more and less than the time after which it goes */
		snprintf(ms, sizeof(ms), "%d", 92 + i % 20);
		story_tell(&tree, "out", "sleep", ms);
	}
	CU_ASSERT(tree_wait_for(&tree, "120", "ask", "/@SYSTEM@/keeper",
				"counted", NULL));
	CU_ASSERT(story_n_decisions(&tree, "a", "idle") > 0);
	is_idle(&tree, "a");
	CU_ASSERT(story_is(&tree, "a", "mailbox", "0"));
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "mailbox", "--audit",
				      NULL), 0);
	tree_stop(&tree);
}

static void test_a_crash_is_one_all_the_same(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	story_tell(&tree, "g/b", "crash", NULL);
	story_tell(&tree, "g/b", "note", "behind it");
	story_expect(&tree, "g/b", "notes", NULL, "behind it\n");
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "g/b", "restart"), 1);
	CU_ASSERT(story_is(&tree, "g/b", "generation", "1"));

	/* with nothing behind it, nobody needs the next one yet */
	story_tell(&tree, "g/b", "crash", NULL);
	CU_ASSERT(story_await(&tree, "g/b", "generation", "2"));
	is_idle(&tree, "g/b");
	tree_stop(&tree);
}

static void test_verbs_mean_what_they_say(void)
{
	struct tree tree;
	char *life;

	tree_start(&tree, tree_text);
	is_idle(&tree, "g/b");
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g/b"), 0);
	CU_ASSERT(story_is(&tree, "g/b", "state", "running"));
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "g/b"), 0);
	CU_ASSERT(story_is(&tree, "g/b", "state", "running"));
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "g/a"), 0);
	is_idle(&tree, "g/a");

	/* a life ends without a process as with one */
	life = story_text(&tree, "g/a", "life");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/a"), 0);
	CU_ASSERT(story_is(&tree, "g/a", "state", "stopped"));
	CU_ASSERT_EQUAL(story_ask(&tree, "g/a", "who", NULL, NULL), 5);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g/a"), 0);
	CU_ASSERT_FALSE(story_is(&tree, "g/a", "life", life));
	is_idle(&tree, "g/a");
	story_expect(&tree, "g/a", "echo", "x", "x");
	free(life);
	tree_stop(&tree);
}

static void test_a_paused_one_is_not_woken(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	is_idle(&tree, "g/b");
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "g/b"), 0);
	story_tell(&tree, "g/b", "note", "waits");
	CU_ASSERT(story_await(&tree, "g/b", "mailbox", "1"));
	CU_ASSERT(story_is(&tree, "g/b", "state", "paused"));
	CU_ASSERT(story_pid(&tree, "g/b") <= 0);
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "g/b"), 0);
	story_expect(&tree, "g/b", "notes", NULL, "waits\n");
	tree_stop(&tree);
}

static void test_its_supervisor_may_die_meanwhile(void)
{
	char *life, *words;
	struct tree tree;

	tree_start(&tree, tree_text);
	is_idle(&tree, "g/b");
	life = story_text(&tree, "g/b", "life");
	words = tree_expand(&tree, "/@SYSTEM@/g/b note waits");
	story_signal(&tree, "g", SIGSTOP);
	story_tell(&tree, "out", "tell", words);
	CU_ASSERT(story_is(&tree, "out", "generation", "0"));
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g", 1));
	CU_ASSERT(story_await_notes(&tree, "g/b", "waits\n"));
	CU_ASSERT(story_is(&tree, "g/b", "life", life));
	is_idle(&tree, "g/a");
	free(words);
	free(life);
	tree_stop(&tree);
}

/* a name that is only made known later starts it as well */
static void test_a_new_reference_wakes_it_too(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: giver, refs: [taker, a], " STORY_ACTOR " }\n"
		"  - { name: taker, " STORY_ACTOR " }\n"
		"  - { name: a, " ON_MESSAGE " }\n");
	story_tell(&tree, "giver", "give", "taker a");
	CU_ASSERT(tree_wait_for(&tree, "took", "ask", "/@SYSTEM@/taker",
				"notes", NULL));
	is_idle(&tree, "a");
	story_tell(&tree, "taker", "use", "note by-another");
	CU_ASSERT(story_await(&tree, "a", "state", "running"));
	CU_ASSERT(story_await_notes(&tree, "a", "by-another\n"));
	tree_stop(&tree);
}

static void goes_with(struct tree *tree, const char *option, const char *more)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "system: \"@SYSTEM@\"\nchildren:\n"
		 "  - { name: out, " STORY_ACTOR " }\n"
		 "  - { name: a, " ON_MESSAGE ", idle_stop: 100ms,\n"
		 "      args: [%s], stop_timeout: %s }\n", option, more);
	tree_start(tree, text);
	story_tell(tree, "a", "note", "x");
}

/* nobody asked it to go: what fails on that way is no stop of ours */
static void test_a_failure_on_its_way_is_one_all_the_same(void)
{
	struct tree tree;

	goes_with(&tree, "--crash-stop", "5s");
	CU_ASSERT(story_await(&tree, "a", "generation", "1"));
	is_idle(&tree, "a");
	CU_ASSERT(story_is(&tree, "a", "cause", "signal:SEGV"));
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "restart"), 1);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "idle"), 0);
	tree_stop(&tree);
}

static void test_a_forbidden_call_on_its_way_is_one_too(void)
{
	struct tree tree;

	goes_with(&tree, "--ptrace-stop", "5s");
	CU_ASSERT(story_await(&tree, "a", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "a", "cause", "seccomp:ptrace"));
	tree_stop(&tree);
}

static void test_who_hangs_on_its_way_is_killed(void)
{
	struct tree tree;

	goes_with(&tree, "--hang-stop", "0");
	CU_ASSERT(story_await(&tree, "a", "generation", "1"));
	is_idle(&tree, "a");
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "idle"), 1);
	tree_stop(&tree);
}

static bool has_been_idle(struct tree *tree, void *path)
{
	return story_n_decisions(tree, path, "idle") > 0;
}

/* its own supervisor decides about it, the one above about the node */
static void test_why_of_a_head_has_what_both_supervisors_know(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - name: head\n    idle_stop: 100ms\n"
		"    exec: \"@ACTORS@/test-actor\"\n    children:\n      - { name: a, " STORY_ACTOR " }\n");
	CU_ASSERT(tree_wait_until(&tree, has_been_idle, "head"));
	CU_ASSERT(story_n_decisions(&tree, "head", "started") > 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "head"), 0);
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "head", "stop"), 1);
	tree_stop(&tree);
}

static bool is_at_its_fourth(struct tree *tree, void *path)
{
	return story_number(tree, path, "generation") >= 3;
}

/* it takes no mail, and says that there is nothing to do */
static void test_who_lies_is_not_started_as_fast_as_it_can_go(void)
{
	struct tree tree;
	int64_t begin_ms;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nintensity: 100 in 1min\nchildren:\n"
		"  - { name: out, " STORY_ACTOR " }\n"
		"  - { name: a, exec: \"@ACTORS@/test-hostile\",\n"
		"      args: [control-idle], start_timeout: 10min,\n"
		"      activation: on_message, idle_stop: 1h }\n");
	is_idle(&tree, "a");
	begin_ms = story_now_ms();
	story_tell(&tree, "a", "note", "x");
	CU_ASSERT(tree_wait_until(&tree, is_at_its_fourth, "a"));
	CU_ASSERT(story_now_ms() - begin_ms >= 2000);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_first_message_starts_the_process),
	HARNESS_TEST(test_who_sends_never_notices),
	HARNESS_TEST(test_who_waits_for_something_stays),
	HARNESS_TEST(test_no_message_is_lost_between_two_processes),
	HARNESS_TEST(test_a_crash_is_one_all_the_same),
	HARNESS_TEST(test_verbs_mean_what_they_say),
	HARNESS_TEST(test_a_paused_one_is_not_woken),
	HARNESS_TEST(test_its_supervisor_may_die_meanwhile),
	HARNESS_TEST(test_a_new_reference_wakes_it_too),
	HARNESS_TEST(test_a_failure_on_its_way_is_one_all_the_same),
	HARNESS_TEST(test_a_forbidden_call_on_its_way_is_one_too),
	HARNESS_TEST(test_who_hangs_on_its_way_is_killed),
	HARNESS_TEST(test_why_of_a_head_has_what_both_supervisors_know),
	HARNESS_TEST(test_who_lies_is_not_started_as_fast_as_it_can_go),
};
HARNESS_MAIN(tests)
