/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_check.c - `actorctl check FILE`, as a person runs it.
 *
 * What is said about each error is test_config.c's; here it is the file on the
 * disk, the programs that are looked up, the tree, the schedule and the JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "tests/system/story.h"

static const char good[] =
	"system: vpn\n"
	"strategy: rest_for_one\n"
	"intensity: 5 in 30s\n"
	"children:\n"
	"  - { name: api, exec: system-control, sandbox: { network: host } }\n"
	"  - { name: core, exec: system-journal, refs: [api], backoff: {} }\n"
	"  - name: group\n"
	"    children:\n"
	"      - { name: one, exec: system-journal, restart: temporary }\n";

/* does the output have all of these? */
static void expect_texts(const char *output, const char *const *texts)
{
	for (; *texts; texts++) {
		if (!strstr(output, *texts))
			harness_note("no \"%s\" in:\n%s", *texts, output);
		CU_ASSERT_PTR_NOT_NULL(strstr(output, *texts));
	}
}

#define EXPECT(output, ...) \
	expect_texts(output, (const char *const[]){ __VA_ARGS__, NULL })

/* @file is below the folder of the test; fails with this line in front */
static void expect_error(struct tree *tree, const char *file, const char *line)
{
	struct tree_result result;
	char *wanted = tree_expand(tree, line);

	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "check", file, NULL), 1);
	if (strncmp(result.err, wanted, strlen(wanted)) != 0)
		harness_note("not \"%s\":\n%s", wanted, result.err);
	CU_ASSERT(strncmp(result.err, wanted, strlen(wanted)) == 0);
	CU_ASSERT_STRING_EQUAL(result.out, "");
	tree_result_clear(&result);
	free(wanted);
}

static void test_a_good_file_shows_its_tree_and_schedule(void)
{
	struct tree_result result;
	struct tree tree;

	tree_prepare(&tree, good);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "check", tree.config,
				      NULL), 0);
	CU_ASSERT_STRING_EQUAL(result.err, "");
	EXPECT(result.out,
	       "vpn        supervisor  rest_for_one, 5 in 30s\n",
	       "├─ api     actor       system-control  permanent  network host\n",
	       "├─ core    actor       system-journal  permanent  refs api\n",
	       "└─ group   supervisor  one_for_one, 3 in 5s  permanent\n",
	       "   └─ one  actor       system-journal  temporary\n",
	       "then within 100ms, 200ms", "never grows to its max of 30s",
	       "\nactors: 3, supervisors: 2\n",
	       " descriptors open when all is up, those below it fewer\n");
	tree_result_clear(&result);
	tree_forget(&tree);
}

static void test_bounds_of_mailboxes_are_shown(void)
{
	struct tree_result result;
	struct tree tree;

	tree_prepare(&tree, "system: s\nchildren:\n"
		"  - name: a\n    exec: system-journal\n"
		"    mailbox: { bytes: 1M, messages: 2, per_edge: 64K,\n"
		"               overflow: dead_letter, kind: priority, stash: 0,\n"
		"               payload: 16K, descriptors: 3 }\n"
		"  - { name: b, exec: system-journal, refs: [a], mailbox: {} }\n"
		"  - { name: c, exec: system-journal, refs: [a, b] }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "check", tree.config,
				      NULL), 0);
	CU_ASSERT_STRING_EQUAL(result.err, "");
	EXPECT(result.out,
	       "  mailbox bytes 1M, messages 2, per_edge 64K, overflow dead_letter, kind priority, stash 0, payload 16K, descriptors 3\n",
	       "refs a\n", "refs a, b\n");
	tree_result_clear(&result);
	tree_forget(&tree);
}

static const char when[] =
	"system: s\nchildren:\n"
	"  - { name: a, exec: system-journal, activation: on_message,\n"
	"      idle_stop: 5min, watchdog: 30s, refs: [b] }\n"
	"  - { name: b, exec: system-journal,\n"
	"      watchdog: { loop: 1s, message: 2s, misses: 5 }, standby: 1 }\n"
	"  - { name: c, exec: system-journal, watchdog: { misses: 5 } }\n";

static void test_when_it_runs_and_what_watches_it_are_shown(void)
{
	struct tree_result result;
	struct tree tree;

	tree_prepare(&tree, when);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "check", tree.config,
				      NULL), 0);
	EXPECT(result.out,
	       "permanent  refs b  activation on_message  idle_stop 5min  watchdog misses 3, loop 30s\n",
	       "permanent  standby 1  watchdog misses 5, loop 1s, message 2s\n",
	       "└─ c  actor       system-journal  permanent\n");
	tree_result_clear(&result);
	tree_forget(&tree);
}

static void test_a_mailbox_smaller_than_its_senders_is_warned_of(void)
{
	struct tree_result result;
	struct tree tree;

	tree_prepare(&tree, "system: s\nchildren:\n"
		"  - name: a\n    exec: system-journal\n"
		"    mailbox: { messages: 1 }\n"
		"  - { name: b, exec: system-journal, refs: [a] }\n"
		"  - { name: c, exec: system-journal, refs: [a] }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "check", tree.config,
				      NULL), 0);
	EXPECT(result.err,
	       "warning: /s/a: 1 messages may wait in its mailbox, and 2 references lead to it: each sender may have at least one\n");
	tree_result_clear(&result);
	tree_forget(&tree);
}

static json_t *check_json(struct tree *tree, int status)
{
	struct tree_result result;
	json_t *json;

	CU_ASSERT_EQUAL(tree_actorctl(tree, &result, "check", "--json",
				      tree->config, NULL), status);
	CU_ASSERT_STRING_EQUAL(result.err, "");
	json = json_loads(result.out, 0, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(json);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(json, "file")),
			       tree->config);
	tree_result_clear(&result);

	return json;
}

static void test_a_good_file_is_json(void)
{
	struct tree tree;
	json_t *json, *top, *core;

	tree_prepare(&tree, good);
	json = check_json(&tree, 0);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(json, "errors")), 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(json, "actors")), 3);
	top = json_object_get(json, "tree");
	core = json_array_get(json_object_get(top, "children"), 1);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(core, "path")),
			       "/vpn/core");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(
		json_object_get(core, "mailbox"), "per_edge")), 212992);
	json_decref(json);
	tree_forget(&tree);
}

static void test_when_it_runs_and_what_watches_it_are_json(void)
{
	json_t *json, *children, *a, *watchdog;
	struct tree tree;

	tree_prepare(&tree, when);
	json = check_json(&tree, 0);
	children = json_object_get(json_object_get(json, "tree"), "children");
	a = json_array_get(children, 0);
	CU_ASSERT_STRING_EQUAL(
		json_string_value(json_object_get(a, "activation")),
		"on_message");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(a, "idle_stop_ms")),
			300000);
	watchdog = json_object_get(json_array_get(children, 1), "watchdog");
	CU_ASSERT_EQUAL(json_integer_value(
		json_object_get(watchdog, "loop_ms")), 1000);
	CU_ASSERT_EQUAL(json_integer_value(
		json_object_get(watchdog, "message_ms")), 2000);
	CU_ASSERT_EQUAL(json_integer_value(
		json_object_get(watchdog, "misses")), 5);
	CU_ASSERT_PTR_NULL(json_object_get(json_array_get(children, 2),
					   "watchdog"));
	json_decref(json);
	tree_forget(&tree);
}

static void test_errors_are_json(void)
{
	struct tree tree;
	json_t *json, *error;

	tree_prepare(&tree, "system: s\nstrategi: x\nchildren:\n"
			    "  - { name: a, exec: system-journal }\n");
	json = check_json(&tree, 1);
	error = json_array_get(json_object_get(json, "errors"), 0);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(error, "line")), 2);
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(error, "column")),
			1);
	CU_ASSERT_STRING_EQUAL(
		json_string_value(json_object_get(error, "message")),
		"unknown key \"strategi\", did you mean \"strategy\"?");
	CU_ASSERT_PTR_NULL(json_object_get(json, "tree"));
	json_decref(json);
	tree_forget(&tree);
}

static void test_files_that_are_no_config_are_refused(void)
{
	struct tree tree;
	char path[256];

	tree_prepare(&tree, good);
	expect_error(&tree, "@DIRECTORY@/missing.yaml",
		     "@DIRECTORY@/missing.yaml:1:1: error: cannot be read: No such file or directory\n");
	expect_error(&tree, "@DIRECTORY@",
		     "@DIRECTORY@:1:1: error: is a folder, not a file\n");
	expect_error(&tree, "/dev/null",
		     "/dev/null:1:1: error: is not a regular file\n");
	snprintf(path, sizeof(path), "%s/fifo", tree.directory);
	CU_ASSERT_EQUAL(mkfifo(path, 0600), 0);
	expect_error(&tree, path,
		     "@DIRECTORY@/fifo:1:1: error: is not a regular file\n");
	tree_forget(&tree);
}

static void test_a_file_that_everybody_can_write_is_refused(void)
{
	struct tree tree;

	tree_prepare(&tree, good);
	CU_ASSERT_EQUAL(chmod(tree.config, 0666), 0);
	expect_error(&tree, tree.config,
		     "@DIRECTORY@/@SYSTEM@.yaml:1:1: error: can be written by everybody: chmod o-w it\n");
	tree_forget(&tree);
}

static void test_a_link_to_a_file_is_read(void)
{
	struct tree tree;
	char path[256];

	tree_prepare(&tree, good);
	snprintf(path, sizeof(path), "%s/link.yaml", tree.directory);
	CU_ASSERT_EQUAL(symlink(tree.config, path), 0);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "check", path, NULL), 0);
	tree_forget(&tree);
}

static void test_a_file_over_one_mebibyte_is_refused(void)
{
	struct tree tree;

	tree_prepare(&tree, good);
	CU_ASSERT_EQUAL(truncate(tree.config, 1024 * 1024 + 1), 0);
	expect_error(&tree, tree.config,
		     "@DIRECTORY@/@SYSTEM@.yaml:1:1: error: the file is larger than 1 MiB\n");
	tree_forget(&tree);
}

static void link_actor(const struct tree *tree, const char *name)
{
	char *actor = tree_expand(tree, "@ACTORS@/test-actor"), path[512];

	snprintf(path, sizeof(path), "%s/%s", tree->directory, name);
	CU_ASSERT_EQUAL(symlink(actor, path), 0);
	free(actor);
}

static void test_programs_are_looked_up_beside_the_file(void)
{
	struct tree tree;

	tree_prepare(&tree, "system: s\nchildren:\n"
			    "  - { name: a, exec: my-actor }\n"
			    "  - { name: b, exec: ./my-actor }\n"
			    "  - { name: c, exec: \"@DIRECTORY@/my-actor\" }\n");
	link_actor(&tree, "my-actor");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "check", tree.config, NULL),
			0);
	tree_forget(&tree);
}

static void test_programs_that_cannot_be_run_are_refused(void)
{
	struct tree_result result;
	struct tree tree;

	tree_prepare(&tree, "system: s\nchildren:\n"
			    "  - { name: a, exec: plain }\n"
			    "  - { name: b, exec: open }\n"
			    "  - { name: c, exec: ./state }\n"
			    "  - { name: d, exec: my-actr }\n"
			    "  - { name: e, exec: system-jornal }\n"
			    "  - { name: f, exec: script }\n"
			    "  - { name: g, exec: ./text }\n"
			    "  - { name: h, exec: empty }\n");
	story_put(&tree, "plain", "", 0644);
	story_put(&tree, "open", "", 0777);
	story_put(&tree, "my-actor", "", 0755);
	story_put(&tree, "script", "#!/bin/sh\nexit 0\n", 0755);
	story_put(&tree, "text", "no program", 0755);
	story_put(&tree, "empty", "", 0755);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "check", tree.config,
				      NULL), 1);
	EXPECT(result.err,
	       ":3:22: error: \"plain\" is not executable\n",
	       ":4:22: error: \"open\" can be written by everybody: chmod o-w it\n",
	       ":5:22: error: \"./state\" is a folder\n",
	       ":6:22: error: no program \"my-actr\", did you mean \"my-actor\"?\n",
	       ":7:22: error: no program \"system-jornal\", did you mean \"system-journal\"?\n",
	       ":8:22: error: \"script\" is a script; name its interpreter as exec, and the script in args and sandbox: read\n",
	       ":9:22: error: \"./text\" is not an ELF program\n",
	       ":10:22: error: \"empty\" is not an ELF program\n");
	tree_result_clear(&result);
	tree_forget(&tree);
}

static void put_link(const struct tree *tree, const char *target,
		     const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", tree->directory, name);
	CU_ASSERT_EQUAL(symlink(target, path), 0);
}

#define WRITER "  - { name: a, exec: system-journal, sandbox: { write: "
#define PROGRAM " } }\n  - { name: b, kind: program, ready: at_once, exec: "

/* it is passed by when that is looked for, and so when it is judged */
static void test_a_text_of_its_name_is_not_the_program(void)
{
	struct tree tree;

	tree_prepare(&tree, "system: s\nchildren:\n"
		     "  - { name: a, exec: system-journal, sandbox: { write: [\"@DIRECTORY@/system-journal\"] } }\n");
	story_put(&tree, "system-journal", "a text", 0644);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "check", tree.config, NULL),
			0);
	tree_forget(&tree);
}

/* one rename() and it is another's, with the grants of who is started */
static void test_no_program_lies_where_an_actor_may_write(void)
{
	static const struct {
		const char *children;
		const char *line;
	} rows[] = {
		{ WRITER "[@DIRECTORY@/w]" PROGRAM "./w/in/sh }\n",
		  "@DIRECTORY@/f:4:53: error: the program ./w/in/sh could be exchanged by \"/s/a\", by its \"write\" in line 3: put it where no actor may write\n" },
		{ WRITER "[@DIRECTORY@/w/in/sh]" PROGRAM "./w/in/sh }\n",
		  "@DIRECTORY@/f:4:53: error: the program ./w/in/sh could be exchanged by \"/s/a\"" },
		/* whatever link is believed to be there leads elsewhere then */
		{ WRITER "[@DIRECTORY@/w]" PROGRAM "./w/link }\n",
		  "@DIRECTORY@/f:4:53: error: the program ./w/link could be" },
		{ WRITER "[@DIRECTORY@/w]" PROGRAM "./to-link }\n",
		  "@DIRECTORY@/f:4:53: error: the program ./to-link could be" },
		/* by another name */
		{ WRITER "[@DIRECTORY@/alias]" PROGRAM "./w/in/sh }\n",
		  "@DIRECTORY@/f:4:53: error: the program ./w/in/sh could be" },
		/* its own */
		{ "  - { name: b, kind: program, exec: ./w/in/sh,\n"
		  "      ready: at_once, sandbox: { write: [@DIRECTORY@/w] } }\n",
		  "@DIRECTORY@/f:3:37: error: the program ./w/in/sh could be exchanged by \"/s/b\", by its \"write\" in line 3" },
		/* by children that are still to come */
		{ "  - { name: a, exec: system-journal, sandbox: { write: [@DIRECTORY@/w] },\n"
		  "      templates: [ { name: t, exec: ./w/in/sh, kind: program, may_exceed: [kind] } ] }\n",
		  "@DIRECTORY@/f:4:37: error: the program ./w/in/sh could be exchanged by \"/s/a\"" },
		/* libraries as well, and the file that says all this */
		{ WRITER "[/usr/lib]" PROGRAM "/bin/sh }\n",
		  "@DIRECTORY@/f:3:22: error: its library /" },
		/* and where they may be some time */
		{ WRITER "[@DIRECTORY@/w]" PROGRAM "/bin/sh,\n      environment: { LD_LIBRARY_PATH: \"/usr/none:@DIRECTORY@/w/none\" } }\n",
		  "@DIRECTORY@/f:4:53: error: of its LD_LIBRARY_PATH @DIRECTORY@/w/none could be exchanged by \"/s/a\"" },
		{ WRITER "[@DIRECTORY@]" PROGRAM "/bin/sh }\n",
		  "@DIRECTORY@/f:1:1: error: this file could be exchanged by \"/s/a\"" },
		/* what it may execute besides */
		{ WRITER "[@DIRECTORY@/w]" PROGRAM "/bin/sh,\n      sandbox: { execute: [@DIRECTORY@/w/in] } }\n",
		  "@DIRECTORY@/f:4:13: error: \"execute\": @DIRECTORY@/w/in could be exchanged by \"/s/a\", by its \"write\" in line 3" },
		{ WRITER "[@DIRECTORY@/w]" PROGRAM "/bin/sh,\n      sandbox: { execute: [@DIRECTORY@/run] } }\n",
		  "@DIRECTORY@/f:4:13: error: \"execute\" of \"b\": @DIRECTORY@/run is where systems keep what is theirs: no" },
		/* no more than the head, wherever links lead */
		{ "  - { name: h, exec: system-journal, sandbox: { read: [@DIRECTORY@/w] },\n"
		  "      templates: [ { name: t, exec: system-journal, sandbox: { read: [@DIRECTORY@/w/in, @DIRECTORY@/w/link] } } ] }\n",
		  "@DIRECTORY@/f:4:28: error: \"read\" of \"t\" goes beyond that of \"h\" above it, in line 3, by where its links lead: if that is meant, say \"may_exceed: [read]\"" },
		/* where systems keep what is theirs */
		{ "  - { name: b, exec: system-journal, sandbox: { read: [@DIRECTORY@/run] } }\n",
		  "@DIRECTORY@/f:3:13: error: \"read\" of \"b\": @DIRECTORY@/run is where systems keep what is theirs: no actor may have that; there is \"state\"" },
		/* and what is all of it, by another name */
		{ "  - { name: b, exec: system-journal, sandbox: { read: [@DIRECTORY@/all] } }\n",
		  "@DIRECTORY@/f:3:13: error: \"read\" of \"b\": @DIRECTORY@/all leads to \"/\": name what is meant" },
		{ "  - { name: b, exec: system-journal, sandbox: { execute: [/proc/self/root] } }\n",
		  "@DIRECTORY@/f:3:13: error: \"execute\" of \"b\": /proc/self/root leads to \"/\": name" },
		{ "  - { name: b, exec: system-journal, sandbox: { write: [@DIRECTORY@/state/s] } }\n",
		  "@DIRECTORY@/f:3:13: error: \"write\" of \"b\": @DIRECTORY@/state/s is where" },
		{ WRITER "[@DIRECTORY@/w]" PROGRAM "./state/sh }\n",
		  "@DIRECTORY@/f:4:53: error: the program ./state/sh is where systems keep what is theirs: put it elsewhere" },
	};
	char text[1024], *file;
	struct tree tree;

	tree_prepare(&tree, good);
	story_put_folder(&tree, "w");
	story_put_folder(&tree, "w/in");
	/* what is no program of this machine is refused before anything else */
	story_put_copy(&tree, "@ACTORS@/test-actor", "w/in/sh", 0755);
	story_put_copy(&tree, "@ACTORS@/test-actor", "state/sh", 0755);
	put_link(&tree, "/bin/sh", "w/link");
	put_link(&tree, "w/link", "to-link");
	put_link(&tree, "w", "alias");
	put_link(&tree, "/", "all");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text), "system: s\nchildren:\n%s",
			 rows[i].children);
		file = tree_expand(&tree, text);
		story_put(&tree, "f", file, 0644);
		free(file);
		file = tree_expand(&tree, "@DIRECTORY@/f");
		expect_error(&tree, file, rows[i].line);
		free(file);
	}
	tree_forget(&tree);
}

/* 21 supervisors of 250 */
static char *many_actors(void)
{
	size_t size = 512 * 1024, n;
	char *text = malloc(size);
	int i, j;

	if (!text)
		abort();
	n = (size_t)snprintf(text, size, "system: s\nchildren:\n");
	for (i = 0; i < 20; i++) {
		n += (size_t)snprintf(text + n, size - n,
				      "  - name: g%d\n    children:\n", i);
		for (j = 0; j < 250; j++)
			n += (size_t)snprintf(text + n, size - n,
				"      - { name: a%d, exec: system-journal }\n",
				j);
	}

	return text;
}

static void test_more_actors_than_a_host_runs_are_warned_of(void)
{
	struct tree_result result;
	char *text = many_actors();
	struct tree tree;

	tree_prepare(&tree, text);
	free(text);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "check", tree.config,
				      NULL), 0);
	EXPECT(result.err, "warning: 5000 processes, each with a seccomp filter",
	       "warning: 5021 actors and supervisors: /system/dead-letters has edges for 1000\n");
	EXPECT(result.out, "actors: 5000, supervisors: 21\n");
	tree_result_clear(&result);
	tree_forget(&tree);
}

static char *many_with_templates(void)
{
	size_t size = 16 * 1024, n;
	char *text = malloc(size);

	if (!text)
		abort();
	n = (size_t)snprintf(text, size, "system: \"@SYSTEM@\"\nchildren:\n");
	for (int i = 0; i < 98; i++)
		n += (size_t)snprintf(text + n, size - n,
			"  - { name: g%d, templates: [ { name: t, exec: system-journal } ] }\n",
			i);
	return text;
}

/* they would share them */
static void test_nodes_without_uids_of_their_own_are_no_start(void)
{
	struct tree_result result;
	char *text = many_with_templates();
	struct tree tree;

	tree_prepare(&tree, text);
	free(text);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "check", tree.config,
				      NULL), 0);
	EXPECT(result.err, "warning: 49197 uids would be kept for its nodes, ",
	       "; fewer nodes with templates, or split the system\n");
	tree_result_clear(&result);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "run", tree.config, NULL),
			1);
	EXPECT(result.err, "uids would be kept for its nodes, ");
	tree_result_clear(&result);
	tree_forget(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_nodes_without_uids_of_their_own_are_no_start),
	HARNESS_TEST(test_a_good_file_shows_its_tree_and_schedule),
	HARNESS_TEST(test_bounds_of_mailboxes_are_shown),
	HARNESS_TEST(test_when_it_runs_and_what_watches_it_are_shown),
	HARNESS_TEST(test_a_mailbox_smaller_than_its_senders_is_warned_of),
	HARNESS_TEST(test_a_good_file_is_json),
	HARNESS_TEST(test_when_it_runs_and_what_watches_it_are_json),
	HARNESS_TEST(test_errors_are_json),
	HARNESS_TEST(test_files_that_are_no_config_are_refused),
	HARNESS_TEST(test_a_file_that_everybody_can_write_is_refused),
	HARNESS_TEST(test_a_link_to_a_file_is_read),
	HARNESS_TEST(test_a_file_over_one_mebibyte_is_refused),
	HARNESS_TEST(test_programs_are_looked_up_beside_the_file),
	HARNESS_TEST(test_programs_that_cannot_be_run_are_refused),
	HARNESS_TEST(test_a_text_of_its_name_is_not_the_program),
	HARNESS_TEST(test_no_program_lies_where_an_actor_may_write),
	HARNESS_TEST(test_more_actors_than_a_host_runs_are_warned_of),
};
HARNESS_MAIN(tests)
