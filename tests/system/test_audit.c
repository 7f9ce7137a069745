/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_audit.c - what bounds a mailbox, what is counted at every edge, and that
 * it adds up.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/story.h"

/* ---- bounds ------------------------------------------------------------- */

static const char bounded[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: b, " STORY_ACTOR ", mailbox: { overflow: dead_letter } }\n"
	"  - { name: c, " STORY_ACTOR " }\n"
	"  - name: a\n"
	"    exec: \"@ACTORS@/test-bounds\"\n    start_timeout: 1min\n"
	"    refs: [b, c]\n"
	"    restart: temporary\n"
	"    mailbox: { bytes: 1M, messages: 9, per_edge: 64K, stash: 7,\n"
	"               kind: priority, payload: 16K, descriptors: 3 }\n";

static void test_an_actor_is_told_the_bounds_of_its_file(void)
{
	struct tree tree;

	tree_start(&tree, bounded);
	CU_ASSERT(tree_wait_for(&tree, "BYTES=1048576 MESSAGES=9 "
				"PER_EDGE=65536 KIND=priority STASH=7 "
				"PAYLOAD=16384 DESCRIPTORS=3 "
				"OVERFLOW=dead_letter ", "why",
				"/@SYSTEM@/a", NULL));
	tree_stop(&tree);
}

/* ---- counts ------------------------------------------------------------- */

/* the ends of the edge from x to b are of different supervisors */
static const char config[] =
	"system: \"@SYSTEM@\"\nintensity: 90 in 1min\nchildren:\n"
	"  - { name: a, refs: [b], " STORY_ACTOR " }\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    intensity: 90 in 1min\n"
	"    children:\n"
	"      - { name: x, refs: [/@SYSTEM@/b], " STORY_ACTOR " }\n";

/* what `actorctl mailbox` says, whether the law holds or not */
static json_t *look(struct tree *tree, const char *path, int *ret_status)
{
	struct tree_result result;
	json_t *json;

	*ret_status = tree_actorctl(tree, &result, "--json", "mailbox",
				    path ? path : "--audit", NULL);
	json = json_loads(result.out, 0, NULL);
	if (!json)
		harness_note("%s%s", result.out, result.err);
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	tree_result_clear(&result);
	return json;
}

static json_int_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static const char *text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* from @from to @to in all that was said of @to: a new reference, or NULL */
static json_t *flow(struct tree *tree, const char *from, const char *to,
		    const char *kind)
{
	char from_path[STORY_PATH_BYTES], to_path[STORY_PATH_BYTES];
	json_t *all, *one, *found = NULL;
	size_t i;
	int status;

	story_path(tree, from, from_path);
	all = look(tree, story_path(tree, to, to_path), &status);
	CU_ASSERT_EQUAL(status, 0);
	json_array_foreach(json_object_get(all, "edges"), i, one)
		if (!strcmp(text(one, "from"), from_path) &&
		    !strcmp(text(one, "to"), to_path) &&
		    !strcmp(text(one, "kind"), kind))
			found = json_incref(one);
	json_decref(all);
	CU_ASSERT_PTR_NOT_NULL(found);
	return found;
}

/** struct counts - @kind: NULL: of requests */
struct counts {
	const char *from;
	const char *to;
	json_int_t accepted, handled, dead, queued;
	const char *kind;
};

static bool counts_are(struct tree *tree, void *data)
{
	const struct counts *wanted = data;
	json_t *one = flow(tree, wanted->from, wanted->to,
			   wanted->kind ? wanted->kind : "requests");
	bool good = number(one, "accepted") == wanted->accepted &&
		    number(one, "handled") == wanted->handled &&
		    number(one, "dead") == wanted->dead &&
		    number(one, "queued") == wanted->queued &&
		    number(one, "lost") == 0 &&
		    number(one, "difference") == 0;

	json_decref(one);
	return good;
}

static void expect_counts(struct tree *tree, struct counts wanted)
{
	CU_ASSERT(tree_wait_until(tree, counts_are, &wanted));
}

static void expect_law(struct tree *tree)
{
	int status;
	json_t *all = look(tree, NULL, &status);

	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT_EQUAL(number(all, "difference"), 0);
	CU_ASSERT_EQUAL(number(all, "lost"), 0);
	CU_ASSERT_EQUAL(number(all, "accepted"),
			number(all, "handled") + number(all, "dead") +
			number(all, "queued"));
	json_decref(all);
}

/* x knows b by its path: @format has a %s for it */
static const char *to_b(const struct tree *tree, const char *format,
			char text[STORY_PATH_BYTES])
{
	char path[STORY_PATH_BYTES];
	const char *at = strstr(format, "%s");

	snprintf(text, STORY_PATH_BYTES, "%.*s%s%s", (int)(at - format),
		 format, story_path(tree, "b", path), at + 2);
	return text;
}

static void test_what_was_handled_is_counted_at_both_ends(void)
{
	char said[STORY_PATH_BYTES];
	struct tree tree;

	tree_start(&tree, config);
	story_tell(&tree, "a", "burst", "5 b note");
	story_expect(&tree, "a", "ask", "b echo hi", "hi");
	story_expect(&tree, "g/x", "ask", to_b(&tree, "%s echo hi", said),
		     "hi");
	expect_counts(&tree, (struct counts){ "a", "b", 6, 6, 0, 0, NULL });
	expect_counts(&tree, (struct counts){ "g/x", "b", 1, 1, 0, 0, NULL });
	expect_counts(&tree, (struct counts){ "b", "a", 1, 1, 0, 0, "replies" });
	expect_law(&tree);
	tree_stop(&tree);
}

static void test_what_waits_is_queued(void)
{
	struct tree tree;

	tree_start(&tree, config);
	story_freeze(&tree, "b");
	story_tell(&tree, "a", "burst", "5 b note");
	expect_counts(&tree, (struct counts){ "a", "b", 5, 0, 0, 5, NULL });
	CU_ASSERT(story_is(&tree, "b", "mailbox", "5"));
	expect_law(&tree);
	story_signal(&tree, "b", SIGCONT);
	expect_counts(&tree, (struct counts){ "a", "b", 5, 5, 0, 0, NULL });
	expect_law(&tree);
	tree_stop(&tree);
}

static void test_counts_go_on_after_a_crash(void)
{
	struct tree tree;

	tree_start(&tree, config);
	story_tell(&tree, "a", "burst", "5 b note");
	expect_counts(&tree, (struct counts){ "a", "b", 5, 5, 0, 0, NULL });
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "a"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "b"), 0);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	story_tell(&tree, "a", "burst", "2 b note");
	expect_counts(&tree, (struct counts){ "a", "b", 7, 7, 0, 0, NULL });
	expect_law(&tree);
	tree_stop(&tree);
}

static void test_counts_go_on_after_the_death_of_a_supervisor(void)
{
	char said[STORY_PATH_BYTES];
	struct tree tree;
	pid_t pid;

	tree_start(&tree, config);
	story_tell(&tree, "g/x", "burst", to_b(&tree, "5 %s note", said));
	expect_counts(&tree, (struct counts){ "g/x", "b", 5, 5, 0, 0, NULL });
	pid = story_pid(&tree, "g/x");
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "g"), 0);
	CU_ASSERT(story_await_gone(&tree, pid));
	CU_ASSERT(story_await(&tree, "g/x", "state", "running"));
	story_tell(&tree, "g/x", "burst", to_b(&tree, "2 %s note", said));
	expect_counts(&tree, (struct counts){ "g/x", "b", 7, 7, 0, 0, NULL });
	expect_law(&tree);
	tree_stop(&tree);
}

static void test_a_crash_in_hand_is_one_dead(void)
{
	struct tree tree;

	tree_start(&tree, config);
	story_tell(&tree, "a", "burst", "4 b note");
	expect_counts(&tree, (struct counts){ "a", "b", 4, 4, 0, 0, NULL });
	story_tell(&tree, "a", "tell", "b crash");
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	expect_counts(&tree, (struct counts){ "a", "b", 5, 4, 1, 0, NULL });
	expect_law(&tree);
	tree_stop(&tree);
}

static bool nothing_moves(struct tree *tree, void *data)
{
	int status;
	json_t *all = look(tree, NULL, &status);
	bool still = number(all, "moving") == 0;

	(void)data;
	json_decref(all);
	return still;
}

/* what was queued is dead, what was answered was answered */
static void test_a_life_that_ended_is_still_accounted_for(void)
{
	char said[STORY_PATH_BYTES];
	struct tree tree;

	tree_start(&tree, config);
	story_expect(&tree, "a", "ask", "b echo hi", "hi");
	story_tell(&tree, "g/x", "burst", to_b(&tree, "9 %s note", said));
	story_tell(&tree, "a", "burst", "5 b note");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT(tree_wait_until(&tree, nothing_moves, NULL));
	expect_law(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "b"), 0);
	story_tell(&tree, "a", "burst", "3 b note");
	expect_counts(&tree, (struct counts){ "a", "b", 3, 3, 0, 0, NULL });
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g"), 0);
	CU_ASSERT(tree_wait_until(&tree, nothing_moves, NULL));
	expect_law(&tree);
	tree_stop(&tree);
}

/*
 * A temporary actor that is over has a name, which another life of b is known
 * by at once. Its last word waits there, and nobody has a mailbox for it.
 */
static void test_what_waits_for_who_has_no_life_is_queued(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: b, " STORY_ACTOR " }\n"
			  "  - { name: a, refs: [b], restart: temporary, "
			  STORY_ACTOR " }\n");
	story_expect(&tree, "a", "ask", "b echo hi", "hi");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT(tree_wait_until(&tree, nothing_moves, NULL));
	expect_law(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "a"), 0);
	CU_ASSERT(tree_wait_until(&tree, nothing_moves, NULL));
	expect_law(&tree);
	tree_stop(&tree);
}

static void test_a_program_has_nothing_that_could_be_off(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: b, " STORY_ACTOR " }\n"
			  "  - { name: p, kind: program, ready: at_once,\n"
			  "      exec: /bin/sleep, args: [1000] }\n"
			  "  - name: g\n    children:\n"
			  "      - { name: p, kind: program, ready: at_once,\n"
			  "          exec: /bin/sleep, args: [1000] }\n");
	CU_ASSERT(tree_wait_until(&tree, nothing_moves, NULL));
	expect_law(&tree);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "p"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/p"), 0);
	CU_ASSERT(tree_wait_until(&tree, nothing_moves, NULL));
	expect_law(&tree);
	tree_stop(&tree);
}

static bool flooded(struct tree *tree, void *data)
{
	(void)data;
	expect_law(tree);
	return counts_are(tree, &(struct counts){ "a", "b", 200000, 200000,
						  0, 0, NULL });
}

static void test_the_law_is_seen_to_hold_in_a_flood(void)
{
	char said[STORY_PATH_BYTES];
	struct tree tree;

	tree_start(&tree, config);
	story_tell(&tree, "a", "flood", "200000 b count");
	story_tell(&tree, "g/x", "flood", to_b(&tree, "200000 %s count", said));
	CU_ASSERT(tree_wait_until(&tree, flooded, NULL));
	tree_stop(&tree);
}

/* @n actors, each with references to all others; malloc'd */
static char *everybody_knows_everybody(int n)
{
	char *text = NULL;
	size_t n_bytes;
	FILE *to = open_memstream(&text, &n_bytes);

	fputs("system: \"@SYSTEM@\"\nchildren:\n", to);
	for (int i = 0; i < n; i++) {
		fprintf(to, "  - { name: a%d, " STORY_ACTOR ", refs: [", i);
		for (int k = 1; k < n; k++)
			fprintf(to, "a%d, ", (i + k) % n);
		fputs("] }\n", to);
	}
	fclose(to);
	return text;
}

/* a row has some hundred bytes, an answer at most 64 KiB of them */
static void test_more_edges_than_one_answer_takes_are_all_there(void)
{
	char *text = everybody_knows_everybody(20);
	struct tree tree;
	json_t *all;
	int status;

	tree_start(&tree, text);
	free(text);
	all = look(&tree, NULL, &status);
	CU_ASSERT_EQUAL(status, 0);
	CU_ASSERT(json_array_size(json_object_get(all, "edges")) >=
		  2 * 20 * 20);
	json_decref(all);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_actor_is_told_the_bounds_of_its_file),
	HARNESS_TEST(test_what_was_handled_is_counted_at_both_ends),
	HARNESS_TEST(test_what_waits_is_queued),
	HARNESS_TEST(test_counts_go_on_after_a_crash),
	HARNESS_TEST(test_a_crash_in_hand_is_one_dead),
	HARNESS_TEST(test_a_life_that_ended_is_still_accounted_for),
	HARNESS_TEST(test_what_waits_for_who_has_no_life_is_queued),
	HARNESS_TEST(test_a_program_has_nothing_that_could_be_off),
	HARNESS_TEST(test_counts_go_on_after_the_death_of_a_supervisor),
	HARNESS_TEST(test_the_law_is_seen_to_hold_in_a_flood),
	HARNESS_TEST(test_more_edges_than_one_answer_takes_are_all_there),
};
HARNESS_MAIN(tests)
