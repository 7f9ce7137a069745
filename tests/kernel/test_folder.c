/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_folder.c - the folder of an actor's state changes hands, and nothing
 * else does, whatever the actor has put there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/folder.h"
#include "supervisord/act/uid_lease.h"
#include "tests/harness/harness.h"

#define BEFORE (UID_LEASE_FIRST + 7)
#define NOW (UID_LEASE_FIRST + 70007)
#define N_FILES 300

static char inside[128];
static char base[] = "/tmp/actorproc-folder-XXXXXX";

static void setup(void)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(base));
}

static void teardown(void)
{
	harness_remove(base);
}

static int open_until(uint64_t until_ns, uid_t uid, struct folder_walk **walk,
		      const char **ret_why)
{
	const struct folder_owner owner = {
		uid, uid, geteuid() == 0, walk, until_ns
	};
	int fd = -1, r;

	r = folder_open(base, "state/a:b", &owner, &fd, ret_why);
	if (fd >= 0)
		close(fd);
	return r;
}

static int try_open(uid_t uid, const char **ret_why)
{
	struct folder_walk *walk = NULL;
	int r = open_until(UINT64_MAX, uid, &walk, ret_why);

	CU_ASSERT_PTR_NULL(walk);
	return r;
}

/* as much as a turn has that begins too late: one entry */
static int try_turn(uid_t uid, struct folder_walk **walk)
{
	const char *why;

	return open_until(0, uid, walk, &why);
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
	CU_ASSERT_EQUAL(try_open(geteuid(), &why), 0);
	CU_ASSERT_EQUAL(stat(at("state"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	CU_ASSERT_EQUAL(stat(at("state/a:b"), &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0700);
	CU_ASSERT_EQUAL(try_open(geteuid(), &why), 0);
	teardown();
}

static void test_it_changes_hands_with_all_that_is_in_it(void)
{
	const char *why;

	need_root();
	setup();
	CU_ASSERT_EQUAL(try_open(BEFORE, &why), 0);
	CU_ASSERT_EQUAL(owner_of("state/a:b"), BEFORE);
	CU_ASSERT_EQUAL(mkdir(at("state/a:b/d"), 0700), 0);
	CU_ASSERT_EQUAL(chown(at("state/a:b/d"), BEFORE, BEFORE), 0);
	put("state/a:b/file", BEFORE);
	put("state/a:b/d/file", BEFORE);
	CU_ASSERT_EQUAL(try_open(NOW, &why), 0);
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
	CU_ASSERT_EQUAL(try_open(BEFORE, &why), 0);
	put("victim", BEFORE);
	CU_ASSERT_EQUAL(mkdir(at("folder"), 0700), 0);
	put("folder/victim", BEFORE);
	CU_ASSERT_EQUAL(symlink("../../victim", at("state/a:b/link")), 0);
	CU_ASSERT_EQUAL(lchown(at("state/a:b/link"), BEFORE, BEFORE), 0);
	CU_ASSERT_EQUAL(symlink("../../folder", at("state/a:b/folder")), 0);
	CU_ASSERT_EQUAL(lchown(at("state/a:b/folder"), BEFORE, BEFORE), 0);
	put("state/a:b/of-root", 0);
	put("state/a:b/of-a-user", 1000);
	CU_ASSERT_EQUAL(try_open(NOW, &why), 0);
	CU_ASSERT_EQUAL(owner_of("victim"), BEFORE);
	CU_ASSERT_EQUAL(owner_of("folder/victim"), BEFORE);
	CU_ASSERT_EQUAL(owner_of("state/a:b/link"), NOW);
	CU_ASSERT_EQUAL(owner_of("state/a:b/of-root"), 0);
	CU_ASSERT_EQUAL(owner_of("state/a:b/of-a-user"), 1000);
	teardown();
}

/* of @n files: how often it is asked until that is done */
static unsigned int n_turns(struct folder_walk **walk)
{
	unsigned int n = 1;

	for (; try_turn(NOW, walk) == -EINPROGRESS; n++)
		CU_ASSERT_EQUAL_FATAL(owner_of("state/a:b"), BEFORE);
	return n;
}

static void test_many_files_change_hands_a_few_at_a_time(void)
{
	struct folder_walk *walk = NULL;
	char name[64];
	const char *why;

	need_root();
	setup();
	CU_ASSERT_EQUAL(try_open(BEFORE, &why), 0);
	for (int i = 0; i < N_FILES; i++) {
		snprintf(name, sizeof(name), "state/a:b/%d", i);
		put(name, BEFORE);
	}
	CU_ASSERT(n_turns(&walk) >= N_FILES);
	CU_ASSERT_PTR_NULL(walk);
	for (int i = 0; i < N_FILES; i++) {
		snprintf(name, sizeof(name), "state/a:b/%d", i);
		CU_ASSERT_EQUAL(owner_of(name), NOW);
	}
	CU_ASSERT_EQUAL(owner_of("state/a:b"), NOW);
	teardown();
}

/* Return: how deep it is, each with a file beside the next; all have @uid */
static int go_deep(uid_t uid, int n)
{
	int fd = open(at("state/a:b"), O_RDONLY | O_CLOEXEC), next, file, i;
	struct stat st;

	for (i = 0; i < n; i++) {
		if (mkdirat(fd, "d", 0700) < 0 && errno != EEXIST)
			break;
		next = openat(fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		file = openat(fd, "f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (next < 0 || file < 0 || fstat(file, &st) < 0)
			break;
		if (st.st_uid != uid && st.st_uid != 0)
			break;
		CU_ASSERT_EQUAL(fstat(next, &st), 0);
		if (st.st_uid != uid && st.st_uid != 0)
			break;
		if (fchown(next, uid, uid) < 0 || fchown(file, uid, uid) < 0)
			break;
		close(file);
		close(fd);
		fd = next;
	}
	close(fd);
	return i;
}

/* deeper than we find back from, and than any path is long */
static void test_folders_are_as_deep_as_they_like(void)
{
	const int depth = 3 * FOLDER_WALK_LEVELS + 17;
	struct folder_walk *walk = NULL;
	const char *why;

	need_root();
	setup();
	CU_ASSERT_EQUAL(try_open(BEFORE, &why), 0);
	CU_ASSERT_EQUAL(go_deep(BEFORE, depth), depth);
	CU_ASSERT(n_turns(&walk) > 1);
	CU_ASSERT_EQUAL(go_deep(NOW, depth), depth);
	CU_ASSERT_EQUAL(owner_of("state/a:b"), NOW);
	teardown();
}

/* the folder in which we are is moved to where an actor would have us go on */
static void test_who_moves_folders_meanwhile_leads_nobody_astray(void)
{
	struct folder_walk *walk;
	const char *why;
	int fd, r;

	need_root();
	setup();
	CU_ASSERT_EQUAL(try_open(BEFORE, &why), 0);
	CU_ASSERT_EQUAL(mkdir(at("outside"), 0700), 0);
	put("outside/victim", BEFORE);
	CU_ASSERT_EQUAL(mkdir(at("state/a:b/d"), 0700), 0);
	CU_ASSERT_EQUAL(chown(at("state/a:b/d"), BEFORE, BEFORE), 0);
	put("state/a:b/d/file", BEFORE);
	fd = open(at("state/a:b"), O_RDONLY | O_CLOEXEC);
	walk = folder_walk_new(fd, NOW, NOW, false);
	CU_ASSERT_PTR_NOT_NULL_FATAL(walk);
	/* until it is in there */
	do
		r = folder_walk_go(walk, 0);
	while (r == -EINPROGRESS &&
	       owner_of("state/a:b/d/file") == BEFORE);
	CU_ASSERT_EQUAL(r, -EINPROGRESS);
	snprintf(inside, sizeof(inside), "%s/state/a:b/d", base);
	CU_ASSERT_EQUAL(rename(inside, at("outside/d")), 0);
	while (r == -EINPROGRESS)
		r = folder_walk_go(walk, 0);
	CU_ASSERT_EQUAL(r, 0);
	CU_ASSERT_EQUAL(owner_of("outside/victim"), BEFORE);
	CU_ASSERT_EQUAL(owner_of("outside"), 0);
	CU_ASSERT_EQUAL(owner_of("state/a:b"), NOW);
	folder_walk_free(walk);
	close(fd);
	teardown();
}

static const char *const in_it[] = {
	"state/a:b", "state/a:b/d", "state/a:b/d/e", "state/a:b/d/e/file",
	"state/a:b/d/file", "state/a:b/f", "state/a:b/f/file",
	"state/a:b/file", "state/a:b/none",
};
#define N_IN_IT (sizeof(in_it) / sizeof(in_it[0]))

static void fill(uid_t uid)
{
	for (size_t i = 1; i < N_IN_IT; i++) {
		if (strstr(in_it[i], "file")) {
			put(in_it[i], uid);
			continue;
		}
		CU_ASSERT_EQUAL(mkdir(at(in_it[i]), 0700), 0);
		CU_ASSERT_EQUAL(chown(at(in_it[i]), uid, uid), 0);
	}
}

static bool all_have(uid_t uid)
{
	struct stat st;

	for (size_t i = 0; i < N_IN_IT; i++)
		if (lstat(at(in_it[i]), &st) < 0 || st.st_uid != uid ||
		    st.st_gid != uid)
			return false;
	return true;
}

/* Return: that of the walk, which nobody goes on with */
static int break_off_after(int n)
{
	int fd = open(at("state/a:b"), O_RDONLY | O_CLOEXEC), r = -EINPROGRESS;
	struct folder_walk *walk = folder_walk_new(fd, NOW, NOW, false);

	CU_ASSERT_PTR_NOT_NULL_FATAL(walk);
	while (n-- > 0 && r == -EINPROGRESS)
		r = folder_walk_go(walk, 0);
	folder_walk_free(walk);
	close(fd);
	return r;
}

/* by another file the actor had another uid, and by the next one the first */
static void test_what_was_broken_off_anywhere_is_whole_for_whom_it_goes_back_to(void)
{
	const char *why;
	int n = 0;

	need_root();
	setup();
	CU_ASSERT_EQUAL(try_open(BEFORE, &why), 0);
	fill(BEFORE);
	while (break_off_after(n++) == -EINPROGRESS) {
		CU_ASSERT_EQUAL(try_open(BEFORE, &why), 0);
		CU_ASSERT_FATAL(all_have(BEFORE));
	}
	CU_ASSERT((size_t)n > N_IN_IT);
	CU_ASSERT(all_have(NOW));
	/* or to a third one */
	CU_ASSERT_EQUAL(try_open(BEFORE, &why), 0);
	for (int i = 1; i < n - 1; i++) {
		CU_ASSERT_EQUAL(break_off_after(i), -EINPROGRESS);
		CU_ASSERT_EQUAL(try_open(BEFORE + 1, &why), 0);
		CU_ASSERT(all_have(BEFORE + 1));
		CU_ASSERT_EQUAL(try_open(BEFORE, &why), 0);
	}
	teardown();
}

/* as who waits for that, and is to be learned meanwhile */
static void test_who_is_to_have_it_now_gets_all_of_it(void)
{
	struct folder_walk *walk = NULL;
	const char *why;

	need_root();
	setup();
	CU_ASSERT_EQUAL(try_open(BEFORE, &why), 0);
	fill(BEFORE);
	for (int i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(try_turn(NOW, &walk), -EINPROGRESS);
	CU_ASSERT_EQUAL(open_until(UINT64_MAX, BEFORE + 1, &walk, &why), 0);
	CU_ASSERT_PTR_NULL(walk);
	CU_ASSERT(all_have(BEFORE + 1));
	teardown();
}

static void test_a_backup_that_root_put_back_is_its_actors(void)
{
	const char *why;

	need_root();
	setup();
	CU_ASSERT_EQUAL(mkdir(at("state"), 0700), 0);
	CU_ASSERT_EQUAL(mkdir(at("state/a:b"), 0700), 0);
	CU_ASSERT_EQUAL(mkdir(at("state/a:b/d"), 0700), 0);
	put("state/a:b/d/file", 0);
	put("state/a:b/of-a-user", 1000);
	CU_ASSERT_EQUAL(try_open(NOW, &why), 0);
	CU_ASSERT_EQUAL(owner_of("state/a:b/d"), NOW);
	CU_ASSERT_EQUAL(owner_of("state/a:b/d/file"), NOW);
	CU_ASSERT_EQUAL(owner_of("state/a:b/of-a-user"), 1000);
	teardown();
}

static void test_what_others_have_put_in_its_place_is_refused(void)
{
	const char *why;

	setup();
	CU_ASSERT_EQUAL(try_open(geteuid(), &why), 0);
	CU_ASSERT_EQUAL(rmdir(at("state/a:b")), 0);
	CU_ASSERT_EQUAL(symlink("/tmp", at("state/a:b")), 0);
	CU_ASSERT_EQUAL(try_open(geteuid(), &why), -ENOTDIR);
	CU_ASSERT_EQUAL(unlink(at("state/a:b")), 0);
	if (geteuid() == 0) {
		CU_ASSERT_EQUAL(mkdir(at("state/a:b"), 0700), 0);
		CU_ASSERT_EQUAL(chown(at("state/a:b"), 1000, 1000), 0);
		CU_ASSERT_EQUAL(try_open(NOW, &why), -EPERM);
		CU_ASSERT_STRING_EQUAL(why, "it belongs to uid 1000: chown it to root, then it is given to its actor at the next start");
	}
	CU_ASSERT_EQUAL(chmod(base, 0777), 0);
	CU_ASSERT_EQUAL(try_open(geteuid(), &why), -EPERM);
	teardown();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_it_is_made_and_is_open_to_its_owner_alone),
	HARNESS_TEST(test_it_changes_hands_with_all_that_is_in_it),
	HARNESS_TEST(test_neither_links_nor_the_files_of_others_change_hands),
	HARNESS_TEST(test_many_files_change_hands_a_few_at_a_time),
	HARNESS_TEST(test_folders_are_as_deep_as_they_like),
	HARNESS_TEST(test_who_moves_folders_meanwhile_leads_nobody_astray),
	HARNESS_TEST(
		test_what_was_broken_off_anywhere_is_whole_for_whom_it_goes_back_to),
	HARNESS_TEST(test_who_is_to_have_it_now_gets_all_of_it),
	HARNESS_TEST(test_a_backup_that_root_put_back_is_its_actors),
	HARNESS_TEST(test_what_others_have_put_in_its_place_is_refused),
};
HARNESS_MAIN(tests)
