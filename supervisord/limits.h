/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limits.h - whoever may have no more processes is told of.
 */
#pragma once

#include "supervisord/supervisor.h"

/** LIMITS_QUIET_NS - no record follows another sooner; each one doubles that */
#define LIMITS_QUIET_NS (UINT64_C(10) * 1000000000)

/**
 * limits_watch() - of the process of @c, whose cgroup is there
 *
 * Where it counts no processes, or only one is allowed: nothing. What cannot be
 * watched is looked at when it ends.
 */
void limits_watch(struct child *c);
/** limits_end() - the last look; before its cgroup is gone. One that is not watched,
 * too */
void limits_end(struct child *c);
