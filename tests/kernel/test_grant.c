/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_grant.c - a path that is granted leads where the file meant, whatever an
 * actor has put on the way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/grant.h"
#include "supervisord/act/uid_lease.h"
#include "tests/harness/harness.h"

static char base[] = "/tmp/actorproc-grant-XXXXXX";
static char written[64];

/* a tree of who writes and who reads */
static char *write_list[2];
static struct spec_node writer, reader, top;
static struct spec_node *children[] = { &writer, &reader };

static const char *at(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

static void put(const char *name)
{
	int fd = open(at(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	CU_ASSERT_FATAL(fd >= 0);
	close(fd);
}

/* secret/key, and w/ that an actor may write */
static void setup(void)
{
	char path[64];

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(base));
	snprintf(written, sizeof(written), "%s/w", base);
	write_list[0] = written;
	writer = (struct spec_node){ .parent = &top,
				     .sandbox = { .write = write_list } };
	reader = (struct spec_node){ .parent = &top };
	top = (struct spec_node){ .children = children, .n_children = 2 };
	CU_ASSERT_EQUAL(mkdir(written, 0755), 0);
	CU_ASSERT_EQUAL(mkdir(at("w/folder"), 0755), 0);
	put("w/folder/file");
	CU_ASSERT_EQUAL(mkdir(at("secret"), 0755), 0);
	put("secret/key");
	snprintf(path, sizeof(path), "%s/secret", base);
	CU_ASSERT_EQUAL(symlink(path, at("root-link")), 0);
	CU_ASSERT_EQUAL(symlink("../../secret/key", at("w/folder/link")), 0);
	CU_ASSERT_EQUAL(symlink("../secret", at("w/link")), 0);
	CU_ASSERT_EQUAL(symlink("w", at("alias")), 0);
	CU_ASSERT_EQUAL(symlink("loop", at("loop")), 0);
}

static void teardown(void)
{
	harness_remove(base);
}

/* Return: 0 when it leads to @wanted */
static int leads(const char *name, const char *wanted, bool user)
{
	struct stat st, other;
	int fd = grant_open(at(name), &reader, user);

	if (fd < 0)
		return fd;
	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL(stat(at(wanted), &other), 0);
	CU_ASSERT_EQUAL(st.st_ino, other.st_ino);
	CU_ASSERT_EQUAL(st.st_dev, other.st_dev);
	close(fd);
	return 0;
}

static const struct {
	const char *name;
	const char *wanted;
	int result;
} paths[] = {
	{ "secret/key", "secret/key", 0 },
	{ "w", "w", 0 },
	{ "w/folder/file", "w/folder/file", 0 },
	/* what who runs the system has put there */
	{ "root-link/key", "secret/key", 0 },
	{ "root-link", "secret", 0 },
	{ "alias/folder/file", "w/folder/file", 0 },
	/* and what an actor has */
	{ "w/link/key", NULL, -ELOOP },
	{ "w/link", NULL, -ELOOP },
	{ "w/folder/link", NULL, -ELOOP },
	{ "alias/link/key", NULL, -ELOOP },
	{ "alias/folder/link", NULL, -ELOOP },
	{ "loop", NULL, -ELOOP },
	{ "nothing", NULL, -ENOENT },
	{ "root-link/nothing", NULL, -ENOENT },
	{ "secret/key/x", NULL, -ENOTDIR },
	{ "root-link/key/x", NULL, -ENOTDIR },
};

static void attempt(bool user)
{
	setup();
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int r = leads(paths[i].name, paths[i].wanted, user);

		if (r != paths[i].result)
			harness_note("%s: %s", paths[i].name, strerror(-r));
		CU_ASSERT_EQUAL(r, paths[i].result);
	}
	teardown();
}

static void test_no_link_is_followed_that_an_actor_may_have_made(void)
{
	attempt(geteuid() != 0);
}

static void test_where_all_have_one_uid_the_folders_tell(void)
{
	attempt(true);
}

static void test_nor_is_one_that_another_user_may_have_made(void)
{
	if (geteuid() != 0)
		HARNESS_SKIP("not root");
	setup();
	CU_ASSERT_EQUAL(chmod(at(""), 01777), 0);
	CU_ASSERT_EQUAL(leads("root-link/key", "secret/key", true), 0);
	CU_ASSERT_EQUAL(lchown(at("root-link"), 1000, 1000), 0);
	CU_ASSERT_EQUAL(leads("root-link/key", NULL, true), -ELOOP);
	CU_ASSERT_EQUAL(chmod(at(""), 0755), 0);
	CU_ASSERT_EQUAL(leads("root-link/key", "secret/key", true), 0);
	teardown();
}

static void test_a_template_may_have_made_it_too(void)
{
	struct spec_node *templates[] = { &writer };

	setup();
	top.n_children = 0;
	top.templates = templates;
	top.n_templates = 1;
	CU_ASSERT_EQUAL(leads("w/link/key", NULL, true), -ELOOP);
	top.n_templates = 0;
	CU_ASSERT_EQUAL(leads("w/link/key", "secret/key", true), 0);
	teardown();
}

static void test_it_matters_whose_a_link_is(void)
{
	const uid_t actor = UID_LEASE_FIRST + 7, person = 1000;

	if (geteuid() != 0)
		HARNESS_SKIP("not root");
	setup();
	/* of no folder that this tree writes */
	CU_ASSERT_EQUAL(lchown(at("root-link"), actor, actor), 0);
	CU_ASSERT_EQUAL(leads("root-link/key", NULL, false), -ELOOP);
	CU_ASSERT_EQUAL(lchown(at("root-link"), person, person), 0);
	CU_ASSERT_EQUAL(leads("root-link/key", NULL, false), -ELOOP);
	/* in his own folder, where he could do anything else */
	CU_ASSERT_EQUAL(chown(at(""), person, person), 0);
	CU_ASSERT_EQUAL(leads("root-link/key", "secret/key", false), 0);
	CU_ASSERT_EQUAL(chmod(at(""), 01777), 0);
	CU_ASSERT_EQUAL(leads("root-link/key", NULL, false), -ELOOP);
	CU_ASSERT_EQUAL(chmod(at(""), 0755), 0);
	CU_ASSERT_EQUAL(chown(at(""), actor, actor), 0);
	CU_ASSERT_EQUAL(lchown(at("root-link"), actor, actor), 0);
	CU_ASSERT_EQUAL(leads("root-link/key", NULL, false), -ELOOP);
	teardown();
}

/* to be granted a folder is not to have the rights of its mode */
static void test_what_only_root_can_write_is_never_an_actors(void)
{
	struct stat st;
	int fd;

	if (geteuid() != 0 || stat("/etc/os-release", &st) < 0)
		HARNESS_SKIP("not root, or there is no /etc/os-release");
	setup();
	write_list[0] = (char []){ "/etc" };
	/* a link, where one is meant to be */
	fd = grant_open("/etc/os-release", &reader, false);
	CU_ASSERT(fd >= 0);
	close(fd);
	teardown();
}

/* Return: as grant_open_program() */
static int executes(const char *name, bool user,
		    const struct spec_node **ret_writer)
{
	struct grant_folders *folders;
	int fd;

	*ret_writer = NULL;
	CU_ASSERT_EQUAL_FATAL(grant_folders_new(&folders, &reader), 0);
	fd = grant_open_program(at(name), folders, user, ret_writer);
	grant_folders_free(folders);
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static void test_what_is_executed_is_nobodys_to_exchange(void)
{
	const struct spec_node *could;

	setup();
	CU_ASSERT_EQUAL(executes("secret/key", true, &could), 0);
	CU_ASSERT_EQUAL(executes("root-link/key", true, &could), 0);
	CU_ASSERT_EQUAL(executes("w/folder/file", true, &could), -EPERM);
	CU_ASSERT_PTR_EQUAL(could, &writer);
	CU_ASSERT_EQUAL(executes("alias/folder/file", true, &could), -EPERM);
	CU_ASSERT_PTR_EQUAL(could, &writer);
	CU_ASSERT_EQUAL(executes("w/link/key", true, &could), -ELOOP);
	/* it alone, and what it is also called */
	snprintf(written, sizeof(written), "%s/secret/key", base);
	CU_ASSERT_EQUAL(link(written, at("secret/other")), 0);
	CU_ASSERT_EQUAL(executes("secret/other", true, &could), -EPERM);
	CU_ASSERT_PTR_EQUAL(could, &writer);
	teardown();
}

static void test_what_has_the_uid_of_an_actor_is_not_executed(void)
{
	const struct spec_node *could;
	const uid_t actor = UID_LEASE_FIRST + 7;

	if (geteuid() != 0)
		HARNESS_SKIP("not root");
	setup();
	write_list[0] = NULL;
	CU_ASSERT_EQUAL(executes("secret/key", false, &could), 0);
	CU_ASSERT_EQUAL(chown(at("secret/key"), actor, actor), 0);
	CU_ASSERT_EQUAL(executes("secret/key", false, &could), -EPERM);
	CU_ASSERT_PTR_NULL(could);
	CU_ASSERT_EQUAL(chown(at("secret/key"), 0, 0), 0);
	CU_ASSERT_EQUAL(chown(at("secret"), actor, actor), 0);
	CU_ASSERT_EQUAL(executes("secret/key", false, &could), -EPERM);
	teardown();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_is_executed_is_nobodys_to_exchange),
	HARNESS_TEST(test_what_has_the_uid_of_an_actor_is_not_executed),
	HARNESS_TEST(test_no_link_is_followed_that_an_actor_may_have_made),
	HARNESS_TEST(test_where_all_have_one_uid_the_folders_tell),
	HARNESS_TEST(test_nor_is_one_that_another_user_may_have_made),
	HARNESS_TEST(test_a_template_may_have_made_it_too),
	HARNESS_TEST(test_it_matters_whose_a_link_is),
	HARNESS_TEST(test_what_only_root_can_write_is_never_an_actors),
};
HARNESS_MAIN(tests)
