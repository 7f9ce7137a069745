/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_strangers.c - whose number is known, and who is reaped by whom.
 *
 * The supervisor is strangers.c alone; classes and who stands by are played here.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/cgroups.h"
#include "supervisord/reexec.h"
#include "supervisord/spare.h"
#include "supervisord/supervisor.h"
#include "supervisord/zygotes.h"
#include "tests/harness/harness.h"

static struct child first, second;
static struct child *children[] = { &first, &second };
static struct supervisor s;
static pid_t of_class, stands_by;

bool zygotes_is(const struct supervisor *at, pid_t pid)
{
	CU_ASSERT_PTR_EQUAL(at, &s);
	return pid == of_class;
}

bool spare_is(const struct child *c, pid_t pid)
{
	return c == &first && pid == stands_by;
}

bool zygotes_pending(const struct supervisor *at)
{
	(void)at;
	return false;
}

bool reexec_checks(const struct supervisor *at, pid_t pid)
{
	(void)at;
	(void)pid;
	return false;
}

void cgroups_end_again(struct supervisor *at)
{
	CU_ASSERT_PTR_EQUAL(at, &s);
}

/* no programs here, whose orphans these are about */
size_t zygotes_pidfds(const struct supervisor *at, int *fds, size_t n_max)
{
	(void)at;
	(void)fds;
	(void)n_max;
	return 0;
}

int spare_pidfd(const struct child *c)
{
	(void)c;
	return -1;
}

int reexec_check_pidfd(const struct supervisor *at)
{
	(void)at;
	return -1;
}

bool child_may_fork(const struct child *c)
{
	(void)c;
	return false;
}

static void begin_child(struct child *c, pid_t pid)
{
	*c = (struct child){ .supervisor = &s, .pid = pid };
	supervisor_met(&s, pid);
}

static void begin(pid_t pid, pid_t other)
{
	s = (struct supervisor){ .children = children, .n_children = 2 };
	of_class = stands_by = 0;
	begin_child(&first, pid);
	begin_child(&second, other);
}

static pid_t sleeper(void)
{
	pid_t pid = fork();

	CU_ASSERT_TRUE_FATAL(pid >= 0);
	while (pid == 0)
		pause();
	return pid;
}

/* Return: a process that has ended, and nobody has reaped it */
static pid_t ended(void)
{
	siginfo_t info;
	pid_t pid = fork();

	CU_ASSERT_TRUE_FATAL(pid >= 0);
	if (pid == 0)
		_exit(0);
	CU_ASSERT_EQUAL(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	return pid;
}

static bool is_there(pid_t pid)
{
	return kill(pid, 0) == 0;
}

static void end_child(const struct child *c)
{
	kill(c->pid, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(c->pid, NULL, 0), c->pid);
}

static void test_children_are_known_and_nobody_else(void)
{
	begin(7, 5);
	CU_ASSERT_TRUE(supervisor_knows(&s, 7));
	CU_ASSERT_TRUE(supervisor_knows(&s, 5));
	CU_ASSERT_FALSE(supervisor_knows(&s, 4));
	CU_ASSERT_FALSE(supervisor_knows(&s, 6));
	CU_ASSERT_FALSE(supervisor_knows(&s, 8));
}

static void test_numbers_that_begin_anew_are_known_too(void)
{
	begin(32767, 32768);
	begin_child(&first, 300);
	CU_ASSERT_TRUE(supervisor_knows(&s, 300));
	CU_ASSERT_TRUE(supervisor_knows(&s, 32768));
	CU_ASSERT_FALSE(supervisor_knows(&s, 301));
	CU_ASSERT_FALSE(supervisor_knows(&s, 32767));
}

static void test_who_has_no_process_is_not_asked(void)
{
	begin(7, 5);
	second.pidfd = -1;
	CU_ASSERT_FALSE(supervisor_knows(&s, 5));
}

static void test_classes_and_who_stands_by_are_known(void)
{
	begin(5, 7);
	of_class = 9;
	stands_by = 6;
	CU_ASSERT_TRUE(supervisor_knows(&s, 9));
	CU_ASSERT_TRUE(supervisor_knows(&s, 6));
	stands_by = 8;
	supervisor_met(&s, stands_by);
	CU_ASSERT_TRUE(supervisor_knows(&s, 8));
	CU_ASSERT_FALSE(supervisor_knows(&s, 6));
}

static void test_strangers_are_reaped_and_children_left_to_who_knows_them(void)
{
	pid_t older, newer;

	older = ended();
	begin(sleeper(), sleeper());
	newer = ended();
	supervisor_reap_strangers(&s);
	CU_ASSERT_FALSE(is_there(older));
	CU_ASSERT_FALSE(is_there(newer));
	kill(first.pid, SIGKILL);
	CU_ASSERT_EQUAL(waitid(P_PID, (id_t)first.pid, &(siginfo_t){ 0 },
			       WEXITED | WNOWAIT), 0);
	supervisor_reap_strangers(&s);
	CU_ASSERT_TRUE(is_there(first.pid));
	end_child(&first);
	end_child(&second);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_children_are_known_and_nobody_else),
	HARNESS_TEST(test_numbers_that_begin_anew_are_known_too),
	HARNESS_TEST(test_who_has_no_process_is_not_asked),
	HARNESS_TEST(test_classes_and_who_stands_by_are_known),
	HARNESS_TEST(
		test_strangers_are_reaped_and_children_left_to_who_knows_them),
};
HARNESS_MAIN(tests)
