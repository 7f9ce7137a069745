/* SPDX-License-Identifier: 0BSD */
/*
 * test-hog.c - takes what it can get of one thing.
 *
 * test-hog memory MIB: that much, all of it written to; then sleeps
 * test-hog family MIB: a child of it does that
 * test-hog processes N: forks so often, says how often that worked; then sleeps
 * test-hog cpu: for good
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void memory(const char *mib)
{
	size_t n_bytes = (size_t)atol(mib) << 20;
	char *bytes = mmap(NULL, n_bytes, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (bytes != MAP_FAILED)
		memset(bytes, 1, n_bytes);
	printf("%s MiB: %s\n", mib, bytes == MAP_FAILED ? "no" : "yes");
}

static void family(const char *mib)
{
	if (fork() == 0) {
		memory(mib);
		_exit(0);
	}
}

static void processes(const char *wanted)
{
	int n = 0, error = 0;

	for (int i = atoi(wanted); i > 0; i--) {
		pid_t pid = fork();

		if (pid == 0)
			for (;;)
				pause();
		if (pid < 0)
			error = errno;
		else
			n++;
	}
	printf("%d processes, %s\n", n, error ? strerrorname_np(error) : "OK");
}

static void cpu(void)
{
	volatile unsigned long turns = 0;

	for (;;)
		turns++;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (argc > 2 && !strcmp(what, "memory"))
		memory(argv[2]);
	else if (argc > 2 && !strcmp(what, "family"))
		family(argv[2]);
	else if (argc > 2 && !strcmp(what, "processes"))
		processes(argv[2]);
	else if (!strcmp(what, "cpu"))
		cpu();
	else
		return 2;
	fflush(stdout);
	for (;;)
		pause();
}
