/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * readiness.h - when a program is ready that does not say so.
 */
#pragma once

#include "supervisord/supervisor.h"

/** readiness_begin() - its process runs; 0 or negative errno */
int readiness_begin(struct child *c);
/** readiness_settle() - it has ended: if it was ready at once, that came before */
void readiness_settle(struct child *c);
/** readiness_end() - it is ready, or its process is gone */
void readiness_end(struct child *c);
/** readiness_missing() - what it had not done when its time was over */
void readiness_missing(const struct child *c, char *text, size_t size);
