/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * questions_lost.h - what an earlier root had been asked and has not answered.
 */
#pragma once

#include "supervisord/supervisor.h"

/**
 * questions_lost() - count it as dead letters, and tell of them
 *
 * Before its edge ends, and while /system/control has no process. Whoever asked
 * hears of the end of that edge.
 */
void questions_lost(struct supervisor *s);
