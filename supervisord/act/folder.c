/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder.c - the folder of an actor's state, on the host.
 *
 * It lies below folders that nobody may enter but who runs the system, and is
 * there for its actor by a mount alone: so whoever has the uid of a file in it,
 * today or before, cannot get there by that. Its contents are the actor's work
 * and thus hostile: it is walked by descriptors, no link is followed, and what
 * did not belong to an actor is left alone.
 */
#include "supervisord/act/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/uid_lease.h"

#define NO_WAY_OUT (RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV |  \
		    RESOLVE_NO_MAGICLINKS)

static int open_below(int fd, const char *name, int flags)
{
	const struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC | O_NOFOLLOW,
		.resolve = NO_WAY_OUT,
	};
	long r = syscall(SYS_openat2, fd, name, &how, sizeof(how));

	return r < 0 ? -errno : (int)r;
}

/* ---- to another uid ----------------------------------------------------- */

/** struct walk - through a folder that changes hands */
struct walk {
	const struct folder_owner *owner;
	size_t n_left;
	unsigned int depth;
	const char *why;
};

static int give(struct walk *walk, int fd, const struct stat *st)
{
	if (st->st_uid == walk->owner->uid || !uid_lease_may_have(st->st_uid))
		return 0;
	if (fchownat(fd, "", walk->owner->uid, walk->owner->gid,
		     AT_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

static int give_all(struct walk *walk, int folder_fd);

/* what is in it first: it is known to be unfinished by its own owner */
static int give_folder(struct walk *walk, int folder_fd, const char *name,
		       const struct stat *st)
{
	int fd, r;

	if (walk->depth == FOLDER_DEPTH) {
		walk->why = "its folders are too deep for that";
		return -ELOOP;
	}
	fd = open_below(folder_fd, name, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	walk->depth++;
	r = give_all(walk, fd);
	walk->depth--;
	if (r == 0)
		r = give(walk, fd, st);
	close(fd);
	return r;
}

static int give_entry(struct walk *walk, int folder_fd, const char *name)
{
	struct stat st;
	int fd, r;

	if (walk->n_left-- == 0) {
		walk->why = "it has too many files to do that while the system runs: start the system anew";
		return -EFBIG;
	}
	fd = open_below(folder_fd, name, O_PATH);
	if (fd == -EXDEV)	/* something is mounted there */
		return 0;
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (S_ISDIR(st.st_mode))
		r = give_folder(walk, folder_fd, name, &st);
	else
		r = give(walk, fd, &st);
	close(fd);
	return r;
}

static int give_all(struct walk *walk, int folder_fd)
{
	struct dirent *entry;
	int fd, r = 0;
	DIR *folder;

	fd = open_below(folder_fd, ".", O_RDONLY | O_DIRECTORY);
	folder = fd < 0 ? NULL : fdopendir(fd);
	if (!folder) {
		r = fd < 0 ? fd : -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	while (r == 0 && (entry = readdir(folder)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			r = give_entry(walk, fd, entry->d_name);
	closedir(folder);
	return r;
}

static int hand_over(int fd, const struct stat *st,
		     const struct folder_owner *owner, const char **ret_why)
{
	struct walk walk = { .owner = owner, .n_left = owner->n_entries };
	int r;

	/* ours: made, and not given away yet */
	if (st->st_uid != geteuid() && !uid_lease_may_have(st->st_uid)) {
		*ret_why = "it belongs to somebody else";
		return -EPERM;
	}
	r = give_all(&walk, fd);
	*ret_why = walk.why;
	if (r == 0 && fchown(fd, owner->uid, owner->gid) < 0)
		r = -errno;
	return r;
}

/* ---- find it ------------------------------------------------------------ */

/* nobody else may have a hand in where we walk */
static int open_base(const char *base, const char **ret_why)
{
	struct stat st;
	int fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return fd;
	*ret_why = "the folder of the system's state can be written by others";
	close(fd);
	return -EPERM;
}

static int enter(int fd, const char *name)
{
	if (mkdirat(fd, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	return open_below(fd, name, O_RDONLY | O_DIRECTORY);
}

/* the folders around it stay ours */
static int walk_to(int fd, const char *name)
{
	char part[NAME_MAX + 1];
	size_t n;
	int next;

	while (fd >= 0 && *name) {
		n = strcspn(name, "/");
		if (n >= sizeof(part)) {
			close(fd);
			return -ENAMETOOLONG;
		}
		memcpy(part, name, n);
		part[n] = '\0';
		next = enter(fd, part);
		close(fd);
		fd = next;
		name += n + (name[n] == '/');
	}
	return fd;
}

int folder_open(const char *base, const char *name,
		const struct folder_owner *owner, int *ret_fd,
		const char **ret_why)
{
	struct stat st;
	int fd, r = 0;

	*ret_why = NULL;
	fd = open_base(base, ret_why);
	if (fd >= 0)
		fd = walk_to(fd, name);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		r = -errno;
	} else if (st.st_uid != owner->uid && owner->change) {
		r = hand_over(fd, &st, owner, ret_why);
	} else if (st.st_uid != owner->uid) {
		*ret_why = "it belongs to somebody else";
		r = -EPERM;
	}
	if (r < 0)
		close(fd);
	else
		*ret_fd = fd;
	return r;
}
