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

/** struct wish - what a message wants that finds no room: so much payload, as
 * the frame has it, and so many descriptors */
struct wish {
	uint64_t n_bytes;
	uint64_t n_descriptors;
};

static inline struct wish wish_of(const struct frame *frame)
{
	return (struct wish){ frame->payload_bytes, frame->n_descriptors };
}

/**
 * struct actor_reference - what the actor holds a pointer to
 * @name: as declared in `refs`; NULL: received in a message
 * @path: whom it leads to
 * @edge: where to send; NULL: that life is over
 * @key: of that edge, also when it is over
 * @life: which life that is; 0: not known
 * @number: how frames that pass it on name it
 * @spawned: of a child: it has its name as long as that lives
 * @limited: one made by actor_reference_limit(), with a gate of its own
 * @gate: of a limited one
 * @reason: why that life is over
 * @count: how many hold one that is not declared: the turn, the actor, watches,
 *         grants
 * @wants: a message found no room, and the actor wants to hear when there is
 * @wish: for one like that
 * @ready_ns: not before that, by its limits; 0: limits do not matter
 * @room: there is
 */
struct actor_reference {
	char *name;
	char *path;
	struct edge *edge;
	uint64_t key;
	uint64_t life;
	uint64_t number;
	bool spawned;
	bool limited;
	struct gate gate;
	char reason[EDGE_REASON_MAX + 1];
	unsigned int count;
	bool wants;
	struct wish wish;
	uint64_t ready_ns;
	bool room;
	LIST_ENTRY(actor_reference) entry;
};

LIST_HEAD(reference_list, actor_reference);

/** struct references - zeroed is empty; @n_room of them have found room,
 * @n_wishes want some and have not, @n_waiting of these for their limits */
struct references {
	struct reference_list list;
	size_t n_room;
	size_t n_wishes;
	size_t n_waiting;
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
/** references_spawned() - the same for a child; one of an earlier life stays what
 * it is, without the name */
int references_spawned(struct references *references, const char *name,
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
/**
 * references_want_room() - a message like that found none behind it
 * @at_ns: nor will it before that, by the limits of the reference
 */
void references_want_room(struct references *references,
			  struct actor_reference *reference, struct wish wish,
			  uint64_t at_ns);
/** references_next_ns() - when limits give way; UINT64_MAX: never */
uint64_t references_next_ns(const struct references *references);
/** references_wanted() - the most that anybody wants there; false: nobody does */
bool references_wanted(const struct references *references,
		       const struct edge *edge, struct wish *ret);
/** references_have_room() - for all who want it there */
void references_have_room(struct references *references,
			  const struct edge *edge);
/** references_are_ready() - the same, for whom limits gave way until @now_ns */
void references_are_ready(struct references *references, uint64_t now_ns);
/** references_take_room() - one that has found room; NULL: none. Its count goes
 * to the caller */
struct actor_reference *references_take_room(struct references *references);
/** reference_limits() - must reference_admit() be asked? */
bool reference_limits(const struct actor_reference *reference);
/**
 * reference_admit() - may one of that size be sent by it now?
 *
 * For one that is not over. Return: 0; -EMSGSIZE; -EAGAIN.
 */
int reference_admit(struct actor_reference *reference, size_t payload_bytes,
		    uint64_t now_ns);
/** reference_ready_ns() - when limits let one more pass; 0: they do now */
uint64_t reference_ready_ns(const struct actor_reference *reference);
/** reference_sent() - one was, after 0 */
void reference_sent(struct actor_reference *reference);
/** reference_is_over() - can nothing be sent through it any more? */
bool reference_is_over(const struct actor_reference *reference);
/** reference_over_reason() - why; "" when it is not over */
const char *reference_over_reason(const struct actor_reference *reference);
