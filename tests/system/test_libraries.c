/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_libraries.c - programs with libraries where people put them: they are
 * found, or it is said which is not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/story.h"

#define SYSTEM "system: \"@SYSTEM@\"\nchildren:\n"
#define PROGRAM "  - { name: p, kind: program, ready: at_once, restart: temporary, "
#define LENT "exit:0: stop: lent 42"

static void put_lender(const struct tree *tree, const char *name)
{
	story_put_copy(tree, "@ACTORS@/liblender.so", name, 0755);
}

/* the first bytes of it alone */
static void cut(const struct tree *tree, const char *name, off_t n_bytes)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", tree->directory, name);
	CU_ASSERT_EQUAL(truncate(path, n_bytes), 0);
}

static void put_all(const struct tree *tree)
{
	story_put_folder(tree, "bin");
	story_put_folder(tree, "bin/beside");
	story_put_folder(tree, "lib");
	story_put_copy(tree, "@ACTORS@/test-borrower", "bin/p", 0755);
	story_put_copy(tree, "@ACTORS@/test-borrower-plain", "bin/plain", 0755);
}

static void expect_lent(struct tree *tree)
{
	tree_spawn(tree);
	CU_ASSERT(tree_await_up(tree));
	CU_ASSERT(tree_wait_for(tree, LENT, "why", "/@SYSTEM@/p", NULL));
	tree_stop(tree);
}

static void expect_failure(struct tree *tree, const char *text)
{
	char *log;

	tree_spawn(tree);
	CU_ASSERT_NOT_EQUAL(tree_wait_end(tree), 0);
	log = tree_log_text(tree);
	CU_ASSERT_PTR_NOT_NULL(strstr(log, text));
	if (!strstr(log, text))
		harness_note("expected \"%s\" in: %s", text, log);
	free(log);
	tree_forget(tree);
}

static void test_origin_is_the_folder_of_the_program(void)
{
	struct tree tree;

	tree_prepare(&tree, SYSTEM PROGRAM "exec: \"@DIRECTORY@/bin/p\" }\n");
	put_all(&tree);
	put_lender(&tree, "bin/beside/liblender.so");
	expect_lent(&tree);
}

static void test_a_library_may_be_beside_the_folder_of_the_program(void)
{
	struct tree tree;

	tree_prepare(&tree, SYSTEM PROGRAM "exec: \"@DIRECTORY@/bin/p\" }\n");
	put_all(&tree);
	put_lender(&tree, "lib/liblender.so");
	expect_lent(&tree);
}

static void test_the_environment_may_name_the_folder(void)
{
	struct tree tree;

	tree_prepare(&tree, SYSTEM PROGRAM "exec: \"@DIRECTORY@/bin/plain\",\n"
		"      environment: { LD_LIBRARY_PATH: \"@DIRECTORY@/lib\" } }\n");
	put_all(&tree);
	put_lender(&tree, "lib/liblender.so");
	expect_lent(&tree);
}

static void test_a_library_that_is_missing_is_named(void)
{
	struct tree tree;

	tree_prepare(&tree, SYSTEM PROGRAM "exec: \"@DIRECTORY@/bin/plain\" }\n");
	put_all(&tree);
	expect_failure(&tree, "/p: start_failed:exec:ENOENT: exec: its library liblender.so is not found: install it, or name its folder in LD_LIBRARY_PATH");
}

static void test_a_damaged_library_is_named(void)
{
	struct tree tree;

	tree_prepare(&tree, SYSTEM PROGRAM "exec: \"@DIRECTORY@/bin/p\" }\n");
	put_all(&tree);
	put_lender(&tree, "bin/beside/liblender.so");
	cut(&tree, "bin/beside/liblender.so", 20);
	expect_failure(&tree, "/p: start_failed:exec:ENOEXEC: exec: it or a library of it is damaged: ");
}

static void test_a_program_cut_short_is_said_to_be(void)
{
	struct tree tree;

	tree_prepare(&tree, SYSTEM PROGRAM "exec: \"@DIRECTORY@/bin/short\" }\n");
	put_all(&tree);
	story_put_copy(&tree, "@ACTORS@/test-borrower", "bin/short", 0755);
	cut(&tree, "bin/short", 5000);
	expect_failure(&tree, "/p: start_failed:exec:ENOEXEC: exec: its loader dies of it: is it whole");
}

/* each has the folder of its loader in a grant of its own, or has not */
static void test_folders_of_libraries_may_be_granted(void)
{
	static const char *const grants[] = {
		"/usr", "/lib64", "/usr, /lib64, /bin", "/lib, /usr",
		"/usr, /lib, /lib64", "/bin, /lib64, /sbin, /usr/lib",
	};
	const size_t n = sizeof(grants) / sizeof(grants[0]);
	char text[512];

	if (access("/lib64", F_OK) < 0)
		HARNESS_SKIP("there is no /lib64 here");
	for (size_t i = 0; i < 2 * n; i++) {
		struct tree tree;

		snprintf(text, sizeof(text), SYSTEM PROGRAM
			 "exec: \"@DIRECTORY@/bin/p\",\n"
			 "      sandbox: { %s: [%s] } }\n",
			 i < n ? "read" : "execute", grants[i % n]);
		tree_prepare(&tree, text);
		put_all(&tree);
		put_lender(&tree, "lib/liblender.so");
		expect_lent(&tree);
	}
}

/* its program and its library: by their names, or where a link leads that is in
 * another grant */
static void test_what_is_executed_may_be_granted_to_read(void)
{
	static const char *const grants[] = {
		"\"@DIRECTORY@/bin/plain\"",
		"\"@DIRECTORY@/lib/liblender.so\"",
		"\"@DIRECTORY@/a\", \"@DIRECTORY@/lib\"",
		"\"@DIRECTORY@/a/b/liblender.so\", \"@DIRECTORY@/lib\"",
	};
	char text[512], link[256];

	for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++) {
		struct tree tree;

		snprintf(text, sizeof(text), SYSTEM PROGRAM
			 "exec: \"@DIRECTORY@/bin/plain\",\n"
			 "      environment: { LD_LIBRARY_PATH: \"@DIRECTORY@/%s\" },\n"
			 "      sandbox: { read: [%s] } }\n",
			 i < 2 ? "lib" : "a/b", grants[i]);
		tree_prepare(&tree, text);
		put_all(&tree);
		put_lender(&tree, "lib/liblender.so");
		story_put_folder(&tree, "a");
		snprintf(link, sizeof(link), "%s/a/b", tree.directory);
		CU_ASSERT_EQUAL(symlink("../lib", link), 0);
		expect_lent(&tree);
	}
}

static void start_and_find(struct tree *tree, const char *text)
{
	char path[STORY_PATH_BYTES];

	tree_actorctl(tree, NULL, "start", story_path(tree, "p", path), NULL);
	CU_ASSERT(tree_wait_for(tree, text, "why", path, NULL));
}

/* what it needs is asked again, and it has that file */
static void test_the_next_start_has_a_library_that_was_replaced(void)
{
	struct tree tree;
	char from[512], to[512];

	tree_prepare(&tree, SYSTEM PROGRAM "exec: \"@DIRECTORY@/bin/p\",\n"
		     "      directives: { start_failed: stop } }\n"
		     "  - { name: z, " STORY_ACTOR " }\n");
	put_all(&tree);
	put_lender(&tree, "lib/liblender.so");
	tree_spawn(&tree);
	CU_ASSERT_FATAL(tree_await_up(&tree));
	CU_ASSERT(tree_wait_for(&tree, LENT, "why", "/@SYSTEM@/p", NULL));
	put_lender(&tree, "lib/new");
	cut(&tree, "lib/new", 20);
	snprintf(from, sizeof(from), "%s/lib/new", tree.directory);
	snprintf(to, sizeof(to), "%s/lib/liblender.so", tree.directory);
	CU_ASSERT_EQUAL(rename(from, to), 0);
	start_and_find(&tree, "damaged");
	CU_ASSERT_EQUAL(unlink(to), 0);
	start_and_find(&tree, "is not found");
	tree_stop(&tree);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_origin_is_the_folder_of_the_program),
	HARNESS_TEST(test_a_library_may_be_beside_the_folder_of_the_program),
	HARNESS_TEST(test_the_environment_may_name_the_folder),
	HARNESS_TEST(test_folders_of_libraries_may_be_granted),
	HARNESS_TEST(test_what_is_executed_may_be_granted_to_read),
	HARNESS_TEST(test_the_next_start_has_a_library_that_was_replaced),
	HARNESS_TEST(test_a_library_that_is_missing_is_named),
	HARNESS_TEST(test_a_damaged_library_is_named),
	HARNESS_TEST(test_a_program_cut_short_is_said_to_be),
};
HARNESS_MAIN(tests)
