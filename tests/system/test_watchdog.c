/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_watchdog.c - actors and programs that hang, and that only seem to.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/story.h"

static void start_with(struct tree *tree, const char *watchdog)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
		 "  - { name: a, watchdog: %s, " STORY_ACTOR " }\n", watchdog);
	tree_start(tree, text);
}

/* the sentence of the newest report; malloc'd, "" when there is none */
static char *report(struct tree *tree, const char *path)
{
	json_t *text = story_decision(tree, path, "watchdog", "text");
	char *copy = strdup(text ? json_string_value(text) : "");

	json_decref(text);
	return copy;
}

static void expect_in_report(struct tree *tree, const char *path,
			     const char *wanted)
{
	char *text = report(tree, path);

	if (!strstr(text, wanted))
		harness_note("no \"%s\" in: %s", wanted, text);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, wanted));
	free(text);
}

static void test_a_handler_that_hangs_is_reported_then_killed(void)
{
	struct tree tree;

	start_with(&tree, "{ loop: 300ms, misses: 2 }");
	story_tell(&tree, "a", "hang", NULL);
	story_tell(&tree, "a", "note", "behind it");
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	CU_ASSERT(story_is(&tree, "a", "cause", "watchdog"));
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "watchdog"), 2);
	expect_in_report(&tree, "a", "its loop has not turned for 0.");
	expect_in_report(&tree, "a", "(2 of 2): sleeping");
	expect_in_report(&tree, "a", "in hand \"hang\" from /system/control");
	json_decref(story_await_letters(&tree, "a", "crashed", 1));
	story_expect(&tree, "a", "notes", NULL, "behind it\n");
	tree_stop(&tree);
}

static void test_a_directive_says_what_a_watchdog_is_followed_by(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, watchdog: { loop: 200ms, misses: 1 },\n"
			  "      directives: { watchdog: stop }, "
			  STORY_ACTOR " }\n");
	story_tell(&tree, "a", "hang", NULL);
	CU_ASSERT(story_await(&tree, "a", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "a", "cause", "watchdog"));
	tree_stop(&tree);
}

static void test_who_is_back_in_time_was_only_reported(void)
{
	struct tree tree;
	pid_t pid;

	start_with(&tree, "{ loop: 200ms, misses: 100 }");
	pid = story_pid(&tree, "a");
	for (size_t i = 1; i <= 2; i++) {
		story_tell(&tree, "a", "sleep", "1500");
		story_expect(&tree, "a", "echo", "x", "x");
		CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "watchdog"), i);
	}
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), pid);
	tree_stop(&tree);
}

/* one of its two reports: in the instant between two messages it has none */
static void expect_in_hand(struct tree *tree, const char *path,
			   const char *wanted)
{
	char full[STORY_PATH_BYTES];
	json_t *records = story_json(tree, "why",
				     story_path(tree, path, full), NULL);
	const char *text;
	bool found = false;
	json_t *record;
	size_t i;

	json_array_foreach(records, i, record) {
		text = json_string_value(json_object_get(record, "text"));
		found |= story_record(record, "decision", "watchdog") &&
			 text && strstr(text, wanted);
	}
	CU_ASSERT(found);
	json_decref(records);
}

/* each handler is quick, so that its loop turns; the last one waits for long */
static void test_a_message_that_waits_too_long_is_found(void)
{
	struct tree tree;

	start_with(&tree, "{ message: 400ms, loop: 10s, misses: 2 }, "
			  "directives: { watchdog: stop }");
	CU_ASSERT_EQUAL(story_number(&tree, "a", "watchdog_loop_ms"), 10000);
	CU_ASSERT_EQUAL(story_number(&tree, "a", "watchdog_message_ms"), 400);
	CU_ASSERT_EQUAL(story_number(&tree, "a", "watchdog_misses"), 2);
	/* all at once: it may be as quick as we are */
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "a"), 0);
	for (int i = 0; i < 100; i++)
		story_tell(&tree, "a", "sleep", "70");
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "a"), 0);
	CU_ASSERT(story_await(&tree, "a", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "a", "cause", "watchdog"));
	expect_in_report(&tree, "a", "a message has waited for ");
	expect_in_hand(&tree, "a", "in hand \"sleep\"");
	tree_stop(&tree);
}

/* both in a handler; one of them cannot run, and takes as long by the clock */
static void test_a_stopped_process_is_not_blamed(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 20 in 1min\n"
			  "children:\n"
			  "  - { name: a, " STORY_ACTOR ",\n"
			  "      watchdog: { loop: 500ms, message: 500ms, "
			  "misses: 1 } }\n"
			  "  - { name: b, " STORY_ACTOR ",\n"
			  "      watchdog: { loop: 500ms, misses: 4 } }\n");
	story_freeze(&tree, "a");
	story_tell(&tree, "a", "note", "waits");
	story_tell(&tree, "b", "hang", NULL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "watchdog"), 0);
	story_signal(&tree, "a", SIGCONT);
	story_expect(&tree, "a", "notes", NULL, "waits\n");
	CU_ASSERT(story_is(&tree, "a", "generation", "0"));
	tree_stop(&tree);
}

static void test_a_paused_actor_is_not_blamed(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 20 in 1min\n"
			  "children:\n"
			  "  - { name: a, " STORY_ACTOR ",\n"
			  "      watchdog: { message: 300ms, misses: 1 } }\n"
			  "  - { name: b, " STORY_ACTOR ",\n"
			  "      watchdog: { loop: 300ms, misses: 4 } }\n");
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "a"), 0);
	story_tell(&tree, "a", "note", "waits");
	story_tell(&tree, "b", "hang", NULL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT(story_is(&tree, "a", "state", "paused"));
	CU_ASSERT_EQUAL(story_act(&tree, "unpause", "a"), 0);
	story_expect(&tree, "a", "notes", NULL, "waits\n");
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "watchdog"), 0);
	tree_stop(&tree);
}

static void test_one_with_nothing_to_do_is_not_blamed(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 20 in 1min\n"
			  "children:\n"
			  "  - { name: a, watchdog: 300ms, " STORY_ACTOR " }\n"
			  "  - { name: b, " STORY_ACTOR ",\n"
			  "      watchdog: { loop: 300ms, misses: 6 } }\n");
	story_tell(&tree, "b", "hang", NULL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT_EQUAL(story_n_decisions(&tree, "a", "watchdog"), 0);
	tree_stop(&tree);
}

/* ---- programs ----------------------------------------------------------- */

static void start_program(struct tree *tree, const char *arguments,
			  const char *watchdog)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
		 "  - { name: p, kind: program, watchdog: %s,\n"
		 "      exec: \"@ACTORS@/test-watched\", args: %s,\n"
		 "      start_timeout: 10min, directives: { watchdog: stop } }\n",
		 watchdog, arguments);
	tree_start(tree, text);
}

/* it would come back, and be found wanting again */
static void await_its_end(struct tree *tree)
{
	CU_ASSERT(story_await(tree, "p", "state", "stopped"));
	CU_ASSERT(story_is(tree, "p", "cause", "watchdog"));
}

static void test_a_program_that_says_nothing_more_is_killed(void)
{
	struct tree tree;

	start_program(&tree, "[\"5\"]", "{ loop: 400ms, misses: 2 }");
	await_its_end(&tree);
	expect_in_report(&tree, "p", "it has said nothing for ");
	tree_stop(&tree);
}

static void test_a_program_that_goes_on_saying_so_is_not(void)
{
	struct tree tree;
	pid_t pid;

	tree_start(&tree, "system: \"@SYSTEM@\"\nintensity: 20 in 1min\n"
			  "children:\n"
			  "  - { name: p, kind: program, start_timeout: 10min,\n"
			  "      exec: \"@ACTORS@/test-watched\",\n"
			  "      watchdog: { loop: 2s, misses: 1 } }\n"
			  "  - { name: b, " STORY_ACTOR ",\n"
			  "      watchdog: { loop: 2s, misses: 3 } }\n");
	pid = story_pid(&tree, "p");
	story_tell(&tree, "b", "hang", NULL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT_EQUAL(story_pid(&tree, "p"), pid);
	tree_stop(&tree);
}

/* in any order, as sd_notify(3) has it */
static void test_a_program_can_set_its_time_with_the_word_that_it_is_ready(void)
{
	static const char *const words[] = {
		"[\"0\", \"STATUS=\", \"READY=1\\nWATCHDOG_USEC=200000\"]",
		"[\"0\", \"STATUS=\", \"WATCHDOG_USEC=200000\\nREADY=1\"]",
	};
	struct tree tree;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		start_program(&tree, words[i], "{ loop: 1h, misses: 2 }");
		await_its_end(&tree);
		tree_stop(&tree);
	}
}

static void test_a_program_can_call_for_it_itself(void)
{
	struct tree tree;

	start_program(&tree, "[\"3\", \"WATCHDOG=trigger\"]",
		      "{ loop: 1h, misses: 5 }");
	await_its_end(&tree);
	expect_in_report(&tree, "p", "it asked for it (WATCHDOG=trigger): ");
	tree_stop(&tree);
}

static void test_a_program_can_change_its_time(void)
{
	struct tree tree;

	start_program(&tree, "[\"1\", \"WATCHDOG_USEC=200000\"]",
		      "{ loop: 1h, misses: 2 }");
	await_its_end(&tree);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_handler_that_hangs_is_reported_then_killed),
	HARNESS_TEST(test_a_directive_says_what_a_watchdog_is_followed_by),
	HARNESS_TEST(test_who_is_back_in_time_was_only_reported),
	HARNESS_TEST(test_a_message_that_waits_too_long_is_found),
	HARNESS_TEST(test_a_stopped_process_is_not_blamed),
	HARNESS_TEST(test_a_paused_actor_is_not_blamed),
	HARNESS_TEST(test_one_with_nothing_to_do_is_not_blamed),
	HARNESS_TEST(test_a_program_that_says_nothing_more_is_killed),
	HARNESS_TEST(test_a_program_that_goes_on_saying_so_is_not),
	HARNESS_TEST(
		test_a_program_can_set_its_time_with_the_word_that_it_is_ready),
	HARNESS_TEST(test_a_program_can_call_for_it_itself),
	HARNESS_TEST(test_a_program_can_change_its_time),
};
HARNESS_MAIN(tests)
