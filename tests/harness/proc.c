/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proc.c - what the kernel says of a process in /proc.
 *
 * Looks only.
 */
#include "tests/harness/proc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool proc_status(pid_t pid, const char *field, int base, uint64_t *ret)
{
	char path[64], line[256];
	size_t n = strlen(field);
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file)) {
		found = !strncmp(line, field, n) && line[n] == ':';
		if (found)
			*ret = strtoull(line + n + 1, NULL, base);
	}
	if (file)
		fclose(file);
	return found;
}

char proc_state(pid_t pid)
{
	char path[64], line[512] = "", *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return '?';
	end = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	fclose(file);

	return end && end[1] ? end[2] : '?';
}

size_t proc_n_descriptors(pid_t pid)
{
	char path[64];
	size_t n = 0;
	struct dirent *entry;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	fds = opendir(path);
	while (fds && (entry = readdir(fds)))
		n += entry->d_name[0] != '.';
	if (fds)
		closedir(fds);
	return n;
}
