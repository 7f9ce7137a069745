/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * uids.h - which uid does the process of a node get?
 */
#pragma once

#include "supervisord/supervisor.h"

/**
 * uids_find() - that of a node, or of the process of its class
 * @learns: it runs outside of its sandbox for now
 * @ret_step: on an error: the step and why, static text until the next call
 *
 * Return: 0; negative errno.
 */
int uids_find(const struct tree *tree, const struct spec_node *node, bool learns,
	      uid_t *ret, const char **ret_step);
