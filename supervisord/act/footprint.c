/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * footprint.c - what this process takes of the host.
 *
 * Of our own /proc/self. How many descriptors there are is the size of that folder
 * since Linux 6.2; before, it has to be read.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/footprint.h"

#define FDS "/proc/self/fd"

/* without "." and "..", and the one that reads */
static uint64_t count_fds(void)
{
	DIR *folder = opendir(FDS);
	uint64_t n = 0;

	if (!folder)
		return 0;
	while (readdir(folder))
		n++;
	closedir(folder);
	return n > 3 ? n - 3 : 0;
}

static uint64_t n_fds(void)
{
	struct stat st;

	if (stat(FDS, &st) == 0 && st.st_size > 0)
		return (uint64_t)st.st_size;
	return count_fds();
}

static uint64_t resident_bytes(void)
{
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	uint64_t n_pages = 0;
	char text[128];
	ssize_t n;

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	if (sscanf(text, "%*u %" SCNu64, &n_pages) != 1)
		return 0;
	return n_pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

struct footprint footprint_of_us(void)
{
	struct footprint footprint = {
		.n_fds = n_fds(),
		.memory_bytes = resident_bytes(),
	};
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		footprint.max_fds = limit.rlim_cur;
	return footprint;
}
