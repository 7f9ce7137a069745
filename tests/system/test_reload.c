/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_reload.c - the file of a running system is read again.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/story.h"

static const char head[] = "system: \"@SYSTEM@\"\nintensity: 50 in 1s\n";

/* ---- words of these stories -------------------------------------------- */

/* the file is another one from now on; that alone changes nothing */
static void edit(struct tree *tree, const char *children)
{
	char *text, *expanded;
	FILE *file;

	if (asprintf(&text, "%s%s", head, children) < 0)
		abort();
	expanded = tree_expand(tree, text);
	file = fopen(tree->config, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(expanded, file);
	fclose(file);
	free(expanded);
	free(text);
}

static void start(struct tree *tree, const char *children)
{
	char *text;

	if (asprintf(&text, "%s%s", head, children) < 0)
		abort();
	tree_start(tree, text);
	free(text);
}

static json_t *reload(struct tree *tree, const char *option)
{
	return option ? story_json(tree, "reload", option, NULL) :
			story_json(tree, "reload", NULL);
}

static const json_t *step_of(struct tree *tree, const json_t *records,
			     const char *path)
{
	char full[STORY_PATH_BYTES];
	const json_t *record;
	const char *text;
	size_t i;

	story_path(tree, path, full);
	json_array_foreach(records, i, record) {
		text = json_string_value(json_object_get(record, "path"));
		if (text && !strcmp(text, full))
			return record;
	}
	return NULL;
}

static bool says(struct tree *tree, const json_t *records, const char *path,
		 const char *field, const char *value)
{
	const json_t *step = step_of(tree, records, path);
	const char *text = json_string_value(json_object_get(step, field));

	return text && !strcmp(text, value);
}

static json_int_t number_of(const json_t *records, const char *field)
{
	const json_t *record, *value;
	size_t i;

	json_array_foreach(records, i, record) {
		value = json_object_get(record, field);
		if (value)
			return json_integer_value(value);
	}
	return -1;
}

/* ---- what would happen -------------------------------------------------- */

static const char before[] =
	"children:\n"
	"  - { name: a, " STORY_ACTOR " }\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - { name: c, " STORY_ACTOR " }\n";
static const char after[] =
	"strategy: rest_for_one\n"
	"children:\n"
	"  - { name: b, " STORY_ACTOR ", stop_timeout: 1s }\n"
	"  - { name: c, " STORY_ACTOR ", redeliver: 1, environment: { X: y } }\n"
	"  - { name: d, " STORY_ACTOR " }\n";

static void test_a_plan_tells_and_does_nothing(void)
{
	struct tree tree;
	json_t *plan;
	pid_t a, c;

	start(&tree, before);
	a = story_pid(&tree, "a");
	c = story_pid(&tree, "c");
	edit(&tree, after);
	plan = reload(&tree, "--plan");
	CU_ASSERT(says(&tree, plan, "a", "action", "stop"));
	CU_ASSERT(says(&tree, plan, "", "action", "later"));
	CU_ASSERT(says(&tree, plan, "", "keys", "strategy"));
	CU_ASSERT(says(&tree, plan, "b", "action", "change"));
	CU_ASSERT(says(&tree, plan, "b", "keys", "stop_timeout"));
	CU_ASSERT(says(&tree, plan, "d", "action", "start"));
	CU_ASSERT_EQUAL(json_array_size(plan), 7);
	CU_ASSERT_EQUAL(number_of(plan, "unchanged"), 0);
	json_decref(plan);
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
	CU_ASSERT_EQUAL(story_pid(&tree, "c"), c);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "show", "/@SYSTEM@/d", NULL),
			3);
	edit(&tree, before);
	plan = reload(&tree, "--plan");
	CU_ASSERT_EQUAL(json_array_size(plan), 1);
	CU_ASSERT_EQUAL(number_of(plan, "unchanged"), 4);
	json_decref(plan);
	tree_stop(&tree);
}

/* ---- what is wrong ------------------------------------------------------ */

static void refuses(struct tree *tree, const char *children, const char *why)
{
	struct tree_result result;
	char *expected;

	edit(tree, children);
	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "reload", "--plan", NULL),
			1);
	expected = tree_expand(tree, why);
	if (!strstr(result.err, expected))
		harness_note("not \"%s\": %s", expected, result.err);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, expected));
	free(expected);
	tree_result_clear(&result);
}

static void test_a_bad_file_is_told_of_as_check_does(void)
{
	struct tree tree;
	json_t *records;
	pid_t a;

	start(&tree, before);
	a = story_pid(&tree, "a");
	refuses(&tree, "children:\n  - { name: a, exce: x }\n",
		"@DIRECTORY@/@SYSTEM@.yaml:4:16: error: unknown key \"exce\", did you mean \"exec\"?\n    4 |   - { name: a, exce: x }\n");
	records = story_json(&tree, "reload", "--plan", NULL);
	CU_ASSERT_PTR_NULL(records);
	json_decref(records);
	refuses(&tree, "children: [ { name: a, exec: /nix } ]\n",
		"no program \"/nix\"");
	refuses(&tree, "children: [\n", ": error: ");
	chmod(tree.config, 0666);
	refuses(&tree, before, "can be written by everybody");
	chmod(tree.config, 0644);
	CU_ASSERT_EQUAL(unlink(tree.config), 0);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 1);
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
	CU_ASSERT(story_is(&tree, "a", "generation", "0"));
	tree_stop(&tree);
}

static void test_a_system_keeps_its_name(void)
{
	struct tree_result result;
	struct tree tree;
	FILE *file;

	start(&tree, before);
	file = fopen(tree.config, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("system: other\nchildren: [ { name: a, exec: /bin/true } ]\n",
	      file);
	fclose(file);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "reload", "--plan", NULL),
			1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "another name"));
	tree_result_clear(&result);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_plan_tells_and_does_nothing),
	HARNESS_TEST(test_a_bad_file_is_told_of_as_check_does),
	HARNESS_TEST(test_a_system_keeps_its_name),
};
HARNESS_MAIN(tests)
