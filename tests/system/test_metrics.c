/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_metrics.c - what `actorctl metrics` says of a tree is so.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "tests/harness/metrics.h"
#include "tests/system/story.h"

static const char config[] =
	"system: \"@SYSTEM@\"\nintensity: 90 in 1min\nchildren:\n"
	"  - { name: a, refs: [b], " STORY_ACTOR " }\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - { name: p, kind: program, ready: at_once, exec: /bin/sleep,\n"
	"      args: [\"1000\"] }\n"
	"  - name: g\n"
	"    intensity: 90 in 1min\n"
	"    children:\n"
	"      - { name: w, instances: 3, " STORY_ACTOR " }\n";

/* ---- asking ------------------------------------------------------------- */

/* malloc'd; it is valid whatever it says */
static char *metrics(struct tree *tree, const char *option)
{
	char *text = story_metrics(tree, option);
	const char *fault = metrics_fault(text);

	if (fault)
		harness_note("%s", fault);
	CU_ASSERT_PTR_NULL(fault);
	return text;
}

/* of "NAME{path="PATH",…MORE}" with @path as in story.h */
static double of(struct tree *tree, const char *text, const char *name,
		 const char *path, const char *more)
{
	char full[STORY_PATH_BYTES], series[2 * STORY_PATH_BYTES];

	story_path(tree, path, full);
	snprintf(series, sizeof(series), "%s{system=\"%s\",path=\"%s\",%s}",
		 name, tree->system, full, more);
	return metrics_value(text, series);
}

#define ACTOR "kind=\"actor\""
#define SUPERVISOR "kind=\"supervisor\""

static double of_system(struct tree *tree, const char *text, const char *name,
			const char *more)
{
	char series[STORY_PATH_BYTES];

	snprintf(series, sizeof(series), "%s{system=\"%s\"%s}", name,
		 tree->system, more);
	return metrics_value(text, series);
}

static void expect(double is, double expected, const char *what)
{
	if (is != expected)
		harness_note("%s: %g, not %g", what, is, expected);
	CU_ASSERT_EQUAL(is, expected);
}

/* ---- the tests ---------------------------------------------------------- */

static void test_all_that_runs_is_told_of(void)
{
	struct tree tree;
	char *text;

	tree_start(&tree, config);
	text = metrics(&tree, NULL);
	expect(of(&tree, text, "actorproc_up", "a", ACTOR), 1, "a");
	expect(of(&tree, text, "actorproc_up", "p", "kind=\"program\""), 1,
	       "p");
	expect(of(&tree, text, "actorproc_up", "g/", SUPERVISOR), 1, "g");
	expect(of(&tree, text, "actorproc_up", "/system/journal", ACTOR), 1,
	       "the journal");
	expect(of_system(&tree, text, "actorproc_complete", ""), 1, "complete");
	expect(of_system(&tree, text, "actorproc_build_info",
			 ",version=\"" PACKAGE_VERSION "\""), 1, "version");
	CU_ASSERT(of(&tree, text, "actorproc_supervisor_descriptors", "g/",
		     SUPERVISOR) > 3);
	CU_ASSERT(of(&tree, text, "actorproc_supervisor_descriptors_limit",
		     "g/", SUPERVISOR) > 3);
	CU_ASSERT(of(&tree, text, "actorproc_supervisor_memory_bytes", "/",
		     SUPERVISOR) > 100000);
	free(text);
	tree_stop(&tree);
}

static void test_instances_are_a_sum_or_one_by_one(void)
{
	struct tree tree;
	char *text;

	tree_start(&tree, config);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/w-2"), 0);
	text = metrics(&tree, NULL);
	expect(of(&tree, text, "actorproc_instances", "g/w", ACTOR), 3, "w");
	expect(of(&tree, text, "actorproc_up", "g/w", ACTOR), 2, "w up");
	expect(of(&tree, text, "actorproc_up", "g/w-1", ACTOR), -1, "w-1");
	free(text);
	text = metrics(&tree, "--instances");
	expect(of(&tree, text, "actorproc_up", "g/w-1", ACTOR), 1, "w-1");
	expect(of(&tree, text, "actorproc_up", "g/w-2", ACTOR), 0, "w-2");
	expect(of(&tree, text, "actorproc_up", "g/w", ACTOR), -1, "w");
	free(text);
	tree_stop(&tree);
}

static void expect_failed(struct tree *tree)
{
	char *text = metrics(tree, NULL);

	expect(of(tree, text, "actorproc_restarts_total", "b", ACTOR), 2,
	       "restarts");
	expect(of(tree, text, "actorproc_generation", "b", ACTOR), 2,
	       "generation");
	expect(of(tree, text, "actorproc_failures_total", "b",
		  ACTOR ",cause=\"signal\""), 2, "failures");
	expect(of(tree, text, "actorproc_failures_total", "a",
		  ACTOR ",cause=\"signal\""), -1, "failures of a");
	expect(of(tree, text, "actorproc_restarts_total", "g/w", ACTOR), 1,
	       "restarts of w");
	free(text);
}

static void test_failures_are_counted_and_outlive_a_reexec(void)
{
	struct tree tree;

	tree_start(&tree, config);
	story_signal(&tree, "b", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "b", 1));
	story_signal(&tree, "b", SIGSEGV);
	CU_ASSERT(story_await_generation(&tree, "b", 2));
	story_signal(&tree, "g/w-3", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "g/w-3", 1));
	expect_failed(&tree);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reexec", NULL), 0);
	expect_failed(&tree);
	tree_stop(&tree);
}

static double number_of(struct tree *tree, const char *name, const char *path)
{
	char *text = metrics(tree, NULL);
	double n = of(tree, text, name, path, ACTOR);

	free(text);
	return n;
}

static double handled(struct tree *tree, const char *path)
{
	return number_of(tree, "actorproc_messages_handled_total", path);
}

static double sent(struct tree *tree, const char *path)
{
	return number_of(tree, "actorproc_messages_accepted_total", path);
}

static double queued(struct tree *tree, const char *path, double *ret_bytes)
{
	char *text = metrics(tree, NULL);
	double n = of(tree, text, "actorproc_mailbox_messages", path, ACTOR);

	*ret_bytes = of(tree, text, "actorproc_mailbox_bytes", path, ACTOR);
	free(text);
	return n;
}

static void test_messages_are_counted_where_they_are(void)
{
	struct tree tree;
	double before, bytes;

	tree_start(&tree, config);
	expect(queued(&tree, "b", &bytes), 0, "queued");
	expect(bytes, 0, "bytes");
	before = handled(&tree, "b");
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "note", "x"), 0);
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "b", "note", "y"), 0);
	expect(handled(&tree, "b"), before + 2, "handled");
	CU_ASSERT_EQUAL(story_act(&tree, "pause", "b"), 0);
	story_tell(&tree, "b", "note", "z");
	story_tell(&tree, "b", "note", "z");
	expect(queued(&tree, "b", &bytes), 2, "queued");
	CU_ASSERT(bytes > 0);
	tree_stop(&tree);
}

/* or what is counted would fall, which is no counter */
static void test_what_a_life_has_handled_still_counts_when_it_is_over(void)
{
	struct tree tree;
	double before;

	tree_start(&tree, config);
	CU_ASSERT_EQUAL(story_tell_wait(&tree, "g/w-1", "note", "x"), 0);
	before = handled(&tree, "g/w");
	CU_ASSERT(before >= 1);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "g/w-1"), 0);
	CU_ASSERT(handled(&tree, "g/w") >= before);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "g/w-1"), 0);
	CU_ASSERT(handled(&tree, "g/w") >= before);
	tree_stop(&tree);
}

/* its dead letters are messages that it sent, before its end and after */
static void test_what_a_life_has_sent_still_counts_when_it_is_over(void)
{
	struct tree tree;
	double before;

	tree_start(&tree, config);
	for (int i = 0; i < 5; i++)
		story_tell(&tree, "b", "nonsense", NULL);
	json_decref(story_await_letters(&tree, "b", "unhandled", 5));
	before = sent(&tree, "b");
	CU_ASSERT(before >= 5);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "b"), 0);
	CU_ASSERT(sent(&tree, "b") >= before);
	CU_ASSERT_EQUAL(story_act(&tree, "start", "b"), 0);
	CU_ASSERT(sent(&tree, "b") >= before);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reexec", NULL), 0);
	CU_ASSERT(sent(&tree, "b") >= before);
	tree_stop(&tree);
}

static bool has_crashed_letter(struct tree *tree, void *data)
{
	char *text = metrics(tree, NULL);
	double n = of_system(tree, text, "actorproc_dead_letters",
			     ",reason=\"crashed\"");

	(void)data;
	free(text);
	return n == 1;
}

static void test_dead_letters_are_counted_by_reason(void)
{
	struct tree tree;

	tree_start(&tree, config);
	story_tell(&tree, "b", "crash", NULL);
	CU_ASSERT(tree_wait_until(&tree, has_crashed_letter, NULL));
	tree_stop(&tree);
}

static void test_a_file_is_replaced_as_a_whole(void)
{
	char file[512], path[640];
	struct tree_result result;
	struct tree tree;
	char text[64], *said;
	struct stat st;
	FILE *in;

	tree_start(&tree, config);
	snprintf(file, sizeof(file), "%s/metrics.prom", tree.directory);
	snprintf(path, sizeof(path), "--output=%s", file);
	said = story_metrics(&tree, path);
	CU_ASSERT_STRING_EQUAL(said, "");
	free(said);
	CU_ASSERT_EQUAL_FATAL(stat(file, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 07777, 0644);
	in = fopen(file, "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(in);
	CU_ASSERT_PTR_NOT_NULL(fgets(text, sizeof(text), in));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "# TYPE actorproc_"));
	fclose(in);
	snprintf(path, sizeof(path), "--output=%s/none/there", tree.directory);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "metrics", path, NULL),
			1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "cannot be written"));
	tree_result_clear(&result);
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_all_that_runs_is_told_of),
	HARNESS_TEST(test_instances_are_a_sum_or_one_by_one),
	HARNESS_TEST(test_failures_are_counted_and_outlive_a_reexec),
	HARNESS_TEST(test_messages_are_counted_where_they_are),
	HARNESS_TEST(test_what_a_life_has_sent_still_counts_when_it_is_over),
	HARNESS_TEST(
		test_what_a_life_has_handled_still_counts_when_it_is_over),
	HARNESS_TEST(test_dead_letters_are_counted_by_reason),
	HARNESS_TEST(test_a_file_is_replaced_as_a_whole),
};
HARNESS_MAIN(tests)
