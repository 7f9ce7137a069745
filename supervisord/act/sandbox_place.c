/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_place.c - where in a new root a path lies.
 *
 * The root is a tmpfs, in which granted folders are mounted already. What is
 * missing in the tmpfs is made; what is a link is gone after, name by name, as the
 * program will. Nothing is ever made on another file system: that is the host's.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/sandbox.h"

#define LINKS_MAX 40	/* as the kernel */

/**
 * struct walk - @at_fd, @at: where it is
 * @tmpfs: the device of what is ours
 * @rest: what is left of the path
 */
struct walk {
	const struct sandbox_path *path;
	dev_t tmpfs;
	int at_fd;
	struct stat at;
	char rest[PATH_MAX];
	unsigned int n_links;
};

static int go_to(struct walk *walk, int fd)
{
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	if (walk->at_fd >= 0)
		close(walk->at_fd);
	walk->at_fd = fd;
	walk->at = st;
	return 0;
}

static int go_to_root(struct walk *walk)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : go_to(walk, fd);
}

static int make(const struct walk *walk, const char *name, bool last)
{
	int fd;

	if (walk->at.st_dev != walk->tmpfs)
		return -ENOENT;
	if (!last || S_ISDIR(walk->path->mode))
		return mkdirat(walk->at_fd, name, 0755) < 0 ? -errno : 0;
	fd = openat(walk->at_fd, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int open_name(const struct walk *walk, const char *name, bool last)
{
	const int flags = O_PATH | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(walk->at_fd, name, flags), r;

	if (fd < 0 && errno == ENOENT) {
		r = make(walk, name, last);
		if (r < 0)
			return r;
		fd = openat(walk->at_fd, name, flags);
	}
	return fd < 0 ? -errno : fd;
}

static int follow(struct walk *walk, int fd)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t n;

	if (walk->n_links++ == LINKS_MAX)
		return -ELOOP;
	n = readlinkat(fd, "", target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (snprintf(rest, sizeof(rest), "%s/%s", target, walk->rest) >=
	    (int)sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(walk->rest, rest, strlen(rest) + 1);
	return target[0] == '/' ? go_to_root(walk) : 0;
}

/* takes the first name of what is left; empty: there is none */
static int take_name(struct walk *walk, char name[static NAME_MAX + 1])
{
	char *from = walk->rest + strspn(walk->rest, "/");
	size_t n = strcspn(from, "/");

	if (n > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, from, n);
	name[n] = '\0';
	from += n;
	from += strspn(from, "/");
	memmove(walk->rest, from, strlen(from) + 1);
	return 0;
}

static int step(struct walk *walk)
{
	char name[NAME_MAX + 1];
	struct stat st;
	int fd, r;

	r = take_name(walk, name);
	if (r < 0 || !*name)
		return r;
	fd = open_name(walk, name, !*walk->rest);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (S_ISLNK(st.st_mode))
		r = follow(walk, fd);
	else
		return go_to(walk, fd);
	close(fd);
	return r;
}

/* whoever wrote the link shall not have another file exchanged by that */
static int check_end(const struct walk *walk)
{
	if (walk->n_links == 0 || walk->at.st_dev == walk->tmpfs)
		return 0;
	return walk->at.st_dev == walk->path->device &&
	       walk->at.st_ino == walk->path->inode ? 0 : -EXDEV;
}

int sandbox_place_open(int tmpfs_fd, const struct sandbox_path *path)
{
	struct walk walk = { .path = path, .at_fd = -1 };
	struct stat st;
	int r;

	if (fstat(tmpfs_fd, &st) < 0)
		return -errno;
	walk.tmpfs = st.st_dev;
	if (snprintf(walk.rest, sizeof(walk.rest), "%s", path->path) >=
	    (int)sizeof(walk.rest))
		return -ENAMETOOLONG;
	r = go_to_root(&walk);
	while (r == 0 && *walk.rest)
		r = step(&walk);
	if (r == 0)
		r = check_end(&walk);
	if (r < 0 && walk.at_fd >= 0)
		close(walk.at_fd);
	return r < 0 ? r : walk.at_fd;
}
