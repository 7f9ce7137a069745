// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * claims.c - the references that go along with a message.
 *
 * A frame has numbers; what they mean the supervisor says, to who asks when it has
 * not yet. It only asks, and gives what has come to the message.
 */
#include <errno.h>

#include "libactorproc/claims.h"
#include "libactorproc/reports.h"

/*
 * What cannot be noted or asked is as good as refused: nobody would answer. But when
 * nobody is there to be asked, our supervisor has died, and takes us along as soon as
 * the kernel has closed what it had: the next process asks, and gets an answer.
 * Return: whether its message waits.
 */
static bool claim(struct actor *self, uint64_t via, uint64_t number)
{
	int r;

	if (grants_put(&self->grants, via, number, GRANT_CLAIMED, NULL) < 0)
		return false;
	r = report_claim(via, number);
	if (r == 0 || r == -EPIPE)
		return true;
	grants_forget(grants_find(&self->grants, via, number));

	return false;
}

/* Asks for those that have not come. Return: all of them are known. */
bool claims_grants(struct actor *self, const struct frame *frame,
			 uint64_t via)
{
	bool known = true;
	size_t i;

	for (i = 0; i < frame->n_grants; i++) {
		uint64_t number = frame_grant(frame, i);
		const struct grant *grant = grants_find(&self->grants, via,
							number);

		if (grant ? grant->state == GRANT_CLAIMED
			  : claim(self, via, number))
			known = false;
	}

	return known;
}

/* A refusal is for this message; the number may be granted for a later one. */
bool claims_take(struct actor *self, struct actor_message *message,
			uint64_t via)
{
	bool whole = true;
	size_t i;

	for (i = 0; i < message->frame.n_grants; i++) {
		struct grant *grant = grants_find(
			&self->grants, via, frame_grant(&message->frame, i));

		message_add_reference(message, grant ? grant->reference : NULL);
		whole &= !grant || grant->state != GRANT_UNKNOWN;
		if (grant && !grant->reference)
			grants_forget(grant);
	}

	return whole;
}
