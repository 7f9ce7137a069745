/* SPDX-License-Identifier: 0BSD */
/*
 * test-successor.c - a program that supervisors are told to go on as.
 *
 * What it does is its name, which a test gives it with a link; files that it
 * needs are in the folder of the link's target:
 *   fails     exits with 3
 *   hangs     in the check
 *   lies      says that all is well, and exits with 1
 *   babbles   says more than anybody wants to hear
 *   waits     in each check but the root's it makes a file "waiting-…", and goes
 *             on when there is one "go": as "real", which is a supervisord
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[PATH_MAX - 64];
static const char *name;

static void find_self(void)
{
	ssize_t n = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	char *slash;

	folder[n > 0 ? n : 0] = '\0';
	slash = strrchr(folder, '/');
	if (!slash)
		_exit(2);
	*slash = '\0';
	name = slash + 1;
}

static void say(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		_exit(2);
}

static void babble(int fd)
{
	for (int i = 0; i < 1000; i++)
		say(fd, "I am a supervisor, and so are all my friends. ");
}

/* in the root's pid namespace its number is another */
static int is_below(void)
{
	return getppid() == 1;
}

static void wait_for_go(void)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/waiting-XXXXXX", folder);
	fd = mkstemp(path);
	if (fd < 0)
		_exit(2);
	close(fd);
	snprintf(path, sizeof(path), "%s/go", folder);
	while (access(path, F_OK) < 0)
		usleep(1000);
}

static void be_real(char **arguments)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/real", folder);
	execv(path, arguments);
	perror(path);
	_exit(2);
}

int main(int argc, char **argv)
{
	int checks = argc > 3 && !strcmp(argv[1], "check-state");

	find_self();
	if (!strcmp(name, "fails"))
		return 3;
	if (!strcmp(name, "hangs"))
		for (;;)
			pause();
	if (!strcmp(name, "lies") && checks)
		say(atoi(argv[3]), "actorproc-state ok\n");
	if (!strcmp(name, "babbles") && checks)
		babble(atoi(argv[3]));
	if (!strcmp(name, "waits")) {
		if (checks && is_below())
			wait_for_go();
		be_real(argv);
	}
	return 1;
}
