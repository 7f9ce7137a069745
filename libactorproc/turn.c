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
#include "libactorproc/mailbox.h"
#include "libactorproc/outbox.h"
#include "libactorproc/passing.h"
#include "libactorproc/reports.h"
#include "libactorproc/turn.h"

#define CAUSE_BYTES 64

void turn_open(struct actor *self, bool mail)
{
	if (mail && self->held >= 0)
		arena_turn_begin_held(self->arena, (size_t)self->held);
	else
		arena_turn_begin(self->arena, mail);
	self->mail = mail;
	self->in_turn = true;
}

/* Behind the last message of an edge that is over, its grants mean nothing. */
static void finished_one(struct actor *self, struct edge *edge)
{
	uint64_t n_passed = self->message.frame.n_descriptors;

	if (edge->fd < 0 && edge->n_waiting == 1)
		grants_forget_via(&self->grants, arena_key_id(edge->key));
	if (self->bounds.n_descriptors && n_passed)
		edges_pass(edge, edge->n_passed - n_passed);
	edges_finished(&self->edges, edge);
}

/* Of what came along: another turn fetches again what is stashed. */
static void let_go(struct actor *self)
{
	const struct actor_message *message = &self->message;
	uint64_t via = arena_key_id(message->key);

	if (message->stashed)
		passing_put_away(self, &message->frame, via);
	else
		passing_taken(self, &message->frame, via);
}

/* Its place in a pool is free, and its sender may send one more. */
static void finished(struct actor *self)
{
	const struct frame *frame = &self->message.frame;
	struct edge *edge = self->from;

	self->from = NULL;
	self->held = -1;
	self->n_finished++;
	if (frame->n_descriptors)
		let_go(self);
	if (!edge)
		return;
	if (frame->flags & ACTOR_FRAME_POOLED)
		edge->released = arena_pool_end(frame_pooled(frame));
	if (!self->message.stashed)
		finished_one(self, edge);
	else if (edge->back)
		edges_publish(&self->edges, edge);
}

/* What a turn did with the stash is so now, or never was. */
static void line_up(struct actor *self)
{
	if (!self->out_of_line)
		return;
	self->out_of_line = false;
	mailbox_line_up(self);
}

void turn_close(struct actor *self)
{
	arena_turn_commit(self->arena);
	offers_keep(&self->offers);
	self->in_turn = false;
	self->idle_since_ns = 0;
	if (self->mail)
		finished(self);
	line_up(self);
}

/*
 * The message of the turn stays in hand, unless it is settled: then it is done
 * with the rest. What an earlier turn left in hand is no matter of this one.
 */
void turn_release(struct actor *self)
{
	struct actor_message *message = &self->message;

	if (self->mail && !message->settled) {
		arena_turn_release(self->arena);
	} else {
		arena_turn_commit(self->arena);
		arena_turn_begin(self->arena, false);
		message->done = self->mail;
	}
	offers_keep(&self->offers);
	self->last_ask = self->asks.last_id;
}

void turn_discard(struct actor *self)
{
	passing_withdraw(self, SIZE_MAX);
	arena_turn_abort(self->arena);
	self->in_turn = false;
}

static void abandon(struct actor *self)
{
	turn_discard(self);
	if (self->message.done)
		finished(self);
	else
		message_begin(&self->message);
	asks_forget_after(&self->asks, self->last_ask);
	line_up(self);
}

/* A tick that nobody knows is nobody's loss; a message is. */
static void unhandled(struct actor *self)
{
	struct actor_message *message = &self->message;

	if (!message->key || message->settled)
		return;
	letters_received(self, &message->frame, message->sender, message->key,
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

static void fail(struct actor *self, int error, bool mail)
{
	self->failure = (struct actor_failure){
		.error = error,
		.mail = mail && !self->message.done,
	};
	abandon(self);
	self->phase = ACTOR_FAILED;
	outbox_flush(self);
	report_failed(error);
}

void turn_run(struct actor *self, bool mail)
{
	int r;

	turn_open(self, mail);
	self->last_ask = self->asks.last_id;
	r = message_gather(&self->message);
	if (r == 0)
		r = behaviour_current(&self->behaviour)(self, &self->message);
	if (r < 0)
		fail(self, r, mail);
	else
		finish(self, r);
	message_end(&self->message);
}

/* A hook is a turn without a message that anybody could answer. */
static void hook_begin(struct actor *self)
{
	message_local(&self->message, ACTOR_TICK, self->path, "", "",
		      &self->scratch);
	self->message.sender_life = self->life;
	turn_open(self, false);
	self->last_ask = self->asks.last_id;
}

static int hook_end(struct actor *self, int outcome)
{
	if (outcome < 0)
		abandon(self);
	else
		turn_close(self);

	return outcome < 0 ? outcome : 0;
}

int turn_hook(struct actor *self, int (*hook)(struct actor *self))
{
	hook_begin(self);

	return hook_end(self, hook(self));
}

int turn_start(struct actor *self, int argc, char **argv)
{
	int r = 0;

	/* in a first process nothing is left over for that turn to settle */
	if (!self->class->start && !self->generation && !self->handover.reads)
		return 0;
	hook_begin(self);
	if (self->class->start)
		r = self->class->start(self, argc, argv);
	r = hook_end(self, r);
	if (r == 0)
		handover_restore(self);
	return r;
}

int turn_post_restart(struct actor *self)
{
	if (!self->generation || !self->class->post_restart)
		return 0;
	return turn_hook(self, self->class->post_restart);
}

static void make_way(struct actor *self)
{
	if (!self->replaced || !self->class->pre_restart)
		return;
	hook_begin(self);
	self->class->pre_restart(self, self->replaced_for);
	turn_close(self);
}

void turn_stop(struct actor *self)
{
	letters_settle(self);
	make_way(self);
	handover_save(self);
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
	letters_received(self, &message->frame, message->sender, message->key,
			 LETTER_CRASHED, cause);
	if (message->kind == ACTOR_ASK)
		actor_error(self, self->failure.error, "the handler failed");
	turn_close(self);
}

/* ---- what is due and is no mail ---------------------------------------- */

static void run_local(struct actor *self, enum actor_kind kind,
		      const char *type, const char *text)
{
	message_local(&self->message, kind, self->path, type, text,
		      &self->scratch);
	self->message.sender_life = self->life;
	turn_run(self, false);
}

static const char *why_failed(int error)
{
	switch (error) {
	case -ETIMEDOUT:
		return "no answer in time";
	case -EREMOTEIO:
		return "a reference or descriptor of the answer was lost";
	default:
		return "terminated";
	}
}

static bool local_ask(struct actor *self)
{
	struct actor_message *message = &self->message;
	struct ask ask;

	if (!asks_take_failed(&self->asks, &ask))
		return false;
	message_local(message, ACTOR_ERROR, self->path, "error",
		      why_failed(ask.error), &self->scratch);
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
		      watch.reason, &self->scratch);
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
	references_are_ready(&self->references, self->due_ns);
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
	message_local(message, ACTOR_READY_FD, self->path, "", "", &self->scratch);
	message->sender_life = self->life;
	message->fd = fd;
	message->events = events;
	turn_run(self, false);
	fd_watches_rearm(&self->fd_watches, &self->loop, fd);

	return true;
}

static bool local_room(struct actor *self)
{
	struct actor_reference *reference =
		references_take_room(&self->references);

	if (!reference)
		return false;
	message_local(&self->message, ACTOR_ROOM, self->path, "room", "",
		      &self->scratch);
	message_add_reference(&self->message, reference);
	actor_reference_drop(reference);	/* the count of its wish */
	turn_run(self, false);

	return true;
}

bool turn_is_due(const struct actor *self)
{
	return self->references.n_room ||
	       (self->unburied && !letters_wait(self));
}

bool turn_local(struct actor *self)
{
	return local_ask(self) || local_watch(self) || local_timer(self) ||
	       local_fd(self) || local_room(self);
}
