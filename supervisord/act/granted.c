/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * granted.c - do the paths that were granted still lead to the same files?
 *
 * A root and its rules have files, not names. When another file takes such a name,
 * as by the rename that puts a new certificate there, or a new library, they go on
 * with the one before, which nobody else may ever see again. As long as they have
 * it, its numbers are no other file's. The names themselves are kept once for all
 * who have them.
 */
#include "supervisord/act/granted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- names: actors of one kind have the same ---- */

struct name {
	struct name *next;
	size_t n_users;
	char path[];
};

static struct name *names;

static struct name **find_name(const char *path)
{
	struct name **at = &names;

	while (*at && strcmp((*at)->path, path))
		at = &(*at)->next;
	return at;
}

static const char *take_name(const char *path)
{
	struct name *name = *find_name(path);

	if (!name) {
		name = calloc(1, sizeof(*name) + strlen(path) + 1);
		if (!name)
			return NULL;
		strcpy(name->path, path);
		name->next = names;
		names = name;
	}
	name->n_users++;
	return name->path;
}

static void give_name_back(const char *path)
{
	struct name **at = find_name(path), *name = *at;

	if (--name->n_users > 0)
		return;
	*at = name->next;
	free(name);
}

/* ---- files ---- */

int granted_add(struct granted *granted, const char *path,
		const struct stat *st)
{
	struct granted_file *files;
	const char *name;

	files = reallocarray(granted->files, granted->n_files + 1,
			     sizeof(*files));
	if (!files)
		return -ENOMEM;
	granted->files = files;
	name = take_name(path);
	if (!name)
		return -ENOMEM;
	files[granted->n_files++] = (struct granted_file){
		.path = name,
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
		give_name_back(granted->files[i].path);
	free(granted->files);
	*granted = (struct granted){ .n_files = 0 };
}
