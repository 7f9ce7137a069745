/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_closing.c - a process that has closed its second stage, and then tries.
 *
 * It is forked from here: the filters are the true ones, put on in their order,
 * and its listener is read as a supervisor reads it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libactorproc/arena.h"
#include "libactorproc/closing.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/act/sandbox.h"
#include "supervisord/act/violation.h"
#include "supervisord/closing.h"
#include "tests/harness/harness.h"

#define DEADLINE_MS 100000
#define GET_MDWE 66
#define LIVES 77		/* how it exits when nothing ended it */

/** struct closed - a process; @edge is a socket that it has, @arena its arena */
struct closed {
	pid_t pid;
	int listener_fd;
	int edge_fds[2];
	int arena_fd;
};

/* ---- what it tries --------------------------------------------------------- */

static void try_open(const struct closed *c)
{
	(void)c;
	open("/dev/null", O_RDONLY);
}

static void try_exec(const struct closed *c)
{
	(void)c;
	execl("/bin/true", "true", NULL);
}

static void try_socket(const struct closed *c)
{
	(void)c;
	socket(AF_INET, SOCK_STREAM, 0);
}

static void try_shutdown(const struct closed *c)
{
	shutdown(c->edge_fds[0], SHUT_RDWR);
}

static void try_setsockopt(const struct closed *c)
{
	int one = 1;

	setsockopt(c->edge_fds[0], SOL_SOCKET, SO_SNDBUF, &one, sizeof(one));
}

static void try_fork(const struct closed *c)
{
	(void)c;
	fork();
}

static void try_arena_code(const struct closed *c)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, c->arena_fd, 0);
}

static void try_library_code(const struct closed *c)
{
	mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, c->arena_fd, 0);
}

static void try_protect(const struct closed *c)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)c;
	mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static void try_filter(const struct closed *c)
{
	(void)c;
	syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL);
}

static void try_dumpable(const struct closed *c)
{
	(void)c;
	prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

/* with the word there is none: nobody may say that all is well */
static void try_own_handler(const struct closed *c)
{
	if (signal(SIGSYS, SIG_IGN) == SIG_ERR && errno == EINVAL)
		try_open(c);
}

static void try_blocked(const struct closed *c)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	try_open(c);
}

static void try_what_it_needs(const struct closed *c)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			  c->arena_fd, 0);

	if (page == MAP_FAILED || munmap(page, 4096) < 0 ||
	    send(c->edge_fds[0], "x", 1, MSG_DONTWAIT) != 1 ||
	    signal(SIGTERM, SIG_IGN) == SIG_ERR || !malloc(1 << 20))
		_exit(1);
}

/* ---- the process ------------------------------------------------------------ */

static struct launch_host host(void)
{
	return (struct launch_host){
		.seccomp = true,
		.landlock_abi = sandbox_landlock_abi(),
	};
}

/* by its bytes, as an actor has it */
static void say_and_note(const struct spec_node *node,
			 const struct launch_host *here)
{
	static struct control_message message;
	struct link *link;
	sd_event *event;
	int fds[2];

	if (sd_event_new(&event) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0 ||
	    link_new(&link, event, fds[0], false, NULL, NULL) < 0)
		_exit(2);
	closing_say(link, here, node, false);
	if (control_receive(fds[1], &message, true) < 0 ||
	    strcmp(message.fields.verb, "CLOSE") != 0 ||
	    closing_note(&message.fields) < 0)
		_exit(3);
}

static void close_it(const struct spec_node *node)
{
	struct launch_host here = host();

	say_and_note(node, &here);
}

static void be_it(struct closed *c, int channel_fd,
		  void (*attempt)(const struct closed *c))
{
	const struct spec_node node = { .kind = SPEC_ACTOR };
	const struct sandbox_profile profile = {
		launch_program_profile(&node), NULL,
	};
	struct sandbox_plan plan = { .listened = true,
				     .error_fd = channel_fd };

	close_it(&node);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    sandbox_filter(&profile, SANDBOX_TELLS, &plan.filter) < 0 ||
	    sandbox_filter_enter(&plan) < 0)
		_exit(4);
	if (closing_close() < 0 || !closing_is_closed())
		_exit(5);
	attempt(c);
	_exit(LIVES);
}

static void begin(struct closed *c, void (*attempt)(const struct closed *c))
{
	struct pollfd said = { .events = POLLIN };
	int channel[2];

	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
					 0, c->edge_fds), 0);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
					 0, channel), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_new(&c->arena_fd), 0);
	c->pid = fork();
	CU_ASSERT_FATAL(c->pid >= 0);
	if (c->pid == 0)
		be_it(c, channel[1], attempt);
	close(channel[1]);
	said.fd = channel[0];
	CU_ASSERT_EQUAL_FATAL(poll(&said, 1, DEADLINE_MS), 1);
	c->listener_fd = sandbox_listener_take(channel[0]);
	close(channel[0]);
	if (c->listener_fd >= 0)
		return;
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	HARNESS_SKIP("no listeners, or one around us has the place");
}

/* as waitpid() has it */
static int end(struct closed *c)
{
	int status = 0;

	CU_ASSERT_EQUAL(waitpid(c->pid, &status, 0), c->pid);
	close(c->listener_fd);
	close(c->edge_fds[0]);
	close(c->edge_fds[1]);
	close(c->arena_fd);
	return status;
}

static short events_of(const struct closed *c)
{
	struct pollfd listener = { .fd = c->listener_fd, .events = POLLIN };

	CU_ASSERT_EQUAL(poll(&listener, 1, DEADLINE_MS), 1);
	return listener.revents;
}

static void expect_told(void (*attempt)(const struct closed *c),
			const char *name)
{
	struct violation v = { 0 };
	struct closed c;
	int status;

	begin(&c, attempt);
	if (events_of(&c) & POLLIN) {
		CU_ASSERT_EQUAL(violation_read(c.listener_fd, &v, NULL), 0);
		CU_ASSERT_EQUAL(v.thread, c.pid);
		CU_ASSERT_EQUAL(v.machine, seccomp_arch_native());
		CU_ASSERT_NOT_EQUAL(v.instruction, 0);
		CU_ASSERT_EQUAL(kill(c.pid, SIGKILL), 0);
	}
	status = end(&c);
	if (strcmp(v.name, name) || !WIFSIGNALED(status))
		harness_note("%s: told %s, status %#x", name, v.name, status);
	CU_ASSERT_STRING_EQUAL(v.name, name);
	CU_ASSERT(WIFSIGNALED(status));
}

/* of which it depends what would allow it */
static void expect_arguments(void (*attempt)(const struct closed *c),
			     unsigned int number, uint64_t value)
{
	struct violation_arguments arguments = { .known = false };
	struct violation v = { 0 };
	struct closed c;

	begin(&c, attempt);
	CU_ASSERT(events_of(&c) & POLLIN);
	CU_ASSERT_EQUAL(violation_read(c.listener_fd, &v, &arguments), 0);
	CU_ASSERT(arguments.known);
	CU_ASSERT_EQUAL(arguments.values[number], value);
	CU_ASSERT_EQUAL(kill(c.pid, SIGKILL), 0);
	end(&c);
}

/* ---- the tests --------------------------------------------------------------- */

static void test_what_only_its_start_needed_is_named(void)
{
	expect_told(try_open, "openat");
	expect_told(try_exec, "execve");
	expect_told(try_library_code, "mmap");
	expect_told(try_filter, "seccomp");
	expect_told(try_dumpable, "prctl");
}

static void test_a_call_is_told_with_its_arguments(void)
{
	expect_arguments(try_dumpable, 0, PR_SET_DUMPABLE);
	expect_arguments(try_dumpable, 1, 1);
	expect_arguments(try_library_code, 2, PROT_READ | PROT_EXEC);
	expect_arguments(try_library_code, 3, MAP_PRIVATE);
	/* of what the first stage has never had, too */
	expect_arguments(try_socket, 0, AF_INET);
}

static void test_what_was_never_allowed_is_named_as_before(void)
{
	expect_told(try_socket, "socket");
	expect_told(try_fork, "clone");
	expect_told(try_protect, "mprotect");
}

static void test_its_edges_have_no_other_ends(void)
{
	expect_told(try_shutdown, "shutdown");
	expect_told(try_setsockopt, "setsockopt");
}

static void test_its_arena_is_no_code(void)
{
	expect_told(try_arena_code, "mmap");
}

static void test_the_handler_that_tells_cannot_be_replaced(void)
{
	expect_told(try_own_handler, "openat");
}

static void test_who_blocks_the_signal_ends_without_a_name(void)
{
	struct closed c;
	int status;

	begin(&c, try_blocked);
	CU_ASSERT_EQUAL(events_of(&c), POLLHUP);
	status = end(&c);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static void test_what_it_needs_still_works(void)
{
	struct closed c;

	begin(&c, try_what_it_needs);
	CU_ASSERT_EQUAL(events_of(&c), POLLHUP);
	CU_ASSERT_EQUAL(end(&c), LIVES << 8);
}

/* ---- memory alone -------------------------------------------------------------- */

static int code_with(bool mdwe)
{
	const struct launch_host here = { .mdwe = mdwe };
	const struct spec_node node = { .kind = SPEC_ACTOR };
	void *page;

	if (mdwe)
		say_and_note(&node, &here);
	if (closing_close() < 0 || closing_is_closed() != mdwe)
		return EDOM;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return page == MAP_FAILED ? errno : 0;
}

static int in_a_child(bool mdwe)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(code_with(mdwe));
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_memory_that_was_written_is_no_code(void)
{
	if (prctl(GET_MDWE, 0, 0, 0, 0) < 0)
		HARNESS_SKIP("no MDWE");
	CU_ASSERT_EQUAL(in_a_child(true), EACCES);
	CU_ASSERT_EQUAL(in_a_child(false), 0);
}

/* ---- what is said ------------------------------------------------------------- */

static struct fields order_of(char *bytes, size_t n_bytes)
{
	struct fields fields;

	CU_ASSERT_EQUAL_FATAL(fields_parse(&fields, bytes, n_bytes), 0);
	return fields;
}

#define ORDER(text) (char []){ text }, sizeof(text)

static void test_a_filter_that_is_none_is_refused(void)
{
	struct fields fields;

	fields = order_of(ORDER("CLOSE\0FILTER="));
	CU_ASSERT_EQUAL(closing_note(&fields), -EBADMSG);
	fields = order_of(ORDER("CLOSE\0FILTER=0600000000ff7f"));
	CU_ASSERT_EQUAL(closing_note(&fields), -EBADMSG);
	fields = order_of(ORDER("CLOSE\0FILTER=060000000000ff7g"));
	CU_ASSERT_EQUAL(closing_note(&fields), -EBADMSG);
	CU_ASSERT_FALSE(closing_is_closed());
	fields = order_of(ORDER("CLOSE\0FILTER=060000000000ff7f"));
	CU_ASSERT_EQUAL(closing_note(&fields), 0);
}

static void test_nothing_said_is_nothing_closed(void)
{
	CU_ASSERT_EQUAL(closing_close(), 0);
	CU_ASSERT_FALSE(closing_is_closed());
}

/* a program is not told of it, and has one stage */
static void test_a_program_is_told_nothing(void)
{
	const struct spec_node node = { .kind = SPEC_PROGRAM };
	struct launch_host here = host();
	struct link *link;
	sd_event *event;
	char byte;
	int fds[2];

	CU_ASSERT_EQUAL_FATAL(sd_event_new(&event), 0);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
					 0, fds), 0);
	CU_ASSERT_EQUAL_FATAL(link_new(&link, event, fds[0], false, NULL, NULL),
			      0);
	closing_say(link, &here, &node, false);
	CU_ASSERT_EQUAL(recv(fds[1], &byte, 1, MSG_DONTWAIT), -1);
	link_free(link);
	sd_event_unref(event);
	close(fds[1]);
}

static void test_what_may_be_read_stays_so(void)
{
	char *paths[] = { (char []){ "/etc" }, NULL };
	struct spec_sandbox sandbox = { .network = SPEC_NETWORK_NONE };
	struct sandbox_landlock_rights none, some;

	CU_ASSERT_FALSE(sandbox_landlock_closing(0, &sandbox, &none));
	CU_ASSERT_TRUE(sandbox_landlock_closing(6, &sandbox, &none));
	CU_ASSERT(none.fs != 0 && none.net != 0 && none.scoped != 0);
	sandbox.read = paths;
	CU_ASSERT_TRUE(sandbox_landlock_closing(6, &sandbox, &some));
	/* reading files and folders; executing is over */
	CU_ASSERT_EQUAL(none.fs & ~some.fs, 1 << 2 | 1 << 3);
	CU_ASSERT(some.fs & 1);
	/* no domain without rules lets a file be moved */
	sandbox.write = paths;
	CU_ASSERT_FALSE(sandbox_landlock_closing(6, &sandbox, &some));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_only_its_start_needed_is_named),
	HARNESS_TEST(test_a_call_is_told_with_its_arguments),
	HARNESS_TEST(test_what_was_never_allowed_is_named_as_before),
	HARNESS_TEST(test_its_edges_have_no_other_ends),
	HARNESS_TEST(test_its_arena_is_no_code),
	HARNESS_TEST(test_the_handler_that_tells_cannot_be_replaced),
	HARNESS_TEST(test_who_blocks_the_signal_ends_without_a_name),
	HARNESS_TEST(test_what_it_needs_still_works),
	HARNESS_TEST(test_memory_that_was_written_is_no_code),
	HARNESS_TEST(test_a_filter_that_is_none_is_refused),
	HARNESS_TEST(test_nothing_said_is_nothing_closed),
	HARNESS_TEST(test_a_program_is_told_nothing),
	HARNESS_TEST(test_what_may_be_read_stays_so),
};

HARNESS_MAIN(tests)
