/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage.c - what a running tree uses of the kernel, as /proc tells it.
 *
 * Looks only. A process that ends meanwhile counts as far as it was seen.
 */
#include "tests/system/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/harness.h"

#define TEXT_BYTES 16384
#define PROGRAM_DESCRIPTORS 4	/* its mounts, rules, network */
/* the histories of `why` go on filling, up to 16 entries of each child */
#define MEMORY_PERCENT 10
/* what waits there has bounds, see Limits in ARCHITECTURE.md, and need not be full
 * when all begins; and the largest answer, of an audit, has been made once */
#define BUNDLED_KB_MAX (32 << 10)

static size_t read_proc(pid_t pid, const char *what, char text[TEXT_BYTES])
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, text, TEXT_BYTES - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static size_t n_entries(pid_t pid, const char *what)
{
	char path[64];
	DIR *directory;
	size_t n = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, what);
	directory = opendir(path);
	while (directory && readdir(directory))
		n++;
	if (directory)
		closedir(directory);
	return n > 2 ? n - 2 : 0;
}

/* its part of what it shares: supervisors begin as copies of their parents */
static size_t anonymous_kb(pid_t pid)
{
	static const char name[] = "Pss_Anon:";
	char text[TEXT_BYTES];
	const char *at;

	read_proc(pid, "smaps_rollup", text);
	at = strstr(text, name);
	return at ? strtoul(at + sizeof(name) - 1, NULL, 10) : 0;
}

/* of an actor; false: it is a supervisor, which has none */
static bool has_path(pid_t pid, bool *ret_bundled)
{
	static const char name[] = "ACTOR_PATH=";
	char text[TEXT_BYTES];
	size_t n = read_proc(pid, "environ", text);

	for (size_t at = 0; at < n; at += strlen(text + at) + 1) {
		if (strncmp(text + at, name, sizeof(name) - 1))
			continue;
		*ret_bundled = !strncmp(text + at + sizeof(name) - 1,
					"/system/", 8);
		return true;
	}
	return false;
}

static void add(struct usage *usage, pid_t pid)
{
	char numbers[TEXT_BYTES], what[64], *at = numbers;
	bool bundled = false;
	pid_t child;

	usage->n_processes++;
	if (has_path(pid, &bundled)) {
		usage->bundled_kb += bundled ? anonymous_kb(pid) : 0;
		return;
	}
	usage->n_supervisors++;
	usage->n_descriptors += n_entries(pid, "fd");
	usage->memory_kb += anonymous_kb(pid);
	snprintf(what, sizeof(what), "task/%d/children", pid);
	read_proc(pid, what, numbers);
	while ((child = (pid_t)strtol(at, &at, 10)) > 0)
		add(usage, child);
}

void usage_take(struct usage *ret, const struct tree *tree)
{
	*ret = (struct usage){ 0 };
	add(ret, tree->pid);
}

void usage_tell(const struct usage *usage, const char *when)
{
	harness_note("%s: %zu processes, %zu of them supervisors with %zu "
		     "descriptors, %zu KiB; the bundled actors %zu KiB", when,
		     usage->n_processes, usage->n_supervisors,
		     usage->n_descriptors, usage->memory_kb,
		     usage->bundled_kb);
}

bool usage_is_back(const struct usage *now, const struct usage *before,
		   size_t n_away)
{
	return now->n_processes == before->n_processes &&
	       now->n_supervisors == before->n_supervisors &&
	       now->n_descriptors <= before->n_descriptors +
				     PROGRAM_DESCRIPTORS * n_away;
}

bool usage_memory_is_back(const struct usage *now, const struct usage *before)
{
	return now->memory_kb <= before->memory_kb + before->memory_kb / 100 *
						     MEMORY_PERCENT &&
	       now->bundled_kb <= BUNDLED_KB_MAX;
}
