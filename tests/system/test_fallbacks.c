/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_fallbacks.c - a host that lacks a layer: the tree does without, and says so.
 *
 * The layers are taken away by ACTORPROC_PROBE_OVERRIDE. That what is left is in
 * force is in test_security.c and tests/kernel/test_sandbox.c.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/harness/metrics.h"
#include "tests/system/story.h"

#define OVERRIDE "ACTORPROC_PROBE_OVERRIDE"
#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

static const char few[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: a, refs: [b], " STORY_ACTOR " }\n"
	"  - { name: b, " STORY_ACTOR " }\n"
	"  - name: g\n"
	"    children:\n"
	"      - { name: x, " STORY_ACTOR " }\n"
	"      - { name: w, instances: 2, " STORY_ACTOR " }\n";

static const char with_limits[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: a, sandbox: { memory: 64M, pids: 4, cpu: 50% }, "
	STORY_ACTOR " }\n";

#define NO_NAMESPACES "no namespaces: "
#define NO_SECCOMP "no seccomp: "
#define NO_NETWORK "no network namespaces: "
#define NO_LANDLOCK "no Landlock: "
#define NO_TCP "Landlock is older than ABI 4: TCP "
#define NO_SCOPES "Landlock is older than ABI 6: "

/* @level: of a host that has all else */
struct fallback {
	const char *words;
	int level;
	const char *reasons[5];
	const char *layers;
};

static const struct fallback of_root[] = {
	{ "uids", 2, { "not root: " },
	  "uids override" },
	{ "lease", 2, { "no range of uids " },
	  "lease override" },
	{ "user-namespaces", 1, { "not root: ", NO_NAMESPACES, NO_NETWORK },
	  "namespaces pid-namespaces network-namespaces uids override" },
	{ "namespaces", 1, { NO_NAMESPACES, NO_NETWORK },
	  "namespaces pid-namespaces network-namespaces override" },
	{ "pid-namespaces", 2, { "no pid namespaces: " },
	  "pid-namespaces override" },
	{ "network-namespaces", 2, { NO_NETWORK },
	  "network-namespaces override" },
	{ "landlock", 2, { NO_LANDLOCK },
	  "landlock override" },
	{ "landlock=1", 2, { NO_SCOPES, NO_TCP },
	  "landlock-scopes landlock-tcp override" },
	{ "landlock=2", 2, { NO_SCOPES, NO_TCP },
	  "landlock-scopes landlock-tcp override" },
	{ "landlock=3", 2, { NO_SCOPES, NO_TCP },
	  "landlock-scopes landlock-tcp override" },
	{ "landlock=4", 2, { NO_SCOPES },
	  "landlock-scopes override" },
	{ "landlock=5", 2, { NO_SCOPES },
	  "landlock-scopes override" },
	{ "seccomp", 1, { NO_SECCOMP },
	  "seccomp override" },
	{ "seccomp-listener", 2, { "no notifications of seccomp: " },
	  "seccomp-listener override" },
	{ "cgroups", 2, { "for tests only" },
	  "override" },
	{ "second-stage", 2, { "no second stage: " },
	  "second-stage override" },
	{ "mdwe", 2, { "no MDWE: " },
	  "mdwe override" },
	{ "seccomp,landlock", 1, { NO_SECCOMP, NO_LANDLOCK },
	  "seccomp landlock override" },
	{ "namespaces,seccomp", 0, { NO_NAMESPACES, NO_SECCOMP },
	  "namespaces seccomp pid-namespaces network-namespaces override" },
	{ "user-namespaces,landlock,seccomp,cgroups", 0,
	  { "not root: ", NO_NAMESPACES, NO_NETWORK, NO_LANDLOCK,
	    NO_SECCOMP },
	  "namespaces seccomp pid-namespaces network-namespaces landlock uids override" },
};

static const struct fallback of_a_user[] = {
	{ "user-namespaces", 1, { "not root: ", NO_NAMESPACES, NO_NETWORK },
	  "namespaces pid-namespaces network-namespaces uids override" },
	{ "pid-namespaces", 2, { "no pid namespaces: " },
	  "pid-namespaces uids override" },
	{ "network-namespaces", 2, { NO_NETWORK },
	  "network-namespaces uids override" },
	{ "landlock=4", 2, { NO_SCOPES },
	  "landlock-scopes uids override" },
	{ "landlock", 2, { NO_LANDLOCK },
	  "landlock uids override" },
	{ "seccomp", 1, { NO_SECCOMP },
	  "seccomp uids override" },
	{ "mdwe", 2, { "no MDWE: " },
	  "uids mdwe override" },
	{ "user-namespaces,landlock,seccomp", 0,
	  { NO_NAMESPACES, NO_LANDLOCK, NO_SECCOMP },
	  "namespaces seccomp pid-namespaces network-namespaces landlock uids override" },
};

/* ---- it is told ---------------------------------------------------------- */

static void expect_reasons(const struct fallback *row, const char *text)
{
	for (size_t i = 0; i < N(row->reasons) && row->reasons[i]; i++) {
		if (!strstr(text, row->reasons[i]))
			harness_note("no \"%s\" in: %s", row->reasons[i], text);
		CU_ASSERT_PTR_NOT_NULL(strstr(text, row->reasons[i]));
	}
	CU_ASSERT_PTR_NOT_NULL(strstr(text, OVERRIDE));
}

static void expect_in_tree(struct tree *tree, const struct fallback *row)
{
	char level[256];

	snprintf(level, sizeof(level), "sandbox level %d of 3, degraded: %s\n",
		 row->level, row->layers);
	CU_ASSERT(tree_wait_for(tree, level, "tree", NULL));
}

/* a series for each of those layers, and no other */
static void expect_in_metrics(struct tree *tree, const struct fallback *row)
{
	char *text = story_metrics(tree, NULL);
	const char *at, *next;
	char series[256];
	size_t n, n_series = 0, n_layers = 0;

	snprintf(series, sizeof(series),
		 "actorproc_sandbox_level{system=\"%s\"}", tree->system);
	CU_ASSERT_EQUAL(metrics_value(text, series), row->level);
	for (at = row->layers; *at; at += n + (at[n] == ' '), n_layers++) {
		n = strcspn(at, " ");
		snprintf(series, sizeof(series), "actorproc_sandbox_degraded{"
			 "system=\"%s\",layer=\"%.*s\"}", tree->system,
			 (int)n, at);
		CU_ASSERT_EQUAL(metrics_value(text, series), 1);
	}
	for (next = text;
	     (next = strstr(next, "\nactorproc_sandbox_degraded{")); next++)
		n_series++;
	CU_ASSERT_EQUAL(n_series, n_layers);
	free(text);
}

static void expect_told(struct tree *tree, const struct fallback *row)
{
	char *text;

	CU_ASSERT_EQUAL(story_number(tree, "a", "level"), row->level);
	text = story_text(tree, "a", "lowered");
	expect_reasons(row, text);
	free(text);
	text = tree_log_text(tree);
	expect_reasons(row, text);
	free(text);
	text = story_text(tree, "a", "degraded");
	CU_ASSERT_STRING_EQUAL(text, row->layers);
	free(text);
	expect_in_tree(tree, row);
	expect_in_metrics(tree, row);
}

static bool has_record(struct tree *tree, void *data)
{
	json_t *records = story_spool(tree), *record;
	bool found = false;
	size_t i;

	json_array_foreach(records, i, record) {
		if (!story_record(record, "ACTOR_RECORD", "lowered"))
			continue;
		expect_reasons(data, json_string_value(
			json_object_get(record, "MESSAGE")));
		found = true;
	}
	json_decref(records);
	return found;
}

/* ---- it does its work ---------------------------------------------------- */

static void expect_works(struct tree *tree)
{
	pid_t x = story_pid(tree, "g/x");

	story_expect(tree, "a", "ask", "b echo hello", "hello");
	story_expect(tree, "g/w-2", "echo", "there", "there");
	story_tell(tree, "a", "tell", "b crash");
	CU_ASSERT(story_await_generation(tree, "b", 1));
	story_expect(tree, "a", "ask", "b echo again", "again");
	story_signal(tree, "g", SIGKILL);
	CU_ASSERT(story_await_generation(tree, "g", 1));
	CU_ASSERT(story_await_gone(tree, x));
	CU_ASSERT(story_await_generation(tree, "g/x", 1));
	story_expect(tree, "g/x", "echo", "more", "more");
}

static void run_without(const struct fallback *row, bool record)
{
	struct tree tree;

	harness_note("without %s", row->words);
	setenv(OVERRIDE, row->words, 1);
	tree_start(&tree, few);
	expect_told(&tree, row);
	expect_works(&tree);
	if (record)
		CU_ASSERT(tree_wait_until(&tree, has_record, (void *)row));
	tree_stop(&tree);
}

static void expect_refusal(const struct fallback *row)
{
	char text[sizeof(few) + 32];
	struct tree tree;
	char *log;

	snprintf(text, sizeof(text), "require: %d\n%s", row->level + 1, few);
	tree_prepare(&tree, text);
	tree_spawn(&tree);
	CU_ASSERT_FALSE(tree_await_up(&tree));
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 1);
	log = tree_log_text(&tree);
	CU_ASSERT_PTR_NOT_NULL(strstr(log, "and the file requires"));
	expect_reasons(row, log);
	free(log);
	tree_forget(&tree);
}

/* a host that lacks more than that tells more than that */
static void need_all_layers(int level)
{
	struct tree tree;
	json_int_t has;

	unsetenv(OVERRIDE);
	tree_start(&tree, few);
	has = story_number(&tree, "a", "level");
	tree_stop(&tree);
	if (has < level)
		HARNESS_SKIP("not all layers are there");
}

/* ---- the tests ----------------------------------------------------------- */

static void test_without_a_layer_a_system_of_root_works_and_says_so(void)
{
	story_hide_journal();
	need_all_layers(3);
	for (size_t i = 0; i < N(of_root); i++)
		run_without(&of_root[i], true);
}

static void test_without_a_layer_a_system_of_a_user_works_and_says_so(void)
{
	story_become_ordinary();
	need_all_layers(2);
	for (size_t i = 0; i < N(of_a_user); i++)
		run_without(&of_a_user[i], false);
}

static void test_who_requires_the_layer_is_refused(void)
{
	need_all_layers(3);
	for (size_t i = 0; i < N(of_root); i++) {
		setenv(OVERRIDE, of_root[i].words, 1);
		expect_refusal(&of_root[i]);
	}
}

static void test_without_cgroups_limits_are_named_as_not_in_force(void)
{
	static const struct fallback row = {
		"cgroups", 2, { "\"memory\" of the file is not in force",
				"\"cpu\" of the file is not in force" },
		"memory cpu override",
	};
	struct tree tree;

	setenv(OVERRIDE, row.words, 1);
	tree_start(&tree, with_limits);
	if (story_number(&tree, "a", "level") == 2)
		expect_told(&tree, &row);
	story_expect(&tree, "a", "echo", "there", "there");
	tree_stop(&tree);
}

static void test_without_the_second_stage_an_actor_stays_in_the_first(void)
{
	struct tree tree;

	setenv(OVERRIDE, "second-stage", 1);
	tree_start(&tree, few);
	expect_works(&tree);
	CU_ASSERT_EQUAL(story_number(&tree, "a", "stage"), 1);
	tree_stop(&tree);
	unsetenv(OVERRIDE);
	tree_start(&tree, few);
	if (story_number(&tree, "a", "level") > 1)
		CU_ASSERT_EQUAL(story_number(&tree, "a", "stage"), 2);
	tree_stop(&tree);
}

/* where names of System V and POSIX queues are looked up: held, so that its number
 * is no other's meanwhile */
static int room_of(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

static bool is_room(int one, int other)
{
	struct stat a, b;

	CU_ASSERT(fstat(one, &a) == 0 && fstat(other, &b) == 0);
	return a.st_ino == b.st_ino;
}

/* with a filter nothing can be left in there for the next process */
static void expect_rooms(bool kept)
{
	struct tree tree;
	int ours, a, b, next;

	tree_start(&tree, few);
	ours = room_of(getpid());
	a = room_of(story_pid(&tree, "a"));
	b = room_of(story_pid(&tree, "b"));
	story_signal(&tree, "a", SIGKILL);
	CU_ASSERT(story_await_generation(&tree, "a", 1));
	next = room_of(story_pid(&tree, "a"));
	CU_ASSERT(!is_room(a, ours) && !is_room(b, ours) && !is_room(a, b));
	CU_ASSERT_EQUAL(is_room(next, a), kept);
	CU_ASSERT(!is_room(next, ours) && !is_room(next, b));
	tree_stop(&tree);
	close(ours);
	close(a);
	close(b);
	close(next);
}

static void test_queues_of_one_actor_are_in_a_namespace_of_its_own(void)
{
	need_all_layers(2);
	expect_rooms(true);
	setenv(OVERRIDE, "seccomp", 1);
	expect_rooms(false);
	unsetenv(OVERRIDE);
}

/* a host that has all but a cgroup can start without limits, and has none to give */
static void test_a_reload_does_not_go_below_what_is_required(void)
{
	struct tree_result result;
	struct tree tree;

	unsetenv(OVERRIDE);
	unsetenv("ACTORPROC_CGROUP_ROOT");
	need_all_layers(3);
	tree_start(&tree, "system: \"@SYSTEM@\"\nrequire: 3\nchildren:\n"
			  "  - { name: a, " STORY_ACTOR " }\n");
	story_rewrite(&tree, "system: \"@SYSTEM@\"\nrequire: 3\nchildren:\n"
			     "  - { name: a, sandbox: { memory: 64M }, "
			     STORY_ACTOR " }\n");
	if (tree_actorctl(&tree, &result, "reload", NULL) == 0) {
		/* then it is in force */
		CU_ASSERT_EQUAL(story_number(&tree, "a", "level"), 3);
	} else {
		CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "requires 3"));
		CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "memory"));
		CU_ASSERT_EQUAL(story_number(&tree, "a", "level"), 3);
		CU_ASSERT_EQUAL(story_number(&tree, "a", "generation"), 0);
	}
	tree_result_clear(&result);
	tree_stop(&tree);
}

#define REQUIRES_3 "system: \"@SYSTEM@\"\nrequire: 3\nchildren:\n"		       \
		   "  - { name: a, " STORY_ACTOR " }\n"
#define REQUIRES_NOTHING "system: \"@SYSTEM@\"\nchildren:\n"		       \
			 "  - { name: a, " STORY_ACTOR " }\n"

/* in force from the next start on: then nobody could be told any more */
static void test_a_reload_does_not_require_what_the_host_has_not(void)
{
	struct tree_result result;
	struct tree tree;

	setenv(OVERRIDE, "landlock", 1);
	tree_start(&tree, REQUIRES_NOTHING);
	story_rewrite(&tree, REQUIRES_3);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, &result, "reload", NULL), 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "and the file requires 3"));
	CU_ASSERT_PTR_NOT_NULL(strstr(result.err, "landlock"));
	tree_result_clear(&result);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "restart", "/@SYSTEM@", NULL),
			0);
	story_rewrite(&tree, REQUIRES_NOTHING
		      "  - { name: b, " STORY_ACTOR " }\n");
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
	story_expect(&tree, "b", "echo", "there", "there");
	tree_stop(&tree);
}

/* with a file that takes nothing away, too */
static void test_a_reload_goes_on_requiring_what_is_there(void)
{
	struct tree tree;

	unsetenv(OVERRIDE);
	need_all_layers(3);
	tree_start(&tree, REQUIRES_NOTHING);
	story_rewrite(&tree, REQUIRES_3);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "restart", "/@SYSTEM@", NULL),
			0);
	story_rewrite(&tree, REQUIRES_NOTHING);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reload", NULL), 0);
	tree_stop(&tree);
}

static void test_who_goes_on_as_another_program_still_says_so(void)
{
	static const struct fallback row = {
		"pid-namespaces,landlock=4", 2,
		{ "no pid namespaces: ", NO_SCOPES },
		"pid-namespaces landlock-scopes override",
	};
	struct tree tree;

	need_all_layers(3);
	setenv(OVERRIDE, row.words, 1);
	tree_start(&tree, few);
	CU_ASSERT_EQUAL(tree_actorctl(&tree, NULL, "reexec", NULL), 0);
	expect_told(&tree, &row);
	expect_works(&tree);
	tree_stop(&tree);
}

static void test_a_layer_that_does_not_exist_is_refused(void)
{
	struct tree tree;
	char *log;

	setenv(OVERRIDE, "landlock,selinux", 1);
	tree_prepare(&tree, few);
	tree_spawn(&tree);
	CU_ASSERT_FALSE(tree_await_up(&tree));
	log = tree_log_text(&tree);
	CU_ASSERT_PTR_NOT_NULL(strstr(log, OVERRIDE ": no such layer"));
	free(log);
	tree_forget(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_without_a_layer_a_system_of_root_works_and_says_so),
	HARNESS_TEST(test_without_a_layer_a_system_of_a_user_works_and_says_so),
	HARNESS_TEST(test_who_requires_the_layer_is_refused),
	HARNESS_TEST(test_without_cgroups_limits_are_named_as_not_in_force),
	HARNESS_TEST(
		test_without_the_second_stage_an_actor_stays_in_the_first),
	HARNESS_TEST(test_queues_of_one_actor_are_in_a_namespace_of_its_own),
	HARNESS_TEST(test_a_reload_does_not_go_below_what_is_required),
	HARNESS_TEST(test_a_reload_does_not_require_what_the_host_has_not),
	HARNESS_TEST(test_a_reload_goes_on_requiring_what_is_there),
	HARNESS_TEST(test_who_goes_on_as_another_program_still_says_so),
	HARNESS_TEST(test_a_layer_that_does_not_exist_is_refused),
};
HARNESS_MAIN(tests)
