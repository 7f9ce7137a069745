/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_chores.c - what nobody waits for is done all the same, and all of it.
 *
 * The supervisor is chores.c and shortage.c alone; who sweeps, prepares and hears
 * of it is played here.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/mailbox.h"
#include "supervisord/reporter.h"
#include "supervisord/shortage.h"
#include "supervisord/zygotes.h"
#include "supervisord/supervisor.h"
#include "tests/harness/harness.h"

static struct supervisor s;
static size_t n_sweeps, n_prepared, n_ahead, n_notes;

void mailbox_prepare(void)
{
	n_prepared++;
}

void supervisor_reap_strangers(struct supervisor *at)
{
	CU_ASSERT_PTR_EQUAL(at, &s);
	n_sweeps++;
}

void notes_catch_up(void)
{
	n_notes++;
}

void mailbox_end(void)
{
	n_prepared = 0;
}

bool zygotes_free_descriptors(struct supervisor *at)
{
	CU_ASSERT_PTR_EQUAL(at, &s);
	return n_ahead && n_ahead--;
}

void supervisor_step_soon(struct supervisor *at)
{
	CU_ASSERT_PTR_EQUAL(at, &s);
}

uint64_t supervisor_now_ns(void)
{
	return 1;
}

void record_begin(struct record *record, const char *kind)
{
	fields_begin(&record->fields, record->bytes, sizeof(record->bytes),
		     kind);
}

void reporter_send(struct reporter *reporter, const struct record *record)
{
	(void)reporter;
	(void)record;
	CU_FAIL("there is none");
}

static void begin(void)
{
	n_sweeps = n_prepared = n_ahead = n_notes = 0;
	s = (struct supervisor){ 0 };
	CU_ASSERT_TRUE_FATAL(sd_event_new(&s.event) >= 0);
}

static void end(void)
{
	chores_end(&s);
	sd_event_unref(s.event);
}

/* one that has ended and is not reaped */
static int ended(pid_t *ret_pid)
{
	struct pollfd gone = { .events = POLLIN };

	*ret_pid = fork();
	CU_ASSERT_TRUE_FATAL(*ret_pid >= 0);
	if (*ret_pid == 0)
		_exit(0);
	gone.fd = (int)syscall(SYS_pidfd_open, *ret_pid, 0);
	CU_ASSERT_EQUAL(poll(&gone, 1, -1), 1);
	return gone.fd;
}

static bool is_there(pid_t pid)
{
	return waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 },
		      WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void await_sweep(void)
{
	while (n_sweeps == 0)
		CU_ASSERT_TRUE_FATAL(sd_event_run(s.event, UINT64_MAX) > 0);
}

static void test_who_has_ended_is_reaped_when_others_had_their_turn(void)
{
	pid_t pid;

	begin();
	chores_reap(&s, ended(&pid));
	CU_ASSERT_TRUE(is_there(pid));
	await_sweep();
	CU_ASSERT_FALSE(is_there(pid));
	CU_ASSERT_EQUAL(n_prepared, 1);
	end();
}

static void test_what_comes_together_is_done_together(void)
{
	pid_t pids[3];

	begin();
	for (size_t i = 0; i < 3; i++)
		chores_reap(&s, ended(&pids[i]));
	chores_soon(&s);
	await_sweep();
	for (size_t i = 0; i < 3; i++)
		CU_ASSERT_FALSE(is_there(pids[i]));
	CU_ASSERT_EQUAL(n_sweeps, 1);
	CU_ASSERT_EQUAL(n_notes, 1);
	/* and once more when there is more */
	n_sweeps = 0;
	chores_reap(&s, ended(&pids[0]));
	await_sweep();
	CU_ASSERT_FALSE(is_there(pids[0]));
	end();
}

static void test_no_more_than_so_many_wait(void)
{
	pid_t pids[CHORES_PIDFDS + 1];
	size_t n = 0;

	begin();
	for (size_t i = 0; i <= CHORES_PIDFDS; i++)
		chores_reap(&s, ended(&pids[i]));
	for (size_t i = 0; i <= CHORES_PIDFDS; i++)
		n += is_there(pids[i]);
	CU_ASSERT_TRUE(n <= CHORES_PIDFDS);
	await_sweep();
	for (size_t i = 0; i <= CHORES_PIDFDS; i++)
		CU_ASSERT_FALSE(is_there(pids[i]));
	end();
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void test_what_nobody_needs_is_closed_later(void)
{
	int fds[2];

	begin();
	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	chores_close(&s, fds[0]);
	chores_close(&s, fds[1]);
	CU_ASSERT_TRUE(is_open(fds[0]) && is_open(fds[1]));
	await_sweep();
	CU_ASSERT_FALSE(is_open(fds[0]) || is_open(fds[1]));
	end();
}

static void test_no_more_than_so_many_stay_open(void)
{
	int fds[CHORES_FDS + 1];
	size_t n = 0;

	begin();
	for (size_t i = 0; i <= CHORES_FDS; i++) {
		fds[i] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 100);
		CU_ASSERT_TRUE_FATAL(fds[i] >= 0);
	}
	for (size_t i = 0; i <= CHORES_FDS; i++)
		chores_close(&s, fds[i]);
	for (size_t i = 0; i <= CHORES_FDS; i++)
		n += is_open(fds[i]);
	CU_ASSERT_TRUE(n <= CHORES_FDS);
	end();
	for (size_t i = 0; i <= CHORES_FDS; i++)
		CU_ASSERT_FALSE(is_open(fds[i]));
}

static void test_without_a_timer_it_is_done_at_once(void)
{
	sd_event *event;
	pid_t pid;

	begin();
	event = s.event;
	s.event = NULL;
	chores_reap(&s, ended(&pid));
	CU_ASSERT_FALSE(is_there(pid));
	CU_ASSERT_EQUAL(n_sweeps, 1);
	s.event = event;
	end();
}

/* none were put by here, so there are no others */
static void
test_missing_descriptors_are_those_of_the_dead_and_not_needed(void)
{
	struct spec_node node = { .path = (char *)"/test" };
	pid_t pids[2];

	begin();
	s.node = &node;
	strcpy(s.path, node.path);
	for (size_t i = 0; i < 2; i++)
		chores_reap(&s, ended(&pids[i]));
	CU_ASSERT_TRUE(shortage_again(&s, -EINTR, "no descriptor"));
	CU_ASSERT_TRUE(is_there(pids[0]));
	CU_ASSERT_TRUE(shortage_again(&s, -EMFILE, "a test wants one"));
	for (size_t i = 0; i < 2; i++)
		CU_ASSERT_FALSE(is_there(pids[i]));
	chores_close(&s, dup(STDERR_FILENO));
	CU_ASSERT_TRUE(shortage_again(&s, -EMFILE, "a test wants one"));
	n_ahead = 1;
	CU_ASSERT_TRUE(shortage_again(&s, -EMFILE, "a test wants one"));
	CU_ASSERT_FALSE(shortage_again(&s, -EMFILE, "a test wants one"));
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_who_has_ended_is_reaped_when_others_had_their_turn),
	HARNESS_TEST(test_what_comes_together_is_done_together),
	HARNESS_TEST(test_no_more_than_so_many_wait),
	HARNESS_TEST(test_what_nobody_needs_is_closed_later),
	HARNESS_TEST(test_no_more_than_so_many_stay_open),
	HARNESS_TEST(test_without_a_timer_it_is_done_at_once),
	HARNESS_TEST(
		test_missing_descriptors_are_those_of_the_dead_and_not_needed),
};
HARNESS_MAIN(tests)
