/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * letters.h - the edge of an instance to /system/dead-letters, made when it has
 * something to say there.
 */
#pragma once

#include "supervisord/supervisor.h"

/**
 * letters_later() - is its edge made when it is asked for?
 * @path: of an actor at or below @s
 */
bool letters_later(const struct supervisor *s, const char *path);
/** letters_by_later() - or it was made before, and is one that would be */
bool letters_by_later(const struct supervisor *s,
		      const struct custody_edge *edge);
/** letters_id() - that edge, of that life, has or will have */
uint64_t letters_id(const struct supervisor *s, uint64_t life);
/** letters_put() - into the START of a supervisor: which life is there */
void letters_put(const struct supervisor *s, struct fields_writer *w);
/** letters_take() - out of ours */
void letters_take(struct supervisor *s, const struct fields *start);
/** letters_promise() - tell an actor that it may use it, unless it has it */
void letters_promise(struct child *c);
/** letters_renewed() - of us, who told them by which one to know it: tell all
 * again */
void letters_renewed(struct supervisor *s);
/** letters_want() - that life has something for it */
void letters_want(struct supervisor *s, const char *path, uint64_t life);
/** letters_came() - an edge from above: end one of a life that is over, and go on
 * with the end that waits for it */
void letters_came(struct supervisor *s, struct custody_edge *edge);
/** letters_actor_message() - LETTERS; false: it is not */
bool letters_actor_message(struct child *c, const struct fields *f);
/** letters_message() - the same from a supervisor below; false: it is not */
bool letters_message(struct supervisor *s, const struct child *from,
		     const struct fields *f);
