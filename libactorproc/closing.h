/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * closing.h - the second stage of the sandbox, which the process puts on itself.
 */
#pragma once

#include <stdbool.h>

#include "libactorproc/fields.h"

/**
 * closing_note() - what CLOSE says is for later
 *
 * Return: 0; -EBADMSG; -ENOMEM.
 */
int closing_note(const struct fields *order);
/**
 * closing_close() - put on what was noted, if anything, once and for all threads
 *
 * Return: 0; a negative errno: it may be on half.
 */
int closing_close(void);
/** closing_is_closed() - it is on, also in who was forked behind it */
bool closing_is_closed(void);
