/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stories.h - a supervisor begins anew: its children can tell why.
 */
#pragma once

#include "supervisord/supervisor.h"

/** stories_put() - into START for a supervisor: what made it begin, and why the one
 * before gave up */
void stories_put(const struct child *below, struct fields_writer *start);
/** stories_take() - from START, before children begin */
void stories_take(struct supervisor *s, const struct fields *start);
/**
 * stories_culprit() - whose end made @below give up?
 *
 * Return: false: not that of @path, or it is not known.
 */
bool stories_culprit(const struct child *below, const char *path,
		     struct cause *ret);
/** stories_inherit() - @c had a process of an earlier one, and comes again */
void stories_inherit(struct child *c);
