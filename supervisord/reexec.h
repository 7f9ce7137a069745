/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reexec.h - the supervisors of a system go on as another program.
 */
#pragma once

#include "supervisord/decide/state.h"
#include "supervisord/supervisor.h"

/**
 * reexec_begin() - in the root: check it, then all below, then itself
 * @binary: path of the program; NULL: the one that runs now, as it is installed
 *
 * requests_done() says when it is done, rows say what has become of each.
 */
void reexec_begin(struct supervisor *s, uint64_t request, const char *binary);
/** reexec_message() - REEXEC, of the parent */
void reexec_message(struct supervisor *s, const struct fields *f);
/** reexec_answer() - REEXECED, of a supervisor below; false: it is not */
bool reexec_answer(struct child *c, const struct fields *f);
/** reexec_orphaned() - that supervisor is gone: it will not answer */
void reexec_orphaned(struct child *c);
/** reexec_checks() - is that the child that checks? It is no stranger */
bool reexec_checks(const struct supervisor *s, pid_t pid);
/** reexec_check_pidfd() - of it, or -1 */
int reexec_check_pidfd(const struct supervisor *s);

/** reexec_put() - why it is done, for who takes our place; reexec_take() */
void reexec_put(const struct supervisor *s, struct state_writer *w);
int reexec_take(struct supervisor *s, struct state_reader *r);
/** reexec_resumed() - it was done: say so */
void reexec_resumed(struct supervisor *s);
