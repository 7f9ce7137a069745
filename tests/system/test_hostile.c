/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_hostile.c - one actor of a tree breaks the rules: nobody else notices.
 *
 * What it does is a row of actors/test-hostile.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/story.h"

static void start(struct tree *tree, const char *deed, const char *refs)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "system: \"@SYSTEM@\"\nchildren:\n"
		 "  - { name: victim, " STORY_ACTOR " }\n"
		 "  - { name: good, refs: [victim, hostile], " STORY_ACTOR
		 " }\n"
		 "  - { name: hostile, refs: [%s], restart: temporary,\n"
		 "      exec: \"@ACTORS@/test-hostile\", args: [%s],\n"
		 "      start_timeout: 1min }\n", refs, deed);
	story_hide_journal();
	tree_start(tree, text);
}

/* it can reach the victim, and so can a good actor */
static void start_with(struct tree *tree, const char *deed)
{
	start(tree, deed, "victim");
}

static size_t n_malformed(const struct tree *tree, const char *path)
{
	char victim[STORY_PATH_BYTES], sender[STORY_PATH_BYTES];
	json_t *records = story_spool(tree), *record;
	size_t i, n = 0;

	story_path(tree, path, victim);
	story_path(tree, "hostile", sender);
	json_array_foreach(records, i, record)
		n += story_record(record, "ACTOR_RECORD", "malformed") &&
		     story_record(record, "ACTOR_PATH", victim) &&
		     story_record(record, "ACTOR_SENDER", sender);
	json_decref(records);
	return n;
}

static bool one_is_malformed(struct tree *tree, void *data)
{
	(void)data;
	return n_malformed(tree, "victim") == 1;
}

/* whatever was done: the others are as they were, and can reach each other */
static void expect_others_unmoved(struct tree *tree, pid_t supervisor)
{
	CU_ASSERT_EQUAL(story_pid(tree, ""), supervisor);
	story_tell(tree, "good", "tell", "victim note well");
	CU_ASSERT(story_await_notes(tree, "victim", "well\n"));
	CU_ASSERT(story_is(tree, "victim", "generation", "0"));
	CU_ASSERT(story_is(tree, "good", "generation", "0"));
}

static void try_edge(const char *deed)
{
	struct tree tree;

	start_with(&tree, deed);
	CU_ASSERT(tree_wait_until(&tree, one_is_malformed, NULL));
	expect_others_unmoved(&tree, story_pid(&tree, ""));
	CU_ASSERT_EQUAL(n_malformed(&tree, "victim"), 1);
	CU_ASSERT(story_is(&tree, "hostile", "state", "running"));
	tree_stop(&tree);
}

static void test_garbage_on_an_edge_is_one_malformed_record(void)
{
	try_edge("edge-garbage");
}

static void test_a_packet_of_one_byte_is_malformed(void)
{
	try_edge("edge-short");
}

static void test_an_empty_packet_is_malformed_and_not_an_end(void)
{
	try_edge("edge-empty");
}

static void test_a_huge_packet_is_malformed(void)
{
	try_edge("edge-huge");
}

static void test_descriptors_do_not_pass_over_an_edge(void)
{
	struct tree tree;
	pid_t victim;
	char command[64];

	start_with(&tree, "edge-descriptor");
	victim = story_pid(&tree, "victim");
	expect_others_unmoved(&tree, story_pid(&tree, ""));
	/* 0 1 2, control, epoll, and an edge for each of its few peers */
	if (geteuid() == 0) {
		snprintf(command, sizeof(command),
			 "test $(ls /proc/%d/fd | wc -l) -lt 16", victim);
		CU_ASSERT_EQUAL(system(command), 0);
	}
	tree_stop(&tree);
}

static void try_control(const char *deed, const char *cause)
{
	struct tree tree;

	start_with(&tree, deed);
	CU_ASSERT(story_await(&tree, "hostile", "state", "stopped"));
	if (!story_is(&tree, "hostile", "cause", cause)) {
		char *found = story_text(&tree, "hostile", "cause");

		harness_note("the cause is %s", found);
		free(found);
	}
	CU_ASSERT(story_is(&tree, "hostile", "cause", cause));
	expect_others_unmoved(&tree, story_pid(&tree, ""));
	tree_stop(&tree);
}

static void test_garbage_on_the_control_channel_is_the_end_of_it(void)
{
	try_control("control-garbage", "protocol");
}

static void test_an_empty_control_message_is_the_end_of_it(void)
{
	try_control("control-empty", "protocol");
}

static void test_a_closed_control_channel_is_the_end_of_it(void)
{
	try_control("control-close", "protocol");
}

static void test_an_unknown_verb_is_the_end_of_it(void)
{
	try_control("control-verb", "protocol");
}

/* a failure, told badly, is a failure */
static void test_a_number_that_is_none_is_no_number(void)
{
	try_control("control-numbers", "reported:EPROTO");
}

static void test_a_report_of_somebody_else_is_its_own(void)
{
	try_control("control-of-others", "reported:EIO");
}

static void test_what_is_sent_again_is_taken_once(void)
{
	struct tree tree;

	start_with(&tree, "edge-again");
	CU_ASSERT(story_await_notes(&tree, "victim", "fifth\nfifth\n"));
	story_tell(&tree, "good", "tell", "victim note well");
	CU_ASSERT(story_await_notes(&tree, "victim", "fifth\nfifth\nwell\n"));
	CU_ASSERT(story_is(&tree, "victim", "generation", "0"));
	tree_stop(&tree);
}

static void test_a_shutdown_of_an_edge_is_a_forbidden_call(void)
{
	try_control("edge-shutdown", "seccomp:shutdown");
}

static bool is_unreadable(struct tree *tree, void *data)
{
	json_t *records = story_spool(tree), *record;
	char path[STORY_PATH_BYTES];
	size_t i, *n = data;

	story_path(tree, "hostile", path);
	*n = 0;
	json_array_foreach(records, i, record)
		*n += story_record(record, "ACTOR_RECORD", "malformed") &&
		      story_record(record, "ACTOR_PATH", path) &&
		      json_object_get(record, "ACTOR_COUNT");
	json_decref(records);
	return *n > 0;
}

static void test_an_arena_of_garbage_is_the_end_of_that_life_alone(void)
{
	struct tree tree;
	pid_t supervisor;
	size_t n;

	start_with(&tree, "arena-garbage");
	supervisor = story_pid(&tree, "");
	CU_ASSERT(tree_wait_until(&tree, is_unreadable, &n));
	CU_ASSERT(story_await(&tree, "hostile", "state", "stopped"));
	expect_others_unmoved(&tree, supervisor);
	CU_ASSERT(is_unreadable(&tree, &n));
	CU_ASSERT_EQUAL(n, 1);
	tree_stop(&tree);
}

static void test_descriptors_on_the_control_channel_are_not_taken(void)
{
	struct tree tree;
	pid_t supervisor;

	start_with(&tree, "control-descriptor");
	supervisor = story_pid(&tree, "");
	expect_others_unmoved(&tree, supervisor);
	tree_stop(&tree);
}

static void test_grants_of_edges_it_does_not_hold_give_nothing(void)
{
	struct tree tree;

	start_with(&tree, "control-grants");
	expect_others_unmoved(&tree, story_pid(&tree, ""));
	tree_stop(&tree);
}

/* ---- limits of what it was given ---------------------------------------- */

/* it can reach nobody before the good actor lets it */
static void lend(struct tree *tree, const char *deed, const char *limits)
{
	start(tree, deed, "");
	CU_ASSERT_EQUAL(story_tell_wait(tree, "good", "limit", limits), 0);
	story_tell(tree, "good", "give-taken", "hostile");
}

static void test_too_large_a_message_is_a_dead_letter_and_never_handled(void)
{
	struct tree tree;

	lend(&tree, "limits-ignored", "victim 0 4 0");
	/* more than ten of a kind are only counted */
	json_decref(story_await_letters(&tree, "victim", "oversize", 10));
	expect_others_unmoved(&tree, story_pid(&tree, ""));
	tree_stop(&tree);
}

static size_t n_passed(struct tree *tree)
{
	char *notes = NULL;
	size_t n = 0;

	CU_ASSERT_EQUAL(story_ask(tree, "victim", "notes", NULL, &notes), 0);
	for (const char *at = notes; at && (at = strstr(at, "fifth")); at++)
		n++;
	free(notes);
	return n;
}

static void test_too_many_messages_are_dead_letters(void)
{
	struct tree tree;
	size_t n;

	lend(&tree, "limits-ignored", "victim 5 0 0");
	json_decref(story_await_letters(&tree, "victim", "overflow", 10));
	CU_ASSERT(story_await(&tree, "victim", "mailbox", "0"));
	n = n_passed(&tree);
	/* a second's worth, with twice the patience, and what time brings */
	CU_ASSERT(n >= 5);
	CU_ASSERT(n < 50);
	harness_note("%zu of 100 have passed", n);
	tree_stop(&tree);
}

static size_t n_refused(const struct tree *tree)
{
	json_t *records = story_spool(tree), *record;
	size_t i, n = 0;

	json_array_foreach(records, i, record)
		n += story_record(record, "ACTOR_RECORD", "grant-refused");
	json_decref(records);
	return n;
}

static bool is_refused(struct tree *tree, void *data)
{
	(void)data;
	return n_refused(tree) > 0;
}

static void test_what_it_may_only_use_is_not_passed_on_and_told_once(void)
{
	struct tree tree;

	lend(&tree, "limits-passed-on", "victim 0 0 1");
	CU_ASSERT(tree_wait_until(&tree, is_refused, NULL));
	expect_others_unmoved(&tree, story_pid(&tree, ""));
	CU_ASSERT_EQUAL(n_refused(&tree), 1);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_garbage_on_an_edge_is_one_malformed_record),
	HARNESS_TEST(test_a_packet_of_one_byte_is_malformed),
	HARNESS_TEST(test_an_empty_packet_is_malformed_and_not_an_end),
	HARNESS_TEST(test_a_huge_packet_is_malformed),
	HARNESS_TEST(test_descriptors_do_not_pass_over_an_edge),
	HARNESS_TEST(test_garbage_on_the_control_channel_is_the_end_of_it),
	HARNESS_TEST(test_an_empty_control_message_is_the_end_of_it),
	HARNESS_TEST(test_a_closed_control_channel_is_the_end_of_it),
	HARNESS_TEST(test_an_unknown_verb_is_the_end_of_it),
	HARNESS_TEST(test_a_number_that_is_none_is_no_number),
	HARNESS_TEST(test_a_report_of_somebody_else_is_its_own),
	HARNESS_TEST(test_what_is_sent_again_is_taken_once),
	HARNESS_TEST(test_a_shutdown_of_an_edge_is_a_forbidden_call),
	HARNESS_TEST(test_descriptors_on_the_control_channel_are_not_taken),
	HARNESS_TEST(test_an_arena_of_garbage_is_the_end_of_that_life_alone),
	HARNESS_TEST(
		test_too_large_a_message_is_a_dead_letter_and_never_handled),
	HARNESS_TEST(test_too_many_messages_are_dead_letters),
	HARNESS_TEST(test_what_it_may_only_use_is_not_passed_on_and_told_once),
	HARNESS_TEST(test_grants_of_edges_it_does_not_hold_give_nothing),
};
HARNESS_MAIN(tests)
