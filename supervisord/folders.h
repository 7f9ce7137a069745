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
 * folders_are_ready() - for the start of a child whose turn it is
 *
 * Its uid can be another than it was in an earlier run, and then all that is in its
 * folder changes hands, some of it each time that this is asked.
 */
bool folders_are_ready(struct child *c);
