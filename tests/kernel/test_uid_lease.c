/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_uid_lease.c - no two systems have a uid in common.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/uid_lease.h"
#include "tests/harness/harness.h"

static char directory[] = "/tmp/actorproc-lease-XXXXXX";

/* /run is the host's, but for us; who may not mount may not write there either */
static void hide_run(unsigned long flags)
{
	if (unshare(CLONE_NEWNS) < 0)
		return;
	CU_ASSERT_EQUAL_FATAL(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL),
			      0);
	CU_ASSERT_EQUAL_FATAL(mount("run", "/run", "tmpfs", flags, NULL), 0);
}

static void setup_with(unsigned long flags)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	setenv("ACTORPROC_RUN_DIR", directory, 1);
	hide_run(flags);
}

static void setup(void)
{
	setup_with(0);
}

static void teardown(void)
{
	harness_remove(directory);
}

struct lease {
	uid_t first;
	unsigned int n;
	int fd;
};

static void take(const char *system, struct lease *ret)
{
	int r = uid_lease(system, &ret->first, &ret->n, &ret->fd);

	if (r == -ERANGE) {
		teardown();
		HARNESS_SKIP("these uids are not mapped here");
	}
	CU_ASSERT_EQUAL_FATAL(r, 0);
}

static void test_a_lease_is_a_block_of_the_range(void)
{
	struct lease lease;

	setup();
	take("vpn", &lease);
	CU_ASSERT(lease.first >= UID_LEASE_FIRST);
	CU_ASSERT_EQUAL((lease.first - UID_LEASE_FIRST) % UID_LEASE_BLOCK, 0);
	CU_ASSERT_EQUAL(lease.n, UID_LEASE_BLOCK);
	CU_ASSERT(lease.first + (lease.n - 1) <= 0x7fffffffu);
	close(lease.fd);
	teardown();
}

static void test_the_directory_may_be_missing_with_all_it_is_in(void)
{
	struct lease lease;
	char below[128];

	setup_with(MS_RDONLY);
	snprintf(below, sizeof(below), "%s/not/yet/there", directory);
	setenv("ACTORPROC_RUN_DIR", below, 1);
	take("vpn", &lease);
	CU_ASSERT_EQUAL(lease.n, UID_LEASE_BLOCK);
	close(lease.fd);
	teardown();
}

static void test_two_systems_have_different_blocks(void)
{
	struct lease one, other;

	setup();
	take("vpn", &one);
	take("vpn", &other);
	CU_ASSERT_NOT_EQUAL(one.first, other.first);
	close(one.fd);
	close(other.fd);
	teardown();
}

static void test_it_is_of_the_host_wherever_a_system_has_its_place(void)
{
	struct lease one, other;
	char place[128];

	setup();
	if (geteuid() != 0) {
		teardown();
		HARNESS_SKIP("/run is not ours to write");
	}
	take("vpn", &one);
	snprintf(place, sizeof(place), "%s/other", directory);
	setenv("ACTORPROC_RUN_DIR", place, 1);
	take("vpn", &other);
	CU_ASSERT_NOT_EQUAL(one.first, other.first);
	close(one.fd);
	close(other.fd);
	teardown();
}

static void test_a_system_gets_the_block_it_had(void)
{
	struct lease before, after;

	setup();
	take("vpn", &before);
	close(before.fd);
	take("vpn", &after);
	CU_ASSERT_EQUAL(before.first, after.first);
	close(after.fd);
	teardown();
}

static void test_a_lease_lasts_until_its_last_copy_is_closed(void)
{
	struct lease mine, other, again;
	int copy;

	setup();
	take("vpn", &mine);
	copy = dup(mine.fd);
	close(mine.fd);
	take("vpn", &other);
	CU_ASSERT_NOT_EQUAL(mine.first, other.first);
	close(copy);
	take("vpn", &again);
	CU_ASSERT_EQUAL(mine.first, again.first);
	close(other.fd);
	close(again.fd);
	teardown();
}

static void test_a_lease_of_a_dead_process_is_free(void)
{
	struct lease lease;
	int status;
	pid_t pid;

	setup();
	take("vpn", &lease);
	close(lease.fd);
	pid = fork();
	if (pid == 0) {
		struct lease its;

		_exit(uid_lease("vpn", &its.first, &its.n, &its.fd) < 0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	CU_ASSERT_EQUAL(status, 0);
	take("vpn", &lease);
	close(lease.fd);
	teardown();
}

static void test_a_directory_that_cannot_be_made_is_an_error(void)
{
	struct lease lease;
	int r;

	hide_run(MS_RDONLY);
	setenv("ACTORPROC_RUN_DIR", "/dev/null/actorproc", 1);
	r = uid_lease("vpn", &lease.first, &lease.n, &lease.fd);
	CU_ASSERT(r == -ENOTDIR || r == -ERANGE);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_lease_is_a_block_of_the_range),
	HARNESS_TEST(test_the_directory_may_be_missing_with_all_it_is_in),
	HARNESS_TEST(test_two_systems_have_different_blocks),
	HARNESS_TEST(test_it_is_of_the_host_wherever_a_system_has_its_place),
	HARNESS_TEST(test_a_system_gets_the_block_it_had),
	HARNESS_TEST(test_a_lease_lasts_until_its_last_copy_is_closed),
	HARNESS_TEST(test_a_lease_of_a_dead_process_is_free),
	HARNESS_TEST(test_a_directory_that_cannot_be_made_is_an_error),
};

HARNESS_MAIN(tests)
