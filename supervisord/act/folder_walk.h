/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder_walk.h - all that is in a folder becomes another uid's, bit by bit.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* levels to which it finds back; from deeper it begins again from above */
#define FOLDER_WALK_LEVELS 1024

struct folder_walk;
struct stat;

/**
 * folder_walk_open() - @name in the folder @fd, where no way leads out of it
 * @flags: of open(2), besides those that keep it so
 *
 * Return: a descriptor; -ELOOP: a link; -EXDEV: something is mounted there; other
 * negative errno.
 */
int folder_walk_open(int fd, const char *name, int flags);
/** folder_walk_is_given() - is a folder its, and no walk has to go on in it? */
bool folder_walk_is_given(const struct stat *st, uid_t uid, gid_t gid);

/**
 * folder_walk_new() - of the folder @fd, which stays the caller's
 * @ours: what is ours in it changes hands as well
 *
 * Three descriptors at most, whatever is in it. Return: NULL without memory, or
 * without a descriptor.
 */
struct folder_walk *folder_walk_new(int fd, uid_t uid, gid_t gid, bool ours);
/** folder_walk_is_for() - is it to that uid and gid that it gives all? */
bool folder_walk_is_for(const struct folder_walk *walk, uid_t uid, gid_t gid);
/** folder_walk_free() - NULL is fine; returns NULL */
struct folder_walk *folder_walk_free(struct folder_walk *walk);
/**
 * folder_walk_go() - one entry of it, and more until then
 * @until_ns: monotonic
 *
 * Return: 0: that was all, and the folder itself is the last; -EINPROGRESS: call
 * it again; other negative errno.
 */
int folder_walk_go(struct folder_walk *walk, uint64_t until_ns);
/** folder_walk_where() - on an error: what it was about, static text */
const char *folder_walk_where(const struct folder_walk *walk);
