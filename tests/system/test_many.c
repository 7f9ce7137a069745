/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_many.c - more actors than one supervisor has, or one actor has edges.
 *
 * They are instances, which share the filter of their class: of filters there are a
 * handful. With HARNESS_LONG there are 5,000.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/system/story.h"

#define BENCH "@ACTORS@/../../../actors/bench/"
#define CONFIG_BYTES (256 * 1024)

/** struct herds - so many supervisors, each of so many and one who asks some */
struct herds {
	unsigned int n;
	unsigned int n_each;
	unsigned int n_asked;
};

static void put_names(FILE *out, unsigned int n)
{
	for (unsigned int i = 1; i <= n; i++)
		fprintf(out, "%sm-%u", i > 1 ? ", " : "", i);
}

static void put_herd(FILE *out, unsigned int i, const struct herds *herds)
{
	fprintf(out,
		"  - name: g-%u\n    start_order: parallel\n    children:\n"
		"      - { name: m, instances: %u, exec: \"" BENCH
		"bench-sink\", start_timeout: 10min }\n"
		"      - { name: herder, exec: \"" BENCH
		"bench-herder\", start_timeout: 10min, refs: [", i,
		herds->n_each);
	put_names(out, herds->n_asked);
	fputs("], args: [", out);
	put_names(out, herds->n_asked);
	fputs("] }\n", out);
}

static void start_herds(struct tree *tree, const struct herds *herds)
{
	char *text = calloc(1, CONFIG_BYTES);
	FILE *out = text ? fmemopen(text, CONFIG_BYTES, "w") : NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(out);
	fputs("system: \"@SYSTEM@\"\nstart_order: parallel\nchildren:\n", out);
	for (unsigned int i = 1; i <= herds->n; i++)
		put_herd(out, i, herds);
	CU_ASSERT_EQUAL(fclose(out), 0);
	tree_start(tree, text);
	free(text);
}

static void they_answer(struct tree *tree, const struct herds *herds)
{
	char name[32];
	char *answer;

	for (unsigned int i = 1; i <= herds->n; i++) {
		snprintf(name, sizeof(name), "g-%u/herder", i);
		CU_ASSERT_EQUAL(story_ask(tree, name, "all", "", &answer),
				0);
		free(answer);
	}
}

/* it has had no edge for them until now; each is counted where all are */
static void letters_of(struct tree *tree, const char *name)
{
	for (unsigned int i = 1; i <= 3; i++) {
		story_tell(tree, name, "nonsense", NULL);
		json_decref(story_await_letters(tree, name, "unhandled", i));
	}
}

static void all_come_up_work_and_end(const struct herds *herds)
{
	struct tree tree;
	char last[32];

	start_herds(&tree, herds);
	they_answer(&tree, herds);
	snprintf(last, sizeof(last), "g-%u/m-%u", herds->n, herds->n_each);
	letters_of(&tree, last);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_more_than_a_thousand_come_up_and_work(void)
{
	all_come_up_work_and_end(&(struct herds){ 6, 200, 200 });
}

static void test_five_thousand_come_up_and_work(void)
{
	if (!getenv("HARNESS_LONG"))
		return;
	all_come_up_work_and_end(&(struct herds){ 10, 499, 100 });
}

/* whoever goes on with the mailbox asks for the edge again */
static void test_who_has_letters_and_no_edge_is_killed(void)
{
	struct tree tree;

	tree_start(&tree,
		   "system: \"@SYSTEM@\"\nchildren:\n"
		   "  - name: g\n    intensity: 100 in 1s\n    children:\n"
		   "      - { name: m, instances: 3, " STORY_ACTOR " }\n");
	story_tell(&tree, "g/m-2", "crash", NULL);
	json_decref(story_await_letters(&tree, "g/m-2", "crashed", 1));
	CU_ASSERT(story_await_generation(&tree, "g/m-2", 1));
	story_tell(&tree, "g/m-2", "crash", NULL);
	json_decref(story_await_letters(&tree, "g/m-2", "crashed", 2));
	CU_ASSERT(story_await_generation(&tree, "g/m-2", 2));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* its life is over, and nobody has ever made it an edge */
static void test_what_waits_at_the_end_of_a_life_is_told_of(void)
{
	struct tree tree;

	tree_start(&tree,
		   "system: \"@SYSTEM@\"\nchildren:\n"
		   "  - { name: m, instances: 3, " STORY_ACTOR " }\n");
	story_freeze(&tree, "m-3");
	story_tell(&tree, "m-3", "echo", "x");
	story_signal(&tree, "m-3", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "m-3", 1));
	story_freeze(&tree, "m-2");
	for (unsigned int i = 0; i < 5; i++)
		story_tell(&tree, "m-2", "echo", "x");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "m-2"), 0);
	json_decref(story_await_letters(&tree, "m-2", "terminated", 5));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* a third of these edges there can be in this system at a time */
#define ASKED 300
#define ASKED_AT_ONCE 75
#define FEW_DESCRIPTORS 2000

static void have_few_descriptors(void)
{
	struct rlimit limit = { FEW_DESCRIPTORS, FEW_DESCRIPTORS };

	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void ask_some(struct tree *tree, unsigned int first)
{
	char name[16];

	for (unsigned int i = first; i < first + ASKED_AT_ONCE; i++) {
		snprintf(name, sizeof(name), "m-%u", i);
		story_expect(tree, name, "echo", name, name);
	}
}

static json_int_t generation_of(struct tree *tree, const char *path)
{
	return story_number(tree, path, "generation");
}

/* who asks gives back what it does not need any more, and, in its next process,
 * what it had then */
static void test_clients_reach_any_number_of_actors(void)
{
	struct tree tree;

	have_few_descriptors();
	tree_start(&tree,
		   "system: \"@SYSTEM@\"\nstart_order: parallel\nchildren:\n"
		   "  - { name: m, instances: 300, " STORY_ACTOR " }\n");
	for (unsigned int i = 0; i < ASKED / ASKED_AT_ONCE; i++) {
		ask_some(&tree, 1 + i * ASKED_AT_ONCE);
		story_signal(&tree, "/system/control", SIGKILL);
		while (generation_of(&tree, "/system/control") <= i)
			usleep(10000);
	}
	ask_some(&tree, 1);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* that it was sent is all that counts */
static void test_what_was_told_is_handled_though_the_way_was_given_back(void)
{
	struct tree tree;

	tree_start(&tree,
		   "system: \"@SYSTEM@\"\nstart_order: parallel\nchildren:\n"
		   "  - { name: m, instances: 75, " STORY_ACTOR " }\n"
		   "  - { name: w, " STORY_ACTOR " }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "pause", "/@SYSTEM@/w", NULL),
			0);
	story_tell(&tree, "w", "note", "before");
	ask_some(&tree, 1);
	story_tell(&tree, "w", "note", "after");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "unpause", "/@SYSTEM@/w",
				      NULL), 0);
	CU_ASSERT(story_await_notes(&tree, "w", "before\nafter\n"));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_more_than_a_thousand_come_up_and_work),
	HARNESS_TEST(test_five_thousand_come_up_and_work),
	HARNESS_TEST(test_who_has_letters_and_no_edge_is_killed),
	HARNESS_TEST(test_what_waits_at_the_end_of_a_life_is_told_of),
	HARNESS_TEST(test_clients_reach_any_number_of_actors),
	HARNESS_TEST(test_what_was_told_is_handled_though_the_way_was_given_back),
};
HARNESS_MAIN(tests)
