/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_reload.c - the file of a running system is read again.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/system/story.h"

static const char head[] = "system: \"@SYSTEM@\"\nintensity: 50 in 1s\n";

/* ---- words of these stories -------------------------------------------- */

static void edit(struct tree *tree, const char *children)
{
	char *text;

	if (asprintf(&text, "%s%s", head, children) < 0)
		abort();
	story_rewrite(tree, text);
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
	"  - { name: a, " STORY_ACTOR ", stop_timeout: 1min }\n"
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

/* ---- what happens ------------------------------------------------------- */

static void reloads(struct tree *tree, const char *children)
{
	struct tree_result result;

	edit(tree, children);
	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "reload", NULL), 0);
	if (result.status)
		harness_note("%s%s", result.out, result.err);
	tree_result_clear(&result);
}

static bool is_there(struct tree *tree, const char *path)
{
	char buffer[STORY_PATH_BYTES];

	return tree_actorctl(tree, NULL, "show",
			     story_path(tree, path, buffer), NULL) == 0;
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

static void test_it_becomes_as_the_file_says(void)
{
	struct tree tree;
	json_t *plan;
	pid_t b, c;

	start(&tree, before);
	b = story_pid(&tree, "b");
	c = story_pid(&tree, "c");
	reloads(&tree, after);
	CU_ASSERT_FALSE(is_there(&tree, "a"));
	CU_ASSERT_EQUAL(story_pid(&tree, "b"), b);
	CU_ASSERT(story_is(&tree, "b", "generation", "0"));
	CU_ASSERT_EQUAL(story_number(&tree, "b", "stop_timeout_ms"), 1000);
	CU_ASSERT_NOT_EQUAL(story_pid(&tree, "c"), c);
	CU_ASSERT(story_is(&tree, "c", "generation", "1"));
	CU_ASSERT_EQUAL(story_number(&tree, "c", "redeliver"), 1);
	CU_ASSERT(story_is(&tree, "d", "state", "running"));
	/* fixed at its start */
	CU_ASSERT(story_is(&tree, "", "strategy", "one_for_one"));
	plan = reload(&tree, NULL);
	CU_ASSERT(says(&tree, plan, "", "action", "later"));
	CU_ASSERT_EQUAL(json_array_size(plan), 2);
	CU_ASSERT_EQUAL(number_of(plan, "unchanged"), 3);
	json_decref(plan);
	CU_ASSERT_EQUAL(story_act(&tree, "restart", ""), 0);
	CU_ASSERT(story_is(&tree, "", "strategy", "rest_for_one"));
	plan = reload(&tree, NULL);
	CU_ASSERT_EQUAL(json_array_size(plan), 1);
	CU_ASSERT_EQUAL(number_of(plan, "unchanged"), 4);
	json_decref(plan);
	/* and back */
	reloads(&tree, before);
	CU_ASSERT(story_is(&tree, "a", "state", "running"));
	CU_ASSERT_FALSE(is_there(&tree, "d"));
	tree_stop(&tree);
}

static void test_references_come_and_go_with_the_file(void)
{
	struct tree tree;
	pid_t b;

	start(&tree, "children:\n"
	      "  - { name: a, " STORY_ACTOR ", refs: [b] }\n"
	      "  - { name: b, " STORY_ACTOR " }\n"
	      "  - { name: g, children: [ { name: c, " STORY_ACTOR " } ] }\n");
	b = story_pid(&tree, "b");
	CU_ASSERT(reaches(&tree, "a", "b echo hello"));
	/* to what is there, to what is new, and from what is new */
	reloads(&tree, "children:\n"
		"  - { name: a, " STORY_ACTOR ", refs: [b, /@SYSTEM@/g/c] }\n"
		"  - { name: b, " STORY_ACTOR " }\n"
		"  - name: g\n"
		"    children:\n"
		"      - { name: c, " STORY_ACTOR ", refs: [/@SYSTEM@/n, d] }\n"
		"      - { name: d, " STORY_ACTOR ", refs: [/@SYSTEM@/a, c] }\n"
		"  - { name: n, " STORY_ACTOR ", refs: [b, /@SYSTEM@/g/d, a] }\n");
	CU_ASSERT(reaches(&tree, "a", "b echo hello"));
	CU_ASSERT(reaches(&tree, "a", "/@SYSTEM@/g/c echo hello"));
	CU_ASSERT(reaches(&tree, "g/c", "d echo hello"));
	CU_ASSERT(reaches(&tree, "g/c", "/@SYSTEM@/n echo hello"));
	CU_ASSERT(reaches(&tree, "g/d", "/@SYSTEM@/a echo hello"));
	CU_ASSERT(reaches(&tree, "n", "/@SYSTEM@/g/d echo hello"));
	CU_ASSERT(reaches(&tree, "n", "b echo hello"));
	CU_ASSERT_EQUAL(story_pid(&tree, "b"), b);
	/* what is not declared any more is over, for who was it to and from */
	reloads(&tree, "children:\n"
		"  - { name: a, " STORY_ACTOR " }\n"
		"  - { name: b, " STORY_ACTOR " }\n"
		"  - name: g\n"
		"    children:\n"
		"      - { name: c, " STORY_ACTOR ", refs: [d] }\n"
		"      - { name: d, " STORY_ACTOR " }\n");
	CU_ASSERT_FALSE(reaches(&tree, "a", "b echo hello"));
	CU_ASSERT_FALSE(reaches(&tree, "g/d", "c echo hello"));
	CU_ASSERT(reaches(&tree, "g/c", "d echo hello"));
	CU_ASSERT_EQUAL(story_pid(&tree, "b"), b);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_mail_of_who_is_taken_out_is_dead_and_that_of_others_waits(void)
{
	struct tree tree;
	json_t *letters;

	start(&tree, before);
	story_freeze(&tree, "a");
	story_freeze(&tree, "c");
	story_tell(&tree, "a", "note", "nobody");
	story_tell(&tree, "c", "note", "later");
	story_signal(&tree, "c", SIGCONT);
	edit(&tree, after);
	story_signal(&tree, "a", SIGKILL);
	reloads(&tree, after);
	CU_ASSERT(story_await_generation(&tree, "c", 1));
	story_tell(&tree, "c", "note", "last");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "tell", "/@SYSTEM@/a",
				      "note", "x", NULL), 3);
	letters = story_json(&tree, "dead-letters", NULL);
	json_decref(letters);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

/* @text: b is gone then, and whom it had an edge to ends before or with it */
static void end_under_the_dead(bool stopped, const char *text)
{
	struct tree tree;

	start(&tree, "children:\n"
		"  - { name: a, " STORY_ACTOR " }\n"
		"  - { name: b, " STORY_ACTOR ", refs: [a] }\n");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "a"), 0);
	if (stopped)
		CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	reloads(&tree, text);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_who_was_dead_already_is_counted_when_it_is_taken_out(void)
{
	static const char only_a[] = "children:\n"
		"  - { name: a, " STORY_ACTOR " }\n";
	static const char neither[] = "children:\n"
		"  - { name: c, " STORY_ACTOR " }\n";

	end_under_the_dead(true, only_a);
	end_under_the_dead(false, only_a);
	end_under_the_dead(true, neither);
	end_under_the_dead(false, neither);
}

/* for a moment it has no children at all */
static void test_a_head_begins_anew_with_other_children(void)
{
	struct tree tree;

	start(&tree, "children:\n"
		"  - { name: h, " STORY_ACTOR ",\n"
		"      children: [ { name: k, " STORY_ACTOR " } ] }\n");
	reloads(&tree, "children:\n"
		"  - { name: h, " STORY_ACTOR ", environment: { X: y },\n"
		"      children: [ { name: l, " STORY_ACTOR " } ] }\n");
	CU_ASSERT(story_is(&tree, "h/l", "state", "running"));
	CU_ASSERT_EQUAL(story_number(&tree, "h", "generation"), 1);
	tree_stop(&tree);
}

static void test_whole_nodes_come_and_go(void)
{
	static const char with[] =
		"children:\n"
		"  - { name: a, " STORY_ACTOR " }\n"
		"  - name: g\n"
		"    children:\n"
		"      - { name: c, " STORY_ACTOR ", refs: [/@SYSTEM@/a] }\n"
		"      - { name: h, " STORY_ACTOR ", children: [\n"
		"            { name: d, " STORY_ACTOR ", refs: [/@SYSTEM@/g/h] } ] }\n"
		"  - { name: w, instances: 3, " STORY_ACTOR " }\n";
	static const char without[] =
		"children:\n"
		"  - { name: w, instances: 1, " STORY_ACTOR " }\n"
		"  - { name: a, " STORY_ACTOR " }\n";
	size_t n_processes;
	struct tree tree;
	pid_t a, w;

	start(&tree, without);
	a = story_pid(&tree, "a");
	w = story_pid(&tree, "w-1");
	n_processes = tree_n_processes(&tree);
	for (int i = 0; i < 3; i++) {
		reloads(&tree, with);
		CU_ASSERT(reaches(&tree, "g/c", "/@SYSTEM@/a echo hello"));
		CU_ASSERT(reaches(&tree, "g/h/d", "/@SYSTEM@/g/h echo hello"));
		CU_ASSERT(story_is(&tree, "w-3", "state", "running"));
		CU_ASSERT(story_is(&tree, "g/h/d", "generation", "0"));
		reloads(&tree, without);
		CU_ASSERT_FALSE(is_there(&tree, "g"));
		CU_ASSERT_FALSE(is_there(&tree, "g/h/d"));
		CU_ASSERT_FALSE(is_there(&tree, "w-2"));
		CU_ASSERT(story_await_processes(&tree, n_processes));
	}
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
	CU_ASSERT_EQUAL(story_pid(&tree, "w-1"), w);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_what_is_something_else_now_begins_a_new_life(void)
{
	struct tree tree;
	uint64_t life;

	start(&tree, "children:\n"
	      "  - { name: a, " STORY_ACTOR ", refs: [b] }\n"
	      "  - { name: b, " STORY_ACTOR " }\n");
	life = story_life(&tree, "a");
	reloads(&tree, "children:\n"
		"  - { name: a, " STORY_ACTOR ", refs: [b] }\n"
		"  - { name: b, " STORY_ACTOR ", children: [ { name: x, " STORY_ACTOR " } ] }\n");
	CU_ASSERT(reaches(&tree, "a", "b echo hello"));
	CU_ASSERT(story_is(&tree, "b/x", "state", "running"));
	CU_ASSERT(story_is(&tree, "a", "generation", "0"));
	CU_ASSERT_EQUAL(story_life(&tree, "a"), life);
	reloads(&tree, "children:\n"
		"  - { name: b, " STORY_ACTOR " }\n"
		"  - { name: a, " STORY_ACTOR ", refs: [b] }\n");
	CU_ASSERT(reaches(&tree, "a", "b echo hello"));
	CU_ASSERT(story_is(&tree, "a", "generation", "0"));
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_a_group_stops_and_starts_in_its_order(void)
{
	struct tree tree;
	char *text;

	story_start_traced(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
		"  - { name: x, " STORY_TRACED " }\n"
		"  - { name: y, " STORY_TRACED " }\n"
		"  - { name: z, " STORY_TRACED " }\n");
	story_clear_trace(&tree);
	text = tree_expand(&tree, "children:\n"
		"  - { name: n, " STORY_TRACED " }\n"
		"  - { name: x, " STORY_TRACED ", environment: { A: b } }\n"
		"  - { name: z, " STORY_TRACED ", environment: { A: b } }\n");
	reloads(&tree, text);
	free(text);
	CU_ASSERT(story_await_trace(&tree, "stop y 0\nstop z 0\nstop x 0\n"
				    "start n 0\nstart x 1\nstart z 1\n"));
	tree_stop(&tree);
}

static void test_a_start_that_fails_takes_nobody_along(void)
{
	struct tree_result result;
	struct tree tree;
	pid_t a;

	start(&tree, before);
	a = story_pid(&tree, "a");
	edit(&tree, "children:\n"
	     "  - { name: a, " STORY_ACTOR " }\n"
	     "  - { name: b, " STORY_ACTOR " }\n"
	     "  - { name: c, " STORY_ACTOR " }\n"
	     "  - { name: bad, " STORY_ACTOR ", args: [--exit-at-start, \"3\"] }\n"
	     "  - { name: g, children: [ { name: bad, exec: /bin/false } ] }\n"
	     "  - { name: d, " STORY_ACTOR " }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "reload", NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.out, "FAILED"));
	tree_result_clear(&result);
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
	CU_ASSERT(story_is(&tree, "bad", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "d", "state", "running"));
	reloads(&tree, before);
	CU_ASSERT_FALSE(is_there(&tree, "bad"));
	CU_ASSERT_FALSE(is_there(&tree, "g/bad"));
	tree_stop(&tree);
}

static void test_what_is_stopped_stays_so_and_the_plan_says_it(void)
{
	static const char *const options[] = { "--plan", NULL };
	struct tree tree;
	json_t *steps;

	start(&tree, "children:\n"
	      "  - { name: a, " STORY_ACTOR " }\n"
	      "  - { name: b, " STORY_ACTOR " }\n"
	      "  - { name: g, children: [ { name: x, " STORY_ACTOR " } ] }\n");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g"), 0);
	edit(&tree, "children:\n"
	     "  - { name: a, " STORY_ACTOR ", environment: { X: y } }\n"
	     "  - { name: b, " STORY_ACTOR ", environment: { X: y } }\n"
	     "  - name: g\n"
	     "    children:\n"
	     "      - { name: x, " STORY_ACTOR ", environment: { X: y } }\n"
	     "      - { name: new, " STORY_ACTOR " }\n");
	for (size_t i = 0; i < 2; i++) {
		steps = reload(&tree, options[i]);
		CU_ASSERT(says(&tree, steps, "a", "action", "change"));
		CU_ASSERT(says(&tree, steps, "a", "keys", "environment"));
		CU_ASSERT(says(&tree, steps, "a", "why",
			       "it is stopped: its next start has it"));
		CU_ASSERT(says(&tree, steps, "b", "action", "restart"));
		CU_ASSERT(says(&tree, steps, "g/x", "action", "change"));
		CU_ASSERT(says(&tree, steps, "g/new", "action", "change"));
		CU_ASSERT(says(&tree, steps, "g/new", "why",
			       "its supervisor is stopped: its next start has it"));
		json_decref(steps);
	}
	CU_ASSERT(story_is(&tree, "a", "state", "stopped"));
	CU_ASSERT(story_is(&tree, "b", "generation", "1"));
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g"), 0);
	CU_ASSERT(story_await_generation(&tree, "g/new", 0));
	tree_stop(&tree);
}

static void test_who_could_not_start_again_is_not_ended_for_it(void)
{
	static const char *const options[] = { "--plan", NULL };
	static const char *const keys[] = {
		"read", "execute", "write", "devices",
	};
	struct tree_result result;
	char text[512];
	struct tree tree;
	pid_t a;

	start(&tree, before);
	a = story_pid(&tree, "a");
	for (size_t i = 0; i < 8; i++) {
		snprintf(text, sizeof(text), "children:\n"
			 "  - { name: a, " STORY_ACTOR
			 ", sandbox: { %s: [/nowhere/x] } }\n", keys[i / 2]);
		edit(&tree, text);
		CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "reload",
					      options[i % 2], NULL), 1);
		CU_ASSERT_PTR_NOT_NULL(strstr(result.err, keys[i / 2]));
		CU_ASSERT_PTR_NOT_NULL(strstr(result.err,
			"/nowhere/x, which is not there: make that first"));
		tree_result_clear(&result);
	}
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
	CU_ASSERT(is_there(&tree, "b"));
	/* nobody is ended for one that is new */
	edit(&tree, "children:\n"
	     "  - { name: a, " STORY_ACTOR " }\n"
	     "  - { name: n, " STORY_ACTOR
	     ", sandbox: { read: [/nowhere/x] } }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 1);
	CU_ASSERT(story_is(&tree, "n", "state", "stopped"));
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
	tree_stop(&tree);
}

static const char pool_text[] =
	"children:\n"
	"  - { name: a, " STORY_ACTOR " }\n"
	"  - name: pool\n"
	"    templates:\n"
	"      - { name: w, %srefs: [/@SYSTEM@/a], " STORY_ACTOR " }\n"
	"  - { name: boss, " STORY_ACTOR ", %s"
	"templates: [ { name: w, " STORY_ACTOR " } ] }\n";

static void test_what_was_spawned_goes_on(void)
{
	char text[2048];
	struct tree tree;
	pid_t kid;

	snprintf(text, sizeof(text), pool_text, "", "");
	start(&tree, text);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn", "/@SYSTEM@/pool",
				      "w", "kid", NULL), 0);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn", "/@SYSTEM@/boss",
				      "w", "kid", NULL), 0);
	kid = story_pid(&tree, "boss/kid");
	snprintf(text, sizeof(text), pool_text, "args: [x], ", "");
	reloads(&tree, text);
	CU_ASSERT(story_is(&tree, "pool/kid", "generation", "1"));
	CU_ASSERT(reaches(&tree, "pool/kid", "/@SYSTEM@/a echo hello"));
	CU_ASSERT_EQUAL(story_pid(&tree, "boss/kid"), kid);
	CU_ASSERT(reaches(&tree, "boss", "kid echo hello"));
	/* a head that begins anew knows of none; without a template there is none */
	snprintf(text, sizeof(text), pool_text, "", "args: [y], ");
	reloads(&tree, text);
	CU_ASSERT_FALSE(is_there(&tree, "boss/kid"));
	CU_ASSERT(story_is(&tree, "boss", "state", "running"));
	reloads(&tree, "children:\n"
		"  - { name: a, " STORY_ACTOR " }\n"
		"  - { name: pool, templates: [ { name: v, " STORY_ACTOR " } ] }\n");
	CU_ASSERT_FALSE(is_there(&tree, "pool/kid"));
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn", "/@SYSTEM@/pool",
				      "w", "kid", NULL), 3);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "spawn", "/@SYSTEM@/pool",
				      "v", "kid", NULL), 0);
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static void test_supervisors_that_die_come_back_with_the_new_tree(void)
{
	static const char *const victims[] = { "g", "" };
	struct tree tree;

	start(&tree, "children:\n"
	      "  - { name: a, " STORY_ACTOR " }\n"
	      "  - name: g\n"
	      "    intensity: 50 in 1s\n"
	      "    children:\n"
	      "      - { name: b, " STORY_ACTOR " }\n"
	      "      - { name: c, " STORY_ACTOR " }\n");
	reloads(&tree, "children:\n"
	      "  - name: g\n"
	      "    intensity: 50 in 1s\n"
	      "    children:\n"
	      "      - { name: d, " STORY_ACTOR ", refs: [/@SYSTEM@/e] }\n"
	      "      - { name: c, " STORY_ACTOR " }\n"
	      "  - { name: e, " STORY_ACTOR ", refs: [/@SYSTEM@/g/d] }\n");
	for (unsigned int i = 0; i < 2; i++) {
		story_signal(&tree, victims[i], SIGKILL);
		CU_ASSERT(story_await_generation(&tree, "g/c", i + 1));
		CU_ASSERT(story_await_generation(&tree, "g/d", i + 1));
		CU_ASSERT(story_await_generation(&tree, "e", i));
		CU_ASSERT(reaches(&tree, "g/d", "/@SYSTEM@/e echo hello"));
		CU_ASSERT(reaches(&tree, "e", "/@SYSTEM@/g/d echo hello"));
		CU_ASSERT_FALSE(is_there(&tree, "g/b"));
		CU_ASSERT_FALSE(is_there(&tree, "a"));
	}
	story_expect_sum(&tree);
	tree_stop(&tree);
}

static pid_t reload_meanwhile(struct tree *tree)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(tree_actorctl(tree, NULL, "reload", NULL));
	return pid;
}

static void test_only_one_at_a_time(void)
{
	struct tree_result result;
	struct tree tree;
	pid_t pid;

	start(&tree, before);
	/* it does not go before its time is over */
	story_freeze(&tree, "a");
	edit(&tree, after);
	pid = reload_meanwhile(&tree);
	CU_ASSERT(story_await(&tree, "a", "state", "stopping"));
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "reload", NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "just read again"));
	tree_result_clear(&result);
	story_signal(&tree, "a", SIGCONT);
	waitpid(pid, NULL, 0);
	CU_ASSERT(story_is(&tree, "d", "state", "running"));
	tree_stop(&tree);
}

/* ---- with traffic, and with deaths --------------------------------------- */

/* a and b send to c and g/d as fast as it goes; c is another process each time */
static const char storm_text[] =
	"children:\n"
	"  - { name: c, %s" STORY_ACTOR " }\n"
	"  - { name: a, refs: [c], " STORY_ACTOR " }\n"
	"%s"
	"  - name: g\n"
	"    intensity: 50 in 1s\n"
	"    children:\n"
	"%s"
	"      - { name: d, refs: [/@SYSTEM@/a], " STORY_ACTOR " }\n"
	"  - { name: b, refs: [/@SYSTEM@/g/d%s], " STORY_ACTOR " }\n";

static void storm_version(unsigned int i, char text[static 4096])
{
	snprintf(text, 4096, storm_text, i & 1 ? "args: [x], " : "",
		 i & 2 ? "  - { name: n, refs: [a], " STORY_ACTOR " }\n" : "",
		 i & 4 ? "      - { name: m, refs: [d], " STORY_ACTOR " }\n" : "",
		 i & 8 ? ", c" : "");
}

static void press(struct tree *tree, const char *who, const char *whom)
{
	char path[STORY_PATH_BYTES];

	story_path(tree, whom, path);
	story_tell(tree, who, "press", *path == '/' && strchr(whom, '/') ?
		   path : whom);
}

static unsigned long pressed(struct tree *tree, const char *who)
{
	char *said = NULL;
	unsigned long n = 0;

	CU_ASSERT_EQUAL(story_ask(tree, who, "pressed", NULL, &said), 0);
	if (said)
		sscanf(said, "%lu", &n);
	free(said);
	return n;
}

static void test_nothing_is_lost_in_a_storm(void)
{
	struct tree tree;
	char text[4096];
	json_t *letters;
	pid_t a, d;

	storm_version(0, text);
	start(&tree, text);
	a = story_pid(&tree, "a");
	d = story_pid(&tree, "g/d");
	press(&tree, "a", "c");
	press(&tree, "b", "g/d");
	for (unsigned int i = 1; i < 8; i++) {
		storm_version(i, text);
		reloads(&tree, text);
		CU_ASSERT(story_await_generation(&tree, "c", i));
	}
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), a);
	CU_ASSERT_EQUAL(story_pid(&tree, "g/d"), d);
	story_tell(&tree, "b", "relax", NULL);
	CU_ASSERT(pressed(&tree, "b") > 0);
	story_tell(&tree, "a", "relax", NULL);
	CU_ASSERT(pressed(&tree, "a") > 0);
	story_expect_sum(&tree);
	letters = story_letters(&tree, "c", "crashed");
	CU_ASSERT_EQUAL(json_array_size(letters), 0);
	json_decref(letters);
	tree_stop(&tree);
}

static void test_supervisors_may_die_at_any_moment_of_it(void)
{
	/* the root restarts the first of them three times in five seconds, and
	 * then gives up */
	static const char *const victims[] = {
		"", "g", "g", "g", "g", "g", "g", "g", "g", "g",
	};
	unsigned int n_rounds = getenv("HARNESS_LONG") ? 200 : 12;
	char text[4096];
	struct tree tree;
	pid_t pid, victim;
	json_t *plan;

	storm_version(0, text);
	start(&tree, text);
	for (unsigned int i = 1; i <= n_rounds; i++) {
		storm_version(i * 7, text);
		edit(&tree, text);
		press(&tree, "a", "c");
		pid = reload_meanwhile(&tree);
		usleep((i * 7919) % 60000);
		victim = story_pid(&tree, victims[i % 10]);
		CU_ASSERT_FATAL(victim > 1);
		CU_ASSERT_EQUAL(kill(victim, SIGKILL), 0);
		waitpid(pid, NULL, 0);
		CU_ASSERT(story_await_gone(&tree, victim));
		CU_ASSERT(story_await(&tree, "", "state", "running"));
		CU_ASSERT(story_await(&tree, "g", "state", "running"));
		/* what it did not come to do, the next one does */
		while (tree_actorctl(&tree, NULL, "reload", NULL) != 0)
			usleep(10000);
		plan = reload(&tree, "--plan");
		CU_ASSERT_EQUAL(json_array_size(plan), 1);
		json_decref(plan);
		CU_ASSERT(story_await(&tree, "g/d", "state", "running"));
		CU_ASSERT(story_await(&tree, "b", "state", "running"));
		CU_ASSERT(story_await(&tree, "c", "state", "running"));
		CU_ASSERT_EQUAL(is_there(&tree, "n"), (i * 7 & 2) != 0);
		CU_ASSERT_EQUAL(is_there(&tree, "g/m"), (i * 7 & 4) != 0);
		CU_ASSERT(reaches(&tree, "b", "/@SYSTEM@/g/d echo hello"));
		CU_ASSERT_EQUAL(reaches(&tree, "b", "c echo hello"),
				(i * 7 & 8) != 0);
		if (i * 7 & 4)
			CU_ASSERT(reaches(&tree, "g/m", "d echo hello"));
		story_tell(&tree, "a", "relax", NULL);
		story_expect_sum(&tree);
	}
	tree_stop(&tree);
}

static void test_standby_begins_and_ends_at_once(void)
{
	struct tree tree;
	pid_t pid, spare;

	start(&tree, "children:\n  - { name: a, " STORY_ACTOR " }\n");
	pid = story_pid(&tree, "a");
	edit(&tree, "children:\n  - { name: a, standby: 1, " STORY_ACTOR " }\n");
	json_decref(reload(&tree, NULL));
	CU_ASSERT(story_await(&tree, "a", "standby", "waiting"));
	spare = (pid_t)story_number(&tree, "a", "standby_pid");
	/* of other arguments it is not the next process */
	edit(&tree, "children:\n  - { name: a, standby: 1, " STORY_ACTOR
	     ", environment: { X: y } }\n");
	json_decref(reload(&tree, NULL));
	CU_ASSERT(story_await_gone(&tree, spare));
	CU_ASSERT_NOT_EQUAL(story_pid(&tree, "a"), spare);
	CU_ASSERT_NOT_EQUAL(story_pid(&tree, "a"), pid);
	story_expect(&tree, "a", "variable", "X", "y");
	CU_ASSERT(story_await(&tree, "a", "standby", "waiting"));
	spare = (pid_t)story_number(&tree, "a", "standby_pid");
	pid = story_pid(&tree, "a");
	edit(&tree, "children:\n  - { name: a, " STORY_ACTOR
	     ", environment: { X: y } }\n");
	json_decref(reload(&tree, NULL));
	CU_ASSERT(story_await_gone(&tree, spare));
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), pid);
	tree_stop(&tree);
}

#define FEW_DESCRIPTORS 1000

static void test_a_file_with_too_many_descriptors_changes_nothing(void)
{
	struct rlimit few = { FEW_DESCRIPTORS, FEW_DESCRIPTORS };
	struct tree_result result;
	struct tree tree;
	pid_t pid;

	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &few), 0);
	tree_start(&tree, "system: \"@SYSTEM@\"\nchildren:\n"
			  "  - { name: a, " STORY_ACTOR " }\n");
	pid = story_pid(&tree, "a");
	story_rewrite(&tree,
		      "system: \"@SYSTEM@\"\nchildren:\n"
		      "  - { name: g, children: [\n"
		      "      { name: m, instances: 490, " STORY_ACTOR " } ] }\n"
		      "  - { name: h, children: [\n"
		      "      { name: m, instances: 490, " STORY_ACTOR " } ] }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "-s", "@SYSTEM@",
				      "reload", NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "the root needs"));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "may have 1000 here; raise "
				      "the hard limit of RLIMIT_NOFILE"));
	tree_result_clear(&result);
	CU_ASSERT_EQUAL(story_pid(&tree, "a"), pid);
	tree_stop(&tree);
}

static void test_what_is_to_come_is_told_until_it_begins_anew(void)
{
	static const char one[] =
		"children:\n"
		"  - { name: g, children: [ { name: a, " STORY_ACTOR " } ] }\n";
	static const char other[] =
		"children:\n"
		"  - { name: g, strategy: one_for_all,\n"
		"      children: [ { name: a, " STORY_ACTOR " } ] }\n";
	struct tree tree;
	json_t *plan;

	start(&tree, one);
	edit(&tree, other);
	for (int i = 0; i < 2; i++) {
		plan = reload(&tree, NULL);
		CU_ASSERT(says(&tree, plan, "g", "action", "later"));
		json_decref(plan);
	}
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "g"), 0);
	plan = reload(&tree, "--plan");
	CU_ASSERT_FALSE(says(&tree, plan, "g", "action", "later"));
	json_decref(plan);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_is_to_come_is_told_until_it_begins_anew),
	HARNESS_TEST(test_a_plan_tells_and_does_nothing),
	HARNESS_TEST(test_a_bad_file_is_told_of_as_check_does),
	HARNESS_TEST(test_a_system_keeps_its_name),
	HARNESS_TEST(test_it_becomes_as_the_file_says),
	HARNESS_TEST(test_references_come_and_go_with_the_file),
	HARNESS_TEST(test_mail_of_who_is_taken_out_is_dead_and_that_of_others_waits),
	HARNESS_TEST(test_who_was_dead_already_is_counted_when_it_is_taken_out),
	HARNESS_TEST(test_a_head_begins_anew_with_other_children),
	HARNESS_TEST(test_whole_nodes_come_and_go),
	HARNESS_TEST(test_what_is_something_else_now_begins_a_new_life),
	HARNESS_TEST(test_a_group_stops_and_starts_in_its_order),
	HARNESS_TEST(test_a_start_that_fails_takes_nobody_along),
	HARNESS_TEST(test_what_is_stopped_stays_so_and_the_plan_says_it),
	HARNESS_TEST(test_who_could_not_start_again_is_not_ended_for_it),
	HARNESS_TEST(test_what_was_spawned_goes_on),
	HARNESS_TEST(test_supervisors_that_die_come_back_with_the_new_tree),
	HARNESS_TEST(test_standby_begins_and_ends_at_once),
	HARNESS_TEST(test_only_one_at_a_time),
	HARNESS_TEST(test_nothing_is_lost_in_a_storm),
	HARNESS_TEST(test_supervisors_may_die_at_any_moment_of_it),
	HARNESS_TEST(test_a_file_with_too_many_descriptors_changes_nothing),
};
HARNESS_MAIN(tests)
