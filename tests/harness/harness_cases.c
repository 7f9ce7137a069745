/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * harness_cases.c - tests that fail on purpose, one for each way to fail.
 *
 * Not run by itself: tests/structure/harness looks at what the harness says.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#include "tests/harness/harness.h"

static void test_passes(void)
{
	CU_ASSERT(1);
}

static void test_skips(void)
{
	HARNESS_SKIP("it is a case");
}

static void test_asserts_something_false(void)
{
	CU_ASSERT_EQUAL(1, 2);
}

static void test_crashes(void)
{
	raise(SIGKILL);
}

static void test_exits_early(void)
{
	exit(0);
}

static void test_leaves_a_descriptor_open(void)
{
	CU_ASSERT(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0);
}

static void test_leaves_a_child_running(void)
{
	if (fork() == 0)
		for (;;)
			pause();
}

static void test_leaves_a_grandchild_running(void)
{
	if (fork() == 0) {
		setsid();
		if (fork() == 0)
			for (;;)
				pause();
		_exit(0);
	}
}

static void test_leaves_a_file(void)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/left", getenv("TMPDIR"));
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CU_ASSERT(close(fd) == 0);
}

static void test_takes_too_long(void)
{
	harness_awaits("Godot");
	harness_does("nothing");
	for (;;)
		pause();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_passes),
	HARNESS_TEST(test_skips),
	HARNESS_TEST(test_asserts_something_false),
	HARNESS_TEST(test_crashes),
	HARNESS_TEST(test_exits_early),
	HARNESS_TEST(test_leaves_a_descriptor_open),
	{ "test_leaves_a_child_running", test_leaves_a_child_running,
	  .timeout_s = 80 },
	{ "test_leaves_a_grandchild_running", test_leaves_a_grandchild_running,
	  .timeout_s = 80 },
	HARNESS_TEST(test_leaves_a_file),
	{ "test_takes_too_long", test_takes_too_long, .timeout_s = 1 },
};
HARNESS_MAIN(tests)
