/* SPDX-License-Identifier: 0BSD */
/*
 * test-violator.c - a program that does what it may not, first in a child of
 * its own, and is ready when that was killed; on SIGUSR1, in a thread.
 */
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void *violate(void *data)
{
	(void)data;
	syscall(SYS_ptrace, 0, 0, 0, 0);
	_exit(1);			/* it was let */
}

static int child_was_killed(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		violate(NULL);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 0;
	return WIFSIGNALED(status);
}

static void say_ready(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	const char *path = getenv("NOTIFY_SOCKET");
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!path || fd < 0)
		exit(3);
	strncpy(to.sun_path, path, sizeof(to.sun_path) - 1);
	if (sendto(fd, "READY=1", 7, 0, (struct sockaddr *)&to,
		   sizeof(to)) != 7)
		exit(4);
	close(fd);
}

int main(void)
{
	pthread_t thread;
	sigset_t set;
	int signal;

	if (!child_was_killed())
		return 5;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	say_ready();
	sigwait(&set, &signal);
	if (pthread_create(&thread, NULL, violate, NULL) != 0)
		return 6;
	for (;;)
		pause();
}
