/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * grant.c - open what a sandbox grants, where nobody can exchange it.
 *
 * A sandbox is made again after a failure, and whoever may write a folder above
 * what another is granted, or in its own, could have put a link there meanwhile:
 * to a key of who runs the system, which then lies in a sandbox. So where a path
 * has links it is walked name by name. What is an actor's to write is known by
 * what it is, whatever links lead there.
 *
 * Most links are root's and lie in folders of root, as /lib does: what the tree may
 * write has not to be asked for then.
 *
 * What is not a link may be exchanged there as well; but that is another file of
 * the same folder, which its writer could as well have written.
 *
 * What is executed is another thing: it has the grants of its node, whoever wrote
 * it. So no folder on its way, and not itself, may be one that an actor writes.
 */
#include "supervisord/act/grant.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/uid_lease.h"

#define LINKS_MAX 40	/* as the kernel */
/* internal: it cannot be said without those that somebody may write */
#define NEEDS_FOLDERS (-EAGAIN)

/** struct grant_folders - what somebody of the tree may write, and who */
struct grant_folders {
	struct folder_id {
		const struct spec_node *writer;
		dev_t device;
		ino_t inode;
	} *ids;
	size_t n;
};

static int add_folder(struct grant_folders *folders,
		      const struct spec_node *writer, const char *path)
{
	struct folder_id *ids;
	struct stat st;

	/* what is not there cannot be on the way, and nobody gets "/" */
	if (!strcmp(path, "/") || stat(path, &st) < 0)
		return 0;
	ids = reallocarray(folders->ids, folders->n + 1, sizeof(*ids));
	if (!ids)
		return -ENOMEM;
	folders->ids = ids;
	ids[folders->n++] = (struct folder_id){ writer, st.st_dev, st.st_ino };
	return 0;
}

static int add_folders(struct grant_folders *folders,
		       const struct spec_node *node)
{
	char *const *path = node->sandbox.write;
	int r = 0;

	/* copies have the list of their model */
	for (; r == 0 && !node->model && path && *path; path++)
		r = add_folder(folders, node, *path);
	for (size_t i = 0; r == 0 && i < node->n_children; i++)
		r = add_folders(folders, node->children[i]);
	for (size_t i = 0; r == 0 && i < node->n_templates; i++)
		r = add_folders(folders, node->templates[i]);
	return r;
}

static const struct spec_node *writer_of(const struct grant_folders *folders,
					 const struct stat *st)
{
	for (size_t i = 0; i < folders->n; i++)
		if (folders->ids[i].device == st->st_dev &&
		    folders->ids[i].inode == st->st_ino)
			return folders->ids[i].writer;
	return NULL;
}

static const struct spec_node *top_of(const struct spec_node *node)
{
	while (node->parent)
		node = node->parent;
	return node;
}

int grant_folders_new(struct grant_folders **ret, const struct spec_node *node)
{
	struct grant_folders *folders = calloc(1, sizeof(*folders));
	int r;

	if (!folders)
		return -ENOMEM;
	r = add_folders(folders, top_of(node));
	if (r < 0)
		grant_folders_free(folders);
	else
		*ret = folders;
	return r;
}

struct grant_folders *grant_folders_free(struct grant_folders *folders)
{
	if (folders)
		free(folders->ids);
	free(folders);
	return NULL;
}

/* ---- a path with links -------------------------------------------------- */

/**
 * struct walk - name by name
 * @folders: NULL: not known
 * @at_fd, @at: where it is
 * @rest: what is left of the path, without a slash in front
 * @closed: no actor could write any folder on the way, whatever it is granted
 * @written: one of them is an actor's to write
 * @all_links: what they lead to is asked by name, not given to anybody
 * @writer: of any that was on the way, though a link led out of it again
 * @leased: one is of an actor, of whatever system
 */
struct walk {
	const struct grant_folders *folders;
	bool user;
	bool all_links;
	const struct spec_node *writer;
	bool leased;
	int at_fd;
	struct stat at;
	char rest[PATH_MAX];
	unsigned int n_links;
	bool closed;
	bool written;
};

/* by its owner and mode; what a list of rights adds is in that of its group */
static bool is_closed(const struct walk *walk, const struct stat *st)
{
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return false;
	return walk->user ? st->st_uid != geteuid() : st->st_uid == 0;
}

static void go_to(struct walk *walk, int fd, const struct stat *st)
{
	const struct spec_node *writer = walk->folders ?
		writer_of(walk->folders, st) : NULL;

	if (walk->at_fd >= 0)
		close(walk->at_fd);
	walk->at_fd = fd;
	walk->at = *st;
	walk->closed &= is_closed(walk, st);
	walk->written |= writer != NULL;
	if (!walk->writer)
		walk->writer = writer;
	walk->leased |= !walk->user && uid_lease_has(st->st_uid);
}

static int go_to_root(struct walk *walk)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), r;
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	walk->closed = true;
	walk->written = false;
	go_to(walk, fd, &st);
	return 0;
}

/* takes the first name of what is left */
static void take_name(struct walk *walk, char name[NAME_MAX + 1])
{
	size_t n = strcspn(walk->rest, "/"), n_all;

	snprintf(name, NAME_MAX + 1, "%.*s", (int)n, walk->rest);
	n_all = n + strspn(walk->rest + n, "/");
	memmove(walk->rest, walk->rest + n_all,
		strlen(walk->rest + n_all) + 1);
}

/* who has the folder to himself could as well have put anything else there; in a
 * user namespace that has one uid, root's is nobody's like all others */
static bool is_trusted(const struct walk *walk, const struct stat *st)
{
	const struct stat *folder = &walk->at;

	if (walk->closed)
		return true;
	if (walk->written)
		return false;
	/* as in /tmp, where anybody could have put it */
	if (walk->user)
		return st->st_uid == geteuid() || !(folder->st_mode & S_IWOTH);
	if (st->st_uid == 0)
		return true;
	return st->st_uid == folder->st_uid &&
	       !(folder->st_mode & (S_IWGRP | S_IWOTH)) &&
	       !uid_lease_may_have(st->st_uid);
}

static int follow(struct walk *walk, int fd, const struct stat *st)
{
	char target[PATH_MAX], rest[PATH_MAX];
	ssize_t n;

	if (!walk->closed && !walk->folders)
		return NEEDS_FOLDERS;
	if ((!walk->all_links && !is_trusted(walk, st)) ||
	    walk->n_links++ == LINKS_MAX)
		return -ELOOP;
	n = readlinkat(fd, "", target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (snprintf(rest, sizeof(rest), "%s%s%s", target,
		     *walk->rest ? "/" : "", walk->rest) >= (int)sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(walk->rest, rest + strspn(rest, "/"),
	       strlen(rest + strspn(rest, "/")) + 1);
	return target[0] == '/' ? go_to_root(walk) : 0;
}

static int step(struct walk *walk)
{
	char name[NAME_MAX + 1];
	struct stat st;
	int fd, r = 0;

	if (strcspn(walk->rest, "/") > NAME_MAX)
		return -ENAMETOOLONG;
	take_name(walk, name);
	fd = openat(walk->at_fd, *name ? name : ".",
		    O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		r = -errno;
		close(fd);
	} else if (S_ISLNK(st.st_mode)) {
		r = follow(walk, fd, &st);
		close(fd);
	} else {
		go_to(walk, fd, &st);
	}
	return r;
}

static int go(struct walk *walk, const char *path)
{
	int r;

	if (snprintf(walk->rest, sizeof(walk->rest), "%s",
		     path + strspn(path, "/")) >= (int)sizeof(walk->rest))
		return -ENAMETOOLONG;
	r = go_to_root(walk);
	while (r == 0 && *walk->rest)
		r = step(walk);
	if (r < 0 && walk->at_fd >= 0)
		close(walk->at_fd);
	return r < 0 ? r : walk->at_fd;
}

static int walk_to(const char *path, const struct grant_folders *folders,
		   bool user)
{
	struct walk walk = { .folders = folders, .user = user, .at_fd = -1 };

	return go(&walk, path);
}

/* ---- any ---------------------------------------------------------------- */

/* most have none, and then there is nothing to ask */
static int open_without_links(const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

int grant_open(const char *path, const struct spec_node *node, bool user)
{
	struct grant_folders *folders;
	int r;

	r = open_without_links(path);
	if (r != -ELOOP && r != -ENOSYS && r != -EPERM)
		return r;
	r = walk_to(path, NULL, user);
	if (r != NEEDS_FOLDERS)
		return r;
	r = grant_folders_new(&folders, node);
	if (r == 0) {
		r = walk_to(path, folders, user);
		grant_folders_free(folders);
	}
	return r;
}

/* ---- what is executed --------------------------------------------------- */

static int refuse_exchangeable(const struct walk *walk,
			       const struct spec_node **ret_writer)
{
	*ret_writer = walk->writer;
	return walk->writer || walk->leased ? -EPERM : 0;
}

int grant_open_program(const char *path, const struct grant_folders *folders,
		       bool user, const struct spec_node **ret_writer)
{
	struct walk walk = { .folders = folders, .user = user, .at_fd = -1 };
	int fd = go(&walk, path), r;

	if (fd < 0)
		return fd;
	r = refuse_exchangeable(&walk, ret_writer);
	if (r == 0)
		return fd;
	close(fd);
	return r;
}

int grant_look_at_program(const char *path,
			  const struct grant_folders *folders, bool user,
			  const struct spec_node **ret_writer)
{
	struct walk walk = { .folders = folders, .user = user, .at_fd = -1,
			     .all_links = true };
	int fd = go(&walk, path);

	if (fd >= 0)
		close(fd);
	/* one that is not there, in such a folder, could be soon */
	if (fd < 0 && !walk.writer)
		return fd;
	return refuse_exchangeable(&walk, ret_writer);
}
