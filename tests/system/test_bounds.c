/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_bounds.c - what the file says of a mailbox is what its senders find.
 */
#include <signal.h>
#include <stdlib.h>

#include "tests/system/story.h"

#define MESSAGES 10
#define BURST 15	/* more letters of one kind are summed up */

static const char bounded[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: a, refs: [c], " STORY_ACTOR " }\n"
	"  - { name: c, mailbox: { messages: 10 }, " STORY_ACTOR " }\n";

static const char overflowing[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: a, refs: [c], " STORY_ACTOR " }\n"
	"  - { name: c, mailbox: { messages: 10, overflow: dead_letter }, "
	STORY_ACTOR " }\n";

static void test_a_flood_waits_for_room_and_loses_nothing(void)
{
	struct tree tree;

	tree_start(&tree, bounded);
	story_freeze(&tree, "c");
	story_tell(&tree, "a", "flood", "1000 c count");
	CU_ASSERT(story_await(&tree, "a", "mailbox", "0"));
	CU_ASSERT(story_number(&tree, "c", "mailbox") <= MESSAGES);
	story_signal(&tree, "c", SIGCONT);
	CU_ASSERT(tree_wait_for(&tree, "1000", "ask", "/@SYSTEM@/c", "counted",
				NULL));
	tree_stop(&tree);
}

/* how many came to c, when those and its dead letters are all of them */
static bool is_all_there(struct tree *tree, void *ret_n)
{
	json_t *letters = story_letters(tree, "c", "overflow");
	unsigned long *n = ret_n;
	char *counted = NULL;
	bool all;

	*n = 0;
	if (story_ask(tree, "c", "counted", NULL, &counted) == 0)
		*n = strtoul(counted, NULL, 10);
	all = *n + json_array_size(letters) == BURST;
	free(counted);
	json_decref(letters);
	return all;
}

static void test_what_is_over_the_limit_is_a_dead_letter(void)
{
	struct tree tree;
	unsigned long n;

	tree_start(&tree, overflowing);
	story_freeze(&tree, "c");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "burst", "15 c count"), 0);
	story_signal(&tree, "c", SIGCONT);
	/* whoever has a reference has a share, and its supervisor may have one */
	CU_ASSERT(tree_wait_until(&tree, is_all_there, &n));
	harness_note("%lu of %d came", n, BURST);
	CU_ASSERT(n >= 1 && n <= MESSAGES);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_flood_waits_for_room_and_loses_nothing),
	HARNESS_TEST(test_what_is_over_the_limit_is_a_dead_letter),
};
HARNESS_MAIN(tests)
