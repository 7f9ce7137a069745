/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder.c - the folder of an actor's state, on the host.
 *
 * It lies below folders that nobody may enter but who runs the system, and is
 * there for its actor by a mount alone: so whoever has the uid of a file in it,
 * today or before, cannot get there by that. Its contents are the actor's work
 * and thus hostile: folder_walk.c gives them to who comes after it.
 */
#include "supervisord/act/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/uid_lease.h"

/* ---- to another uid ----------------------------------------------------- */

static int begin(int fd, const struct stat *st,
		 const struct folder_owner *owner, struct folder_walk **ret,
		 const char **ret_why)
{
	static char why[128];

	/* ours: made, and not given away yet; or put there by people */
	if (st->st_uid != geteuid() && !uid_lease_may_have(st->st_uid)) {
		snprintf(why, sizeof(why),
			 "it belongs to uid %u: chown it to root, then it is given to its actor at the next start",
			 st->st_uid);
		*ret_why = why;
		return -EPERM;
	}
	*ret = folder_walk_new(fd, owner->uid, owner->gid,
			       st->st_uid == geteuid());
	return *ret ? 0 : -ENOMEM;
}

static const char *explain(const struct folder_walk *walk, int error)
{
	static char why[PATH_MAX + 512];
	const char *advice = "see to that file, or move it away";

	if (error == -EPERM)
		advice = "it cannot be given to another uid: is it immutable (lsattr)?";
	else if (error == -ELOOP)
		advice = "folders without end that are nobody's of an actor: move them away";
	else if (error == -EBUSY)
		advice = "somebody moves its folders about: it is done again at the next start";
	snprintf(why, sizeof(why), "%.4200s: %s", folder_walk_where(walk),
		 advice);
	return why;
}

static int hand_over(int fd, const struct stat *st,
		     const struct folder_owner *owner, const char **ret_why)
{
	struct folder_walk **walk = owner->walk;
	int r;

	/* begun for whom it was to be before, as for who is learned since */
	if (*walk && !folder_walk_is_for(*walk, owner->uid, owner->gid))
		*walk = folder_walk_free(*walk);
	r = *walk ? 0 : begin(fd, st, owner, walk, ret_why);
	if (r < 0)
		return r;
	r = folder_walk_go(*walk, owner->until_ns);
	if (r == -EINPROGRESS)
		return r;
	if (r < 0)
		*ret_why = explain(*walk, r);
	*walk = folder_walk_free(*walk);
	return r;
}

/* ---- find it ------------------------------------------------------------ */

int folder_open_base(const char *base, const char **ret_why)
{
	struct stat st;
	int fd = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && st.st_uid == geteuid() &&
	    !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return fd;
	*ret_why = "the folder can be written by others";
	close(fd);
	return -EPERM;
}

static int enter(int fd, const char *name)
{
	if (mkdirat(fd, name, 0700) < 0 && errno != EEXIST)
		return -errno;
	return folder_walk_open(fd, name, O_RDONLY | O_DIRECTORY);
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
	fd = folder_open_base(base, ret_why);
	if (fd >= 0)
		fd = walk_to(fd, name);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0) {
		r = -errno;
	} else if (owner->change) {
		if (!folder_walk_is_given(&st, owner->uid, owner->gid))
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
