/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder_walk.c - all that is in a folder becomes another uid's, bit by bit.
 *
 * What is in it is an actor's work, so it is as deep and as full as it likes. We go
 * down by descriptors and back by "..", which has to be where we came from, and
 * hold two: the top and where we are. Where we were in the folders above, we note
 * for so many; from deeper we begin again from the top.
 *
 * A folder is given when all that is in it is. So one that is given is done with,
 * however often we come by. One that we have begun with has our group until then:
 * whose supervisor died meanwhile is found to be unfinished by that, also when it
 * goes back to the uid that it still has; no actor can give that group to a folder.
 *
 * No link is followed, nothing that is mounted is entered, and what did not belong
 * to an actor is left alone. Whoever moves folders about while we walk can only have
 * us begin again.
 */
#include "supervisord/act/folder_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "supervisord/act/uid_lease.h"

#define BUFFER_BYTES 32768
/* by whom, if not by somebody who wants us to walk for ever? */
#define ASTRAY_MAX 16

/** struct level - a folder that we are in; @next: where to go on in it */
struct level {
	dev_t device;
	ino_t inode;
	off_t next;
};

/**
 * struct folder_walk - @fd: of the folder where it is; -1: begin at the top
 * @depth: of that, and @n_known levels above it are in @levels, a ring
 * @at, @n_bytes: of the entries that were read of it
 * @n_given: since it began at the top
 */
struct folder_walk {
	uid_t uid;
	gid_t gid;
	bool ours;
	int top_fd;
	int fd;
	size_t depth;
	size_t n_known;
	size_t n_given;
	unsigned int n_astray;
	size_t at;
	size_t n_bytes;
	struct level levels[FOLDER_WALK_LEVELS];
	char where[NAME_MAX + 1];
	_Alignas(struct dirent64) char buffer[BUFFER_BYTES];
};

int folder_walk_open(int fd, const char *name, int flags)
{
	const struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
			   RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	long r = syscall(SYS_openat2, fd, name, &how, sizeof(how));

	return r < 0 ? -errno : (int)r;
}

static struct level *here(struct folder_walk *walk)
{
	return &walk->levels[walk->depth % FOLDER_WALK_LEVELS];
}

/* takes @fd; its entries are read from @next on */
static int stand(struct folder_walk *walk, int fd, off_t next)
{
	struct stat st;
	int r = 0;

	if (walk->fd >= 0)
		close(walk->fd);
	walk->fd = fd;
	walk->at = walk->n_bytes = 0;
	if (fstat(fd, &st) < 0 || (next && lseek(fd, next, SEEK_SET) < 0))
		r = -errno;
	else
		*here(walk) = (struct level){ st.st_dev, st.st_ino, next };
	return r;
}

/* ---- whose it is ---------------------------------------------------------- */

static bool is_anybodys(const struct folder_walk *walk, const struct stat *st)
{
	return uid_lease_may_have(st->st_uid) ||
	       (walk->ours && st->st_uid == geteuid());
}

bool folder_walk_is_given(const struct stat *st, uid_t uid, gid_t gid)
{
	return st->st_uid == uid && st->st_gid == gid;
}

static int give(struct folder_walk *walk, int fd, const struct stat *st)
{
	if (!is_anybodys(walk, st) ||
	    folder_walk_is_given(st, walk->uid, walk->gid))
		return 0;
	if (fchownat(fd, "", walk->uid, walk->gid, AT_EMPTY_PATH) < 0)
		return -errno;
	walk->n_given++;
	return 0;
}

static int mark_begun(const struct folder_walk *walk)
{
	struct stat st;

	if (fstat(walk->fd, &st) < 0)
		return -errno;
	if (!is_anybodys(walk, &st) || st.st_gid == getegid())
		return 0;
	return fchown(walk->fd, (uid_t)-1, getegid()) < 0 ? -errno : 0;
}

/* ---- one entry ----------------------------------------------------------- */

/* takes @fd, of a folder that is not done with */
static int enter(struct folder_walk *walk, int fd)
{
	int r = stand(walk, fd, 0);

	return r < 0 ? r : mark_begun(walk);
}

static int begin(struct folder_walk *walk)
{
	int fd = folder_walk_open(walk->top_fd, ".", O_RDONLY | O_DIRECTORY);

	walk->depth = walk->n_known = walk->n_given = 0;
	return fd < 0 ? fd : enter(walk, fd);
}

static int go_down(struct folder_walk *walk, const char *name)
{
	int fd = folder_walk_open(walk->fd, name, O_RDONLY | O_DIRECTORY);

	if (fd < 0)	/* it has just been moved */
		return fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP ? 0 : fd;
	walk->depth++;
	if (walk->n_known < FOLDER_WALK_LEVELS - 1)
		walk->n_known++;
	return enter(walk, fd);
}

static int see(struct folder_walk *walk, const char *name)
{
	int fd = folder_walk_open(walk->fd, name, O_PATH), r;
	struct stat st;

	/* something is mounted there, or it has just been moved */
	if (fd == -EXDEV || fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (!S_ISDIR(st.st_mode))
		r = give(walk, fd, &st);
	else if (folder_walk_is_given(&st, walk->uid, walk->gid))
		r = 0;		/* it is done with */
	else
		r = go_down(walk, name);
	close(fd);
	return r;
}

/* ---- back ---------------------------------------------------------------- */

static int begin_again(struct folder_walk *walk)
{
	close(walk->fd);
	walk->fd = -1;
	return 0;
}

/* all of this one is given */
static int go_up(struct folder_walk *walk)
{
	const struct level *above;
	struct stat st;
	int fd, r;

	if (fstat(walk->fd, &st) < 0)
		return -errno;
	r = give(walk, walk->fd, &st);
	if (r < 0)
		return r;
	if (walk->n_known == 0)	/* what is not an actor's is never done with */
		return walk->n_given ? begin_again(walk) : -ELOOP;
	fd = openat(walk->fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	walk->depth--;
	walk->n_known--;
	above = here(walk);
	if (fstat(fd, &st) == 0 && st.st_dev == above->device &&
	    st.st_ino == above->inode)
		return stand(walk, fd, above->next);
	close(fd);
	return walk->n_astray++ == ASTRAY_MAX ? -EBUSY : begin_again(walk);
}

/* ---- all of it ----------------------------------------------------------- */

static bool is_dot(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int take_entry(struct folder_walk *walk)
{
	const struct dirent64 *entry =
		(const struct dirent64 *)(walk->buffer + walk->at);

	walk->at += entry->d_reclen;
	here(walk)->next = entry->d_off;
	if (is_dot(entry->d_name))
		return 0;
	snprintf(walk->where, sizeof(walk->where), "%s", entry->d_name);
	return see(walk, walk->where);
}

static int read_entries(struct folder_walk *walk)
{
	long n = syscall(SYS_getdents64, walk->fd, walk->buffer, BUFFER_BYTES);

	*walk->where = '\0';
	if (n < 0)
		return -errno;
	walk->at = 0;
	walk->n_bytes = (size_t)n;
	return 0;
}

/* Return: 1: that was all */
static int step(struct folder_walk *walk)
{
	int r;

	if (walk->fd < 0)
		return begin(walk);
	if (walk->at < walk->n_bytes)
		return take_entry(walk);
	r = read_entries(walk);
	if (r < 0 || walk->n_bytes > 0)
		return r;
	return walk->depth == 0 ? 1 : go_up(walk);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int folder_walk_go(struct folder_walk *walk, uint64_t until_ns)
{
	int r;

	do
		r = step(walk);
	while (r == 0 && now_ns() < until_ns);
	if (r < 0)
		return r;
	if (r == 0)
		return -EINPROGRESS;
	return fchown(walk->top_fd, walk->uid, walk->gid) < 0 ? -errno : 0;
}

const char *folder_walk_where(const struct folder_walk *walk)
{
	static char text[PATH_MAX + NAME_MAX + 2];
	char link[32], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d",
		 walk->fd < 0 ? walk->top_fd : walk->fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	snprintf(text, sizeof(text), "%s%s%s", n > 0 ? path : "…/",
		 *walk->where && n > 0 ? "/" : "", walk->where);
	return text;
}

struct folder_walk *folder_walk_new(int fd, uid_t uid, gid_t gid, bool ours)
{
	struct folder_walk *walk = malloc(sizeof(*walk));

	if (!walk)
		return NULL;
	memset(walk, 0, offsetof(struct folder_walk, levels));
	*walk->where = '\0';
	walk->uid = uid;
	walk->gid = gid;
	walk->ours = ours;
	walk->fd = -1;
	walk->top_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (walk->top_fd < 0) {
		free(walk);
		return NULL;
	}
	return walk;
}

bool folder_walk_is_for(const struct folder_walk *walk, uid_t uid, gid_t gid)
{
	return walk->uid == uid && walk->gid == gid;
}

struct folder_walk *folder_walk_free(struct folder_walk *walk)
{
	if (!walk)
		return NULL;
	if (walk->fd >= 0)
		close(walk->fd);
	close(walk->top_fd);
	free(walk);
	return NULL;
}
