/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_template.c - roots that were built before, to be copied.
 *
 * Actors of one program with the same grants have the same root. To copy a
 * namespace of a handful of mounts is much cheaper than to build one, which
 * begins with a copy of all the host's mounts and ends with taking them down.
 * Only roots of plain files are kept: what is mounted below a directory may
 * have changed. A kept root pins its files, so that the same numbers mean the
 * same files.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisord/act/clone.h"
#include "supervisord/act/sandbox.h"

#define TEMPLATES_MAX 16

struct template_file {
	char *path;
	enum sandbox_use use;
	dev_t device;
	ino_t inode;
};

struct template {
	struct template_file *files;
	size_t n_files;
	int root_fd;
};

/* the oldest makes room; a slot without files is free */
static struct template templates[TEMPLATES_MAX];
static unsigned int next_slot;

static void template_clear(struct template *template)
{
	size_t i;

	if (!template->files)
		return;
	for (i = 0; i < template->n_files; i++)
		free(template->files[i].path);
	free(template->files);
	close(template->root_fd);
	memset(template, 0, sizeof(*template));
}

void sandbox_template_forget(void)
{
	size_t i;

	for (i = 0; i < TEMPLATES_MAX; i++)
		template_clear(&templates[i]);
}

static bool is_of(const struct template *template,
		  const struct sandbox_path *paths, size_t n_paths)
{
	size_t i;

	if (!template->files || template->n_files != n_paths)
		return false;
	for (i = 0; i < n_paths; i++) {
		const struct template_file *file = &template->files[i];

		if (file->inode != paths[i].inode ||
		    file->device != paths[i].device ||
		    file->use != paths[i].use ||
		    strcmp(file->path, paths[i].path) != 0)
			return false;
	}
	return true;
}

struct copy {
	int template_fd;
	int proc_fd;
	struct sandbox_rooms rooms;
};

static int copy_work(void *data)
{
	struct copy *copy = data;

	if (setns(copy->template_fd, CLONE_NEWNS) < 0 ||
	    unshare(CLONE_NEWNS | CLONE_NEWIPC) < 0)
		return -errno;
	/* there is no /proc inside */
	return sandbox_rooms_open(copy->proc_fd, &copy->rooms);
}

int sandbox_template_copy(const struct sandbox_path *paths, size_t n_paths,
			  struct sandbox_rooms *ret)
{
	struct copy copy = { .rooms = SANDBOX_NO_ROOMS };
	size_t i;
	int r;

	for (i = 0; i < TEMPLATES_MAX; i++)
		if (is_of(&templates[i], paths, n_paths))
			break;
	if (i == TEMPLATES_MAX)
		return -ENOENT;
	copy.template_fd = templates[i].root_fd;
	copy.proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (copy.proc_fd < 0)
		return -errno;
	r = clone_helper(0, copy_work, &copy);
	close(copy.proc_fd);
	if (r == 0)
		*ret = copy.rooms;
	else
		sandbox_rooms_close(&copy.rooms);
	return r;
}

static int template_fill(struct template *template,
			 const struct sandbox_path *paths, size_t n_paths)
{
	size_t i;

	template->files = calloc(n_paths, sizeof(*template->files));
	if (!template->files)
		return -ENOMEM;
	for (i = 0; i < n_paths; i++) {
		template->files[i] = (struct template_file) {
			.path = strdup(paths[i].path),
			.use = paths[i].use,
			.device = paths[i].device,
			.inode = paths[i].inode,
		};
		template->n_files++;
		if (!template->files[i].path)
			return -ENOMEM;
	}
	return 0;
}

void sandbox_template_keep(const struct sandbox_path *paths, size_t n_paths,
			   int root_fd)
{
	struct template *slot = &templates[next_slot];
	size_t i;
	int fd;

	if (n_paths == 0)
		return;
	for (i = 0; i < n_paths; i++)
		if (S_ISDIR(paths[i].mode))
			return;
	fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return;
	template_clear(slot);
	slot->root_fd = fd;
	if (template_fill(slot, paths, n_paths) < 0) {
		if (slot->files)
			template_clear(slot);
		else
			close(fd);
		return;
	}
	next_slot = (next_slot + 1) % TEMPLATES_MAX;
}
