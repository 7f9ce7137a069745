/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder.h - the folder of an actor's state, on the host.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* what a supervisor hands over to another uid in the middle of its work */
#define FOLDER_ENTRIES 50000
#define FOLDER_DEPTH 64

/**
 * struct folder_owner - whose it is to be
 * @change: it may be somebody else's, who had a uid of ours: hand it over
 * @n_entries: so many of its files at most; more is refused
 */
struct folder_owner {
	uid_t uid;
	gid_t gid;
	bool change;
	size_t n_entries;
};

/**
 * folder_open() - open the folder @name below @base, and make it if need be
 * @base: of ours: nobody else may write there
 * @ret_why: on an error, what is wrong with it; static text, or NULL
 *
 * From @base on by descriptors, and no symbolic link is followed. What is handed
 * over is what had a uid that actors have, and nothing else.
 *
 * Return: 0; -EPERM: it is somebody else's; -EFBIG: too many files to hand over;
 * -ELOOP: too deep; -ENOTDIR: something else, as a link, is in its place; other
 * negative errno.
 */
int folder_open(const char *base, const char *name,
		const struct folder_owner *owner, int *ret_fd,
		const char **ret_why);
