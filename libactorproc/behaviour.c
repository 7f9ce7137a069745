// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * behaviour.c - the stack of behaviours: which function handles a message.
 *
 * Pure. Never calls one: turn.c does.
 */
#include <errno.h>

#include "libactorproc/behaviour.h"

void behaviour_init(struct behaviour *behaviour, actor_receive_fn *first)
{
	behaviour->stack[0] = first;
	behaviour->depth = 1;
}

actor_receive_fn *behaviour_current(const struct behaviour *behaviour)
{
	return behaviour->stack[behaviour->depth - 1];
}

int behaviour_replace(struct behaviour *behaviour, actor_receive_fn *receive)
{
	if (!receive)
		return -EINVAL;
	behaviour->stack[behaviour->depth - 1] = receive;

	return 0;
}

int behaviour_push(struct behaviour *behaviour, actor_receive_fn *receive)
{
	if (!receive)
		return -EINVAL;
	if (behaviour->depth == ACTOR_BEHAVIOURS_MAX)
		return -ENOSPC;
	behaviour->stack[behaviour->depth++] = receive;

	return 0;
}

int behaviour_pop(struct behaviour *behaviour)
{
	if (behaviour->depth == 1)
		return -ENOENT;
	behaviour->depth--;

	return 0;
}
