// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * stash.c - messages that the actor puts aside, to be handled later.
 *
 * As part of the turn: the calls of the author, nothing else. Where a message waits
 * then is the arena's matter, when it comes again mailbox.c's.
 */
#include <errno.h>

#include "libactorproc/letters.h"
#include "libactorproc/mailbox.h"

static bool put_aside(struct actor *self)
{
	const struct actor_message *message = &self->message;

	if (self->n_stashed >= self->bounds.n_stash)
		return false;
	if (self->held >= 0)
		return arena_hold_again(self->arena) >= 0;

	return mailbox_hold(self, message->key, &message->frame, true) >= 0;
}

int actor_stash(struct actor *self)
{
	struct actor_message *message = &self->message;

	if (!self->in_turn || !self->mail || message->settled)
		return -EINVAL;
	message->settled = true;
	if (put_aside(self)) {
		self->n_stashed++;
		self->out_of_line = true;
		message->stashed = true;
		message->answered = true;
		return 0;
	}
	letters_received(self, &message->frame, message->sender, message->key,
			 LETTER_STASH, NULL);
	if (message->kind == ACTOR_ASK && !message->answered)
		actor_error(self, -ENOBUFS, "the stash is full");

	return -ENOSPC;
}

int actor_unstash(struct actor *self)
{
	if (!self->in_turn)
		return -EINVAL;
	arena_unstash(self->arena);
	self->out_of_line = true;

	return 0;
}

size_t actor_n_stashed(const struct actor *self)
{
	return self->n_stashed;
}
