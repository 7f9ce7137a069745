/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * grant.h - open what a sandbox grants, where nobody can exchange it.
 */
#pragma once

#include <stdbool.h>

#include "supervisord/config/spec.h"

/**
 * grant_open() - O_PATH of a path of the host
 * @path: absolute, without "." and ".."
 * @node: for whom; of a tree, whose writers are not trusted
 * @user: all actors have our uid
 *
 * A symbolic link on the way is followed when it is root's, or of who alone may
 * write its folder and is no actor, and no folder above it is one that somebody
 * of the tree may write. Where @user, root's are not to be told from those of
 * others: in a folder that everybody may write our own is followed.
 *
 * Return: a descriptor; -ELOOP: one is not, or there are too many; other negative
 * errno.
 */
int grant_open(const char *path, const struct spec_node *node, bool user);

struct grant_folders;
/**
 * grant_folders_new() - what the actors of a tree may write
 * @node: of that tree
 *
 * Return: 0; -ENOMEM.
 */
int grant_folders_new(struct grant_folders **ret, const struct spec_node *node);
/** grant_folders_free() - NULL is fine; returns NULL */
struct grant_folders *grant_folders_free(struct grant_folders *folders);
/**
 * grant_open_program() - the same of what is executed: nobody can exchange it
 * @ret_writer: on -EPERM: who could, by its `write`; NULL: it or a folder above it
 *              has the uid of an actor, of whatever system
 *
 * Return: a descriptor; -EPERM; what grant_open() does.
 */
int grant_open_program(const char *path, const struct grant_folders *folders,
		       bool user, const struct spec_node **ret_writer);
/**
 * grant_look_at_program() - the same of a path as somebody wrote it
 *
 * Whatever links there are. Return: 0; -EPERM; other negative errno.
 */
int grant_look_at_program(const char *path,
			  const struct grant_folders *folders, bool user,
			  const struct spec_node **ret_writer);
