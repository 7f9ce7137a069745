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

#define LOG_TEXT_MAX 1024
#define PRIORITY_MAX 7
#define ERRNO_MAX 4095

/* ---- frames ------------------------------------------------------------ */

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

/* The caller fills in kind, ask and deadline; arena_send() checks the rest. */
static int fill_frame(struct actor *self, struct frame *frame,
		      const struct actor_outgoing *message,
		      uint64_t grants[ACTOR_REFERENCES_MAX])
{
	const uint64_t *trace;

	if (!self->in_turn || !message || !message->type ||
	    (message->size && !message->payload) ||
	    message->content > ACTOR_CONTENT_CBOR)
		return -EINVAL;
	if (message->size > ACTOR_PAYLOAD_MAX)
		return -EMSGSIZE;
	trace = trace_of(self);
	*frame = (struct frame){
		.priority = ACTOR_PRIORITY_NORMAL,
		.content_type = (uint8_t)message->content,
		.trace = { trace[0], trace[1] },
		.type = message->type,
		.type_length = strnlen(message->type, ACTOR_TYPE_MAX + 1),
		.grants = grants,
		.n_grants = message->n_references,
		.payload = message->payload,
		.payload_bytes = message->size,
	};

	return message->n_references ? fill_grants(message, grants) : 0;
}

/* ---- requests ---------------------------------------------------------- */

/* Return: 0; -EINVAL; -EPIPE; what the limits of the reference say. */
static int may_send(struct actor_reference *to, const struct frame *frame)
{
	if (!to)
		return -EINVAL;
	if (reference_is_over(to))
		return -EPIPE;
	if (!reference_limits(to))
		return 0;

	return reference_admit(to, frame->payload_bytes, loop_now_ns());
}

static int post_request(struct actor *self, struct actor_reference *to,
			const struct frame *frame)
{
	int r = outbox_post(self, to->key, frame, false);

	if (r == 0 && reference_limits(to))
		reference_sent(to);

	return r;
}

int actor_tell_message(struct actor *self, struct actor_reference *to,
		       const struct actor_outgoing *message)
{
	uint64_t grants[ACTOR_REFERENCES_MAX];
	struct frame frame;
	int r;

	r = fill_frame(self, &frame, message, grants);
	if (r < 0)
		return r;
	r = may_send(to, &frame);
	if (r < 0)
		return r;
	frame.kind = FRAME_TELL;

	return post_request(self, to, &frame);
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

static uint64_t deadline_after(uint64_t timeout_ns)
{
	uint64_t deadline_ns;

	if (__builtin_add_overflow(loop_now_ns(), timeout_ns, &deadline_ns))
		return UINT64_MAX;

	return deadline_ns;
}

int actor_ask_message(struct actor *self, struct actor_reference *to,
		      const struct actor_outgoing *message,
		      uint64_t timeout_ns, uint64_t *ret_ask)
{
	uint64_t grants[ACTOR_REFERENCES_MAX];
	struct frame frame;
	int r;

	r = fill_frame(self, &frame, message, grants);
	if (r < 0)
		return r;
	r = may_send(to, &frame);
	if (r < 0)
		return r;
	frame.kind = FRAME_ASK;
	frame.flags = message->receipt ? ACTOR_FRAME_RECEIPT : 0;
	frame.generation = self->generation;
	frame.deadline_ns = deadline_after(timeout_ns ? timeout_ns
						      : ACTOR_ASK_TIMEOUT_NS);
	r = asks_open(&self->asks, to->key, frame.deadline_ns, &frame.ask_id);
	if (r < 0)
		return r;
	r = post_request(self, to, &frame);
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

/* Return: 0, also when it became a dead letter; -EMSGSIZE. */
static int post_answer(struct actor *self, uint64_t key, const char *peer,
		       struct frame *frame, const struct frame *ask)
{
	int r;

	frame->kind = frame->error ? FRAME_ERROR : FRAME_REPLY;
	frame->ask_id = ask->ask_id;
	frame->generation = ask->generation;
	frame->trace[0] = ask->trace[0];
	frame->trace[1] = ask->trace[1];
	r = outbox_post(self, key, frame, true);
	if (r == -ENOENT)
		letters_unsent(self, frame, peer, LETTER_LATE_REPLY, NULL);
	else if (r == -EAGAIN)
		letters_unsent(self, frame, peer, LETTER_OVERFLOW, NULL);
	else
		return r;

	return 0;
}

static int answer_now(struct actor *self, struct frame *frame)
{
	struct actor_message *message = &self->message;
	int r;

	if (message->kind == ACTOR_TELL) {
		letters_unsent(self, frame, message->sender,
			       LETTER_LATE_REPLY, NULL);
		return 0;
	}
	if (message->kind != ACTOR_ASK)
		return -EINVAL;
	if (message->answered)
		return -EALREADY;
	r = post_answer(self, message->key, message->sender, frame,
			&message->frame);
	if (r == 0)
		message->answered = true;

	return r;
}

static int answer_later(struct actor *self, uint64_t token,
			struct frame *frame)
{
	const struct edge *edge;
	struct frame ask;
	uint64_t key;
	int r;

	r = arena_owed(self->arena, token, &key, &ask);
	if (r < 0)
		return r;
	edge = edges_find(&self->edges, key);
	r = post_answer(self, key, edge ? edge->peer : NULL, frame, &ask);
	if (r == 0)
		arena_pay(self->arena, token);

	return r;
}

int actor_reply_message(struct actor *self,
			const struct actor_outgoing *message)
{
	uint64_t grants[ACTOR_REFERENCES_MAX];
	struct frame frame;
	int r;

	r = fill_frame(self, &frame, message, grants);

	return r < 0 ? r : answer_now(self, &frame);
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
	uint64_t grants[ACTOR_REFERENCES_MAX];
	struct frame frame;
	int r;

	r = fill_frame(self, &frame, message, grants);

	return r < 0 ? r : answer_later(self, token, &frame);
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
	frame->error = (uint32_t)-error;

	return r;
}

int actor_error(struct actor *self, int error, const char *text)
{
	struct frame frame;
	int r;

	r = fill_error(self, &frame, error, text);

	return r < 0 ? r : answer_now(self, &frame);
}

int actor_error_to(struct actor *self, uint64_t token, int error,
		   const char *text)
{
	struct frame frame;
	int r;

	r = fill_error(self, &frame, error, text);

	return r < 0 ? r : answer_later(self, token, &frame);
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
