/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folders.h - the folders in which actors keep their state.
 */
#pragma once

#include "supervisord/supervisor.h"

/**
 * folders_open() - that of a node; -1 when it has none
 * @ret_step: on an error: the step and why, static text until the next call
 *
 * Return: 0; negative errno.
 */
int folders_open(const struct tree *tree, const struct spec_node *node,
		 int *ret_fd, const char **ret_step);
/**
 * folders_prepare() - all of a tree, before anybody runs
 *
 * Uids can be others than they were in an earlier run. Large folders change
 * hands here, where nobody waits. What fails is told on stderr, and is the
 * failure of a start.
 */
void folders_prepare(const struct tree *tree);
