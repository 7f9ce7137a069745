/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * head.h - a head has failed: its node's parent decides, its supervisor does it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libactorproc/fields.h"
#include "supervisord/supervisor.h"

/** head_put_cause() - of a failure, for the parent: head_take_cause() reads it */
void head_put_cause(struct fields_writer *w, const char *path,
		    const struct cause *cause, const char *text);
/**
 * head_take_cause() - what a supervisor below says about its failure
 * @start: it failed to start
 *
 * The cause of its head becomes that of @c; what else there is was escalated.
 */
void head_take_cause(struct child *c, const struct fields *f, bool start);
/** head_text() - @c->cause_text, as long as it was */
const char *head_text(const struct child *c);

/** head_is_why() - of a node that is restarted as a whole: its head has failed */
bool head_is_why(const struct child *c);

/** head_failed() - ours has: ask the parent */
void head_failed(struct child *head, uint64_t ran_ns);
/** head_up() - ours is ready: so many restarts it has behind it */
void head_up(const struct child *head);
/** head_resume() - of that node below: it goes on */
void head_resume(struct child *c);
/** head_restart() - of that node below: it is started again, its children too */
void head_restart(struct child *c, uint64_t delay_ns, uint64_t group);
/** head_message() - from below @from, or from our parent; false: not about that */
bool head_message(struct supervisor *s, struct child *from,
		  const struct fields *f);
