/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * adoption.h - a running tree becomes that of another file, in every supervisor.
 */
#pragma once

#include "supervisord/supervisor.h"

/** adoption_leave() - the lives of all nodes that are marked with spec_node.leaves
 * end, and then the nodes go; so marks and ends each supervisor below */
void adoption_leave(struct supervisor *s);
/** adoption_is_clearing() - is any of them still there? */
bool adoption_is_clearing(const struct spec_node *node);
/**
 * adoption_adopt() - the tree is that of the file from now on, here and below
 * @id: of the question; what starts is answered for by that, each for itself
 * @ret_n_more: so many answers are to come
 *
 * Return: 0; a negative errno: all is as it was.
 */
int adoption_adopt(struct supervisor *s, int fd, uint64_t id,
		   unsigned int *ret_n_more);
/** adoption_message() - LEAVE, RELOAD of the parent; false: neither */
bool adoption_message(struct supervisor *s, struct control_message *m);
