/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_exits.c - in which order ends are dealt with, and who has a turn between.
 *
 * The supervisor is exits.c alone: what an end means is played here.
 */
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/pidfd.h"
#include "supervisord/exits.h"
#include "tests/harness/harness.h"

#define MANY 200

static struct supervisor s;
static struct child children[MANY];
static struct child *ended[MANY];
static size_t n_ended;
static size_t n_sweeps;
static size_t n_chores;
static size_t n_follows;
/* with the end of @killer, @victim is forgotten */
static struct child *killer, *victim;

static void let_go(struct child *c)
{
	exits_forget(c);
	waitid(P_PIDFD, (id_t)c->pidfd, &(siginfo_t){ 0 }, WEXITED);
	close(c->pidfd);
	c->pidfd = -1;
}

void child_process_ended(struct child *c)
{
	CU_ASSERT_TRUE_FATAL(n_ended < MANY && c->pidfd >= 0);
	ended[n_ended++] = c;
	let_go(c);
	if (c == killer)
		let_go(victim);
}

uint64_t supervisor_now_ns(void)
{
	return 1;
}

void supervisor_reap_strangers(struct supervisor *at)
{
	CU_ASSERT_PTR_EQUAL(at, &s);
	n_sweeps++;
}

void supervisor_follow(struct supervisor *at)
{
	CU_ASSERT_PTR_EQUAL(at, &s);
	CU_ASSERT(at->notes_may_wait);
	n_follows++;
}

void chores_soon(struct supervisor *at)
{
	CU_ASSERT_PTR_EQUAL(at, &s);
	n_chores++;
}

static void begin_child(struct child *c)
{
	*c = (struct child){ .supervisor = &s };
	c->pid = fork();
	CU_ASSERT_TRUE_FATAL(c->pid >= 0);
	if (c->pid == 0)
		for (;;)
			pause();
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	CU_ASSERT_TRUE_FATAL(c->pidfd >= 0);
	CU_ASSERT_EQUAL_FATAL(exits_watch(c), 0);
}

static void begin(size_t n)
{
	n_ended = n_sweeps = n_chores = n_follows = 0;
	killer = victim = NULL;
	s = (struct supervisor){ 0 };
	CU_ASSERT_TRUE_FATAL(sd_event_new(&s.event) >= 0);
	for (size_t i = 0; i < n; i++)
		begin_child(&children[i]);
}

static void end(void)
{
	s.exits = sd_event_source_disable_unref(s.exits);
	close(s.exits_fd);
	sd_event_unref(s.event);
}

/* Its pidfd may be readable a little before those are told who wait for that, as the
 * next one may be that ends: whom waitid() knows all have been told of. */
static void end_process(const struct child *c)
{
	kill(c->pid, SIGKILL);
	CU_ASSERT_EQUAL(waitid(P_PID, (id_t)c->pid, &(siginfo_t){ 0 },
			       WEXITED | WNOWAIT), 0);
}

/* any order but that in which they began */
static struct child *nth_to_die(size_t i)
{
	return &children[i * 37 % MANY];
}

static void test_ends_are_dealt_with_in_their_order(void)
{
	begin(MANY);
	for (size_t i = 0; i < MANY; i++)
		end_process(nth_to_die(i));
	while (n_ended < MANY)
		CU_ASSERT_TRUE_FATAL(sd_event_run(s.event, 0) > 0);
	for (size_t i = 0; i < MANY; i++)
		CU_ASSERT_PTR_EQUAL(ended[i], nth_to_die(i));
	CU_ASSERT_EQUAL(sd_event_run(s.event, 0), 0);
	end();
}

static size_t n_ended_before;

static int on_word(sd_event_source *source, int fd, uint32_t events, void *data)
{
	char word;

	(void)source;
	(void)events;
	(void)data;
	CU_ASSERT_EQUAL(read(fd, &word, 1), 1);
	n_ended_before = n_ended;
	return 0;
}

static void test_others_have_their_turn_between(void)
{
	sd_event_source *source = NULL;
	int fds[2];

	begin(MANY);
	s.has_programs = true;
	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	sd_event_add_io(s.event, &source, fds[0], EPOLLIN, on_word, NULL);
	for (size_t i = 0; i < MANY; i++)
		end_process(&children[i]);
	CU_ASSERT_TRUE(sd_event_run(s.event, 0) > 0);
	CU_ASSERT_EQUAL(n_ended, EXITS_A_TURN);
	CU_ASSERT_EQUAL(n_sweeps, 1);
	CU_ASSERT_EQUAL(write(fds[1], "w", 1), 1);
	n_ended_before = MANY;
	while (n_ended < MANY)
		CU_ASSERT_TRUE_FATAL(sd_event_run(s.event, 0) > 0);
	CU_ASSERT_TRUE(n_ended_before <= 3 * EXITS_A_TURN);
	sd_event_source_disable_unref(source);
	close(fds[0]);
	close(fds[1]);
	end();
}

static void test_who_is_forgotten_meanwhile_is_not_looked_at(void)
{
	begin(3);
	end_process(&children[0]);
	end_process(&children[1]);
	killer = &children[0];
	victim = &children[1];
	CU_ASSERT_TRUE(sd_event_run(s.event, 0) > 0);
	CU_ASSERT_EQUAL(n_ended, 1);
	CU_ASSERT_EQUAL(sd_event_run(s.event, 0), 0);
	end_process(&children[2]);
	CU_ASSERT_TRUE(sd_event_run(s.event, 0) > 0);
	CU_ASSERT_EQUAL(n_ended, 2);
	exits_forget(&children[2]);
	end();
}

static void test_only_programs_have_strangers_who_cannot_wait(void)
{
	begin(2);
	end_process(&children[0]);
	CU_ASSERT_TRUE(sd_event_run(s.event, 0) > 0);
	CU_ASSERT_EQUAL(n_sweeps, 0);
	CU_ASSERT_EQUAL(n_chores, 1);
	CU_ASSERT_EQUAL(n_follows, 1);
	s.has_programs = true;
	end_process(&children[1]);
	CU_ASSERT_TRUE(sd_event_run(s.event, 0) > 0);
	CU_ASSERT_EQUAL(n_sweeps, 1);
	CU_ASSERT_EQUAL(n_chores, 2);
	end();
}

static pid_t begin_process(int *ret_pidfd)
{
	pid_t pid = fork();

	CU_ASSERT_TRUE_FATAL(pid >= 0);
	if (pid == 0)
		for (;;)
			pause();
	*ret_pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return pid;
}

/* whoever it was: its pidfd is readable for as long as it is open */
static void test_one_that_somebody_else_has_reaped_has_ended(void)
{
	siginfo_t info;
	int pidfd;
	pid_t pid;

	pid = begin_process(&pidfd);
	CU_ASSERT_FALSE(pidfd_reap(pidfd, &info));
	kill(pid, SIGTERM);
	CU_ASSERT_EQUAL(waitpid(pid, NULL, 0), pid);
	CU_ASSERT(pidfd_reap(pidfd, &info));
	CU_ASSERT_EQUAL(info.si_code, CLD_KILLED);
	CU_ASSERT_EQUAL(info.si_status, SIGKILL);
	close(pidfd);
	pid = begin_process(&pidfd);
	kill(pid, SIGTERM);
	while (!pidfd_reap(pidfd, &info))
		poll(&(struct pollfd){ pidfd, POLLIN, 0 }, 1, -1);
	CU_ASSERT_EQUAL(info.si_status, SIGTERM);
	CU_ASSERT_EQUAL(info.si_pid, pid);
	close(pidfd);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_one_that_somebody_else_has_reaped_has_ended),
	HARNESS_TEST(test_ends_are_dealt_with_in_their_order),
	HARNESS_TEST(test_others_have_their_turn_between),
	HARNESS_TEST(test_who_is_forgotten_meanwhile_is_not_looked_at),
	HARNESS_TEST(test_only_programs_have_strangers_who_cannot_wait),
};
HARNESS_MAIN(tests)
