/* SPDX-License-Identifier: 0BSD */
/*
 * bench-lead.c - makes sources and sinks do one measurement.
 *
 * Its asks are those of scripts/bench; the payload is a plan. "tell" has each
 * sink expect its share, then all sources pour, and is answered when the last
 * sink has taken its last message: nanoseconds for each message and the share
 * of the slowest sender. "ask" and "crash" are the first source's to do.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actorproc.h>

#include "plan.h"

#define TIMEOUT_NS UINT64_C(60000000000)

/**
 * struct lead - one measurement under way
 * @token: who asked for it, 0 when there is none
 * @first_ask: what is answered to an older ask is of another measurement
 * @n_open: answers that are to come before it goes on
 * @text: the plan, as it came
 * @pouring: all is expected, the clock runs
 */
struct lead {
	uint64_t token;
	uint64_t first_ask;
	uint64_t n_open;
	struct plan plan;
	char text[256];
	bool pouring;
	bool forwards;
	uint64_t started_ns;
	double slowest;
};

static int ask_one(struct actor *self, const char *kind, uint64_t number,
		   const char *what)
{
	struct lead *lead = actor_state(self);
	uint64_t ask;
	char name[32];
	int r;

	snprintf(name, sizeof(name), "%s-%u", kind, (unsigned int)number);
	r = actor_ask(self, actor_reference(self, name), what, lead->text,
		      strlen(lead->text), TIMEOUT_NS, &ask);
	if (r < 0)
		return r;
	if (!lead->first_ask)
		lead->first_ask = ask;
	lead->n_open++;
	return 0;
}

static int ask_all(struct actor *self, const char *kind, uint64_t n,
		   const char *what)
{
	int r = 0;
	uint64_t i;

	for (i = 0; r == 0 && i < n; i++)
		r = ask_one(self, kind, i, what);
	return r;
}

static int finish(struct actor *self, const void *text, size_t n_bytes)
{
	struct lead *lead = actor_state(self);
	struct actor_outgoing reply = {
		.type = "ns",
		.payload = text,
		.size = n_bytes,
		.content = ACTOR_CONTENT_TEXT,
	};
	uint64_t token = lead->token;

	lead->token = 0;
	return actor_reply_to(self, token, &reply);
}

static int fail(struct actor *self, int error)
{
	struct lead *lead = actor_state(self);
	uint64_t token = lead->token;

	lead->token = 0;
	return actor_error_to(self, token, error, strerror(-error));
}

static int start_pouring(struct actor *self)
{
	struct lead *lead = actor_state(self);
	int r;

	lead->pouring = true;
	lead->started_ns = actor_now_ns();
	r = ask_all(self, "source", lead->plan.senders, "pour");
	if (r == 0)
		r = ask_all(self, "sink", lead->plan.receivers, "all");
	return r < 0 ? fail(self, r) : 0;
}

static int all_is_taken(struct actor *self)
{
	struct lead *lead = actor_state(self);
	uint64_t took_ns = actor_now_ns() - lead->started_ns;
	char text[64];
	int n;

	n = snprintf(text, sizeof(text), "%.1f %.3f", (double)took_ns /
		     (double)plan_messages(&lead->plan), lead->slowest);
	return finish(self, text, (size_t)n);
}

static void read_slowest(struct lead *lead, const char *text, size_t n_bytes)
{
	char copy[32] = "";
	double slowest;

	if (n_bytes == 0 || n_bytes >= sizeof(copy))
		return;
	memcpy(copy, text, n_bytes);
	slowest = strtod(copy, NULL);
	if (slowest < lead->slowest)
		lead->slowest = slowest;
}

static int on_reply(struct actor *self, const struct actor_message *message)
{
	struct lead *lead = actor_state(self);
	size_t n_bytes;
	const char *text = actor_message_payload(message, &n_bytes);

	if (lead->forwards)
		return finish(self, text, n_bytes);
	if (lead->pouring)
		read_slowest(lead, text, n_bytes);
	if (--lead->n_open > 0)
		return 0;
	return lead->pouring ? all_is_taken(self) : start_pouring(self);
}

static int on_answer(struct actor *self, const struct actor_message *message)
{
	struct lead *lead = actor_state(self);
	int error = actor_message_error(message);

	if (!lead->token || actor_message_ask(message) < lead->first_ask)
		return 0;
	return error ? fail(self, error) : on_reply(self, message);
}

static int begin(struct actor *self, const struct actor_message *message)
{
	struct lead *lead = actor_state(self);
	const char *text;
	size_t n_bytes;
	int r;

	if (lead->token)
		return actor_error(self, -EBUSY, "one at a time");
	*lead = (struct lead){ .slowest = 1 };
	text = actor_message_payload(message, &n_bytes);
	if (n_bytes >= sizeof(lead->text) ||
	    plan_read(text, n_bytes, &lead->plan) < 0)
		return actor_error(self, -EINVAL, "what plan?");
	memcpy(lead->text, text, n_bytes);
	lead->token = actor_defer(self);
	lead->forwards = !actor_message_is(message, "tell");
	r = lead->forwards ?
		ask_one(self, "source", 0, actor_message_type(message)) :
		ask_all(self, "sink", lead->plan.receivers, "expect");
	return r < 0 ? fail(self, r) : 0;
}

static int receive(struct actor *self, const struct actor_message *message)
{
	if (actor_message_is(message, "tell") ||
	    actor_message_is(message, "ask") ||
	    actor_message_is(message, "crash"))
		return begin(self, message);
	switch (actor_message_kind(message)) {
	case ACTOR_REPLY:
	case ACTOR_ERROR:
		return on_answer(self, message);
	default:
		return ACTOR_UNHANDLED;
	}
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct lead),
		.receive = receive,
	};

	return actor_main(&class, argc, argv);
}
