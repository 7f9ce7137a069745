/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * granted.c - do the paths that were granted still lead to the same files?
 *
 * A root and its rules have files, not names. When another file takes such a name,
 * as by the rename that puts a new certificate there, or a new library, they go on
 * with the one before, which nobody else may ever see again. As long as they have
 * it, its numbers are no other file's.
 */
#include "supervisord/act/granted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int granted_add(struct granted *granted, const char *path,
		const struct stat *st)
{
	struct granted_file *files;
	char *copy;

	files = reallocarray(granted->files, granted->n_files + 1,
			     sizeof(*files));
	if (!files)
		return -ENOMEM;
	granted->files = files;
	copy = strdup(path);
	if (!copy)
		return -ENOMEM;
	files[granted->n_files++] = (struct granted_file){
		.path = copy,
		.device = st ? st->st_dev : 0,
		.inode = st ? st->st_ino : 0,
	};
	return 0;
}

static bool has_moved(const struct granted_file *file)
{
	struct stat now;

	if (stat(file->path, &now) < 0)
		return file->inode != 0;
	return now.st_dev != file->device || now.st_ino != file->inode;
}

bool granted_has_moved(const struct granted *granted)
{
	for (size_t i = 0; i < granted->n_files; i++)
		if (has_moved(&granted->files[i]))
			return true;
	return false;
}

void granted_clear(struct granted *granted)
{
	for (size_t i = 0; i < granted->n_files; i++)
		free(granted->files[i].path);
	free(granted->files);
	*granted = (struct granted){ .n_files = 0 };
}
