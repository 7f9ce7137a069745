/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_descriptors.c - plain descriptors in messages: where a file allows it,
 * whole or not at all, whoever dies meanwhile.
 */
#include <signal.h>
#include <stdlib.h>

#include "tests/system/story.h"

#define GIVER "exec: \"@ACTORS@/test-giver\", start_timeout: 1min"

/* a reaches b, which another supervisor has, and that one c */
static const char four[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [\"/@SYSTEM@/g/b\", c, d], " GIVER " }\n"
	"  - { name: c, redeliver: 1, mailbox: { descriptors: 2 }, " GIVER " }\n"
	"  - { name: d, " GIVER " }\n"
	"  - name: g\n"
	"    children:\n"
	"      - { name: b, refs: [\"/@SYSTEM@/c\"], redeliver: 1,\n"
	"          mailbox: { descriptors: 1 }, " GIVER " }\n";

static void send_far(struct tree *tree, const char *text)
{
	char *expanded = tree_expand(tree, text);

	story_expect(tree, "a", "send", expanded, "0");
	free(expanded);
}

static void test_a_pipe_passes_through_two_hops(void)
{
	struct tree tree;

	tree_start(&tree, four);
	send_far(&tree, "/@SYSTEM@/g/b carry /@SYSTEM@/c write far");
	story_expect(&tree, "a", "read", "", "far");
	/* nobody has it any more: the end of it shows */
	story_expect(&tree, "a", "read", "", "");
	tree_stop(&tree);
}

static void test_without_the_key_it_is_refused(void)
{
	struct tree tree;

	tree_start(&tree, four);
	story_expect(&tree, "a", "send", "d write never", "EPERM");
	story_expect(&tree, "a", "probe", "d", "EPERM");
	story_expect(&tree, "a", "probe", "c", "1");
	tree_stop(&tree);
}

static void test_who_crashes_with_it_gets_it_again(void)
{
	struct tree tree;

	tree_start(&tree, four);
	story_expect(&tree, "a", "send", "c crash-first again", "0");
	story_expect(&tree, "a", "read", "", "again");
	CU_ASSERT(story_is(&tree, "c", "generation", "1"));
	story_expect(&tree, "a", "read", "", "");
	tree_stop(&tree);
}

static void test_a_supervisor_may_crash_with_it(void)
{
	struct tree tree;

	tree_start(&tree, four);
	story_freeze(&tree, "g/b");
	send_far(&tree, "/@SYSTEM@/g/b write kept");
	story_signal(&tree, "g", SIGKILL);
	story_expect(&tree, "a", "read", "", "kept");
	tree_stop(&tree);
}

static void test_its_giver_may_be_gone(void)
{
	struct tree tree;

	tree_start(&tree, four);
	story_freeze(&tree, "c");
	story_expect(&tree, "a", "send", "c keep", "0");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	story_signal(&tree, "c", SIGCONT);
	CU_ASSERT(tree_wait_for(&tree, "pipe", "ask", "/@SYSTEM@/c", "kept",
				NULL));
	tree_stop(&tree);
}

static void test_ten_thousand_leave_no_trace(void)
{
	struct tree tree;
	char *before = NULL, *after = NULL, *other = NULL;

	tree_start(&tree, four);
	story_expect(&tree, "a", "probe", "c", "1");
	CU_ASSERT_EQUAL(story_ask(&tree, "c", "open", "", &before), 0);
	CU_ASSERT_EQUAL(story_ask(&tree, "d", "open", "", &other), 0);
	story_expect(&tree, "a", "probe-many", "300 c", "300");
	story_expect(&tree, "a", "try-many", "10000 d", "EPERM");
	story_expect(&tree, "d", "open", "", other);
	CU_ASSERT_EQUAL(story_ask(&tree, "c", "open", "", &after), 0);
	CU_ASSERT_STRING_EQUAL(before, after);
	free(before);
	free(other);
	free(after);
	tree_stop(&tree);
}

static void test_without_room_it_is_lost_and_nothing_else(void)
{
	struct tree tree;

	tree_start(&tree, four);
	story_expect(&tree, "c", "fill", "", "full");
	story_expect(&tree, "a", "probe", "c", "EREMOTEIO");
	json_decref(story_await_letters(&tree, "c", "capability_lost", 1));
	story_expect(&tree, "c", "empty", "", "empty");
	story_expect(&tree, "a", "probe", "c", "1");
	CU_ASSERT(story_is(&tree, "c", "generation", "0"));
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_pipe_passes_through_two_hops),
	HARNESS_TEST(test_without_the_key_it_is_refused),
	HARNESS_TEST(test_who_crashes_with_it_gets_it_again),
	HARNESS_TEST(test_a_supervisor_may_crash_with_it),
	HARNESS_TEST(test_its_giver_may_be_gone),
	HARNESS_TEST(test_ten_thousand_leave_no_trace),
	HARNESS_TEST(test_without_room_it_is_lost_and_nothing_else),
};
HARNESS_MAIN(tests)
