// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * turn.c - turns: one message, all or nothing.
 *
 * The only place that calls what the actor's author wrote, and that begins and
 * commits turns. Never reads or writes a socket but to report a failure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libactorproc/letters.h"
#include "libactorproc/outbox.h"
#include "libactorproc/reports.h"
#include "libactorproc/turn.h"

#define CAUSE_BYTES 64

void turn_open(struct actor *self, bool mail)
{
	arena_turn_begin(self->arena, mail);
	self->in_turn = true;
}

void turn_close(struct actor *self)
{
	arena_turn_commit(self->arena);
	self->in_turn = false;
}

void turn_discard(struct actor *self)
{
	arena_turn_abort(self->arena);
	self->in_turn = false;
}

static void abandon(struct actor *self, uint64_t last_ask)
{
	turn_discard(self);
	asks_forget_after(&self->asks, last_ask);
}

/* A tick that nobody knows is nobody's loss; a message is. */
static void unhandled(struct actor *self)
{
	struct actor_message *message = &self->message;

	if (!message->key)
		return;
	letters_received(self, &message->frame, message->sender,
			 LETTER_UNHANDLED, NULL);
	if (message->kind == ACTOR_ASK && !message->answered)
		actor_error(self, -EOPNOTSUPP, "not handled");
}

static void finish(struct actor *self, int outcome)
{
	struct actor_message *message = &self->message;

	if (outcome > 0)
		unhandled(self);
	else if (message->frame.flags & ACTOR_FRAME_RECEIPT &&
		 message->kind == ACTOR_ASK && !message->answered)
		actor_reply(self, "handled", NULL, 0);
	turn_close(self);
}

static void fail(struct actor *self, int error, bool mail, uint64_t last_ask)
{
	abandon(self, last_ask);
	self->failure = (struct actor_failure){ error, mail };
	self->phase = ACTOR_FAILED;
	outbox_flush(self);
	report_failed(error);
}

void turn_run(struct actor *self, bool mail)
{
	uint64_t last_ask = self->asks.last_id;
	int r;

	turn_open(self, mail);
	r = behaviour_current(&self->behaviour)(self, &self->message);
	if (r < 0)
		fail(self, r, mail, last_ask);
	else
		finish(self, r);
	message_end(&self->message);
}

/* A hook is a turn without a message that anybody could answer. */
static void hook_begin(struct actor *self)
{
	message_local(&self->message, ACTOR_TICK, self->path, "", "",
		      self->room);
	self->message.sender_life = self->life;
	turn_open(self, false);
}

int turn_start(struct actor *self, int argc, char **argv)
{
	int r = 0;

	hook_begin(self);
	if (self->class->start)
		r = self->class->start(self, argc, argv);
	if (r < 0)
		abandon(self, 0);
	else
		turn_close(self);

	return r < 0 ? r : 0;
}

void turn_stop(struct actor *self)
{
	if (!self->class->stop)
		return;
	hook_begin(self);
	self->class->stop(self);
	turn_close(self);
}

void turn_resume(struct actor *self)
{
	struct actor_message *message = &self->message;
	char cause[CAUSE_BYTES];
	const char *name = strerrorname_np(-self->failure.error);

	self->phase = ACTOR_RUNNING;
	if (!self->failure.mail)
		return;
	if (name)
		snprintf(cause, sizeof(cause), "reported:%s", name);
	else
		snprintf(cause, sizeof(cause), "reported:%d",
			 -self->failure.error);

	/* the frame in hand, and the message made of it, are still there */
	turn_open(self, true);
	letters_received(self, &message->frame, message->sender,
			 LETTER_CRASHED, cause);
	message->answered = false;
	if (message->kind == ACTOR_ASK)
		actor_error(self, self->failure.error, "the handler failed");
	turn_close(self);
}

/* ---- what is due and is no mail ---------------------------------------- */

static void run_local(struct actor *self, enum actor_kind kind,
		      const char *type, const char *text)
{
	message_local(&self->message, kind, self->path, type, text,
		      self->room);
	self->message.sender_life = self->life;
	turn_run(self, false);
}

static bool local_ask(struct actor *self)
{
	struct actor_message *message = &self->message;
	struct ask ask;

	if (!asks_take_failed(&self->asks, &ask))
		return false;
	message_local(message, ACTOR_ERROR, self->path, "error",
		      ask.error == -ETIMEDOUT ? "no answer in time"
					      : "terminated",
		      self->room);
	message->sender_life = self->life;
	message->frame.ask_id = ask.id;
	message->error = ask.error;
	turn_run(self, false);

	return true;
}

static bool local_watch(struct actor *self)
{
	struct actor_message *message = &self->message;
	struct actor_reference *reference;
	struct watch watch;

	if (self->edges.n_unheard ||
	    !watches_take_over(&self->watches, &watch))
		return false;
	reference = watch.who;
	message_local(message, ACTOR_TERMINATED, reference->path, "terminated",
		      watch.reason, self->room);
	message->sender_life = watch.key == reference->key ? reference->life
							   : 0;
	message_add_reference(message, reference);
	actor_reference_drop(reference);	/* the watch's own count */
	turn_run(self, false);

	return true;
}

static bool local_timer(struct actor *self)
{
	char key[ACTOR_TYPE_MAX + 1];

	if (!self->due_ns)
		return false;
	asks_expire(&self->asks, self->due_ns);
	if (timers_take_due(&self->timers, self->due_ns, key)) {
		run_local(self, ACTOR_TICK, key, "");
		return true;
	}
	self->due_ns = 0;

	return local_ask(self);
}

static bool local_fd(struct actor *self)
{
	struct actor_message *message = &self->message;
	uint32_t events;
	int fd;

	if (!fd_watches_take_ready(&self->fd_watches, &fd, &events))
		return false;
	message_local(message, ACTOR_READY_FD, self->path, "", "", self->room);
	message->sender_life = self->life;
	message->fd = fd;
	message->events = events;
	turn_run(self, false);
	fd_watches_rearm(&self->fd_watches, &self->loop, fd);

	return true;
}

bool turn_local(struct actor *self)
{
	return local_ask(self) || local_watch(self) || local_timer(self) ||
	       local_fd(self);
}
