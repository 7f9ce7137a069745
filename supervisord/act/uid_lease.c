/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * uid_lease.c - which uids belong to which system, by locks on files.
 *
 * A lock dies with its holder, so a lease needs no cleaning up. The files stay:
 * to remove one that somebody is about to lock would make two of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/directory.h"
#include "supervisord/act/uid_lease.h"

#define RUN_DIR "/run/actorproc"

static bool line_maps(const char *line, uint64_t first, uint64_t n)
{
	unsigned long long inside, outside, length;

	if (sscanf(line, "%llu %llu %llu", &inside, &outside, &length) != 3)
		return false;
	return inside <= first && first + n <= inside + length;
}

/* @name: of the map; the whole range must be in one line of it */
static bool is_mapped(const char *name, uint64_t first, uint64_t n)
{
	bool mapped = false;
	char line[128];
	FILE *map;

	map = fopen(name, "re");
	if (!map)
		return false;
	while (!mapped && fgets(line, sizeof(line), map))
		mapped = line_maps(line, first, n);
	fclose(map);
	return mapped;
}

static int open_below(const char *base)
{
	char path[PATH_MAX];
	int fd, r;

	if (snprintf(path, sizeof(path), "%s/.uids", base) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = directory_make_all(path, 0700);
	if (r < 0)
		return r;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* uids are the host's: also of systems that have another place for all else */
static int open_directory(void)
{
	const char *base = getenv("ACTORPROC_RUN_DIR");
	int fd = open_below(RUN_DIR);

	return fd < 0 && base ? open_below(base) : fd;
}

static int take_block(int directory_fd, unsigned int block)
{
	char name[16];
	int fd, r;

	snprintf(name, sizeof(name), "%u", block);
	fd = openat(directory_fd, name,
		    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

/* FNV-1a: where to begin looking */
static unsigned int favourite_block(const char *system)
{
	uint32_t hash = 2166136261u;

	for (; *system; system++)
		hash = (hash ^ (unsigned char)*system) * 16777619u;
	return hash % UID_LEASE_BLOCKS;
}

static int take_any_block(int directory_fd, const char *system,
			  unsigned int *ret_block)
{
	unsigned int block = favourite_block(system), i;
	int fd;

	for (i = 0; i < UID_LEASE_BLOCKS; i++) {
		fd = take_block(directory_fd, block);
		if (fd >= 0)
			*ret_block = block;
		if (fd != -EWOULDBLOCK)
			return fd;
		block = (block + 1) % UID_LEASE_BLOCKS;
	}
	return -EBUSY;
}

int uid_lease(const char *system, uid_t *ret_first, unsigned int *ret_n_uids,
	      int *ret_lease_fd)
{
	const uint64_t n_all = (uint64_t)UID_LEASE_BLOCKS * UID_LEASE_BLOCK;
	unsigned int block = 0;
	int directory_fd, fd;

	if (!is_mapped("/proc/self/uid_map", UID_LEASE_FIRST, n_all) ||
	    !is_mapped("/proc/self/gid_map", UID_LEASE_FIRST, n_all))
		return -ERANGE;
	directory_fd = open_directory();
	if (directory_fd < 0)
		return directory_fd;
	fd = take_any_block(directory_fd, system, &block);
	close(directory_fd);
	if (fd < 0)
		return fd;
	*ret_first = UID_LEASE_FIRST + block * UID_LEASE_BLOCK;
	*ret_n_uids = UID_LEASE_BLOCK;
	*ret_lease_fd = fd;
	return 0;
}
