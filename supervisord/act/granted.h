/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * granted.h - do the paths that were granted still lead to the same files?
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/** struct granted_file - @inode: 0: there was none */
struct granted_file {
	const char *path;
	dev_t device;
	ino_t inode;
};

/** struct granted - zeroed: none */
struct granted {
	struct granted_file *files;
	size_t n_files;
};

/**
 * granted_add() - one that was opened
 * @st: of that file; NULL: there was none, and that is all right
 *
 * Return: 0; -ENOMEM.
 */
int granted_add(struct granted *granted, const char *path,
		const struct stat *st);
/** granted_has_moved() - is there another file at any of these paths, or none? */
bool granted_has_moved(const struct granted *granted);
void granted_clear(struct granted *granted);
