/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_scarcity.c - trees whose supervisors may have few descriptors: what would
 * need more is refused, and says so; all else goes on.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/harness/proc.h"
#include "tests/system/story.h"

#define PARENT "exec: \"@ACTORS@/test-parent\", start_timeout: 10min"

/* enough for a few children, which have a process and mounts each */
#define FEW 200
/* more than there is room for */
#define MANY 40

static const char with_a_node[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: other, " STORY_ACTOR " }\n"
	"  - name: n\n"
	"    templates: [ { name: v, isolate: instance, " STORY_ACTOR " } ]\n";

static const char with_a_head[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: other, " STORY_ACTOR " }\n"
	"  - { name: n, " PARENT ",\n"
	"      templates: [ { name: v, isolate: instance, " STORY_ACTOR " } ] }\n";

static const char with_many_references[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: a, refs: [i], " STORY_ACTOR " }\n"
	"  - { name: i, instances: 60, " STORY_ACTOR " }\n";

/* the root needs less than that for it */
static const char with_many_processes[] =
	"system: \"@SYSTEM@\"\nchildren:\n"
	"  - { name: i, instances: 45, " STORY_ACTOR " }\n";

static void allow_few(void)
{
	const struct rlimit few = { FEW, FEW };

	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &few), 0);
}

/* Return: 0, or the exit status of a refusal for which @ret_why is, malloc'd */
static int spawn(struct tree *tree, char **ret_why)
{
	struct tree_result result;
	char path[STORY_PATH_BYTES];
	int status;

	status = tree_actorctl(tree, &result, "spawn",
			       story_path(tree, "n", path), "v", NULL);
	if (ret_why)
		*ret_why = strdup(result.err);
	tree_result_clear(&result);
	return status;
}

/* Return: how many there are until one is refused */
static unsigned int spawn_until_refused(struct tree *tree, const char *why)
{
	unsigned int n;
	char *text;

	for (n = 0; n < MANY && spawn(tree, &text) == 0; n++)
		free(text);
	CU_ASSERT_FATAL(n < MANY);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, why));
	if (!strstr(text, why))
		harness_note("%s", text);
	free(text);
	return n;
}

static void expect_all_live(struct tree *tree, unsigned int n_spawned)
{
	char name[32];

	CU_ASSERT(story_is(tree, "other", "generation", "0"));
	CU_ASSERT(story_is(tree, "n", "state", "running"));
	CU_ASSERT(story_is(tree, "n", "generation", "0"));
	story_expect(tree, "other", "echo", "here", "here");
	for (unsigned int i = 1; i <= n_spawned; i++) {
		snprintf(name, sizeof(name), "n/v-%u", i);
		CU_ASSERT(story_is(tree, name, "generation", "0"));
	}
}

static void stop_some(struct tree *tree, unsigned int n)
{
	char name[32];

	for (unsigned int i = 1; i <= n; i++) {
		snprintf(name, sizeof(name), "n/v-%u", i);
		CU_ASSERT_EQUAL(story_act(tree, "stop", name), 0);
	}
}

static void expect_told(const struct tree *tree, const char *what)
{
	char *log = tree_log_text(tree);

	CU_ASSERT_PTR_NOT_NULL(strstr(log, what));
	free(log);
}

static void test_who_would_need_too_many_is_not_spawned(void)
{
	unsigned int n;
	struct tree tree;

	allow_few();
	tree_start(&tree, with_a_node);
	n = spawn_until_refused(&tree, "/n needs");
	CU_ASSERT(n > 4);
	expect_all_live(&tree, n);
	expect_told(&tree, "the hard limit of RLIMIT_NOFILE");
	stop_some(&tree, 3);
	for (unsigned int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(spawn(&tree, NULL), 0);
	CU_ASSERT_NOT_EQUAL(spawn(&tree, NULL), 0);
	expect_all_live(&tree, n);
	tree_stop(&tree);
}

static unsigned int have_spawned(struct tree *tree)
{
	unsigned int n;
	char *answer;

	for (n = 0; n < MANY; n++) {
		if (story_ask(tree, "n", "spawn", "v -", &answer) != 0 ||
		    strncmp(answer, "OK", 2) != 0)
			break;
		free(answer);
	}
	CU_ASSERT_FATAL(n < MANY);
	CU_ASSERT_PTR_NOT_NULL(strstr(answer, "ENFILE"));
	free(answer);
	return n;
}

static void test_an_actor_that_spawns_too_many_is_told_enfile(void)
{
	unsigned int n;
	struct tree tree;

	allow_few();
	tree_start(&tree, with_a_head);
	n = have_spawned(&tree);
	CU_ASSERT(n > 4);
	expect_all_live(&tree, n);
	expect_told(&tree, "no child is spawned: ");
	stop_some(&tree, 3);
	CU_ASSERT_EQUAL(have_spawned(&tree), 3);
	expect_all_live(&tree, n);
	tree_stop(&tree);
}

static void expect_refused(const char *config, const char *who)
{
	struct tree tree;
	char *log;

	tree_prepare(&tree, config);
	tree_spawn(&tree);
	CU_ASSERT_EQUAL(tree_wait_end(&tree), 1);
	log = tree_log_text(&tree);
	CU_ASSERT_PTR_NOT_NULL(strstr(log, who));
	CU_ASSERT_PTR_NOT_NULL(strstr(log, "may have 200 here; raise"));
	free(log);
	tree_forget(&tree);
}

static void test_a_file_that_needs_too_many_is_refused(void)
{
	allow_few();
	expect_refused(with_many_references, "the root needs");
	expect_refused(with_many_processes, " needs ");
}

/* of what it opens from now on, whatever number that has */
static void allow_no_more(pid_t pid, struct rlimit *ret_before)
{
	struct rlimit limit;

	CU_ASSERT_EQUAL(prlimit(pid, RLIMIT_NOFILE, NULL, ret_before), 0);
	limit = *ret_before;
	limit.rlim_cur = proc_n_descriptors(pid);
	CU_ASSERT_EQUAL(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

static bool spawns(struct tree *tree, void *unused)
{
	(void)unused;
	return spawn(tree, NULL) == 0;
}

/* who is short is the root: it cannot have been reckoned */
static void test_while_one_supervisor_is_short_nobody_spawns(void)
{
	struct rlimit before;
	struct tree tree;
	unsigned int n;

	tree_start(&tree, with_a_node);
	CU_ASSERT_EQUAL(spawn(&tree, NULL), 0);
	allow_no_more(tree.pid, &before);
	n = 1 + spawn_until_refused(&tree, "has used up the descriptors");
	CU_ASSERT_EQUAL(prlimit(tree.pid, RLIMIT_NOFILE, &before, NULL), 0);
	expect_all_live(&tree, n);
	harness_awaits("a spawn");
	CU_ASSERT(tree_wait_until(&tree, spawns, NULL));
	expect_all_live(&tree, n + 1);
	expect_told(&tree, "Too many open files");
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_who_would_need_too_many_is_not_spawned),
	HARNESS_TEST(test_an_actor_that_spawns_too_many_is_told_enfile),
	HARNESS_TEST(test_a_file_that_needs_too_many_is_refused),
	HARNESS_TEST(test_while_one_supervisor_is_short_nobody_spawns),
};
HARNESS_MAIN(tests)
