/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_lives.c - references when lives of actors and whole subtrees end and
 * begin again.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/story.h"

static const char tree_text[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1s\nchildren:\n"
	"  - { name: a, refs: [d, /@SYSTEM@/g/b], " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    intensity: 20 in 1s\n"
	"    children:\n"
	"      - { name: b, refs: [/@SYSTEM@/a], " STORY_ACTOR " }\n"
	"  - { name: d, " STORY_ACTOR " }\n";

/* it relays an echo to that reference of it */
static bool reaches(struct tree *tree, const char *from, const char *echo)
{
	struct tree_result result;
	bool found;

	found = tree_actorctl(tree, &result, "ask", from, "ask", echo,
			      NULL) == 0 && strstr(result.out, "hello");
	tree_result_clear(&result);
	return found;
}

static void try_all_edges(struct tree *tree)
{
	CU_ASSERT(reaches(tree, "/@SYSTEM@/a", "/@SYSTEM@/g/b echo hello"));
	CU_ASSERT(reaches(tree, "/@SYSTEM@/g/b", "/@SYSTEM@/a echo hello"));
	CU_ASSERT(reaches(tree, "/@SYSTEM@/a", "d echo hello"));
}

static int act(struct tree *tree, const char *verb, const char *path)
{
	return tree_actorctl(tree, NULL, verb, path, NULL);
}

static void test_a_subtree_that_begins_anew_has_its_references(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	for (int i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(act(&tree, "stop", "/@SYSTEM@/g"), 0);
		CU_ASSERT_EQUAL(act(&tree, "start", "/@SYSTEM@/g"), 0);
		try_all_edges(&tree);
	}
	tree_stop(&tree);
}

static void test_its_dead_letters_are_heard_of(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	CU_ASSERT_EQUAL(act(&tree, "stop", "/@SYSTEM@/g"), 0);
	CU_ASSERT_EQUAL(act(&tree, "start", "/@SYSTEM@/g"), 0);
	tree_actorctl(&tree, NULL, "tell", "/@SYSTEM@/g/b", "nonsense", NULL);
	CU_ASSERT(tree_wait_for(&tree, "nonsense", "dead-letters", NULL));
	tree_stop(&tree);
}

static void test_a_new_life_cannot_send_to_one_that_is_over(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	CU_ASSERT_EQUAL(act(&tree, "stop", "/@SYSTEM@/d"), 0);
	CU_ASSERT_EQUAL(act(&tree, "stop", "/@SYSTEM@/a"), 0);
	CU_ASSERT_EQUAL(act(&tree, "start", "/@SYSTEM@/a"), 0);
	CU_ASSERT_NOT_EQUAL(tree_actorctl(&tree, NULL, "tell", "--wait",
					  "/@SYSTEM@/a", "tell", "d note lost",
					  NULL), 0);
	CU_ASSERT_EQUAL(act(&tree, "start", "/@SYSTEM@/d"), 0);
	try_all_edges(&tree);
	tree_stop(&tree);
}

/*
 * b, which was stopped, begins a new life because a supervisor above it does.
 * c, inside, has sent to it before all of its edges, that from a outside among
 * them, are made.
 */
static void test_mail_of_a_life_that_is_beginning_is_not_lost(void)
{
	struct tree tree;
	char *words;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nintensity: 20 in 1s\nchildren:\n"
		"  - { name: a, refs: [/@SYSTEM@/n/g/b], " STORY_ACTOR " }\n"
		"  - name: n\n"
		"    intensity: 20 in 1s\n"
		"    children:\n"
		"      - { name: c, refs: [/@SYSTEM@/n/g/b], " STORY_ACTOR " }\n"
		"      - { name: slow, " STORY_ACTOR ",\n"
		"          args: [--slow-start, \"300\"] }\n"
		"      - name: g\n"
		"        children: [{ name: b, " STORY_ACTOR " }]\n");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "n/g/b"), 0);
	story_freeze(&tree, "n/c");
	words = tree_expand(&tree, "/@SYSTEM@/n/g/b note hello");
	story_tell(&tree, "n/c", "tell", words);
	free(words);
	story_signal(&tree, "n", SIGKILL);
	CU_ASSERT(story_await_notes(&tree, "n/g/b", "hello\n"));
	tree_stop(&tree);
}

/*
 * The same, and a is introduced to b by c before a's own edge to it is made: its
 * name for b leads there all the same.
 */
static void test_a_name_is_known_beside_what_was_granted(void)
{
	struct tree tree;
	char *words;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nintensity: 20 in 1s\nchildren:\n"
		"  - { name: a, refs: [/@SYSTEM@/n/g/b], " STORY_ACTOR " }\n"
		"  - name: n\n"
		"    intensity: 20 in 1s\n"
		"    children:\n"
		"      - { name: c, refs: [/@SYSTEM@/n/g/b, /@SYSTEM@/a],\n"
		"          " STORY_ACTOR " }\n"
		"      - { name: slow, " STORY_ACTOR ",\n"
		"          args: [--slow-start, \"300\"] }\n"
		"      - name: g\n"
		"        children: [{ name: b, " STORY_ACTOR " }]\n");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "n/g/b"), 0);
	story_freeze(&tree, "n/c");
	words = tree_expand(&tree, "/@SYSTEM@/a /@SYSTEM@/n/g/b");
	story_tell(&tree, "n/c", "give", words);
	free(words);
	story_signal(&tree, "n", SIGKILL);
	CU_ASSERT(tree_wait_for(&tree, "took", "ask", "/@SYSTEM@/a", "notes",
				NULL));
	words = tree_expand(&tree, "/@SYSTEM@/n/g/b echo hello");
	CU_ASSERT(story_await(&tree, "n/g/b", "state", "running"));
	story_expect(&tree, "a", "ask", words, "hello");
	free(words);
	tree_stop(&tree);
}

/* the answer waits for a, which has no process while b's life ends */
static void test_an_answer_outlives_both_processes(void)
{
	struct tree tree;

	tree_start(&tree,
		"system: \"@SYSTEM@\"\nintensity: 20 in 1s\nchildren:\n"
		"  - { name: a, refs: [b], " STORY_ACTOR " }\n"
		"  - { name: b, " STORY_ACTOR " }\n");
	story_tell(&tree, "a", "ask-note", "60000 b defer");
	CU_ASSERT(story_await_owed(&tree, "b"));
	story_freeze(&tree, "a");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "answer", "here"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	story_signal(&tree, "a", SIGKILL);
	json_decref(story_await_letters(&tree, "a", "late_reply", 1));
	/* and its name leads to the new life, whatever is left of the old one */
	CU_ASSERT_EQUAL(story_act(&tree, "start", "b"), 0);
	story_expect(&tree, "a", "ask", "b echo hello", "hello");
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_subtree_that_begins_anew_has_its_references),
	HARNESS_TEST(test_its_dead_letters_are_heard_of),
	HARNESS_TEST(test_a_new_life_cannot_send_to_one_that_is_over),
	HARNESS_TEST(test_mail_of_a_life_that_is_beginning_is_not_lost),
	HARNESS_TEST(test_a_name_is_known_beside_what_was_granted),
	HARNESS_TEST(test_an_answer_outlives_both_processes),
};
HARNESS_MAIN(tests)
