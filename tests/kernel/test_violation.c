/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_violation.c - a forbidden system call is told, with its name, and is not
 * made.
 */
#include <errno.h>
#include <poll.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/violation.h"
#include "tests/harness/harness.h"
#include "tests/kernel/mother.h"
#include "tests/kernel/sandboxed.h"

#define DEADLINE_MS 100000

static const struct violation_row {
	const char *attempt;
	const char *name;
} rows[] = {
	{ "ptrace", "ptrace" },
	{ "mount", "mount" },
	{ "io_uring", "io_uring_setup" },
	{ "socket_inet", "socket" },
	{ "code", "mmap" },		/* told apart by its arguments */
	{ "number", "4000" },		/* nobody knows of it */
};

struct suspect {
	struct sandboxed s;
	struct launch_program *program;
	struct launch_child child;
};

static void suspect_setup(struct suspect *p, enum sandboxed_as as)
{
	sandboxed_setup(&p->s, as);
	if (!p->s.listener) {
		sandboxed_teardown(&p->s);
		HARNESS_SKIP("no listeners, or one around us has the place");
	}
	p->s.host.seccomp_listener = true;
}

static void suspect_begin(struct suspect *p, const char *attempt)
{
	struct launch launch = {
		.host = &p->s.host, .node = &p->s.node, .control_fd = -1,
		.output_fd = -1, .uid = launch_host_uid(&p->s.host, 1),
	};
	const char *what;

	p->s.arguments[0] = (char *)(uintptr_t)attempt;
	CU_ASSERT_EQUAL_FATAL(launch_program_new(&p->program, &p->s.host,
						 &p->s.node, &what), 0);
	launch.program = p->program;
	CU_ASSERT_EQUAL_FATAL(launch_start(&launch, &p->child), 0);
	CU_ASSERT_EQUAL(p->child.error_fd, -1);
	CU_ASSERT_FATAL(p->child.listener_fd >= 0);
}

static int end_of(struct suspect *p)
{
	siginfo_t info = { 0 };

	CU_ASSERT_EQUAL(waitid(P_PIDFD, (id_t)p->child.pidfd, &info, WEXITED),
			0);
	close(p->child.pidfd);
	close(p->child.listener_fd);
	launch_program_free(p->program);
	return info.si_code == CLD_EXITED ? -info.si_status : info.si_status;
}

static short events_of(const struct suspect *p, int timeout_ms)
{
	struct pollfd listener = { .fd = p->child.listener_fd,
				   .events = POLLIN };

	CU_ASSERT(poll(&listener, 1, timeout_ms) >= 0);
	return listener.revents;
}

static void expect_named(struct suspect *p, const struct violation_row *row)
{
	struct violation v = { 0 };

	suspect_begin(p, row->attempt);
	CU_ASSERT_EQUAL_FATAL(events_of(p, DEADLINE_MS), POLLIN);
	CU_ASSERT_EQUAL(violation_read(p->child.listener_fd, &v, NULL), 0);
	if (strcmp(v.name, row->name))
		harness_note("%s: %s", row->attempt, v.name);
	CU_ASSERT_STRING_EQUAL(v.name, row->name);
	CU_ASSERT_EQUAL(v.thread, p->child.pid);
	CU_ASSERT_EQUAL(v.machine, seccomp_arch_native());
	CU_ASSERT_NOT_EQUAL(v.instruction, 0);
	CU_ASSERT_EQUAL(kill(p->child.pid, SIGKILL), 0);
	CU_ASSERT_EQUAL(end_of(p), SIGKILL);
}

static void each_is_named(enum sandboxed_as as)
{
	struct suspect p;
	size_t i;

	suspect_setup(&p, as);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_named(&p, &rows[i]);
	sandboxed_teardown(&p.s);
}

static void test_a_forbidden_call_of_root_s_actor_is_named(void)
{
	each_is_named(AS_ROOT);
}

static void test_a_forbidden_call_of_a_user_s_actor_is_named(void)
{
	each_is_named(AS_USER);
}

static void test_the_listener_is_not_the_actor_s(void)
{
	struct suspect p;

	suspect_setup(&p, AS_USER);
	p.s.arguments[1] = (char []){ "2" };
	suspect_begin(&p, "descriptors");
	CU_ASSERT_EQUAL(end_of(&p), 0);
	sandboxed_teardown(&p.s);
}

/* whoever reads it must not wait for another one */
static void test_a_call_that_a_signal_took_back_has_no_name(void)
{
	struct violation v = { 0 };
	struct suspect p;

	suspect_setup(&p, AS_USER);
	suspect_begin(&p, "interrupted");
	CU_ASSERT_EQUAL_FATAL(events_of(&p, DEADLINE_MS), POLLIN);
	CU_ASSERT_EQUAL(kill(p.child.pid, SIGALRM), 0);
	while (events_of(&p, 0) & POLLIN)
		;
	CU_ASSERT_EQUAL(violation_read(p.child.listener_fd, &v, NULL), -ENOENT);
	CU_ASSERT_EQUAL(kill(p.child.pid, SIGKILL), 0);
	CU_ASSERT_EQUAL(end_of(&p), SIGKILL);
	sandboxed_teardown(&p.s);
}

static void test_without_a_listener_nothing_is_let_through(void)
{
	struct suspect p;

	suspect_setup(&p, AS_USER);
	suspect_begin(&p, "ptrace");
	CU_ASSERT_EQUAL(events_of(&p, DEADLINE_MS), POLLIN);
	CU_ASSERT_EQUAL(dup2(STDIN_FILENO, p.child.listener_fd),
			p.child.listener_fd);
	CU_ASSERT_EQUAL(end_of(&p), -ENOSYS);
	sandboxed_teardown(&p.s);
}

static void test_the_end_of_the_actor_is_a_hang_up(void)
{
	struct suspect p;

	suspect_setup(&p, AS_USER);
	suspect_begin(&p, "nothing");
	CU_ASSERT_EQUAL(events_of(&p, DEADLINE_MS), POLLHUP);
	CU_ASSERT_EQUAL(end_of(&p), 0);
	sandboxed_teardown(&p.s);
}

/* ---- two threads at once -------------------------------------------------- */

/* the second call is taken back when the first one's process is killed */
static void test_a_call_that_was_taken_back_does_not_hide_the_one_before(void)
{
	static struct mother m;
	struct child *c;
	int fds[2];

	mother_begin(&m);
	c = m.s.children[MOTHER_A];
	c->state = CHILD_RUNNING;
	c->reported = true;
	c->cause = (struct cause){ .kind = CAUSE_SECCOMP, .text = "ptrace" };
	/* where nothing can be read as a violation */
	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	CU_ASSERT_EQUAL(write(fds[1], "x", 1), 1);
	CU_ASSERT_EQUAL(violations_watch(c, fds[0]), 0);
	CU_ASSERT(sd_event_run(m.s.event, 0) > 0);
	CU_ASSERT_STRING_EQUAL(c->cause.text, "ptrace");
	/* of a process that nobody has accused yet it is a word */
	c->reported = false;
	CU_ASSERT(sd_event_run(m.s.event, 0) > 0);
	CU_ASSERT_STRING_EQUAL(c->cause.text, "");
	CU_ASSERT(c->reported);
	close(fds[1]);
	mother_end(&m);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_forbidden_call_of_root_s_actor_is_named),
	HARNESS_TEST(test_a_forbidden_call_of_a_user_s_actor_is_named),
	HARNESS_TEST(test_the_listener_is_not_the_actor_s),
	HARNESS_TEST(test_a_call_that_a_signal_took_back_has_no_name),
	HARNESS_TEST(test_without_a_listener_nothing_is_let_through),
	HARNESS_TEST(test_the_end_of_the_actor_is_a_hang_up),
	HARNESS_TEST(test_a_call_that_was_taken_back_does_not_hide_the_one_before),
};

HARNESS_MAIN(tests)
