/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * start_steps.h - the steps of a start by which it can fail. Pure.
 */
#pragma once

/** start_steps() - their names, NULL-terminated */
const char *const *start_steps(void);
