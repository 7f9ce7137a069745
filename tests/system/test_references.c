/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_references.c - whom a reference leads to, through restarts and grants,
 * and who hears that a life is over.
 */
#include <signal.h>
#include <stdlib.h>

#include "tests/system/story.h"

/* a can reach b and c, b can reach c */
static const char three[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [b, c], " STORY_ACTOR " }\n"
	"  - { name: b, refs: [c], " STORY_ACTOR " }\n"
	"  - { name: c, " STORY_ACTOR " }\n";

/* ---- death watch -------------------------------------------------------- */

static void test_a_watcher_is_told_once_and_not_of_restarts(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_tell(&tree, "a", "watch", "b");
	story_tell(&tree, "a", "watch", "b");
	story_tell(&tree, "b", "crash", NULL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "b"), 0);
	story_expect(&tree, "a", "notes", NULL, "");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT(story_await_notes(&tree, "a",
				    "terminated /@SYSTEM@/b terminated\n"));
	story_tell(&tree, "a", "note", "end");
	CU_ASSERT(story_await_notes(&tree, "a",
				    "terminated /@SYSTEM@/b terminated\n"
				    "end\n"));
	tree_stop(&tree);
}

static void test_a_watch_on_who_is_gone_is_told_at_once(void)
{
	struct tree tree;

	tree_start(&tree, three);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	story_tell(&tree, "a", "watch", "b");
	CU_ASSERT(tree_wait_for(&tree, "terminated /@SYSTEM@/b", "ask",
				"/@SYSTEM@/a", "notes", NULL));
	tree_stop(&tree);
}

static void test_after_unwatch_nothing_comes(void)
{
	struct tree tree;

	tree_start(&tree, three);
	story_tell(&tree, "a", "watch", "b");
	story_tell(&tree, "a", "watch", "c");
	story_tell(&tree, "a", "unwatch", "b");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "c"), 0);
	CU_ASSERT(story_await_notes(&tree, "a",
				    "terminated /@SYSTEM@/c terminated\n"));
	tree_stop(&tree);
}

static void test_a_dead_actor_s_messages_come_before_its_terminated(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, refs: [b], " STORY_ACTOR " }\n"
			  "  - { name: b, refs: [a], restart: temporary,\n"
			  "      " STORY_ACTOR " }\n");
	story_tell(&tree, "a", "watch", "b");
	story_freeze(&tree, "a");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "tell", "a note last"),
			0);
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await(&tree, "b", "state", "stopped"));
	story_signal(&tree, "a", SIGCONT);
	CU_ASSERT(story_await_notes(&tree, "a",
				    "last\n"
				    "terminated /@SYSTEM@/b terminated\n"));
	tree_stop(&tree);
}

/* ---- lives and references ----------------------------------------------- */

static void test_a_new_life_is_reached_by_declared_references(void)
{
	struct tree tree;
	char *life;

	tree_start(&tree, three);
	life = story_text(&tree, "b", "life");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "b"), 0);
	CU_ASSERT_FALSE(story_is(&tree, "b", "life", life));
	CU_ASSERT(story_is(&tree, "b", "generation", "0"));
	story_tell(&tree, "a", "tell", "b note anew");
	CU_ASSERT(story_await_notes(&tree, "b", "anew\n"));
	/* and its own references work as well */
	story_tell(&tree, "b", "tell", "c note too");
	CU_ASSERT(story_await_notes(&tree, "c", "too\n"));
	free(life);
	tree_stop(&tree);
}

/* a can reach b and c, and b nobody, before it is given c */
static const char giver[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [b, c], " STORY_ACTOR " }\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - { name: c, " STORY_ACTOR " }\n";

static void test_a_reference_in_a_message_can_be_used(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	story_tell(&tree, "a", "give", "b c");
	CU_ASSERT(story_await_notes(&tree, "b", "took\n/@SYSTEM@/c\n"));
	story_tell(&tree, "b", "use", "note given");
	CU_ASSERT(story_await_notes(&tree, "c", "given\n"));

	/* it is the taker's, whatever becomes of the giver */
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	story_tell(&tree, "b", "use", "note still");
	CU_ASSERT(story_await_notes(&tree, "c", "given\nstill\n"));
	/* it leads to the same life through a restart */
	story_signal(&tree, "c", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "c", 1));
	story_tell(&tree, "b", "use", "note again");
	CU_ASSERT(story_await_notes(&tree, "c", "again\n"));
	/* and to no other */
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "c"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "c"), 0);
	story_tell(&tree, "b", "use", "note strange");
	CU_ASSERT(tree_wait_for(&tree, "EPIPE", "ask", "/@SYSTEM@/b", "notes",
				NULL));
	story_expect(&tree, "c", "notes", NULL, "");
	tree_stop(&tree);
}

static void test_a_grant_survives_the_receiver_s_crash(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	story_freeze(&tree, "b");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "give", "b c"), 0);
	CU_ASSERT(story_await(&tree, "b", "mailbox", "1"));
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_notes(&tree, "b", "took\n/@SYSTEM@/c\n"));
	CU_ASSERT(story_is(&tree, "b", "generation", "1"));
	story_tell(&tree, "b", "use", "note given");
	CU_ASSERT(story_await_notes(&tree, "c", "given\n"));
	tree_stop(&tree);
}

static void test_a_grant_survives_the_giver_s_crash(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	story_freeze(&tree, "b");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "give", "b c"), 0);
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_signal(&tree, "b", SIGCONT);
	CU_ASSERT(story_await_notes(&tree, "b", "took\n/@SYSTEM@/c\n"));
	story_tell(&tree, "b", "use", "note given");
	CU_ASSERT(story_await_notes(&tree, "c", "given\n"));
	tree_stop(&tree);
}

static void test_a_grant_crosses_supervisors(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nchildren:\n"
		"  - name: g\n"
		"    children:\n"
		"      - { name: a, " STORY_ACTOR ",\n"
		"          refs: [\"/@SYSTEM@/h/b\", \"/@SYSTEM@/c\"] }\n"
		"  - name: h\n"
		"    children:\n"
		"      - { name: b, " STORY_ACTOR " }\n"
		"  - { name: c, " STORY_ACTOR " }\n");
	{
		char *words = tree_expand(&tree, "/@SYSTEM@/h/b /@SYSTEM@/c");

		story_tell(&tree, "g/a", "give", words);
		free(words);
	}
	CU_ASSERT(story_await_notes(&tree, "h/b", "took\n/@SYSTEM@/c\n"));
	story_tell(&tree, "h/b", "use", "note across");
	CU_ASSERT(story_await_notes(&tree, "c", "across\n"));

	/* it is in custody: the supervisor of the taker may die */
	story_signal(&tree, "h", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "h/b", 1));
	story_tell(&tree, "c", "note", "there");
	CU_ASSERT(story_await_notes(&tree, "c", "across\nthere\n"));
	tree_stop(&tree);
}

static void test_a_message_to_itself_arrives(void)
{
	struct tree tree;

	tree_start(&tree, giver);
	/* a gives b a reference to b */
	story_tell(&tree, "a", "give", "b b");
	CU_ASSERT(story_await_notes(&tree, "b", "took\n/@SYSTEM@/b\n"));
	story_tell(&tree, "b", "use", "note self");
	CU_ASSERT(story_await_notes(&tree, "b",
				    "took\n/@SYSTEM@/b\nself\n"));
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_watcher_is_told_once_and_not_of_restarts),
	HARNESS_TEST(test_a_watch_on_who_is_gone_is_told_at_once),
	HARNESS_TEST(test_after_unwatch_nothing_comes),
	HARNESS_TEST(test_a_dead_actor_s_messages_come_before_its_terminated),
	HARNESS_TEST(test_a_new_life_is_reached_by_declared_references),
	HARNESS_TEST(test_a_reference_in_a_message_can_be_used),
	HARNESS_TEST(test_a_grant_survives_the_receiver_s_crash),
	HARNESS_TEST(test_a_grant_survives_the_giver_s_crash),
	HARNESS_TEST(test_a_grant_crosses_supervisors),
	HARNESS_TEST(test_a_message_to_itself_arrives),
};
HARNESS_MAIN(tests)
