/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_notified.c - what a program says with sd_notify: that it needs longer, and
 * what it does.
 */
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/story.h"

#define SYSTEM "system: \"@SYSTEM@\"\nchildren:\n"
#define NOTIFIER "exec: \"@ACTORS@/test-notifier\", kind: program, "
#define EXTEND "\"EXTEND_TIMEOUT_USEC="

static char *text_of(struct tree *tree, const char *decision, const char *field)
{
	json_t *value = story_decision(tree, "p", decision, field);
	const char *text = json_string_value(value);
	char *copy = strdup(text ? text : "");

	json_decref(value);
	return copy;
}

static void expect_field(struct tree *tree, const char *decision,
			 const char *field, const char *expected)
{
	char *text = text_of(tree, decision, field);

	if (strcmp(text, expected))
		harness_note("%s of %s: \"%s\"", field, decision, text);
	CU_ASSERT_STRING_EQUAL(text, expected);
	free(text);
}

/* ---- longer to get ready ------------------------------------------------- */

/* longer than it has; that it says so is heard before */
static void test_who_says_that_it_needs_longer_to_start_has_it(void)
{
	struct tree tree;

	tree_start(&tree, SYSTEM
		"  - { name: p, " NOTIFIER "start_timeout: 4s,\n"
		"      args: [" EXTEND "60000000\", \"~4300\", " EXTEND "60000000\",\n"
		"        \"READY=1\"] }\n");
	CU_ASSERT(story_is(&tree, "p", "state", "running"));
	CU_ASSERT(story_is(&tree, "p", "generation", "0"));
	tree_stop(&tree);
}

static void test_a_word_is_for_as_long_as_it_says(void)
{
	struct tree tree;

	tree_prepare(&tree, SYSTEM
		"  - { name: p, " NOTIFIER "start_timeout: 4s,\n"
		"      args: [" EXTEND "4300000\"] }\n");
	tree_spawn(&tree);
	story_expect_failed_start(&tree, "no READY=1 within 4 s and what it asked for more");
}

static void test_less_than_it_has_takes_nothing_away(void)
{
	struct tree tree;

	tree_start(&tree, SYSTEM
		"  - { name: p, " NOTIFIER "start_timeout: 30s,\n"
		"      args: [" EXTEND "0\", " EXTEND "1\", " EXTEND "x\", \"~400\",\n"
		"        \"READY=1\"] }\n");
	CU_ASSERT(story_is(&tree, "p", "generation", "0"));
	tree_stop(&tree);
}

/* ---- longer to stop ------------------------------------------------------ */

/* what the kernel's evidence of its end is. Return: how long that took, in ms */
static int64_t expect_end(const char *keys, const char *stop_timeout,
			  const char *words, const char *cause)
{
	char config[1024];
	struct tree tree;
	int64_t ms;

	snprintf(config, sizeof(config), "system: \"@SYSTEM@\"\n%schildren:\n"
		 "  - { name: p, " NOTIFIER "stop_timeout: %s,\n"
		 "      args: [\"READY=1\", \"--\", %s] }\n", keys,
		 stop_timeout, words);
	tree_start(&tree, config);
	ms = story_now_ms();
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "p"), 0);
	ms = story_now_ms() - ms;
	expect_field(&tree, "stop", "cause", cause);
	tree_stop(&tree);
	return ms;
}

static void test_who_says_that_it_needs_longer_to_stop_has_it(void)
{
	expect_end("", "4s", EXTEND "60000000\", \"~4300\", \"!3\"", "exit:3");
	/* else it would not have been there so long */
	expect_end("", "500ms", "\"~120000\"", "signal:KILL");
}

/* 2^64 is an hour at most, and the system's own limit is shorter: of its 6 s one is
 * for the kill */
static void test_nobody_stops_for_ever(void)
{
	CU_ASSERT(expect_end("shutdown_timeout: 6s\n", "4s",
			     EXTEND "18446744073709551616\"",
			     "signal:KILL") >= 4500);
}

/* a whole tree that stops: what is others' time stays theirs */
static void test_the_time_of_others_is_not_to_be_had(void)
{
	struct tree tree;
	int64_t begun;

	tree_start(&tree, "system: \"@SYSTEM@\"\nshutdown_timeout: 8s\nchildren:\n"
		"  - { name: other, " NOTIFIER "stop_timeout: 3s,\n"
		"      args: [\"READY=1\", \"--\", \"~1200\", \"!0\"] }\n"
		"  - { name: p, " NOTIFIER "stop_timeout: 300ms,\n"
		"      args: [\"READY=1\", \"--\", " EXTEND "600000000\"] }\n");
	begun = story_now_ms();
	CU_ASSERT_EQUAL(story_act(&tree, "stop", ""), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 0);
	/* much less than it asked for */
	CU_ASSERT(story_now_ms() - begun < 60000);
	tree_forget(&tree);
}

/* ---- what it does -------------------------------------------------------- */

static void expect_status(struct tree *tree, const char *expected)
{
	char *text = story_text(tree, "p", "status");

	if (strcmp(text, expected))
		harness_note("status \"%s\"", text);
	CU_ASSERT_STRING_EQUAL(text, expected);
	free(text);
}

static bool tree_has_status(struct tree *tree, const char *expected)
{
	json_t *rows = story_json(tree, "tree", NULL), *row;
	const char *status = NULL;
	bool has;
	size_t i;

	json_array_foreach(rows, i, row)
		if (json_object_get(row, "status"))
			status = json_string_value(json_object_get(row, "status"));
	has = status && !strcmp(status, expected);
	json_decref(rows);
	return has;
}

/* the last word counts; a second line is another word, and nothing is drawn */
static void test_what_it_says_it_does_is_shown(void)
{
	struct tree tree;

	tree_start(&tree, SYSTEM
		"  - { name: p, " NOTIFIER "args: [\"STATUS=no\",\n"
		"      \"STATUS=\\e[2J loading: 40 % \\u20ac\\nMAINPID=1\\nREADY=1\"] }\n");
	expect_status(&tree, "\\x1b[2J loading: 40 % \u20ac");
	CU_ASSERT(tree_has_status(&tree, "\\x1b[2J loading: 40 % \u20ac"));
	CU_ASSERT(tree_wait_for(&tree, "loading: 40 %", "show", "/@SYSTEM@/p",
				NULL));
	tree_stop(&tree);
}

static void test_an_empty_one_takes_it_back(void)
{
	struct tree tree;

	tree_start(&tree, SYSTEM
		"  - { name: p, " NOTIFIER "args: [\"STATUS=here\", \"STATUS=\",\n"
		"      \"READY=1\"] }\n");
	expect_status(&tree, "");
	tree_stop(&tree);
}

/* however it gets ready: of its watchdog it has to be able to speak */
static void test_with_a_watchdog_it_is_heard(void)
{
	struct tree tree;

	tree_start(&tree, SYSTEM
		"  - { name: p, " NOTIFIER "ready: at_once,\n"
		"      watchdog: { loop: 1s, misses: 1 },\n"
		"      args: [\"~600\", \"WATCHDOG=1\", \"~600\", \"WATCHDOG=1\",\n"
		"             \"WATCHDOG_USEC=600000000\", \"STATUS=lives\"] }\n");
	CU_ASSERT(story_await(&tree, "p", "status", "lives"));
	CU_ASSERT_EQUAL(story_number(&tree, "p", "generation"), 0);
	tree_stop(&tree);
}

static void test_who_is_to_listen_is_not_ready_by_a_word(void)
{
	struct tree tree;

	tree_prepare(&tree, SYSTEM
		"  - { name: p, " NOTIFIER "ready: \"listen:@/nobody\",\n"
		"      start_timeout: 300ms, watchdog: { loop: 1min },\n"
		"      args: [\"READY=1\"] }\n");
	tree_spawn(&tree);
	story_expect_failed_start(&tree, "no socket of it listened");
}

/* 200 bytes of what is said, and no half of a character */
static void test_it_is_short(void)
{
	char config[1024], said[256] = "", expected[256];
	struct tree tree;

	memset(said, 'x', 199);
	snprintf(expected, sizeof(expected), "%s", said);
	strcat(said, "\u20ac and more");
	snprintf(config, sizeof(config), SYSTEM
		 "  - { name: p, " NOTIFIER "args: [\"STATUS=%s\\nREADY=1\"] }\n",
		 said);
	tree_start(&tree, config);
	expect_status(&tree, expected);
	tree_stop(&tree);
}

/* the record of a failure has the last one; the next process begins anew */
static void test_a_failure_has_what_it_did(void)
{
	struct tree tree;

	tree_start(&tree, SYSTEM
		"  - { name: p, " NOTIFIER "restart: transient,\n"
		"      args: [\"READY=1\", \"--\", \"STATUS=closing\", \"!7\"] }\n");
	story_signal(&tree, "p", SIGTERM);
	CU_ASSERT(story_await_generation(&tree, "p", 1));
	expect_field(&tree, "restart", "status", "closing");
	expect_field(&tree, "started", "status", "");
	expect_status(&tree, "");
	tree_stop(&tree);
}

/* its words and its end may be seen at once */
static void test_who_is_ready_and_ends_was_ready(void)
{
	struct tree tree;

	tree_start(&tree, SYSTEM
		"  - { name: a, " NOTIFIER "restart: temporary, args: [\"READY=1\", \"!1\"] }\n"
		"  - { name: b, " NOTIFIER "restart: temporary, args: [\"READY=1\", \"!2\"] }\n"
		"  - { name: c, " NOTIFIER "restart: temporary, args: [\"STATUS=x\", \"READY=1\", \"!3\"] }\n");
	CU_ASSERT(story_await(&tree, "a", "cause", "exit:1"));
	CU_ASSERT(story_await(&tree, "b", "cause", "exit:2"));
	CU_ASSERT(story_await(&tree, "c", "cause", "exit:3"));
	tree_stop(&tree);
}

/* ---- its socket's name ----------------------------------------------------- */

static size_t n_names(const struct tree *tree)
{
	char *path = tree_expand(tree, "@DIRECTORY@/run/@SYSTEM@/notify");
	DIR *folder = opendir(path);
	struct dirent *entry;
	size_t n = 0;

	free(path);
	CU_ASSERT_PTR_NOT_NULL_FATAL(folder);
	while ((entry = readdir(folder)))
		n += *entry->d_name != '.';
	closedir(folder);
	return n;
}

/* what it says is heard all the same, also by another program of its supervisor */
static void test_who_is_killed_leaves_no_name(void)
{
	struct tree tree;

	tree_start(&tree, SYSTEM
		"  - name: g\n"
		"    children:\n"
		"      - { name: p, " NOTIFIER "args: [\"READY=1\", \"--\",\n"
		"          \"STATUS=told\"] }\n");
	CU_ASSERT_EQUAL(n_names(&tree), 0);
	for (unsigned int i = 1; i <= 3; i++) {
		story_signal(&tree, "g", SIGKILL);
		CU_ASSERT(story_await_generation(&tree, "g", i));
		CU_ASSERT(story_await_generation(&tree, "g/p", i));
		CU_ASSERT_EQUAL(n_names(&tree), 0);
	}
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reexec", NULL), 0);
	story_signal(&tree, "g/p", SIGTERM);
	CU_ASSERT(story_await(&tree, "g/p", "status", "told"));
	tree_stop(&tree);
}

/* without files of its own it is found by name */
static void test_the_next_root_removes_what_there_is(void)
{
	struct tree tree;

	setenv("ACTORPROC_PROBE_OVERRIDE", "namespaces", 1);
	tree_start(&tree, SYSTEM
		"  - { name: p, " NOTIFIER "args: [\"READY=1\"] }\n"
		"  - { name: q, " NOTIFIER "args: [\"READY=1\"] }\n");
	CU_ASSERT_EQUAL(n_names(&tree), 2);
	CU_ASSERT_EQUAL(kill(tree.pid, SIGKILL), 0);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 128 + SIGKILL);
	CU_ASSERT_EQUAL(n_names(&tree), 2);
	close(tree.pidfd);
	tree_spawn(&tree);
	CU_ASSERT(tree_await_up(&tree));
	CU_ASSERT(story_is(&tree, "p", "state", "running"));
	CU_ASSERT_EQUAL(n_names(&tree), 2);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_who_says_that_it_needs_longer_to_start_has_it),
	HARNESS_TEST(test_a_word_is_for_as_long_as_it_says),
	HARNESS_TEST(test_less_than_it_has_takes_nothing_away),
	HARNESS_TEST(test_who_says_that_it_needs_longer_to_stop_has_it),
	HARNESS_TEST(test_nobody_stops_for_ever),
	HARNESS_TEST(test_the_time_of_others_is_not_to_be_had),
	HARNESS_TEST(test_what_it_says_it_does_is_shown),
	HARNESS_TEST(test_an_empty_one_takes_it_back),
	HARNESS_TEST(test_with_a_watchdog_it_is_heard),
	HARNESS_TEST(test_who_is_to_listen_is_not_ready_by_a_word),
	HARNESS_TEST(test_it_is_short),
	HARNESS_TEST(test_a_failure_has_what_it_did),
	HARNESS_TEST(test_who_is_ready_and_ends_was_ready),
	HARNESS_TEST(test_who_is_killed_leaves_no_name),
	HARNESS_TEST(test_the_next_root_removes_what_there_is),
};
HARNESS_MAIN(tests)
