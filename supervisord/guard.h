/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guard.h - a child's watchdog: looks after it while it runs.
 */
#pragma once

#include "supervisord/decide/state.h"
#include "supervisord/supervisor.h"

/** guard_begin() - it is ready; nothing without the key */
void guard_begin(struct child *c);
/** guard_end() - its process is gone, or there was none */
void guard_end(struct child *c);
/** guard_notified() - one line of what a program said to its notify socket */
void guard_notified(struct child *c, const char *line);
/** guard_put() - for who takes our place */
void guard_put(const struct child *c, struct state_writer *w);
/** guard_take() - go on with it, if there was one; 0 or a negative errno */
int guard_take(struct child *c, struct state_reader *r);
