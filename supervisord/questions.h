/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * questions.h - the requests of /system/control, in the root supervisor.
 */
#pragma once

#include "supervisord/decide/state.h"
#include "supervisord/supervisor.h"

#define CONTROL_PATH "/system/control"

/** questions_new() - for the root supervisor alone; 0 or -ENOMEM */
int questions_new(struct questions **ret, struct supervisor *s);
/** questions_edge() - the edge that leads to the root itself: serve it */
void questions_edge(struct supervisor *s, struct custody_edge *edge);
/** questions_row() - a row of an answer, from wherever; closes nothing */
void questions_row(struct supervisor *s, const struct fields *row,
		   const int *fds, size_t n_fds);
/**
 * questions_done() - one supervisor has answered
 * @n_forwarded: so many more it has asked
 */
void questions_done(struct supervisor *s, uint64_t request, int error,
		    const char *text, unsigned int n_forwarded);
/** questions_wait() - are there answers that could not be sent yet? */
bool questions_wait(const struct questions *questions);
/** questions_put() - those that are open, for who takes our place */
void questions_put(const struct questions *questions, struct state_writer *w);
/** questions_take() - of new ones: go on with them; 0 or a negative errno */
int questions_take(struct questions *questions, struct state_reader *r);
