/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * activation.h - an actor without a process, whose next message starts one.
 */
#pragma once

#include "supervisord/supervisor.h"

/** activation_may_rest() - it is one of those that need no process at all times */
bool activation_may_rest(const struct child *c);
/** activation_rests() - its turn to start has come: nobody needs it yet */
bool activation_rests(const struct child *c);
/** activation_begin() - it rests from now on, until there is something to do;
 * which may be now */
void activation_begin(struct child *c);
/** activation_look() - it may be woken again: is there something to do? */
void activation_look(struct child *c);
/** activation_edge() - there is one edge more by which something may come */
void activation_edge(struct child *c, const struct custody_edge *edge);
/** activation_end() - it rests no longer; fine at any time */
void activation_end(struct child *c);
