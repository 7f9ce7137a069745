/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_granted.c - what is granted is what is at its path when a process starts.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/system/story.h"

#define FILE_OF "\"@DIRECTORY@/x\""

static const char tree_text[] =
	"system: \"@SYSTEM@\"\nintensity: 200 in 1min\nchildren:\n"
	"  - { name: a, " STORY_ACTOR ", sandbox: { read: [" FILE_OF "] } }\n"
	"  - { name: b, standby: 1, " STORY_ACTOR ",\n"
	"      sandbox: { read: [" FILE_OF "] } }\n"
	"  - { name: d, " STORY_ACTOR ",\n"
	"      sandbox: { read: [\"@DIRECTORY@/folder\"] } }\n"
	"  - { name: w, instances: 3, " STORY_ACTOR ",\n"
	"      sandbox: { read: [" FILE_OF "] } }\n";

static void path_in(const struct tree *tree, const char *name,
		    char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/%s", tree->directory, name);
}

/* as what is renewed is put in its place */
static void renew(const struct tree *tree, const char *name, const char *text)
{
	char from[PATH_MAX], to[PATH_MAX];

	path_in(tree, "new", from);
	path_in(tree, name, to);
	story_put(tree, "new", text, 0644);
	CU_ASSERT_EQUAL(rename(from, to), 0);
}

static void renew_folder(const struct tree *tree, const char *text)
{
	char folder[PATH_MAX], before[PATH_MAX];

	path_in(tree, "folder", folder);
	path_in(tree, "before", before);
	if (access(folder, F_OK) == 0)
		CU_ASSERT_EQUAL(rename(folder, before), 0);
	story_put_folder(tree, "folder");
	story_put(tree, "folder/x", text, 0644);
}

static void start(struct tree *tree, const char *text)
{
	tree_prepare(tree, text);
	story_put(tree, "x", "one", 0644);
	renew_folder(tree, "one");
	tree_spawn(tree);
	CU_ASSERT_FATAL(tree_await_up(tree));
}

static void reads(struct tree *tree, const char *path, const char *name,
		  const char *expected)
{
	char file[PATH_MAX];

	path_in(tree, name, file);
	story_expect(tree, path, "read", file, expected);
}

static void crash(struct tree *tree, const char *path, unsigned int generation)
{
	story_tell(tree, path, "crash", NULL);
	CU_ASSERT(story_await_generation(tree, path, generation));
}

static void test_each_start_has_the_file_that_is_there(void)
{
	struct tree tree;

	start(&tree, tree_text);
	reads(&tree, "a", "x", "one");
	renew(&tree, "x", "two");
	reads(&tree, "a", "x", "one");
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "a"), 0);
	reads(&tree, "a", "x", "two");
	renew(&tree, "x", "three");
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	CU_ASSERT(story_await_start(&tree, "a"));
	reads(&tree, "a", "x", "three");
	renew(&tree, "x", "four");
	crash(&tree, "a", 1);
	reads(&tree, "a", "x", "four");
	tree_stop(&tree);
}

static void test_a_folder_is_that_which_is_there(void)
{
	struct tree tree;

	start(&tree, tree_text);
	reads(&tree, "d", "folder/x", "one");
	renew_folder(&tree, "two");
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "d"), 0);
	reads(&tree, "d", "folder/x", "two");
	/* what is only written anew is the same */
	story_put(&tree, "folder/x", "three", 0644);
	reads(&tree, "d", "folder/x", "three");
	tree_stop(&tree);
}

static void test_what_is_gone_is_a_start_that_fails(void)
{
	char full[STORY_PATH_BYTES], file[PATH_MAX], why[PATH_MAX + 16];
	struct tree tree;

	start(&tree, tree_text);
	CU_ASSERT_EQUAL(story_act(&tree, "stop", "a"), 0);
	path_in(&tree, "x", file);
	CU_ASSERT_EQUAL(unlink(file), 0);
	CU_ASSERT_NOT_EQUAL(story_act(&tree, "start", "a"), 0);
	snprintf(why, sizeof(why), "read %s", file);
	CU_ASSERT(tree_wait_for(&tree, why, "why",
				story_path(&tree, "a", full), NULL));
	CU_ASSERT(story_await(&tree, "a", "state", "stopped"));
	renew(&tree, "x", "two");
	CU_ASSERT_EQUAL(story_act(&tree, "start", "a"), 0);
	reads(&tree, "a", "x", "two");
	tree_stop(&tree);
}

static void test_who_stood_by_with_the_old_file_is_not_the_next(void)
{
	struct tree tree;
	pid_t spare;

	start(&tree, tree_text);
	CU_ASSERT(story_await(&tree, "b", "standby", "waiting"));
	spare = (pid_t)story_number(&tree, "b", "standby_pid");
	renew(&tree, "x", "two");
	crash(&tree, "b", 1);
	CU_ASSERT_NOT_EQUAL(story_pid(&tree, "b"), spare);
	reads(&tree, "b", "x", "two");
	CU_ASSERT(story_await_gone(&tree, spare));
	/* the one that is made now is */
	CU_ASSERT(story_await(&tree, "b", "standby", "waiting"));
	spare = (pid_t)story_number(&tree, "b", "standby_pid");
	crash(&tree, "b", 2);
	CU_ASSERT_EQUAL(story_pid(&tree, "b"), spare);
	reads(&tree, "b", "x", "two");
	tree_stop(&tree);
}

static void test_a_class_forks_from_another_process_then(void)
{
	struct tree tree;
	pid_t first, other;

	start(&tree, tree_text);
	first = (pid_t)story_number(&tree, "w-1", "class_pid");
	other = story_pid(&tree, "w-2");
	crash(&tree, "w-1", 1);
	CU_ASSERT_EQUAL(story_number(&tree, "w-1", "class_pid"), first);
	renew(&tree, "x", "two");
	crash(&tree, "w-1", 2);
	reads(&tree, "w-1", "x", "two");
	CU_ASSERT_NOT_EQUAL(story_number(&tree, "w-1", "class_pid"), first);
	/* whoever has not started since goes on */
	CU_ASSERT_EQUAL(story_pid(&tree, "w-2"), other);
	reads(&tree, "w-2", "x", "one");
	CU_ASSERT_EQUAL(story_act(&tree, "restart", "w-2"), 0);
	reads(&tree, "w-2", "x", "two");
	reads(&tree, "w-3", "x", "one");
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_each_start_has_the_file_that_is_there),
	HARNESS_TEST(test_a_folder_is_that_which_is_there),
	HARNESS_TEST(test_what_is_gone_is_a_start_that_fails),
	HARNESS_TEST(test_who_stood_by_with_the_old_file_is_not_the_next),
	HARNESS_TEST(test_a_class_forks_from_another_process_then),
};
HARNESS_MAIN(tests)
