/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_folder.c - the folder of an actor's state changes hands, and nothing
 * else does, whatever the actor has put there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/folder.h"
#include "supervisord/act/uid_lease.h"
#include "tests/harness/harness.h"

#define BEFORE (UID_LEASE_FIRST + 7)
#define NOW (UID_LEASE_FIRST + 70007)

static char base[] = "/tmp/actorproc-folder-XXXXXX";

static void setup(void)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(base));
}

static void teardown(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	CU_ASSERT_EQUAL(system(command), 0);
}

static int try_open(uid_t uid, size_t n_entries, const char **ret_why)
{
	const struct folder_owner owner = { uid, uid, geteuid() == 0,
					    n_entries };
	int fd = -1, r;

	r = folder_open(base, "state/a:b", &owner, &fd, ret_why);
	if (fd >= 0)
		close(fd);
	return r;
}

static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

static uid_t owner_of(const char *name)
{
	struct stat st = { .st_uid = (uid_t)-1 };

	lstat(at(name), &st);
	return st.st_uid;
}

static void put(const char *name, uid_t uid)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(fchown(fd, uid, uid), 0);
	close(fd);
}

static void need_root(void)
{
	if (geteuid() != 0)
		HARNESS_SKIP("not root");
}

static void test_it_is_made_and_is_open_to_its_owner_alone(void)
{
	const char *why;
	struct stat st;

	setup();
	CU_ASSERT_EQUAL(try_open(geteuid(), 0, &why), 0);
	CU_ASSERT_EQUAL(stat(at("state"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	CU_ASSERT_EQUAL(stat(at("state/a:b"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	CU_ASSERT_EQUAL(try_open(geteuid(), 0, &why), 0);
	teardown();
}

static void test_it_changes_hands_with_all_that_is_in_it(void)
{
	const char *why;

	need_root();
	setup();
	CU_ASSERT_EQUAL(try_open(BEFORE, 0, &why), 0);
	CU_ASSERT_EQUAL(owner_of("state/a:b"), BEFORE);
	CU_ASSERT_EQUAL(mkdir(at("state/a:b/d"), 0700), 0);
	CU_ASSERT_EQUAL(chown(at("state/a:b/d"), BEFORE, BEFORE), 0);
	put("state/a:b/file", BEFORE);
	put("state/a:b/d/file", BEFORE);
	CU_ASSERT_EQUAL(try_open(NOW, SIZE_MAX, &why), 0);
	CU_ASSERT_EQUAL(owner_of("state/a:b"), NOW);
	CU_ASSERT_EQUAL(owner_of("state/a:b/file"), NOW);
	CU_ASSERT_EQUAL(owner_of("state/a:b/d"), NOW);
	CU_ASSERT_EQUAL(owner_of("state/a:b/d/file"), NOW);
	CU_ASSERT_EQUAL(owner_of("state"), 0);
	teardown();
}

/* what an actor can do to have something given to its successor */
static void test_neither_links_nor_the_files_of_others_change_hands(void)
{
	const char *why;

	need_root();
	setup();
	CU_ASSERT_EQUAL(try_open(BEFORE, 0, &why), 0);
	put("victim", BEFORE);
	CU_ASSERT_EQUAL(mkdir(at("folder"), 0700), 0);
	put("folder/victim", BEFORE);
	CU_ASSERT_EQUAL(symlink("../../victim", at("state/a:b/link")), 0);
	CU_ASSERT_EQUAL(lchown(at("state/a:b/link"), BEFORE, BEFORE), 0);
	CU_ASSERT_EQUAL(symlink("../../folder", at("state/a:b/folder")), 0);
	CU_ASSERT_EQUAL(lchown(at("state/a:b/folder"), BEFORE, BEFORE), 0);
	put("state/a:b/of-root", 0);
	put("state/a:b/of-a-user", 1000);
	CU_ASSERT_EQUAL(try_open(NOW, SIZE_MAX, &why), 0);
	CU_ASSERT_EQUAL(owner_of("victim"), BEFORE);
	CU_ASSERT_EQUAL(owner_of("folder/victim"), BEFORE);
	CU_ASSERT_EQUAL(owner_of("state/a:b/link"), NOW);
	CU_ASSERT_EQUAL(owner_of("state/a:b/of-root"), 0);
	CU_ASSERT_EQUAL(owner_of("state/a:b/of-a-user"), 1000);
	teardown();
}

static void test_too_many_files_are_left_for_a_time_when_nobody_waits(void)
{
	const char *why;

	need_root();
	setup();
	CU_ASSERT_EQUAL(try_open(BEFORE, 0, &why), 0);
	put("state/a:b/1", BEFORE);
	put("state/a:b/2", BEFORE);
	put("state/a:b/3", BEFORE);
	CU_ASSERT_EQUAL(try_open(NOW, 2, &why), -EFBIG);
	CU_ASSERT_PTR_NOT_NULL(why);
	/* it is still the other's, so that the rest is not forgotten */
	CU_ASSERT_EQUAL(owner_of("state/a:b"), BEFORE);
	CU_ASSERT_EQUAL(try_open(NOW, 3, &why), 0);
	CU_ASSERT_EQUAL(owner_of("state/a:b/1"), NOW);
	CU_ASSERT_EQUAL(owner_of("state/a:b/2"), NOW);
	CU_ASSERT_EQUAL(owner_of("state/a:b/3"), NOW);
	teardown();
}

static void test_folders_without_end_are_refused(void)
{
	char path[1024] = "state/a:b";
	const char *why;

	need_root();
	setup();
	CU_ASSERT_EQUAL(try_open(BEFORE, 0, &why), 0);
	for (size_t i = 0; i <= FOLDER_DEPTH; i++) {
		snprintf(path + 9 + 2 * i, 3, "/d");
		CU_ASSERT_EQUAL(mkdir(at(path), 0700), 0);
	}
	CU_ASSERT_EQUAL(try_open(NOW, SIZE_MAX, &why), -ELOOP);
	CU_ASSERT_PTR_NOT_NULL(why);
	teardown();
}

static void test_what_others_have_put_in_its_place_is_refused(void)
{
	const char *why;

	setup();
	CU_ASSERT_EQUAL(try_open(geteuid(), 0, &why), 0);
	CU_ASSERT_EQUAL(rmdir(at("state/a:b")), 0);
	CU_ASSERT_EQUAL(symlink("/tmp", at("state/a:b")), 0);
	CU_ASSERT_EQUAL(try_open(geteuid(), 0, &why), -ENOTDIR);
	CU_ASSERT_EQUAL(unlink(at("state/a:b")), 0);
	if (geteuid() == 0) {
		CU_ASSERT_EQUAL(mkdir(at("state/a:b"), 0700), 0);
		CU_ASSERT_EQUAL(chown(at("state/a:b"), 1000, 1000), 0);
		CU_ASSERT_EQUAL(try_open(NOW, 0, &why), -EPERM);
		CU_ASSERT_STRING_EQUAL(why, "it belongs to somebody else");
	}
	CU_ASSERT_EQUAL(chmod(base, 0777), 0);
	CU_ASSERT_EQUAL(try_open(geteuid(), 0, &why), -EPERM);
	teardown();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_it_is_made_and_is_open_to_its_owner_alone),
	HARNESS_TEST(test_it_changes_hands_with_all_that_is_in_it),
	HARNESS_TEST(test_neither_links_nor_the_files_of_others_change_hands),
	HARNESS_TEST(test_too_many_files_are_left_for_a_time_when_nobody_waits),
	HARNESS_TEST(test_folders_without_end_are_refused),
	HARNESS_TEST(test_what_others_have_put_in_its_place_is_refused),
};
HARNESS_MAIN(tests)
