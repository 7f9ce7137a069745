/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folders.h - the folders in which actors keep their state.
 */
#pragma once

#include "supervisord/supervisor.h"

/* what a supervisor hands over to other uids before others have their turn */
#define FOLDERS_TURN_NS UINT64_C(5000000)

/**
 * folders_open() - that of a child; -1 when it has none
 * @ret_step: on an error: the step and why, static text until the next call
 *
 * What folders_are_ready() has found is taken, once. Return: 0; negative errno.
 */
int folders_open(struct child *c, int *ret_fd, const char **ret_step);
/**
 * folders_are_ready() - for the start of a child whose turn it is, which is next
 * @until_ns: monotonic: how long it may look
 *
 * Its uid can be another than it was in an earlier run, and then all that is in its
 * folder changes hands, some of it each time that this is asked.
 */
bool folders_are_ready(struct child *c, uint64_t until_ns);
/** folders_forget() - it has started, or will not: what was found for that */
void folders_forget(struct child *c);
