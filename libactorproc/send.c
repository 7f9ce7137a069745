// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * send.c - the public calls that send: tell, ask, reply, error, defer, log.
 *
 * Everything goes to the outbox as part of the turn. An answer is never
 * refused for want of a reader: one that nobody waits for is a dead letter.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libactorproc/letters.h"
#include "libactorproc/outbox.h"
#include "libactorproc/passing.h"
#include "libactorproc/sealed.h"
#include "libactorproc/turn.h"

#define LOG_TEXT_MAX 1024
#define PRIORITY_MAX 7
#define ERRNO_MAX 4095

/* ---- frames ------------------------------------------------------------ */

/** struct names - how a frame names what goes along */
struct names {
	uint64_t grants[ACTOR_REFERENCES_MAX];
	struct actor_passed passed[ACTOR_DESCRIPTORS_MAX];
	struct actor_sealed sealed;
};

static int fill_grants(const struct actor_outgoing *message,
		       uint64_t grants[ACTOR_REFERENCES_MAX])
{
	size_t i;

	if (message->n_references > ACTOR_REFERENCES_MAX)
		return -EINVAL;
	for (i = 0; i < message->n_references; i++) {
		const struct actor_reference *reference =
			message->references[i];

		if (!reference)
			return -EINVAL;
		if (reference_is_over(reference))
			return -EPIPE;
		if (reference->edge->gate.limits.no_grants)
			return -EPERM;
		grants[i] = reference->number;
	}

	return 0;
}

/*
 * All that a turn sends belongs to the request that the turn is about. What no
 * message began, a timer or a descriptor, begins a request of its own, named
 * like nothing else: by this life, the generation and a count.
 */
static const uint64_t *trace_of(struct actor *self)
{
	uint64_t *trace = self->message.frame.trace;

	if (!trace[0] && !trace[1]) {
		trace[0] = self->life;
		trace[1] = (uint64_t)self->generation << 40 | ++self->n_traces;
	}

	return trace;
}

/* The receiver looks again: here it is for the author to hear of it. */
static int fill_sealed(struct frame *frame,
		       const struct actor_outgoing *message,
		       struct names *names)
{
	int r = sealed_check(*message->sealed, message->size);

	names->sealed.size = message->size;
	frame->flags = ACTOR_FRAME_SEALED;
	frame->payload = &names->sealed;
	frame->payload_bytes = sizeof(names->sealed);

	return r;
}

/* The caller fills in kind, ask and deadline; arena_send() checks the rest. */
static int fill_frame(struct actor *self, struct frame *frame,
		      const struct actor_outgoing *message,
		      struct names *names)
{
	const uint64_t *trace;
	int r = 0;

	if (!self->in_turn || !message || !message->type ||
	    (message->size && !message->payload == !message->sealed) ||
	    message->content > ACTOR_CONTENT_CBOR ||
	    message->priority > ACTOR_PRIORITIES)
		return -EINVAL;
	if (message->size > ACTOR_PAYLOAD_MAX)
		return -EMSGSIZE;
	trace = trace_of(self);
	*frame = (struct frame){
		.priority = message->priority
				    ? (uint8_t)(message->priority - 1)
				    : ACTOR_PRIORITY_NORMAL,
		.content_type = (uint8_t)message->content,
		.trace = { trace[0], trace[1] },
		.type = message->type,
		.type_length = strnlen(message->type, ACTOR_TYPE_MAX + 1),
		.n_grants = message->n_references,
		.n_descriptors = passing_n(message),
		.payload = message->payload,
		.payload_bytes = message->size,
	};

	if (message->n_references) {
		frame->grants = names->grants;
		r = fill_grants(message, names->grants);
	}
	if (r == 0 && message->sealed)
		r = fill_sealed(frame, message, names);
	if (r == 0 && frame->n_descriptors) {
		frame->descriptors = names->passed;
		r = passing_name(self, message, names->passed);
	}

	return r;
}

/* ---- requests ---------------------------------------------------------- */

static uint64_t deadline_after(struct actor *self, uint64_t timeout_ns)
{
	uint64_t deadline_ns;

	if (__builtin_add_overflow(actor_clock(self), timeout_ns,
				   &deadline_ns))
		return UINT64_MAX;

	return deadline_ns;
}

static int can_send(const struct actor_reference *to)
{
	if (!to)
		return -EINVAL;

	return reference_is_over(to) ? -EPIPE : 0;
}

/* Return: as outbox_post(), and what the limits of the reference say. */
static int post(struct actor *self, struct actor_reference *to,
		const struct frame *frame)
{
	bool limited = reference_limits(to);
	int r = 0;

	if (limited)
		r = reference_admit(to, frame_size(frame), loop_now_ns());
	if (r == 0)
		r = outbox_post(self, to->key, frame, false);
	if (r == 0 && limited)
		reference_sent(to);

	return r == -ENOENT ? -EPIPE : r;
}

/* What no message names is taken back. */
static int kept(struct actor *self, const struct frame *frame, int r)
{
	if (r < 0 && frame->n_descriptors)
		passing_withdraw(self, frame->n_descriptors);

	return r;
}

/* No supervisor is given what would find no room: older ones would give way. */
static int offer_and_post(struct actor *self, struct actor_reference *to,
			  const struct frame *frame,
			  const struct actor_outgoing *message)
{
	int r = 0;

	if (frame->n_descriptors &&
	    frame->n_descriptors <= to->edge->n_descriptors)
		r = outbox_room(self, to->edge, frame);
	if (r == 0)
		r = passing_offer(self, to->edge, frame, message);

	return r < 0 ? r : kept(self, frame, post(self, to, frame));
}

/* When there is no room, the actor hears of it when there is. */
static int post_request(struct actor *self, struct actor_reference *to,
			const struct frame *frame,
			const struct actor_outgoing *message)
{
	int r = offer_and_post(self, to, frame, message);

	if (r != -EAGAIN)
		return r;
	references_want_room(&self->references, to, wish_of(frame),
			     reference_ready_ns(to));
	outbox_look_for_room(self, to->edge);

	return -EAGAIN;
}

static int fill_tell(struct actor *self, struct actor_reference *to,
		     const struct actor_outgoing *message, struct frame *frame,
		     struct names *names)
{
	int r = fill_frame(self, frame, message, names);

	if (r == 0)
		r = can_send(to);
	frame->kind = FRAME_TELL;

	return r;
}

static int overflow(struct actor *self, struct actor_reference *to,
		    const struct frame *frame)
{
	letters_unsent(self, frame, to->path, LETTER_OVERFLOW, NULL);

	return 0;
}

int actor_tell_message(struct actor *self, struct actor_reference *to,
		       const struct actor_outgoing *message)
{
	struct names names;
	struct frame frame;
	int r;

	r = fill_tell(self, to, message, &frame, &names);
	if (r < 0)
		return r;
	if (to->edge->dead_letter)
		return actor_tell_or_dead(self, to, message);

	return post_request(self, to, &frame, message);
}

int actor_tell_or_dead(struct actor *self, struct actor_reference *to,
		       const struct actor_outgoing *message)
{
	struct names names;
	struct frame frame;
	int r;

	r = fill_tell(self, to, message, &frame, &names);
	if (r < 0)
		return r;
	r = offer_and_post(self, to, &frame, message);

	return r == -EAGAIN ? overflow(self, to, &frame) : r;
}

/* Limits of the reference give way with time alone, the rest when others act. */
static int wait_for_room(struct actor *self, struct actor_reference *to,
			 const struct frame *frame, uint64_t deadline_ns)
{
	uint64_t ready_ns = reference_ready_ns(to);

	if (!ready_ns)
		return outbox_wait(self, to->edge, frame, deadline_ns);

	return outbox_pause(to->edge,
			    ready_ns < deadline_ns ? ready_ns : deadline_ns);
}

int actor_tell_within(struct actor *self, struct actor_reference *to,
		      const struct actor_outgoing *message,
		      uint64_t timeout_ns)
{
	uint64_t deadline_ns = deadline_after(self, timeout_ns);
	struct names names;
	struct frame frame;
	int r;

	r = fill_tell(self, to, message, &frame, &names);
	if (r == 0)
		r = offer_and_post(self, to, &frame, message);
	while (r == -EAGAIN && loop_now_ns() < deadline_ns) {
		actor_flush(self);
		r = wait_for_room(self, to, &frame, deadline_ns);
		if (r == 0)
			r = offer_and_post(self, to, &frame, message);
	}
	if (to && to->edge)
		outbox_look_for_room(self, to->edge);	/* for earlier calls */

	return r;
}

int actor_flush(struct actor *self)
{
	if (!self->in_turn)
		return -EINVAL;
	turn_release(self);
	outbox_flush_in_turn(self);

	return 0;
}

int actor_tell(struct actor *self, struct actor_reference *to,
	       const char *type, const void *payload, size_t size)
{
	const struct actor_outgoing message = {
		.type = type,
		.payload = payload,
		.size = size,
	};

	return actor_tell_message(self, to, &message);
}

int actor_tell_sealed(struct actor *self, struct actor_reference *to,
		      const char *type, int memfd, size_t size)
{
	const struct actor_outgoing message = {
		.type = type,
		.sealed = &memfd,
		.size = size,
	};

	return actor_tell_message(self, to, &message);
}

int actor_ask_message(struct actor *self, struct actor_reference *to,
		      const struct actor_outgoing *message,
		      uint64_t timeout_ns, uint64_t *ret_ask)
{
	struct names names;
	struct frame frame;
	int r;

	r = fill_frame(self, &frame, message, &names);
	if (r == 0)
		r = can_send(to);
	if (r < 0)
		return r;
	frame.kind = FRAME_ASK;
	if (message->receipt)
		frame.flags |= ACTOR_FRAME_RECEIPT;
	frame.generation = self->generation;
	frame.deadline_ns = deadline_after(self, timeout_ns ? timeout_ns
						: ACTOR_ASK_TIMEOUT_NS);
	r = asks_open(&self->asks, to->key, frame.deadline_ns, &frame.ask_id);
	if (r < 0)
		return r;
	r = post_request(self, to, &frame, message);
	if (r < 0)
		asks_close(&self->asks, frame.ask_id, to->key);
	else if (ret_ask)
		*ret_ask = frame.ask_id;

	return r;
}

int actor_ask(struct actor *self, struct actor_reference *to,
	      const char *type, const void *payload, size_t size,
	      uint64_t timeout_ns, uint64_t *ret_ask)
{
	const struct actor_outgoing message = {
		.type = type,
		.payload = payload,
		.size = size,
	};

	return actor_ask_message(self, to, &message, timeout_ns, ret_ask);
}

/* ---- answers ----------------------------------------------------------- */

static void answer_unsent(struct actor *self, const char *peer,
			  const struct frame *frame, enum letter_reason reason)
{
	if (frame_is_missed(frame))
		letters_unsent(self, frame, peer, reason, NULL);
}

/* Who asked is told at once, if there is room for that. */
static void answer_lost(struct actor *self, uint64_t key, const char *peer,
			const struct frame *frame)
{
	static const char text[] = "no room for the answer";
	struct frame error = *frame;

	kept(self, frame, -EAGAIN);
	answer_unsent(self, peer, frame, LETTER_OVERFLOW);
	if (frame->kind != FRAME_REPLY)
		return;
	error.kind = FRAME_ERROR;
	error.flags = 0;
	error.error = ENOBUFS;
	error.content_type = ACTOR_CONTENT_TEXT;
	error.type = "error";
	error.type_length = strlen(error.type);
	error.n_grants = 0;
	error.n_descriptors = 0;
	error.payload = text;
	error.payload_bytes = sizeof(text) - 1;
	outbox_post(self, key, &error, true);
}

/* Return: 0, also when it became a dead letter; -EMSGSIZE; passing_offer()'s. */
static int post_answer(struct actor *self, uint64_t key, const char *peer,
		       struct frame *frame, const struct frame *ask,
		       const struct actor_outgoing *message)
{
	int r;

	frame->ask_id = ask->ask_id;
	frame->generation = ask->generation;
	frame->trace[0] = ask->trace[0];
	frame->trace[1] = ask->trace[1];
	r = passing_offer(self, edges_find(&self->edges, key), frame, message);
	if (r < 0)
		return r;
	r = outbox_post(self, key, frame, true);
	if (r == -ENOENT)
		answer_unsent(self, peer, frame, LETTER_LATE_REPLY);
	else if (r == -EAGAIN)
		answer_lost(self, key, peer, frame);
	else
		return kept(self, frame, r);

	return 0;
}

static int answer_now(struct actor *self, struct frame *frame,
		      const struct actor_outgoing *outgoing)
{
	struct actor_message *message = &self->message;
	int r;

	if (message->kind == ACTOR_TELL) {
		answer_unsent(self, message->sender, frame, LETTER_LATE_REPLY);
		return 0;
	}
	if (message->kind != ACTOR_ASK)
		return -EINVAL;
	if (message->answered)
		return -EALREADY;
	r = post_answer(self, message->key, message->sender, frame,
			&message->frame, outgoing);
	if (r == 0)
		message->answered = true;

	return r;
}

static int answer_later(struct actor *self, uint64_t token,
			struct frame *frame,
			const struct actor_outgoing *message)
{
	const struct edge *edge;
	struct frame ask;
	uint64_t key;
	int r;

	r = arena_owed(self->arena, token, &key, &ask);
	if (r < 0)
		return r;
	edge = edges_find(&self->edges, key);
	r = post_answer(self, key, edge ? edge->peer : NULL, frame, &ask,
			message);
	if (r == 0)
		arena_pay(self->arena, token);

	return r;
}

static int fill_reply(struct actor *self, struct frame *frame,
		      const struct actor_outgoing *message, struct names *names)
{
	int r = fill_frame(self, frame, message, names);

	frame->kind = FRAME_REPLY;

	return r;
}

int actor_reply_message(struct actor *self,
			const struct actor_outgoing *message)
{
	struct names names;
	struct frame frame;
	int r;

	r = fill_reply(self, &frame, message, &names);

	return r < 0 ? r : answer_now(self, &frame, message);
}

int actor_reply(struct actor *self, const char *type, const void *payload,
		size_t size)
{
	const struct actor_outgoing message = {
		.type = type,
		.payload = payload,
		.size = size,
	};

	return actor_reply_message(self, &message);
}

int actor_reply_to(struct actor *self, uint64_t token,
		   const struct actor_outgoing *message)
{
	struct names names;
	struct frame frame;
	int r;

	r = fill_reply(self, &frame, message, &names);

	return r < 0 ? r : answer_later(self, token, &frame, message);
}

static int fill_error(struct actor *self, struct frame *frame, int error,
		      const char *text)
{
	const struct actor_outgoing message = {
		.type = "error",
		.payload = text,
		.size = text ? strlen(text) : 0,
		.content = ACTOR_CONTENT_TEXT,
	};
	int r;

	if (error >= 0 || error < -ERRNO_MAX)
		return -EINVAL;
	r = fill_frame(self, frame, &message, NULL);
	frame->kind = FRAME_ERROR;
	frame->error = (uint32_t)-error;

	return r;
}

int actor_error(struct actor *self, int error, const char *text)
{
	struct frame frame;
	int r;

	r = fill_error(self, &frame, error, text);

	return r < 0 ? r : answer_now(self, &frame, NULL);
}

int actor_error_to(struct actor *self, uint64_t token, int error,
		   const char *text)
{
	struct frame frame;
	int r;

	r = fill_error(self, &frame, error, text);

	return r < 0 ? r : answer_later(self, token, &frame, NULL);
}

uint64_t actor_defer(struct actor *self)
{
	struct actor_message *message = &self->message;
	uint64_t token;

	if (!self->in_turn || message->kind != ACTOR_ASK || message->answered)
		return 0;
	token = arena_owe(self->arena, message->key, &message->frame);
	if (token)
		message->answered = true;

	return token;
}

/* ---- the journal ------------------------------------------------------- */

int actor_log(struct actor *self, int priority, const char *format, ...)
{
	char text[LOG_TEXT_MAX + 1];
	va_list arguments;
	int r;

	if (!self->in_turn || priority < 0 || priority > PRIORITY_MAX)
		return -EINVAL;
	va_start(arguments, format);
	r = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);

	return r < 0 ? -EINVAL : letters_log(self, priority, text);
}
