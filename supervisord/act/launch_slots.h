/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* above those that a child has when it executes */
#define LAUNCH_SLOTS_LOWEST 4
/* what a start can need, see lend_descriptors() */
#define LAUNCH_SLOTS 12

/**
 * launch_slots_begin() - keep some descriptors for starts
 *
 * The earlier the lower they are, and the less a child copies. Again: nothing.
 *
 * Return: 0; negative errno, and the next start tries again.
 */
int launch_slots_begin(void);
/** launch_slots_end() - they are not needed, or this is a copy of who has them */
void launch_slots_end(void);
/** launch_slots_null() - /dev/null, in the first of them */
int launch_slots_null(void);
/**
 * launch_slots_lend() - put descriptors into the others, for the next child
 * @fds: each that is not -1 becomes the number under which that child has it
 *
 * Return: 0; negative errno.
 */
int launch_slots_lend(int *const fds[], size_t n);
/** launch_slots_clear() - take out what was lent; the child has its own */
void launch_slots_clear(void);
/**
 * launch_slots_keep() - in a child that shares our table: have one of its own,
 *                       with the slots and what is below
 *
 * Only calls the kernel. Return: 0; negative errno: the table is still ours.
 */
int launch_slots_keep(void);
