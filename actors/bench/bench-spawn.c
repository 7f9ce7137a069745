/* SPDX-License-Identifier: 0BSD */
/*
 * bench-spawn.c - what the kernel alone can do about a process that has died.
 *
 *	bench-spawn spawn|spawn-again N COMMAND...
 *	bench-spawn fork|fork-again|spare|ready|hold N
 *
 * Prints nanoseconds for each of N. "spawn": from posix_spawn() of COMMAND, which
 * is bench-sink, or what executes that in the end, to its first answer. "fork": the
 * same of a fork that executes nothing. The others begin with SIGKILL of a process, which
 * a supervisor has to hear of before it does anything: "spawn-again" and
 * "fork-again" go on as those, "spare" with one that was forked before and is
 * handed the socket; the next one is forked when the clock stands. Each begins
 * when nothing else has been done for a while. "ready" forks N at once and
 * prints nanoseconds until all have said that they are there. "hold" forks N
 * that do nothing, prints a line and lives until its input ends.
 *
 * A message waits in the socket before anybody is started, as in a mailbox.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD_BYTES 64
#define CHILD_FD 3
#define FORKS_MAX 10000
#define REST_US 20000

static int ours = -1, theirs = -1;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void say(int fd, char what)
{
	char payload[PAYLOAD_BYTES] = { what };

	if (send(fd, payload, sizeof(payload), MSG_NOSIGNAL) !=
	    (ssize_t)sizeof(payload))
		fail("send");
}

/* until an echo, whatever came before it */
static void hear_echo(void)
{
	char bytes[256];

	do
		if (recv(ours, bytes, sizeof(bytes), 0) <= 0)
			fail("recv");
	while (bytes[0] != 'e');
}

static void pair(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		fail("socketpair");
	ours = fds[0];
	theirs = fds[1];
}

static _Noreturn void echo(int fd)
{
	char bytes[256];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		if (send(fd, bytes, (size_t)n, MSG_NOSIGNAL) != n)
			break;
	_exit(0);
}

static pid_t fork_one(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	return pid;
}

static void finish(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- one that is started when it is needed ------------------------------- */

static pid_t spawn_program(char **command)
{
	char *environment[] = { NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, theirs, CHILD_FD);
	errno = posix_spawn(&pid, *command, &actions, NULL, command,
			    environment);
	if (errno)
		fail("posix_spawn");
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static pid_t fork_echo(void)
{
	pid_t pid = fork_one();

	if (pid == 0)
		echo(theirs);
	return pid;
}

static pid_t start_one(char **command)
{
	return command ? spawn_program(command) : fork_echo();
}

static void print_since(uint64_t begin_ns)
{
	printf("%llu 0\n", (unsigned long long)(now_ns() - begin_ns));
}

static void first_answers(unsigned int n, char **command)
{
	uint64_t begin;
	pid_t pid;

	pair();
	for (unsigned int i = 0; i < n; i++) {
		usleep(REST_US);
		say(ours, 'e');
		begin = now_ns();
		pid = start_one(command);
		hear_echo();
		print_since(begin);
		finish(pid);
	}
}

/* ---- one that follows another -------------------------------------------- */

/* it sleeps in front of a message */
static int put_to_sleep(pid_t worker)
{
	int pidfd = (int)syscall(SYS_pidfd_open, worker, 0);

	say(ours, 'e');
	hear_echo();
	kill(worker, SIGSTOP);
	usleep(REST_US);
	say(ours, 'e');
	return pidfd;
}

/* as a supervisor hears of it: it waits for many things */
static void await_death(pid_t pid, int pidfd)
{
	struct pollfd death = { .fd = pidfd, .events = POLLIN };

	if (poll(&death, 1, -1) != 1 || waitpid(pid, NULL, 0) != pid)
		fail("wait");
	close(pidfd);
}

static void next_answers(unsigned int n, char **command)
{
	uint64_t begin;
	pid_t worker;
	int pidfd;

	pair();
	worker = start_one(command);
	for (unsigned int i = 0; i < n; i++) {
		pidfd = put_to_sleep(worker);
		begin = now_ns();
		kill(worker, SIGKILL);
		await_death(worker, pidfd);
		worker = start_one(command);
		hear_echo();
		print_since(begin);
	}
	finish(worker);
}

/* ---- one that waits to be needed ----------------------------------------- */

static void hand_over(int to, int fd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec byte = { .iov_base = "s", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(to, &message, MSG_NOSIGNAL) != 1)
		fail("sendmsg");
}

static int take_over(int from)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	char byte;
	struct iovec place = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &place, .msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	int fd;

	if (recvmsg(from, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		_exit(0);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static pid_t fork_spare(int *ret_to)
{
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		fail("socketpair");
	pid = fork_one();
	if (pid == 0) {
		close(fds[0]);
		close(ours);
		close(theirs);
		echo(take_over(fds[1]));
	}
	close(fds[1]);
	*ret_to = fds[0];
	return pid;
}

static void spares(unsigned int n)
{
	pid_t worker, spare;
	uint64_t begin;
	int to, pidfd;

	pair();
	worker = fork_echo();
	for (unsigned int i = 0; i < n; i++) {
		spare = fork_spare(&to);
		pidfd = put_to_sleep(worker);
		begin = now_ns();
		kill(worker, SIGKILL);
		await_death(worker, pidfd);
		hand_over(to, theirs);
		hear_echo();
		print_since(begin);
		close(to);
		worker = spare;
	}
	finish(worker);
}

/* ---- many ---------------------------------------------------------------- */

static pid_t forks[FORKS_MAX];

static void fork_idle(unsigned int n, int said)
{
	for (unsigned int i = 0; i < n; i++) {
		forks[i] = fork_one();
		if (forks[i] > 0)
			continue;
		if (write(said, "r", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
}

static void hear(int fd, unsigned int n)
{
	char bytes[4096];
	ssize_t got;

	while (n > 0) {
		got = read(fd, bytes, sizeof(bytes));
		if (got <= 0)
			fail("read");
		n -= (unsigned int)got;
	}
}

static void many(unsigned int n, int hold)
{
	uint64_t begin = now_ns();
	int fds[2];

	if (pipe(fds) < 0)
		fail("pipe");
	fork_idle(n, fds[1]);
	hear(fds[0], n);
	if (hold) {
		puts("there");
		fflush(stdout);
		while (getchar() != EOF)
			;
	} else {
		print_since(begin);
	}
	for (unsigned int i = 0; i < n; i++)
		finish(forks[i]);
}

int main(int argc, char **argv)
{
	unsigned int n = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 0;

	if (n == 0 || n > FORKS_MAX)
		return 2;
	/* what waits to be printed would be printed by each that is forked */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(argv[1], "spawn") && argc > 3)
		first_answers(n, argv + 3);
	else if (!strcmp(argv[1], "spawn-again") && argc > 3)
		next_answers(n, argv + 3);
	else if (!strcmp(argv[1], "fork"))
		first_answers(n, NULL);
	else if (!strcmp(argv[1], "fork-again"))
		next_answers(n, NULL);
	else if (!strcmp(argv[1], "spare"))
		spares(n);
	else if (!strcmp(argv[1], "ready") || !strcmp(argv[1], "hold"))
		many(n, !strcmp(argv[1], "hold"));
	else
		return 2;
	return 0;
}
