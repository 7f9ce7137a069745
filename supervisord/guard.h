/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guard.h - a child's watchdog: looks after it while it runs.
 */
#pragma once

#include "supervisord/supervisor.h"

/** guard_begin() - it is ready; nothing without the key */
void guard_begin(struct child *c);
/** guard_end() - its process is gone, or there was none */
void guard_end(struct child *c);
/** guard_notified() - one line of what a program said to its notify socket */
void guard_notified(struct child *c, const char *line);
