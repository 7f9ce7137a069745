/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * passing.h - descriptors that go along with messages, at both ends.
 *
 * They travel by the control channels and the custody of supervisors; edges
 * carry none. The frame says how many, and of what type.
 */
#pragma once

#include "libactorproc/actor.h"

/** passing_n() - how many go along, its sealed payload among them */
size_t passing_n(const struct actor_outgoing *message);
/**
 * passing_name() - how a frame names these, which are looked at for their type
 *
 * Return: 0; -EINVAL; -EBADF, or what else fstat(2) says.
 */
int passing_name(struct actor *self, const struct actor_outgoing *message,
		 struct actor_passed ret_passed[ACTOR_DESCRIPTORS_MAX]);
/**
 * passing_offer() - give what @frame names to the peer of @edge
 * @edge: NULL: it is gone, and nothing is given
 *
 * Return: 0; -EPERM its peer takes none; -E2BIG not so many; -EPIPE and what
 * else sending can say: nothing has been given then.
 */
int passing_offer(struct actor *self, const struct edge *edge,
		  const struct frame *frame,
		  const struct actor_outgoing *message);
/** passing_withdraw() - the last @n that this turn gave; SIZE_MAX: all */
void passing_withdraw(struct actor *self, size_t n);

/** passing_fetch() - ask for what has not come; true: all is known */
bool passing_fetch(struct actor *self, const struct frame *frame, uint64_t via);
/**
 * enum passing - what came of what a message names
 *
 * WHOLE: all of it. LOST: not all, or of another type. LIE: what it calls its
 * sealed payload is none, as no sender can believe that looks.
 */
enum passing {
	PASSING_WHOLE,
	PASSING_LOST,
	PASSING_LIE,
};

/** passing_receive() - all that the message in hand names, into it */
enum passing passing_receive(struct actor *self, struct actor_message *message,
			     uint64_t via);
/** passing_put_away() - what is here of it: it is for another turn */
void passing_put_away(struct actor *self, const struct frame *frame,
		      uint64_t via);
/** passing_taken() - it is handled, or dead: the supervisor may let go */
void passing_taken(struct actor *self, const struct frame *frame,
		   uint64_t via);
