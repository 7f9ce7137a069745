/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inventory.h - all that a supervisor holds, as messages to who keeps it.
 */
#pragma once

#include "supervisord/supervisor.h"

/**
 * inventory_say() - everything, in an order in which it can be taken back
 *
 * What is awaited (keeping.h) is said as if it were kept.
 */
void inventory_say(struct supervisor *s, struct link *link);
/** inventory_say_process() - that a supervisor below has a process */
void inventory_say_process(struct link *link, const struct child *c);
/**
 * inventory_message() - what only who takes it all back is told: PROCESS, ENDED
 *
 * Return: false: neither.
 */
bool inventory_message(struct supervisor *s, const struct fields *f);
