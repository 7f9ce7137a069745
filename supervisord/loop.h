/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * loop.h - a supervisor's event loop, that goes on.
 */
#pragma once

#include "supervisord/supervisor.h"

/** loop_run() - until it is left; Return: what it was left with, or negative
 * errno: it could not go on */
int loop_run(struct supervisor *s);
