/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * behaviour.h - the stack of behaviours: which function handles a message.
 *
 * Pure.
 */
#pragma once

#include <stddef.h>

#include "libactorproc/actorproc.h"

/** struct behaviour - @stack[@depth - 1] is the current one; never empty */
struct behaviour {
	actor_receive_fn *stack[ACTOR_BEHAVIOURS_MAX];
	size_t depth;
};

/** behaviour_init() - only @first, as after every start */
void behaviour_init(struct behaviour *behaviour, actor_receive_fn *first);
actor_receive_fn *behaviour_current(const struct behaviour *behaviour);
/** behaviour_replace() - Return: 0; -EINVAL for NULL */
int behaviour_replace(struct behaviour *behaviour, actor_receive_fn *receive);
/** behaviour_push() - Return: 0; -EINVAL for NULL; -ENOSPC too deep */
int behaviour_push(struct behaviour *behaviour, actor_receive_fn *receive);
/** behaviour_pop() - Return: 0; -ENOENT for the last one, which stays */
int behaviour_pop(struct behaviour *behaviour);
