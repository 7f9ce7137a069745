/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hidden.c - folders of the host that are ours, and no actor's.
 *
 * Where systems run and what they keep: who comes there is taken for who runs
 * them. It alone knows which they are. How one place is found in another, by
 * whatever name that was granted, is here as well.
 */
#include "supervisord/act/hidden.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libactorproc/path.h"

static char *folders[HIDDEN_MAX];

void hidden_add(char *path)
{
	for (int i = 0; path && i < HIDDEN_MAX; i++) {
		if (folders[i])
			continue;
		folders[i] = path;
		return;
	}
	free(path);
}

/* what is not there is taken as it is written */
static const char *real(const char *path, char buffer[PATH_MAX])
{
	return realpath(path, buffer) ? buffer : path;
}

static bool is_hidden(const char *path)
{
	char other[PATH_MAX];

	for (int i = 0; i < HIDDEN_MAX && folders[i]; i++)
		if (path_is_within(path, real(folders[i], other)))
			return true;
	return false;
}

bool hidden_has(const char *path)
{
	char buffer[PATH_MAX];

	return is_hidden(real(path, buffer));
}

bool hidden_has_file(int fd)
{
	char link[32], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0)
		return false;
	path[n] = '\0';
	return is_hidden(path);
}

static bool is_same(const struct stat *one, const struct stat *other)
{
	return one->st_dev == other->st_dev && one->st_ino == other->st_ino;
}

bool hidden_is_root(const struct stat *st)
{
	struct stat root;

	return stat("/", &root) < 0 || is_same(st, &root);
}

/* ---- below what is granted ---------------------------------------------- */

/* how much of @path leads to @st, by whatever name that was granted; 0: nothing */
static size_t n_above(const char *path, const struct stat *st)
{
	char above[PATH_MAX];
	struct stat its;
	char *slash;

	snprintf(above, sizeof(above), "%s", path);
	while ((slash = strrchr(above, '/')) && slash > above) {
		*slash = '\0';
		if (stat(above, &its) == 0 && is_same(&its, st))
			return (size_t)(slash - above);
	}
	return 0;
}

static int open_below(int fd, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_MAGICLINKS,
	};
	long r = syscall(SYS_openat2, fd, path, &how, sizeof(how));

	return r < 0 ? -errno : (int)r;
}

/** struct way - @above: the path of what is granted; @rest: from there on */
struct way {
	int fd;
	const char *above;
	const char *rest;
	struct stat end;
	int (*see)(void *data, const char *place, int fd, bool hide);
	void *data;
};

static int see_one(const struct way *way, size_t n, bool last)
{
	char rest[PATH_MAX], place[PATH_MAX];
	struct stat st;
	int fd;

	snprintf(rest, sizeof(rest), "%.*s", (int)n, way->rest);
	if (snprintf(place, sizeof(place), "%s/%s", way->above, rest) >=
	    (int)sizeof(place))
		return -ENAMETOOLONG;
	fd = open_below(way->fd, rest);
	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP ?
		       -EXDEV : fd;
	if (last && (fstat(fd, &st) < 0 || !is_same(&st, &way->end))) {
		close(fd);
		return -EXDEV;
	}
	return way->see(way->data, place, fd, last);
}

static int go_down(const struct way *way)
{
	size_t n = 0;
	bool last;
	int r = 0;

	while (r == 0 && way->rest[n]) {
		n += strcspn(way->rest + n, "/");
		last = !way->rest[n];
		r = see_one(way, n, last);
		n += !last;
	}
	return r;
}

/* what is not there yet is nobody's to enter */
static int look_below(struct way way, const struct stat *st, const char *path)
{
	char buffer[PATH_MAX];
	size_t n;

	if (!realpath(path, buffer) || stat(buffer, &way.end) < 0)
		return 0;
	/* it itself, mounted under another name */
	if (is_same(st, &way.end))
		return -EPERM;
	n = n_above(buffer, st);
	way.rest = buffer + n + 1;
	return n > 0 ? go_down(&way) : 0;
}

int hidden_below(int fd, const struct stat *st, const char *path,
		 int (*see)(void *data, const char *place, int fd, bool hide),
		 void *data)
{
	struct way way = { .fd = fd, .above = path, .see = see, .data = data };
	int r = 0;

	for (int i = 0; r == 0 && i < HIDDEN_MAX && folders[i]; i++)
		r = look_below(way, st, folders[i]);
	return r;
}

int hidden_way(int fd, const struct stat *st, const char *path,
	       const char *other,
	       int (*see)(void *data, const char *place, int fd, bool last),
	       void *data)
{
	struct way way = { .fd = fd, .above = path, .see = see, .data = data };

	return look_below(way, st, other);
}
