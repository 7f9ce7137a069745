/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stories.h - a supervisor gave up: its children's next one knows who it was.
 */
#pragma once

#include "supervisord/supervisor.h"

/** stories_put() - into START for a supervisor: why the one before gave up */
void stories_put(const struct child *below, struct fields_writer *start);
/** stories_take() - from START, before children begin */
void stories_take(struct supervisor *s, const struct fields *start);
/** stories_inherit() - @c is one of those that gave up with it */
void stories_inherit(struct child *c);
