/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * beginnings.h - what a reload left for later is in force in what begins anew.
 */
#pragma once

#include "supervisord/supervisor.h"

/** beginnings_begin() - @c begins anew, with all below: all above are told */
void beginnings_begin(struct child *c);
/** beginnings_message() - somebody below did; false: not about that */
bool beginnings_message(struct supervisor *s, const struct fields *f);
