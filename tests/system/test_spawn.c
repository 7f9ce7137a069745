/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_spawn.c - children that are spawned while the system runs, by people.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/story.h"

/* pool is a supervisor alone, boss a head with children of its own */
static const char tree_text[] =
	"system: \"@SYSTEM@\"\nintensity: 50 in 1s\nchildren:\n"
	"  - { name: a, " STORY_ACTOR " }\n"
	"  - name: pool\n"
	"    intensity: 50 in 1s\n"
	"    templates:\n"
	"      - { name: w, refs: [/@SYSTEM@/a], " STORY_ACTOR " }\n"
	"      - { name: one, max: 1, restart: temporary, " STORY_ACTOR " }\n"
	"      - { name: bad, exec: /bin/true }\n"
	"      - { name: refuses, " STORY_ACTOR ", args: [--fail-start, \"2\"] }\n"
	"      - { name: talks, kind: program, exec: /bin/sh,\n"
	"          args: [-c, echo no luck; exit 4] }\n"
	"  - { name: boss, intensity: 50 in 1s, " STORY_ACTOR ",\n"
	"      templates: [ { name: w, " STORY_ACTOR ",\n"
	"                     refs: [/@SYSTEM@/a, /@SYSTEM@/boss] } ] }\n";

static int spawn(struct tree *tree, const char *node, const char *template,
		 const char *name)
{
	char path[STORY_PATH_BYTES];

	return tree_actorctl(tree, NULL, "spawn", story_path(tree, node, path),
			     template, name, NULL);
}

static bool is_there(struct tree *tree, const char *path)
{
	char buffer[STORY_PATH_BYTES];

	return tree_actorctl(tree, NULL, "show",
			     story_path(tree, path, buffer), NULL) == 0;
}

static bool is_not_there(struct tree *tree, void *path)
{
	return !is_there(tree, path);
}

static bool reaches(struct tree *tree, const char *from, const char *echo)
{
	struct tree_result result;
	char path[STORY_PATH_BYTES];
	bool found;

	found = tree_actorctl(tree, &result, "ask", story_path(tree, from, path),
			      "ask", echo, NULL) == 0 &&
		strstr(result.out, "hello");
	tree_result_clear(&result);
	return found;
}

static void test_a_spawned_child_is_one_like_any_other(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", "kid"), 0);
	CU_ASSERT(story_is(&tree, "pool/kid", "state", "running"));
	CU_ASSERT(reaches(&tree, "pool/kid", "/@SYSTEM@/a echo hello"));
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "pool/kid"), 0);
	CU_ASSERT(story_await_generation(&tree, "pool/kid", 1));
	CU_ASSERT(reaches(&tree, "pool/kid", "/@SYSTEM@/a echo hello"));
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "pool/kid"), 0);
	CU_ASSERT(story_await_generation(&tree, "pool/kid", 2));
	tree_stop(&tree);
}

static void test_a_head_knows_its_child_by_its_name(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	CU_ASSERT_EQUAL(spawn(&tree, "boss", "w", "kid"), 0);
	CU_ASSERT(reaches(&tree, "boss", "kid echo hello"));
	CU_ASSERT(reaches(&tree, "boss/kid", "/@SYSTEM@/boss echo hello"));
	tree_stop(&tree);
}

static void test_the_system_finds_a_name(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", NULL), 0);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", NULL), 0);
	CU_ASSERT(is_there(&tree, "pool/w-1") && is_there(&tree, "pool/w-2"));
	tree_stop(&tree);
}

static void test_a_name_is_in_use_until_its_life_is_over(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", "kid"), 0);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", "kid"), 1);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "one", "kid"), 1);
	for (int i = 0; i < 5; i++) {
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "pool/kid"), 0);
		CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", "kid"), 0);
		CU_ASSERT(story_is(&tree, "pool/kid", "generation", "0"));
	}
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "pool/kid"), 0);
	CU_ASSERT_FALSE(is_there(&tree, "pool/kid"));
	CU_ASSERT_EQUAL(story_act(&tree, "start", "pool/kid"), 3);
	tree_stop(&tree);
}

static void test_who_ends_leaves_its_siblings_their_names(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	CU_ASSERT_EQUAL(spawn(&tree, "boss", "w", "x"), 0);
	CU_ASSERT_EQUAL(spawn(&tree, "boss", "w", "y"), 0);
	CU_ASSERT_EQUAL(spawn(&tree, "boss", "w", "z"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "boss/x"), 0);
	CU_ASSERT(reaches(&tree, "boss", "y echo hello"));
	CU_ASSERT(reaches(&tree, "boss", "z echo hello"));
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "boss/z"), 0);
	CU_ASSERT(story_await_generation(&tree, "boss/z", 1));
	CU_ASSERT(reaches(&tree, "boss", "z echo hello"));
	CU_ASSERT(reaches(&tree, "boss/z", "/@SYSTEM@/boss echo hello"));
	CU_ASSERT(story_is(&tree, "boss/y", "generation", "0"));
	tree_stop(&tree);
}

static void test_there_are_so_many_as_max_says(void)
{
	struct tree tree;

	tree_start(&tree, tree_text);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "one", "x"), 0);
	CU_ASSERT_NOT_EQUAL(spawn(&tree, "pool", "one", "y"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "pool/x"), 0);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "one", "y"), 0);
	/* temporary: its life ends with its process */
	CU_ASSERT_EQUAL(story_act(&tree, "kill", "pool/y"), 0);
	CU_ASSERT(tree_wait_for(&tree, "0/50", "tree", NULL));
	while (spawn(&tree, "pool", "one", "z") != 0)
		;
	tree_stop(&tree);
}

static void says(struct tree *tree, const char *node, const char *template,
		 const char *why)
{
	struct tree_result result;
	char path[STORY_PATH_BYTES];

	tree_actorctl(tree, &result, "spawn", story_path(tree, node, path),
		      template, NULL);
	if (!strstr(result.err, why))
		harness_note("not \"%s\": %s", why, result.err);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, why));
	tree_result_clear(&result);
}

static void test_what_cannot_be_spawned_is_said(void)
{
	struct tree tree;
	pid_t pool;

	tree_start(&tree, tree_text);
	pool = story_pid(&tree, "pool");
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "nix", "x"), 3);
	says(&tree, "pool", "nix",
	     "/pool: its file declares no such template there\n");
	CU_ASSERT_EQUAL(spawn(&tree, "nix", "w", "x"), 3);
	CU_ASSERT_EQUAL(spawn(&tree, "a", "w", "x"), 1);
	CU_ASSERT_EQUAL(spawn(&tree, "", "w", "x"), 3);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", "No"), 2);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn", "/system", "w",
				      "x", NULL), 1);
	/* its start fails: said, and no crash of the group, however often */
	for (int i = 0; i < 60; i++)
		CU_ASSERT_EQUAL(spawn(&tree, "pool", "bad", "x"), 1);
	CU_ASSERT_FALSE(is_there(&tree, "pool/x"));
	CU_ASSERT_EQUAL(story_pid(&tree, "pool"), pool);
	says(&tree, "pool", "talks", "exit:4: no luck; it is stopped; see: actorctl why /");
	/* an errno of its own is no error of ours: ENOENT, as no template has it */
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "refuses", "r"), 1);
	says(&tree, "pool", "refuses", "/pool: refuses-");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "pool"), 0);
	says(&tree, "pool", "w",
	     "/pool: its supervisor is stopped: start that; try again\n");
	tree_stop(&tree);
}

static bool tells_why(struct tree *tree, const char *path, const char *words)
{
	struct tree_result result;
	char buffer[STORY_PATH_BYTES];
	bool told = tree_actorctl(tree, &result, "why",
				  story_path(tree, path, buffer), NULL) == 0 &&
		    strstr(result.out, words);

	if (!told)
		harness_note("why %s: %s%s", path, result.out, result.err);
	tree_result_clear(&result);
	return told;
}

static void test_why_knows_those_that_are_gone(void)
{
	char name[16];
	struct tree tree;

	tree_start(&tree, tree_text);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "bad", "x"), 1);
	CU_ASSERT(tells_why(&tree, "pool/x", "start-failed, cause exit:0"));
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "one", "y"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "pool/y"), 0);
	CU_ASSERT(tree_wait_until(&tree, is_not_there, "pool/y"));
	CU_ASSERT(tells_why(&tree, "pool/y", "pool/y stopped"));
	/* of the newest of that name, and the last of them */
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "talks", "x"), 1);
	CU_ASSERT(tells_why(&tree, "pool/x", "no luck"));
	for (int i = 0; i < 16; i++) {
		snprintf(name, sizeof(name), "z%d", i);
		CU_ASSERT_EQUAL(spawn(&tree, "pool", "bad", name), 1);
	}
	CU_ASSERT_FALSE(tells_why(&tree, "pool/y", ""));
	CU_ASSERT(tells_why(&tree, "pool/z0", "start-failed"));
	/* nobody was there ever */
	CU_ASSERT_FALSE(tells_why(&tree, "pool/nix", ""));
	CU_ASSERT_FALSE(tells_why(&tree, "a/x", ""));
	tree_stop(&tree);
}

static void test_why_below_what_is_stopped_is_why_that_is(void)
{
	struct tree tree;

	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: g, children: [ { name: x, " STORY_ACTOR " } ] }\n");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g"), 0);
	CU_ASSERT(tells_why(&tree, "g/x", "/g stopped"));
	CU_ASSERT_FALSE(tells_why(&tree, "g/y", ""));
	tree_stop(&tree);
}

/* ---- deaths of supervisors --------------------------------------------- */

static void test_children_of_a_pool_survive_any_supervisor(void)
{
	static const char *const victims[] = { "pool", "" };
	struct tree tree;

	tree_start(&tree, tree_text);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", "x"), 0);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", "gone"), 0);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", "kid"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "pool/gone"), 0);
	for (unsigned int i = 0; i < 2; i++) {
		story_freeze(&tree, "pool/kid");
		story_tell(&tree, "pool/kid", "note", i ? "two" : "one");
		story_signal(&tree, victims[i], SIGKILL);
		CU_ASSERT(story_await_generation(&tree, "pool/kid", i + 1));
		CU_ASSERT(story_await_generation(&tree, "pool/x", i + 1));
		CU_ASSERT(story_await_notes(&tree, "pool/kid",
					    i ? "two\n" : "one\n"));
		CU_ASSERT_FALSE(is_there(&tree, "pool/gone"));
		CU_ASSERT(reaches(&tree, "pool/kid", "/@SYSTEM@/a echo hello"));
	}
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", "kid"), 1);
	CU_ASSERT_EQUAL(spawn(&tree, "pool", "w", "gone"), 0);
	tree_stop(&tree);
}

static void test_children_of_a_head_end_with_its_process(void)
{
	struct tree tree;
	json_t *letters;
	int r = 0;

	tree_start(&tree, tree_text);
	for (unsigned int i = 1; i <= 3; i++) {
		CU_ASSERT_EQUAL(spawn(&tree, "boss", "w", "kid"), 0);
		story_freeze(&tree, "boss/kid");
		story_tell(&tree, "boss/kid", "note", "nobody");
		if (i == 1)	/* the head alone, its supervisor, all */
			r = story_act(&tree, "kill", "boss");
		else
			story_signal(&tree, i == 2 ? "boss" : "", SIGKILL);
		CU_ASSERT_EQUAL(r, 0);
		/* a supervisor counts the restarts of its own process */
		CU_ASSERT(story_await_generation(&tree, i == 3 ? "a" : "boss",
						 i == 3 ? 1 : i));
		CU_ASSERT(story_await(&tree, "boss", "state", "running"));
		CU_ASSERT(tree_wait_until(&tree, is_not_there, "boss/kid"));
		letters = story_await_letters(&tree, "boss/kid", "terminated",
					      i);
		CU_ASSERT_PTR_NOT_NULL(letters);
		json_decref(letters);
	}
	tree_stop(&tree);
}

static void test_a_node_that_begins_anew_has_none(void)
{
	static const char *const nodes[] = { "pool", "boss" };
	struct tree tree;
	char path[64];

	tree_start(&tree, tree_text);
	for (size_t i = 0; i < 2; i++) {
		sprintf(path, "%s/kid", nodes[i]);
		CU_ASSERT_EQUAL(spawn(&tree, nodes[i], "w", "kid"), 0);
		CU_ASSERT_EQUAL(story_act(&tree, "stop", nodes[i]), 0);
		CU_ASSERT_FALSE(is_there(&tree, path));
		CU_ASSERT_EQUAL(story_act(&tree, "start", nodes[i]), 0);
		CU_ASSERT_FALSE(is_there(&tree, path));
		CU_ASSERT_EQUAL(spawn(&tree, nodes[i], "w", "kid"), 0);
	}
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_spawned_child_is_one_like_any_other),
	HARNESS_TEST(test_a_head_knows_its_child_by_its_name),
	HARNESS_TEST(test_the_system_finds_a_name),
	HARNESS_TEST(test_a_name_is_in_use_until_its_life_is_over),
	HARNESS_TEST(test_who_ends_leaves_its_siblings_their_names),
	HARNESS_TEST(test_there_are_so_many_as_max_says),
	HARNESS_TEST(test_what_cannot_be_spawned_is_said),
	HARNESS_TEST(test_why_knows_those_that_are_gone),
	HARNESS_TEST(test_why_below_what_is_stopped_is_why_that_is),
	HARNESS_TEST(test_children_of_a_pool_survive_any_supervisor),
	HARNESS_TEST(test_children_of_a_head_end_with_its_process),
	HARNESS_TEST(test_a_node_that_begins_anew_has_none),
};
HARNESS_MAIN(tests)
