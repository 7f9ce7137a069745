/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * references.h - whom the actor can send to: declared names, and references
 * that came in messages.
 *
 * A declared one lives as long as the process and is pointed to a new edge when
 * its name starts a new life. A received one is to one life, and counted.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "libactorproc/edges.h"

/**
 * struct actor_reference - what the actor holds a pointer to
 * @name: as declared in `refs`; NULL: received in a message
 * @path: whom it leads to
 * @edge: where to send; NULL: that life is over
 * @key: of that edge, also when it is over
 * @life: which life that is; 0: not known
 * @number: how frames that pass it on name it
 * @limited: one made by actor_reference_limit(), with a gate of its own
 * @gate: of a limited one
 * @reason: why that life is over
 * @count: how many hold one that is not declared: the turn, the actor, watches,
 *         grants
 */
struct actor_reference {
	char *name;
	char *path;
	struct edge *edge;
	uint64_t key;
	uint64_t life;
	uint64_t number;
	bool limited;
	struct gate gate;
	char reason[EDGE_REASON_MAX + 1];
	unsigned int count;
	LIST_ENTRY(actor_reference) entry;
};

LIST_HEAD(reference_list, actor_reference);

/** struct references - zeroed is empty */
struct references {
	struct reference_list list;
};

void references_deinit(struct references *references);
/**
 * references_declare() - that name leads there, from now on
 * @edge: NULL: that life is over already
 *
 * The same pointer for the same name. Return: 0; -ENOMEM.
 */
int references_declare(struct references *references, const char *name,
		       const char *path, struct edge *edge);
/** references_find() - the declared one of that name, or NULL */
struct actor_reference *references_find(const struct references *references,
					const char *name);
/** references_of() - one to that edge, made when there is none; NULL: memory */
struct actor_reference *references_of(struct references *references,
				      struct edge *edge);
/**
 * references_limited() - one to the same life with these limits, counted
 * @limits: not none
 * @now_ns: from when its rate is counted
 *
 * The same one for the same limits. Return: 0; -ENOSPC; -ENOMEM.
 */
int references_limited(struct references *references,
		       const struct actor_reference *of,
		       const struct actor_limits *limits, uint64_t now_ns,
		       struct actor_reference **ret_reference);
/** references_over() - all that lead there lead nowhere now */
void references_over(struct references *references, const struct edge *edge,
		     const char *reason);
/** reference_limits() - must reference_admit() be asked? */
bool reference_limits(const struct actor_reference *reference);
/**
 * reference_admit() - may one of that size be sent by it now?
 *
 * For one that is not over. Return: 0; -EMSGSIZE; -EAGAIN.
 */
int reference_admit(struct actor_reference *reference, size_t payload_bytes,
		    uint64_t now_ns);
/** reference_sent() - one was, after 0 */
void reference_sent(struct actor_reference *reference);
/** reference_is_over() - can nothing be sent through it any more? */
bool reference_is_over(const struct actor_reference *reference);
/** reference_over_reason() - why; "" when it is not over */
const char *reference_over_reason(const struct actor_reference *reference);
