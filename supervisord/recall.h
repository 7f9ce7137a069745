/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * recall.h - the root takes back what the service manager has kept of an earlier
 * one.
 */
#pragma once

#include "supervisord/supervisor.h"

/** recall_inherit() - note what we were started with; first of all, once */
void recall_inherit(void);
/**
 * recall_text() - the file that was read by the root of which we take back
 *
 * Return: a descriptor, the caller's; -1: there is none to take back from.
 */
int recall_text(void);
/**
 * recall() - wait for the end of all that is left of the earlier root, and take
 * back what it held
 *
 * Before supervisor_begin(), in the one process that may do so. What cannot be
 * used is told of and let go of. From then on what changes is pushed again.
 *
 * Return: 0; -EBUSY: something is left that does not end, and nothing may be
 * started.
 */
int recall(struct supervisor *s);
