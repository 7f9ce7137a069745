/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_sealed.c - payloads that are not copied, between sandboxed actors.
 *
 * One makes memory, fills and seals it; others look at it where it is.
 */
#include <signal.h>
#include <stdlib.h>

#include "tests/system/story.h"

#define GIVER "exec: \"@ACTORS@/test-giver\""

/* a may make memory; d has another supervisor; e takes no descriptors */
static const char tree_of[] =
	"system: \"@SYSTEM@\"\nintensity: 20 in 1min\nchildren:\n"
	"  - { name: a, refs: [b, c, \"/@SYSTEM@/g/d\", e], " GIVER ",\n"
	"      sandbox: { memfd: allow } }\n"
	"  - { name: b, mailbox: { descriptors: 1 }, " GIVER " }\n"
	"  - { name: c, redeliver: 1, mailbox: { descriptors: 1 }, " GIVER
	" }\n"
	"  - { name: e, refs: [b], " GIVER " }\n"
	"  - name: g\n"
	"    children:\n"
	"      - { name: d, redeliver: 1, mailbox: { descriptors: 1 }, " GIVER
	" }\n";

static void fan(struct tree *tree, const char *text, const char *answer)
{
	char *expanded = tree_expand(tree, text);

	story_expect(tree, "a", "fan", expanded, answer);
	free(expanded);
}

static void test_one_memory_reaches_many(void)
{
	struct tree tree;

	tree_start(&tree, tree_of);
	fan(&tree, "look 3000001 b c /@SYSTEM@/g/d", "3");
	fan(&tree, "look 67108864 b c", "2");
	fan(&tree, "look 1 b", "1");
	story_expect(&tree, "a", "fan", "look 67108865 b", "EMSGSIZE");
	story_expect(&tree, "a", "fan", "look 1000 e", "EPERM");
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_nothing_of_it_is_left(void)
{
	struct tree tree;
	char *before = NULL, *after = NULL;
	int i;

	tree_start(&tree, tree_of);
	fan(&tree, "look 1000000 b", "1");
	CU_ASSERT_EQUAL(story_ask(&tree, "b", "open", "", &before), 0);
	for (i = 0; i < 20; i++)
		fan(&tree, "look 1000000 b", "1");
	CU_ASSERT_EQUAL(story_ask(&tree, "b", "open", "", &after), 0);
	CU_ASSERT_STRING_EQUAL(before, after);
	free(before);
	free(after);
	tree_stop(&tree);
}

static void test_who_may_not_make_memory_cannot(void)
{
	struct tree tree;

	tree_start(&tree, tree_of);
	story_tell(&tree, "e", "fan", "look 1000 b");
	CU_ASSERT(story_await(&tree, "e", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "e", "cause", "seccomp:memfd_create"));
	tree_stop(&tree);
}

static void test_who_crashes_with_it_gets_it_again(void)
{
	struct tree tree;

	tree_start(&tree, tree_of);
	fan(&tree, "look-second 1000000 c", "1");
	CU_ASSERT(story_is(&tree, "c", "generation", "1"));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static bool one_came(struct tree *tree, void *data)
{
	char *answer = NULL;
	bool came;

	(void)data;
	came = story_ask(tree, "a", "came", "", &answer) == 0 &&
	       *answer == '1';
	free(answer);
	return came;
}

static void test_a_supervisor_may_crash_with_it(void)
{
	struct tree tree;
	char *text;

	tree_start(&tree, tree_of);
	text = tree_expand(&tree, "look 1000000 /@SYSTEM@/g/d");
	story_freeze(&tree, "g/d");
	story_tell(&tree, "a", "fan", text);
	story_expect(&tree, "a", "came", "", "0");	/* it is behind that */
	story_signal(&tree, "g", SIGKILL);
	CU_ASSERT(tree_wait_until(&tree, one_came, NULL));
	story_expect_sum(&tree);
	free(text);
	tree_stop(&tree);
}

static void test_a_dead_letter_has_its_size(void)
{
	struct tree tree;
	json_t *letters;

	tree_start(&tree, tree_of);
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "a", "fan",
					"nonsense 1000000 b"), 0);
	letters = story_await_letters(&tree, "b", "unhandled", 1);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(
				json_array_get(letters, 0), "size")),
			1000000);
	json_decref(letters);
	tree_stop(&tree);
}

static bool has_drops(struct tree *tree, void *data)
{
	char *answer = NULL;
	bool all;

	all = story_ask(tree, "b", "drops", "", &answer) == 0 &&
	      strtoul(answer, NULL, 10) == *(unsigned long *)data;
	free(answer);
	return all;
}

static void expect_drops(struct tree *tree, unsigned long n)
{
	json_t *letters;

	CU_ASSERT(tree_wait_until(tree, has_drops, &n));
	story_expect_sum(tree);
	letters = story_letters(tree, "b", "capability_lost");
	CU_ASSERT_EQUAL(json_array_size(letters), 0);
	json_decref(letters);
}

static void test_who_does_not_read_is_sent_no_more_than_is_kept(void)
{
	struct tree tree;

	tree_start(&tree, tree_of);
	story_freeze(&tree, "b");
	story_tell(&tree, "a", "pour", "200 b");
	story_expect(&tree, "a", "left", "", "136");
	story_signal(&tree, "b", SIGCONT);
	expect_drops(&tree, 200);
	story_expect(&tree, "a", "left", "", "0");
	tree_stop(&tree);
}

static void test_the_next_generation_loses_nothing_of_the_last(void)
{
	struct tree tree;

	tree_start(&tree, tree_of);
	story_freeze(&tree, "b");
	story_tell(&tree, "a", "pour", "200 b");
	story_expect(&tree, "a", "left", "", "136");
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	story_tell(&tree, "a", "pour", "100 b");
	story_expect(&tree, "a", "left", "", "100");
	story_signal(&tree, "b", SIGCONT);
	expect_drops(&tree, 164);
	tree_stop(&tree);
}

static bool is_told(struct tree *tree, void *data)
{
	char victim[STORY_PATH_BYTES], sender[STORY_PATH_BYTES];
	json_t *records = story_spool(tree), *record;
	size_t i, n = 0;

	(void)data;
	story_path(tree, "b", victim);
	story_path(tree, "hostile", sender);
	json_array_foreach(records, i, record)
		n += story_record(record, "ACTOR_RECORD", "malformed") &&
		     story_record(record, "ACTOR_PATH", victim) &&
		     story_record(record, "ACTOR_SENDER", sender);
	json_decref(records);
	return n == 1;
}

static void test_a_lie_is_told_of_and_costs_nobody_else(void)
{
	struct tree tree;

	story_hide_journal();
	tree_start(&tree,
		   "system: \"@SYSTEM@\"\nchildren:\n"
		   "  - { name: b, mailbox: { descriptors: 1 }, " GIVER " }\n"
		   "  - { name: a, refs: [b], " GIVER ",\n"
		   "      sandbox: { memfd: allow } }\n"
		   "  - { name: hostile, refs: [b], restart: temporary,\n"
		   "      exec: \"@ACTORS@/test-hostile\",\n"
		   "      args: [sealed-lie] }\n");
	CU_ASSERT(tree_wait_until(&tree, is_told, NULL));
	json_decref(story_await_letters(&tree, "b", "capability_lost", 1));
	fan(&tree, "look 1000 b", "1");
	CU_ASSERT(story_is(&tree, "b", "generation", "0"));
	CU_ASSERT(story_is(&tree, "hostile", "state", "running"));
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_one_memory_reaches_many),
	HARNESS_TEST(test_nothing_of_it_is_left),
	HARNESS_TEST(test_who_may_not_make_memory_cannot),
	HARNESS_TEST(test_who_crashes_with_it_gets_it_again),
	HARNESS_TEST(test_a_supervisor_may_crash_with_it),
	HARNESS_TEST(test_a_dead_letter_has_its_size),
	HARNESS_TEST(test_who_does_not_read_is_sent_no_more_than_is_kept),
	HARNESS_TEST(test_the_next_generation_loses_nothing_of_the_last),
	HARNESS_TEST(test_a_lie_is_told_of_and_costs_nobody_else),
};
HARNESS_MAIN(tests)
