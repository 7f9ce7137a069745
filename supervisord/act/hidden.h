/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hidden.h - folders of the host that are ours, and no actor's.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#define HIDDEN_MAX 2

/**
 * hidden_add() - one of them, whether it is there or not
 * @path: absolute; malloc'd, and ours from now on. NULL is fine
 *
 * For the life of this process, and of those that are forked from it.
 */
void hidden_add(char *path);
/** hidden_has() - is it one of them, or in one? @path: any, of the host */
bool hidden_has(const char *path);
/** hidden_is_root() - is that all of the host, by whatever name? */
bool hidden_is_root(const struct stat *st);
/** hidden_has_file() - the same of what is open, wherever links led */
bool hidden_has_file(int fd);
/**
 * hidden_below() - where they are in a folder that is granted
 * @fd, @st: of the folder, O_PATH
 * @path: where it will be in the sandbox
 * @see: gets each folder on the way to one, from above, and then that one: its
 *       place in the sandbox, a descriptor that is its own from now on, and
 *       whether it is one to hide; returns 0 or a negative errno
 *
 * Return: 0, also when none is there; -EPERM: it is one itself; -EXDEV: somebody
 * has just moved one; what @see returned; other negative errno.
 */
int hidden_below(int fd, const struct stat *st, const char *path,
		 int (*see)(void *data, const char *place, int fd, bool hide),
		 void *data);
/** hidden_way() - the same of any @other path of the host, a file too, if it is in
 * there; @last: it is that one, and no folder on the way */
int hidden_way(int fd, const struct stat *st, const char *path,
	       const char *other,
	       int (*see)(void *data, const char *place, int fd, bool last),
	       void *data);
