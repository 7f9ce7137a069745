/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_zygote.c - the library's half of a zygote: it forks when it is told to,
 * and what it forks is a child of who tells it, and says so itself.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/control.h"
#include "tests/harness/harness.h"

#define WAIT_MS 100000

/** struct mother - the test, and a zygote */
struct mother {
	pid_t zygote;
	int fd;
	struct control_message word;
};

static struct mother m;

static int receive(struct actor *self, const struct actor_message *message)
{
	(void)self;
	(void)message;
	return 0;
}

static void *sleep_on(void *data)
{
	pause();
	return data;
}

static void __attribute__((noreturn)) be_zygote(int fd, bool threads)
{
	static const struct actor_class class = { .receive = receive };
	static char name[] = "zygote";
	char *arguments[] = { name, NULL };
	pthread_t thread;

	/* as after an exec, there is no other */
	dup2(fd, ACTOR_CONTROL_FD);
	close_range(ACTOR_CONTROL_FD + 1, ~0U, 0);
	setenv("ACTOR_PATH", "/s/class", 1);
	setenv("ACTOR_ZYGOTE", "1", 1);
	if (threads && pthread_create(&thread, NULL, sleep_on, NULL) != 0)
		_exit(99);
	_exit(actor_main(&class, 1, arguments));
}

static void begin(bool threads)
{
	static const int yes = 1;
	int fds[2];

	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
				   SOCK_NONBLOCK, 0, fds) == 0);
	CU_ASSERT_EQUAL(setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &yes,
				   sizeof(yes)), 0);
	m.zygote = fork();
	CU_ASSERT_FATAL(m.zygote >= 0);
	if (m.zygote == 0)
		be_zygote(fds[1], threads);
	close(fds[1]);
	m.fd = fds[0];
}

/* Return: its verb; "" at the end */
static const char *hear(int fd)
{
	struct pollfd channel = { .fd = fd, .events = POLLIN };

	CU_ASSERT_EQUAL(poll(&channel, 1, WAIT_MS), 1);
	return control_receive(fd, &m.word, true) == 0 ? m.word.fields.verb :
							 "";
}

static int status_of(pid_t pid)
{
	int status = -1;

	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return status;
}

static void say(int fd, const char *verb, const char *number, const int *fds,
		size_t n_fds)
{
	struct fields_writer w;
	char bytes[128];

	fields_begin(&w, bytes, sizeof(bytes), verb);
	fields_put(&w, "NUMBER", number);
	fields_put(&w, "PATH", "/s/class-1");
	fields_put(&w, "GENERATION", "7");
	CU_ASSERT_EQUAL(control_send(fd, bytes, w.length_bytes, fds, n_fds), 0);
}

/* Return: the pid of an instance, whose channel is *@ret_fd */
static pid_t fork_one(const char *number, int *ret_fd)
{
	int control[2], output[2], fds[2];

	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
				   SOCK_NONBLOCK, 0, control) == 0);
	CU_ASSERT_FATAL(pipe(output) == 0);
	fds[0] = control[1];
	fds[1] = output[1];
	say(m.fd, "FORK", number, fds, 2);
	close(control[1]);
	close(output[0]);
	close(output[1]);
	*ret_fd = control[0];
	CU_ASSERT_STRING_EQUAL(hear(m.fd), "FORKED");
	CU_ASSERT_STRING_EQUAL(fields_get(&m.word.fields, "NUMBER"), number);
	return m.word.sender;
}

static void end(void)
{
	close(m.fd);
	CU_ASSERT_EQUAL(status_of(m.zygote), 0);
}

static void test_an_instance_is_our_child_and_says_who_it_is(void)
{
	pid_t one, other;
	int fd, other_fd;

	begin(false);
	CU_ASSERT_STRING_EQUAL(hear(m.fd), "ZYGOTE");
	CU_ASSERT_EQUAL(m.word.sender, m.zygote);
	one = fork_one("1", &fd);
	other = fork_one("2", &other_fd);
	CU_ASSERT(one > 0 && other > 0 && one != other && one != m.zygote);
	/* each has a channel of its own, and obeys there */
	say(other_fd, "STOP", "0", NULL, 0);
	CU_ASSERT_EQUAL(status_of(other), 0);
	say(fd, "STOP", "0", NULL, 0);
	CU_ASSERT_EQUAL(status_of(one), 0);
	close(fd);
	close(other_fd);
	end();
}

static void test_the_channel_of_an_instance_ends_with_it(void)
{
	pid_t one;
	int fd;

	begin(false);
	CU_ASSERT_STRING_EQUAL(hear(m.fd), "ZYGOTE");
	one = fork_one("1", &fd);
	CU_ASSERT_EQUAL(kill(one, SIGKILL), 0);
	CU_ASSERT_STRING_EQUAL(hear(fd), "");
	CU_ASSERT(WIFSIGNALED(status_of(one)));
	close(fd);
	end();
}

static void test_an_instance_outlives_its_zygote(void)
{
	pid_t one;
	int fd;

	begin(false);
	CU_ASSERT_STRING_EQUAL(hear(m.fd), "ZYGOTE");
	one = fork_one("1", &fd);
	CU_ASSERT_EQUAL(kill(m.zygote, SIGKILL), 0);
	CU_ASSERT(WIFSIGNALED(status_of(m.zygote)));
	CU_ASSERT_STRING_EQUAL(hear(m.fd), "");
	say(fd, "STOP", "0", NULL, 0);
	CU_ASSERT_EQUAL(status_of(one), 0);
	close(fd);
	close(m.fd);
}

static void test_what_it_cannot_obey_makes_nothing(void)
{
	int fd;
	pid_t one;

	begin(false);
	CU_ASSERT_STRING_EQUAL(hear(m.fd), "ZYGOTE");
	say(m.fd, "FORK", "1", NULL, 0);
	say(m.fd, "FORK", NULL, (const int[]){ 1, 2 }, 2);
	say(m.fd, "SETUP", "2", NULL, 0);
	CU_ASSERT_EQUAL(send(m.fd, "x", 1, 0), 1);
	one = fork_one("3", &fd);
	CU_ASSERT(one > 0);
	close(fd);
	CU_ASSERT_EQUAL(status_of(one) != 0, true);
	end();
}

static void test_who_has_threads_is_none(void)
{
	begin(true);
	CU_ASSERT_STRING_EQUAL(hear(m.fd), "UNFIT");
	CU_ASSERT_STRING_EQUAL(fields_get(&m.word.fields, "REASON"),
			       "it has threads");
	CU_ASSERT_STRING_EQUAL(hear(m.fd), "");
	status_of(m.zygote);
	close(m.fd);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_instance_is_our_child_and_says_who_it_is),
	HARNESS_TEST(test_the_channel_of_an_instance_ends_with_it),
	HARNESS_TEST(test_an_instance_outlives_its_zygote),
	HARNESS_TEST(test_what_it_cannot_obey_makes_nothing),
	HARNESS_TEST(test_who_has_threads_is_none),
};
HARNESS_MAIN(tests)
