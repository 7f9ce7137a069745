/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_orphans.c - what a child leaves behind is killed, what a living one may
 * have made is not.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/orphans.h"
#include "tests/harness/harness.h"

/* leaves a process of another session behind, that ignores what it can */
static void leave_orphan(void)
{
	int status;
	pid_t pid = fork();

	CU_ASSERT_FATAL(pid >= 0);
	if (pid == 0) {
		setsid();
		signal(SIGTERM, SIG_IGN);
		if (fork() == 0)
			for (;;)
				pause();
		_exit(0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
}

static int kill_orphans(const struct orphans_known *known, size_t n)
{
	int r = orphans_kill(known, n);

	if (r == -ENOENT)
		harness_skip("the kernel lists no children");
	return r;
}

static void test_what_a_dead_child_leaves_is_killed(void)
{
	int status;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	leave_orphan();
	CU_ASSERT_EQUAL(kill_orphans(NULL, 0), 1);
	CU_ASSERT(wait(&status) > 0);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	CU_ASSERT_EQUAL(kill_orphans(NULL, 0), 0);
}

static void test_a_living_child_and_its_orphans_are_spared(void)
{
	struct orphans_known known = { .may_fork = true };
	pid_t pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = fork();
	CU_ASSERT_FATAL(pid >= 0);
	if (pid == 0)
		for (;;)
			pause();
	known.pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	leave_orphan();		/* of the same namespaces as that child */
	CU_ASSERT_EQUAL(kill_orphans(&known, 1), 0);

	/* a child that cannot fork has no orphans, but is none itself */
	known.may_fork = false;
	CU_ASSERT_EQUAL(kill_orphans(&known, 1), 1);
	CU_ASSERT(wait(NULL) > 0);
	CU_ASSERT_EQUAL(kill(pid, 0), 0);
	kill(pid, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	close(known.pidfd);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_a_dead_child_leaves_is_killed),
	HARNESS_TEST(test_a_living_child_and_its_orphans_are_spared),
};
HARNESS_MAIN(tests)
