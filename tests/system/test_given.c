/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_given.c - a message comes with its reference, though a supervisor is killed
 * between the words for that: of who gave it, of who makes the edge, between them.
 */
#include <poll.h>
#include <string.h>

#include "tests/system/steps.h"
#include "tests/system/story.h"

#define S "/@SYSTEM@/"
#define TIMES_MAX 50

static const char config[] =
	"system: \"@SYSTEM@\"\nintensity: 1000 in 1s\nchildren:\n"
	"- { name: o, refs: [" S "m/g/a, " S "m/g/d], " STORY_ACTOR " }\n"
	"- { name: p, " STORY_ACTOR " }\n"
	"- name: m\n"
	"  intensity: 1000 in 1s\n"
	"  children:\n"
	"  - name: g\n"
	"    intensity: 1000 in 1s\n"
	"    children:\n"
	"    - { name: a, refs: [" S "o, " S "p], " STORY_ACTOR " }\n"
	"    - { name: d, " STORY_ACTOR " }\n";

/**
 * struct gift - who gives whom what, and who is killed where
 * @step: of the supervisor of the role
 */
struct gift {
	const char *giver;
	const char *to;
	const char *what;
	struct step step;
};

static bool somebody_was_killed(struct tree *tree, void *data)
{
	(void)tree;
	(void)data;
	return steps_killed();
}

/* its ids are known when it is up. Return: who is to be killed */
static pid_t begin(struct tree *tree, const struct gift *gift)
{
	pid_t pid;

	tree_prepare(tree, config);
	steps_open(tree);
	tree_spawn(tree);
	CU_ASSERT_FATAL(tree_await_up(tree));
	story_expect(tree, "o", "echo", "x", "x");
	story_expect(tree, "m/g/a", "echo", "x", "x");
	pid = story_pid(tree, gift->step.role);
	steps_arm(tree, NULL, &gift->step);
	steps_watch(true);
	return pid;
}

/** struct outcome - @notes: of who takes it, as they are to be; @last: as they were */
struct outcome {
	const char *giver;
	const char *to;
	const char *notes;
	char *last;
	bool took;
};

/* killed along with its supervisor, the giver may not have come to telling it */
static bool is_decided(struct tree *tree, void *data)
{
	struct outcome *outcome = data;
	json_t *letters;
	bool crashed;

	free(outcome->last);
	outcome->took = story_ask(tree, outcome->to, "notes", NULL,
				  &outcome->last) == 0 &&
			!strcmp(outcome->last, outcome->notes);
	letters = story_letters(tree, outcome->giver, "crashed");
	crashed = json_array_size(letters) > 0;
	json_decref(letters);
	return outcome->took || crashed;
}

static void await_decision(struct tree *tree, struct outcome *outcome)
{
	bool decided = tree_wait_until(tree, is_decided, outcome);

	CU_ASSERT(decided);
	if (!decided) {
		harness_note("%s should have noted\n%sand has\n%s", outcome->to,
			     outcome->notes, outcome->last);
		story_explain(tree, outcome->giver, outcome->to, NULL);
	}
	free(outcome->last);
}

/* @limited: not the reference, but one made of it. Return: was it told? */
static bool play_once(const struct gift *gift, bool limited)
{
	char *names, *notes;
	struct outcome outcome = { .giver = gift->giver, .to = gift->to };
	char text[2 * STORY_PATH_BYTES];
	struct tree tree;
	pid_t pid;

	pid = begin(&tree, gift);
	snprintf(text, sizeof(text), S "%s " S "%s%s", gift->to, gift->what,
		 limited ? " 1000" : "");
	names = tree_expand(&tree, text);
	snprintf(text, sizeof(text), "took\n" S "%s\n", gift->what);
	notes = tree_expand(&tree, text);
	outcome.notes = notes;
	story_tell(&tree, gift->giver, limited ? "give-limited" : "give",
		   names);
	CU_ASSERT(tree_wait_until(&tree, somebody_was_killed, NULL));
	steps_watch(false);
	/* and all that died with it are: none of them decides or answers any more */
	CU_ASSERT(story_await_gone(&tree, pid));
	await_decision(&tree, &outcome);
	harness_note("%s gives %s to %s; dies: \"%s\" at \"%s\"%s",
		     gift->giver, gift->what, gift->to, gift->step.role,
		     gift->step.id,
		     outcome.took ? "" : ", before that was told");
	if (outcome.took) {
		story_tell(&tree, gift->to, "use", "note used");
		CU_ASSERT(story_await_notes(&tree, gift->what, "used\n"));
	}
	free(notes);
	free(names);
	steps_close();
	tree_stop(&tree);
	return outcome.took;
}

static void play(const struct gift *gift, bool limited)
{
	unsigned int n = 1;

	while (!play_once(gift, limited) && n < TIMES_MAX)
		n++;
	CU_ASSERT(n < TIMES_MAX);
}

/* who gets it dies with that one, and so does what it was told */
static void test_the_one_who_makes_the_edge_is_killed(void)
{
	static const struct gift gifts[] = {
		{ "o", "m/g/a", "m/g/d", { "m", "grant: order not passed on",
					   1 } },
		{ "o", "m/g/a", "m/g/d", { "m/g", "mint: made, not pushed",
					   1 } },
		{ "o", "m/g/a", "m/g/d", { "m/g", "mint: pushed, nobody told",
					   1 } },
		{ "o", "m/g/a", "m/g/d", { "m/g", "grant: noted, not settled",
					   1 } },
		{ "o", "m/g/a", "m/g/d", { "m/g",
			"grant: minted and noted, not asked to keep", 1 } },
		{ "o", "m/g/a", "m/g/d", { "m",
			"keeping: asked from below, not passed on", 1 } },
	};

	for (size_t i = 0; i < sizeof(gifts) / sizeof(*gifts); i++)
		play(&gifts[i], false);
}

/* who gave it dies with that one; who gets it goes on, and waits */
static void test_one_above_the_giver_is_killed(void)
{
	static const struct gift gifts[] = {
		{ "m/g/a", "o", "p", { "m/g", "grant: asked for, not begun",
				       1 } },
		{ "m/g/a", "o", "p", { "m/g",
			"grant: noted as said, not ordered", 1 } },
		{ "m/g/a", "o", "p", { "m/g", "grant: order not passed on",
				       1 } },
		{ "m/g/a", "o", "p", { "m", "grant: order not passed on",
				       1 } },
	};

	for (size_t i = 0; i < sizeof(gifts) / sizeof(*gifts); i++)
		play(&gifts[i], false);
}

/* nobody else knows the limits that its number means */
static void test_one_above_who_gives_a_limited_one_is_killed(void)
{
	static const struct gift gifts[] = {
		{ "m/g/a", "o", "p", { "m/g", "limit: noted, not told above",
				       1 } },
		{ "m/g/a", "o", "p", { "", "grant: noted, not settled", 1 } },
	};

	for (size_t i = 0; i < sizeof(gifts) / sizeof(*gifts); i++)
		play(&gifts[i], true);
}

static void test_the_one_above_all_of_them_is_killed(void)
{
	static const struct gift gifts[] = {
		{ "m/g/a", "o", "p", { "", "grant: noted, not settled", 1 } },
		{ "o", "m/g/a", "m/g/d", { "", "grant: order not passed on",
					   1 } },
		{ "o", "m/g/a", "m/g/d", { "",
			"keeping: asked from below, not passed on", 1 } },
	};

	for (size_t i = 0; i < sizeof(gifts) / sizeof(*gifts); i++)
		play(&gifts[i], false);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_one_who_makes_the_edge_is_killed),
	HARNESS_TEST(test_one_above_the_giver_is_killed),
	HARNESS_TEST(test_one_above_who_gives_a_limited_one_is_killed),
	HARNESS_TEST(test_the_one_above_all_of_them_is_killed),
};
HARNESS_MAIN(tests)
