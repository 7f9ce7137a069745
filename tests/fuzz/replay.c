/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * replay.c - gives a fuzz target every file of its corpus, once; TAP.
 *
 * Stands in for libFuzzer in `make check`. Each input has a process of its own,
 * so that one crash does not hide the next. With arguments, it replays these
 * files instead, in this process: for a debugger.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define INPUT_SECONDS_MAX 200	/* who does not come back; a sanitizer is slow */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static bool replay(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *bytes, *exact;
	size_t n, size = 1 << 22;

	if (!file)
		return false;
	bytes = malloc(size);
	n = bytes ? fread(bytes, 1, size, file) : 0;
	fclose(file);
	/* the very end of the memory is the end of the input */
	exact = realloc(bytes, n ? n : 1);
	if (!exact) {
		free(bytes);
		return false;
	}
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return true;
}

static bool replay_apart(const char *path)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(INPUT_SECONDS_MAX);
		exit(replay(path) ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	if (WIFSIGNALED(status))
		printf("# signal %d: %s\n", WTERMSIG(status), path);
	return status == 0;
}

static int is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay_corpus(const char *directory)
{
	struct dirent **inputs;
	int i, n_failed = 0;
	int n = scandir(directory, &inputs, is_input, alphasort);

	if (n <= 0) {
		printf("1..1\nnot ok 1 - no corpus in %s\n", directory);
		return EXIT_FAILURE;
	}
	printf("1..%d\n", n);
	for (i = 0; i < n; i++) {
		char path[PATH_MAX + 256];
		bool passed;

		snprintf(path, sizeof(path), "%s/%s", directory,
			 inputs[i]->d_name);
		passed = replay_apart(path);
		printf("%sok %d - %s/%s\n", passed ? "" : "not ", i + 1,
		       FUZZ_CORPUS, inputs[i]->d_name);
		n_failed += !passed;
		free(inputs[i]);
	}
	free(inputs);
	return n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *source = getenv("ACTORPROC_SOURCE");
	char directory[PATH_MAX];
	int i;

	for (i = 1; i < argc; i++)
		if (!replay(argv[i]))
			perror(argv[i]);
	if (argc > 1)
		return EXIT_SUCCESS;
	snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus/%s",
		 source ? source : ".", FUZZ_CORPUS);
	return replay_corpus(directory);
}
