/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder.h - the folder of an actor's state, on the host.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisord/act/folder_walk.h"

/**
 * struct folder_owner - whose it is to be
 * @change: it may be somebody else's, who had a uid of ours: hand it over
 * @walk: goes on with that, some files each time; NULL in there, and it begins
 * @until_ns: of this time, monotonic; one entry at least
 */
struct folder_owner {
	uid_t uid;
	gid_t gid;
	bool change;
	struct folder_walk **walk;
	uint64_t until_ns;
};

/**
 * folder_open_base() - a folder in which nobody else may have a hand
 * @ret_why: -EPERM: one of others, or that others may write, for people
 *
 * Return: a descriptor of it, of O_PATH; negative errno.
 */
int folder_open_base(const char *base, const char **ret_why);
/**
 * folder_open() - open the folder @name below @base, and make it if need be
 * @base: of ours: nobody else may write there
 * @ret_why: on an error, what is wrong with it and what to do; static text, or
 *           NULL
 *
 * From @base on by descriptors, and no symbolic link is followed. What is handed
 * over is what had a uid that actors have; and what is ours in it, where all of it
 * is, as in a backup that was put back.
 *
 * Return: 0; -EINPROGRESS: there is more to hand over; -EPERM: it is somebody else's;
 * -ENOTDIR: something else, as a link, is in its place; other negative errno.
 */
int folder_open(const char *base, const char *name,
		const struct folder_owner *owner, int *ret_fd,
		const char **ret_why);
