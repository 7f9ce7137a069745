/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_mount.c - a root directory with nothing but what was granted.
 *
 * The namespace is built once for each node, by a helper process, and kept by a
 * descriptor: an empty tmpfs, and in it the granted paths at their own
 * places, so that the dynamic loader finds everything where it expects it. It
 * is read-only but for `write`, so that all generations of an actor can use
 * it; a start then costs one call, and an end tears no mounts down.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/clone.h"
#include "supervisord/act/sandbox.h"
#include "supervisord/config/spec.h"

#define HOST_NAME "actorproc"

/* private as well: on most hosts all mounts are shared, and what we put into a copy
 * would lie on the original too, and what is mounted there later come to us, without
 * these attributes */
static int set_attributes(int fd, unsigned int flags, uint64_t attributes)
{
	struct mount_attr attr = {
		.attr_set = attributes,
		.propagation = MS_PRIVATE,
	};

	if (mount_setattr(fd, "", AT_EMPTY_PATH | flags, &attr,
			  sizeof(attr)) < 0)
		return -errno;
	return 0;
}

static uint64_t attributes_of(const struct sandbox_path *path)
{
	uint64_t attributes = MOUNT_ATTR_NOSUID;

	/* a device is only there when it was itself granted */
	if (!S_ISCHR(path->mode) && !S_ISBLK(path->mode))
		attributes |= MOUNT_ATTR_NODEV;
	if (!sandbox_is_code(path->use))
		attributes |= MOUNT_ATTR_NOEXEC;
	if (path->use != SANDBOX_USE_WRITE && path->use != SANDBOX_USE_DEVICE)
		attributes |= MOUNT_ATTR_RDONLY;
	return attributes;
}

/* what lies on a folder of ours, so that nobody sees that */
static int mount_of_nothing(void)
{
	static const char *const options[] = { "size", "4k", "mode", "755",
					       NULL };
	int fd = sandbox_tmpfs_new(options), r;

	if (fd < 0)
		return fd;
	r = set_attributes(fd, 0, MOUNT_ATTR_RDONLY);
	if (r < 0)
		close(fd);
	return r < 0 ? r : fd;
}

/* a detached mount of one granted path; negative errno */
static int mount_of_path(const struct sandbox_path *path)
{
	unsigned int recursive = S_ISDIR(path->mode) ? AT_RECURSIVE : 0;
	int fd, r;

	if (path->use == SANDBOX_USE_HIDDEN)
		return mount_of_nothing();
	/* nobody has it yet: it can be moved as it is */
	if (path->use == SANDBOX_USE_OWN) {
		fd = fcntl(path->fd, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? -errno : fd;
	}
	fd = open_tree(path->fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE |
		       OPEN_TREE_CLOEXEC | recursive);
	if (fd < 0)
		return -errno;
	r = set_attributes(fd, recursive, attributes_of(path));
	if (r < 0) {
		close(fd);
		return r;
	}
	return fd;
}

/* ---- in the helper, whose mount namespace is its own -------------------- */

struct builder {
	const struct sandbox_path *paths;
	size_t n_paths;
	const char *culprit;
	struct sandbox_rooms rooms;
	int tmpfs_fd;
};

static int make_tmpfs(void)
{
	static const char *const options[] = { "size", "64k", "mode", "755",
					       NULL };

	return sandbox_tmpfs_new(options);
}

/* the new root lies on the old one for a moment, then the old one goes */
static int change_root(int tmpfs_fd)
{
	struct mount_attr alone = { .propagation = MS_PRIVATE };

	if (mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &alone,
			  sizeof(alone)) < 0 ||
	    move_mount(tmpfs_fd, "", AT_FDCWD, "/",
		       MOVE_MOUNT_F_EMPTY_PATH) < 0 ||
	    fchdir(tmpfs_fd) < 0 ||
	    syscall(SYS_pivot_root, ".", ".") < 0 ||
	    umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return -errno;
	return 0;
}

/* in a granted /run it is there, or that is perhaps read-only */
static int make_notify_place(void)
{
	int fd;

	if (mkdir(SANDBOX_NOTIFY_FOLDER, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = open(SANDBOX_NOTIFY_PATH, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		  0444);
	if (fd < 0)
		return errno == EEXIST || errno == EROFS ? 0 : -errno;
	close(fd);
	return 0;
}

static int open_place(const char *place)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, AT_FDCWD, place, &how, sizeof(how));

	return fd < 0 ? -errno : (int)fd;
}

static int attach_to(int mount_fd, int place_fd)
{
	if (move_mount(mount_fd, "", place_fd, "",
		       MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

static int attach(int mount_fd, const char *place)
{
	int fd = open_place(place), r;

	if (fd < 0)
		return fd;
	r = attach_to(mount_fd, fd);
	close(fd);
	return r;
}

/* it and nothing else, whoever moves folders about meanwhile */
static int cover(int mount_fd, const struct sandbox_path *path)
{
	int fd = open_place(path->path), r;
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (st.st_dev != path->device || st.st_ino != path->inode)
		r = -EXDEV;
	else
		r = attach_to(mount_fd, fd);
	close(fd);
	return r;
}

/* what is in a folder that it may write is there already, and so may be links
 * of its own */
static bool is_in_written(const struct builder *builder, const char *path)
{
	for (size_t i = 0; i < builder->n_paths; i++) {
		const struct sandbox_path *folder = &builder->paths[i];
		size_t n = strlen(folder->path);

		if (folder->use == SANDBOX_USE_WRITE &&
		    !strncmp(path, folder->path, n) && path[n] == '/')
			return true;
	}
	return false;
}

static int put_at(const struct builder *builder, int mount_fd,
		  const struct sandbox_path *path)
{
	int fd, r;

	if (path->use == SANDBOX_USE_HIDDEN)
		return cover(mount_fd, path);
	if (is_in_written(builder, path->path))
		return attach(mount_fd, path->path);
	fd = sandbox_place_open(builder->tmpfs_fd, path);
	if (fd < 0)
		return fd;
	r = attach_to(mount_fd, fd);
	close(fd);
	return r;
}

/* @mounts: of each path, in the same order; -1: done with */
static int fill_root(struct builder *builder, const int *mounts)
{
	size_t i;
	int r;

	for (i = 0; i < builder->n_paths; i++) {
		const struct sandbox_path *path = &builder->paths[i];

		builder->culprit = path->path;
		r = put_at(builder, mounts[i], path);
		if (r < 0)
			return r;
	}
	builder->culprit = NULL;
	return make_notify_place();
}

int sandbox_rooms_open(int proc_fd, struct sandbox_rooms *ret)
{
	ret->root_fd = openat(proc_fd, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (ret->root_fd < 0)
		return -errno;
	ret->ipc_fd = openat(proc_fd, "self/ns/ipc", O_RDONLY | O_CLOEXEC);
	return ret->ipc_fd < 0 ? -errno : 0;
}

void sandbox_rooms_close(struct sandbox_rooms *rooms)
{
	if (rooms->root_fd >= 0)
		close(rooms->root_fd);
	if (rooms->ipc_fd >= 0)
		close(rooms->ipc_fd);
	*rooms = SANDBOX_NO_ROOMS;
}

static int build_root(struct builder *builder, const int *mounts)
{
	int proc_fd, r;

	umask(0);
	/* while there is a /proc */
	proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0)
		return -errno;
	r = sandbox_rooms_open(proc_fd, &builder->rooms);
	close(proc_fd);
	if (r < 0)
		return r;
	r = make_tmpfs();
	if (r < 0)
		return r;
	builder->tmpfs_fd = r;
	r = change_root(builder->tmpfs_fd);
	if (r < 0)
		return r;
	r = fill_root(builder, mounts);
	if (r < 0)
		return r;
	return set_attributes(builder->tmpfs_fd, 0, MOUNT_ATTR_RDONLY);
}

/* descriptors are numbered by the caller, who closes them */
struct build {
	struct builder builder;
	int *mounts;
};

static int build_work(void *data)
{
	struct build *build = data;

	return build_root(&build->builder, build->mounts);
}

/* ---- in the supervisor -------------------------------------------------- */

#define PATHS_MAX 256

/* clones the mounts here: descriptors lead to this namespace's mounts */
static int open_mounts(const struct sandbox_path *paths, size_t n_paths,
		       int *mounts, const char **ret_culprit)
{
	size_t i;

	for (i = 0; i < n_paths; i++)
		mounts[i] = -1;
	for (i = 0; i < n_paths; i++) {
		mounts[i] = mount_of_path(&paths[i]);
		if (mounts[i] < 0) {
			*ret_culprit = paths[i].path;
			return mounts[i];
		}
	}
	return 0;
}

static int build_new(const struct sandbox_path *paths, size_t n_paths,
		     struct sandbox_rooms *ret, const char **ret_culprit)
{
	int mounts[PATHS_MAX];
	struct build build = {
		.builder = {
			.paths = paths,
			.n_paths = n_paths,
			.rooms = SANDBOX_NO_ROOMS,
			.tmpfs_fd = -1,
		},
		.mounts = mounts,
	};
	size_t i;
	int r;

	r = open_mounts(paths, n_paths, mounts, ret_culprit);
	if (r == 0) {
		r = clone_helper(CLONE_NEWNS | CLONE_NEWIPC, build_work,
				 &build);
		*ret_culprit = build.builder.culprit;
	}
	for (i = 0; i < n_paths; i++)
		if (mounts[i] >= 0)
			close(mounts[i]);
	if (build.builder.tmpfs_fd >= 0)
		close(build.builder.tmpfs_fd);
	if (r == 0)
		*ret = build.builder.rooms;
	else
		sandbox_rooms_close(&build.builder.rooms);
	return r;
}

int sandbox_mount_new(const struct sandbox_path *paths, size_t n_paths,
		      struct sandbox_rooms *ret, const char **ret_culprit)
{
	int r;

	*ret_culprit = NULL;
	if (n_paths > PATHS_MAX)
		return -E2BIG;
	if (sandbox_template_copy(paths, n_paths, ret) == 0)
		return 0;
	r = build_new(paths, n_paths, ret, ret_culprit);
	if (r == 0)
		sandbox_template_keep(paths, n_paths, ret->root_fd);
	return r;
}

int sandbox_mount_notify(const char *socket)
{
	int fd = open_tree(AT_FDCWD, socket,
			   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	int r = fd < 0 ? -errno : set_attributes(fd, 0, MOUNT_ATTR_NOSUID |
						 MOUNT_ATTR_NODEV |
						 MOUNT_ATTR_NOEXEC);

	if (r < 0 && fd >= 0)
		close(fd);
	return r < 0 ? r : fd;
}

/* ---- in the child ------------------------------------------------------- */

static int attach_if_any(int mount_fd, const char *place)
{
	return mount_fd < 0 ? 0 : attach(mount_fd, place);
}

int sandbox_mount_enter(const struct sandbox_plan *plan)
{
	int r;

	if (plan->root_fd < 0)
		return 0;
	if (plan->ipc_fd >= 0 && setns(plan->ipc_fd, CLONE_NEWIPC) < 0)
		return -errno;
	if (setns(plan->root_fd, CLONE_NEWNS) < 0 || chdir("/") < 0 ||
	    sethostname(HOST_NAME, sizeof(HOST_NAME) - 1) < 0)
		return -errno;
	/* its root is where we were born; a kernel can be without cgroups */
	if (unshare(CLONE_NEWCGROUP) < 0 && errno != EINVAL)
		return -errno;
	if (plan->notify_fd < 0 && plan->scratch_fd < 0 && plan->state_fd < 0)
		return 0;
	/* these mounts are of one start only */
	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	r = attach_if_any(plan->notify_fd, SANDBOX_NOTIFY_PATH);
	if (r == 0)
		r = attach_if_any(plan->scratch_fd, SPEC_SCRATCH_PLACE);
	if (r == 0)
		r = attach_if_any(plan->state_fd, SPEC_STATE_PLACE);
	return r;
}
