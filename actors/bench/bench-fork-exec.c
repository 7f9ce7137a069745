/* SPDX-License-Identifier: 0BSD */
/*
 * bench-fork-exec.c - what the kernel alone can do: processes, and no more.
 *
 *	bench-fork-exec crash|ready N PROGRAM
 *
 * PROGRAM is bench-sink, run with --fork-exec. Prints nanoseconds for each of
 * N, as bench-source does: "crash" kills it by a message N times and waits for
 * the answer of the message behind; "ready" starts N of them one after the
 * other, each when the one before is ready.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD_BYTES 64
#define CHILD_FD 3

static const char *program;
static int fd = -1;
static int child_end = -1;
static char payload[PAYLOAD_BYTES];

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

static void say(char what)
{
	payload[0] = what;
	if (send(fd, payload, sizeof(payload), MSG_NOSIGNAL) !=
	    (ssize_t)sizeof(payload))
		fail("send");
}

static void hear(void)
{
	char bytes[256];

	if (recv(fd, bytes, sizeof(bytes), 0) <= 0)
		fail("recv");
}

static void pair(void)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds) < 0)
		fail("socketpair");
	fd = fds[0];
	child_end = fds[1];
}

/* the socket outlives the child, as a mailbox does */
static pid_t start(void)
{
	pid_t pid = fork();

	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		if (child_end == CHILD_FD || dup2(child_end, CHILD_FD) >= 0)
			execl(program, program, "--fork-exec", (char *)NULL);
		_exit(127);
	}
	return pid;
}

static void finish(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void crash(uint64_t n, pid_t *pid)
{
	while (n-- > 0) {
		say('c');
		say('e');
		if (waitpid(*pid, NULL, 0) != *pid)
			fail("waitpid");
		*pid = start();
		hear();		/* it is there */
		hear();		/* the answer */
	}
}

static uint64_t ready(uint64_t n)
{
	pid_t pids[512];
	uint64_t begin = now_ns(), end;

	if (n > 512)
		exit(2);
	for (uint64_t i = 0; i < n; i++) {
		pair();
		pids[i] = start();
		hear();
	}
	end = now_ns();
	for (uint64_t i = 0; i < n; i++)
		finish(pids[i]);
	return end - begin;
}

static uint64_t crashes(uint64_t n)
{
	uint64_t begin;
	pid_t pid;

	pair();
	pid = start();
	hear();
	begin = now_ns();
	crash(n, &pid);
	begin = now_ns() - begin;
	finish(pid);
	return begin;
}

int main(int argc, char **argv)
{
	uint64_t n;

	if (argc != 4)
		return 2;
	n = strtoull(argv[2], NULL, 10);
	program = argv[3];
	if (n == 0)
		return 2;
	if (strcmp(argv[1], "ready") == 0)
		n = ready(n) / n;
	else if (strcmp(argv[1], "crash") == 0)
		n = crashes(n) / n;
	else
		return 2;
	printf("%llu 0\n", (unsigned long long)n);
	return 0;
}
