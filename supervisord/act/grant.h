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
 * of the tree may write. Return: a descriptor; -ELOOP: one is not, or there are
 * too many; other negative errno.
 */
int grant_open(const char *path, const struct spec_node *node, bool user);
