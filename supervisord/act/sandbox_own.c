/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_own.c - files that are one actor's alone: scratch and state.
 *
 * Each start has mounts of them by itself: scratch is empty then, and gone with
 * the process. The place where they are put is made with the root. It is a file
 * system of its own, so that Landlock can be told of it before they are there:
 * what is mounted inside a folder is below that folder for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/sandbox.h"

/* a file, however small, takes a page and a kilobyte of the kernel's */
#define BYTES_PER_INODE 4096
#define INODES_MIN 64
#define INODES_MAX (1 << 20)

static int configure(int fs_fd, const char *const *options)
{
	for (; *options; options += 2)
		if (fsconfig(fs_fd, FSCONFIG_SET_STRING, options[0],
			     options[1], 0) < 0)
			return -errno;
	if (fsconfig(fs_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	return 0;
}

int sandbox_tmpfs_new(const char *const *options)
{
	int fs_fd = fsopen("tmpfs", FSOPEN_CLOEXEC);
	int fd, r;

	if (fs_fd < 0)
		return -errno;
	r = configure(fs_fd, options);
	if (r < 0) {
		close(fs_fd);
		return r;
	}
	fd = fsmount(fs_fd, FSMOUNT_CLOEXEC,
		     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	r = -errno;
	close(fs_fd);
	return fd < 0 ? r : fd;
}

static int close_read_only(int fd)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return -errno;
	return 0;
}

int sandbox_own_new(bool scratch, bool state)
{
	static const char *const options[] = { "size", "4k", "mode", "755",
					       NULL };
	int fd = sandbox_tmpfs_new(options), r = 0;

	if (fd < 0)
		return fd;
	if ((scratch && mkdirat(fd, "scratch", 0755) < 0) ||
	    (state && mkdirat(fd, "state", 0755) < 0))
		r = -errno;
	if (r == 0)
		r = close_read_only(fd);
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

static uint64_t n_inodes(uint64_t n_bytes)
{
	uint64_t n = n_bytes / BYTES_PER_INODE;

	return n < INODES_MIN ? INODES_MIN : n > INODES_MAX ? INODES_MAX : n;
}

int sandbox_scratch_new(uint64_t n_bytes, uid_t uid, gid_t gid)
{
	char size[24], inodes[24], owner[16], group[16];
	const char *const options[] = {
		"size", size, "nr_inodes", inodes, "mode", "700",
		"uid", owner, "gid", group, NULL
	};

	snprintf(size, sizeof(size), "%llu", (unsigned long long)n_bytes);
	snprintf(inodes, sizeof(inodes), "%llu",
		 (unsigned long long)n_inodes(n_bytes));
	snprintf(owner, sizeof(owner), "%u", uid);
	snprintf(group, sizeof(group), "%u", gid);
	return sandbox_tmpfs_new(options);
}

int sandbox_state_new(int folder_fd)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			    MOUNT_ATTR_NOEXEC,
		.propagation = MS_PRIVATE,
	};
	int fd, r;

	fd = open_tree(folder_fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE |
		       OPEN_TREE_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}
