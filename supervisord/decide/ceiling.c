/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ceiling.c - how many seccomp filters does a tree have?
 *
 * Each process that is executed has one, whether it serves or stands by. Pure.
 */
#include "supervisord/decide/ceiling.h"

size_t ceiling_filters(const struct spec_node *top)
{
	size_t n = top->exec ? 1 + (size_t)top->standby : 0;

	for (size_t i = 0; i < top->n_children; i++)
		n += ceiling_filters(top->children[i]);
	return n;
}
