/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * measures.h - what `actorctl metrics` tells of a supervisor and its children.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/config/cause.h"
#include "supervisord/ledger.h"

struct child;
struct state_reader;
struct state_writer;
struct supervisor;

/**
 * struct counts - of a child, since its supervisor began
 * @n_restarts: within a life, whoever wanted them; not who was woken
 * @n_failures: by kind of cause
 * @past: of its lives that are over
 */
struct counts {
	uint64_t n_restarts;
	uint64_t n_failures[N_CAUSES];
	struct ledger past;
};

/**
 * struct counts_gone - of spawned children that are no more
 * @class: the path that those of their template are told of by
 */
struct counts_gone {
	struct counts_gone *next;
	char *class;
	struct counts counts;
};

/** measures_failed() - it has, of @c->cause */
void measures_failed(struct child *c);
/** measures_restarted() - its next process is wanted */
void measures_restarted(struct child *c);
/** measures_past() - a life of it is over, in which that was counted */
void measures_past(struct child *c, const struct ledger *counts);
/** measures_gone() - it is taken out of the tree: what was counted is its
 * class's */
void measures_gone(struct child *c);

/**
 * measures_rows() - of this supervisor, and a row for each child
 * @each: also for each of a class; else one row has their sum
 *
 * Reads what living actors write at the same time: numbers of that moment. Never
 * blocks. Rows, beside ID and PATH, which is the supervisor's:
 *   SERIES KIND INSTANCES UP GENERATION RESTARTS FAILED_cause…
 *          LEARNING QUEUED QUEUED_BYTES ACCEPTED HANDLED DEAD LOST
 *   SERIES KIND=supervisor DESCRIPTORS DESCRIPTORS_MAX MEMORY_BYTES
 *   SYSTEM LEVEL DEGRADED LIVES_ENDED UNREADABLE     of the root
 */
void measures_rows(struct supervisor *s, uint64_t request, bool each);

/** measures_put_child() - for who takes our place; nothing when nothing was counted */
void measures_put_child(const struct child *c, struct state_writer *w);
void measures_take_child(struct child *c, struct state_reader *r);
/** measures_put_gone() - the same of spawned children that are no more */
void measures_put_gone(const struct supervisor *s, struct state_writer *w);
void measures_take_gone(struct supervisor *s, struct state_reader *r);
