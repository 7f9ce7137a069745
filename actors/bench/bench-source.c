/* SPDX-License-Identifier: 0BSD */
/*
 * bench-source.c - sends to bench-sink.
 *
 * Its argument is its number among the senders; another one is the name of the
 * first sink, which is else sink-0. The ask "pour" has a plan as
 * payload, which it sends as tells to its sinks in turn, and is answered when
 * all is sent. "ask" makes round trips with the first sink, one after the
 * other, and is answered with nanoseconds at the 50th and 99th percentile.
 * "crash" does so n times: the sink ends in a handler, by a fault, and the answer
 * of the message behind is waited for; it is answered with nanoseconds for each.
 * "when" asks its sink once, and is answered with the time of the answer.
 * "launch" makes n round trips with a sink whose process has left before each, so
 * that the message starts another; it is answered with nanoseconds, a line for each.
 * "children" asks the supervisor n times who has been spawned, and is answered as
 * "ask" is.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actorproc.h>

#include "plan.h"
#include "samples.h"
#include "tally.h"

#define TURN_BYTES 131072	/* at most 512 small messages, at least one */
#define TURN_MESSAGES 512
#define TIMEOUT_NS UINT64_C(60000000000)
#define REST_NS UINT64_C(20000000)	/* until what has left is gone */
#define LAUNCHES_MAX 1000
#define LINE_BYTES 24

/**
 * struct source - one measurement under way
 * @number: which of the senders this is
 * @first_sink: its name, or NULL
 * @token: who asked for it
 * @left: tells, or round trips, that are still to come
 * @crash: what ends the sink in each round before its echo, or NULL
 * @when: the time of the answer is wanted, and not how long it took
 * @launch: the sink leaves before each round trip, and each is told
 * @asked_ns: when the round trip in hand began
 */
struct source {
	unsigned int number;
	const char *first_sink;
	uint64_t token;
	struct plan plan;
	char *payload;
	uint64_t left;
	uint64_t started_ns;
	const char *crash;
	bool when;
	bool launch;
	uint64_t asked_ns;
	struct samples samples;
	struct actor_reference *sinks[PLAN_PROCESSES_MAX];
};

static struct actor_reference *sink(struct actor *self, unsigned int number)
{
	struct source *source = actor_state(self);
	char name[16];

	if (!source->sinks[number]) {
		snprintf(name, sizeof(name), "sink-%u", number);
		source->sinks[number] = actor_reference(self,
			number == 0 && source->first_sink ?
			source->first_sink : name);
	}
	return source->sinks[number];
}

static int finish(struct actor *self, const char *type, const char *text)
{
	struct source *source = actor_state(self);
	struct actor_outgoing reply = {
		.type = type,
		.payload = text,
		.size = strlen(text),
		.content = ACTOR_CONTENT_TEXT,
	};
	uint64_t token = source->token;

	source->token = 0;
	return actor_reply_to(self, token, &reply);
}

static int fail(struct actor *self, int error)
{
	struct source *source = actor_state(self);
	uint64_t token = source->token;

	source->token = 0;
	return token ? actor_error_to(self, token, error, strerror(-error)) : 0;
}

/* ---- tells --------------------------------------------------------------- */

static int pour_one(struct actor *self)
{
	struct source *source = actor_state(self);
	uint64_t to = source->left % source->plan.receivers;
	int r;

	r = actor_tell(self, sink(self, (unsigned int)to), "x",
		       source->payload, source->plan.size);
	if (r == 0)
		source->left--;
	return r;
}

static int pour(struct actor *self)
{
	struct source *source = actor_state(self);
	uint64_t n = TURN_BYTES / source->plan.size;
	int r = 0;

	n = n > TURN_MESSAGES ? TURN_MESSAGES : n > 0 ? n : 1;
	while (r == 0 && n-- > 0 && source->left > 0)
		r = pour_one(self);
	if (r == -EAGAIN)
		return 0;	/* until there is room */
	if (r < 0)
		return fail(self, r);
	return source->left > 0 ? actor_timer(self, "pour", 0) :
		finish(self, "poured", "");
}

/* ---- asks ---------------------------------------------------------------- */

static int round_trip(struct actor *self)
{
	struct source *source = actor_state(self);
	int r = 0;

	source->left--;
	source->asked_ns = actor_now_ns();
	if (source->crash)
		r = actor_tell(self, sink(self, 0), source->crash, NULL, 0);
	if (r == 0)
		r = actor_ask(self, sink(self, 0), "echo", source->payload,
			      source->plan.size, TIMEOUT_NS, NULL);
	return r < 0 ? fail(self, r) : 0;
}

static int let_leave(struct actor *self)
{
	int r = actor_tell(self, sink(self, 0), "leave", NULL, 0);

	if (r == 0)
		r = actor_timer(self, "rest", REST_NS);
	return r < 0 ? fail(self, r) : 0;
}

static int next_trip(struct actor *self)
{
	struct source *source = actor_state(self);

	return source->launch ? let_leave(self) : round_trip(self);
}

static int tell_each(struct actor *self)
{
	struct source *source = actor_state(self);
	char text[LAUNCHES_MAX * LINE_BYTES] = "";
	size_t i, used = 0;

	for (i = 0; i < source->samples.n; i++)
		used += (size_t)snprintf(text + used, LINE_BYTES, "%llu 0\n",
			(unsigned long long)source->samples.ns[i]);
	if (used > 0)
		text[used - 1] = '\0';
	return finish(self, "ns", text);
}

static int last_trip(struct actor *self)
{
	struct source *source = actor_state(self);
	char text[64];

	if (source->launch)
		return tell_each(self);
	if (source->when)
		snprintf(text, sizeof(text), "%llu 0",
			 (unsigned long long)actor_now_ns());
	else if (source->crash)
		snprintf(text, sizeof(text), "%.0f 0",
			 (double)(actor_now_ns() - source->started_ns) /
			 (double)source->plan.n);
	else
		snprintf(text, sizeof(text), "%llu %llu", (unsigned long long)
			 samples_quantile(&source->samples, 0.5),
			 (unsigned long long)
			 samples_quantile(&source->samples, 0.99));
	return finish(self, "ns", text);
}

static int on_reply(struct actor *self)
{
	struct source *source = actor_state(self);

	samples_add(&source->samples, actor_now_ns() - source->asked_ns);
	return source->left > 0 ? next_trip(self) : last_trip(self);
}

/* ---- the supervisor ------------------------------------------------------- */

/* whatever it answers: that is what is waited for */
static int ask_supervisor(struct actor *self)
{
	struct source *source = actor_state(self);
	uint64_t asked_ns;

	while (source->left-- > 0) {
		asked_ns = actor_now_ns();
		actor_children(self, NULL, 0);
		samples_add(&source->samples, actor_now_ns() - asked_ns);
	}
	return last_trip(self);
}

/* ---- one measurement ----------------------------------------------------- */

static int prepare(struct source *source)
{
	int r = samples_begin(&source->samples, source->plan.n);

	free(source->payload);
	source->payload = malloc(source->plan.size);
	if (r < 0 || !source->payload)
		return -ENOMEM;
	memset(source->payload, 'x', source->plan.size);
	tally_sign(source->payload, source->number);
	return 0;
}

static int begin(struct actor *self, const struct actor_message *message)
{
	struct source *source = actor_state(self);
	bool pours = actor_message_is(message, "pour");
	const char *text;
	size_t n_bytes;

	if (source->token)
		return actor_error(self, -EBUSY, "one at a time");
	text = actor_message_payload(message, &n_bytes);
	if (plan_read(text, n_bytes, &source->plan) < 0)
		return actor_error(self, -EINVAL, "what plan?");
	source->launch = actor_message_is(message, "launch");
	if (source->launch && source->plan.n > LAUNCHES_MAX)
		return actor_error(self, -E2BIG, "too many launches");
	if (prepare(source) < 0)
		return actor_error(self, -ENOMEM, NULL);
	source->crash = actor_message_is(message, "crash") ? "crash" : NULL;
	source->when = actor_message_is(message, "when");
	source->token = actor_defer(self);
	source->started_ns = actor_now_ns();
	source->left = pours ?
		plan_quota(&source->plan) * source->plan.receivers :
		source->plan.n;
	if (actor_message_is(message, "children"))
		return ask_supervisor(self);
	return pours ? pour(self) : next_trip(self);
}

static int receive(struct actor *self, const struct actor_message *message)
{
	if (actor_message_is_tick(message, "pour") ||
	    actor_message_kind(message) == ACTOR_ROOM)
		return pour(self);
	if (actor_message_is_tick(message, "rest"))
		return round_trip(self);
	if (actor_message_is(message, "pour") ||
	    actor_message_is(message, "ask") ||
	    actor_message_is(message, "crash") ||
	    actor_message_is(message, "children") ||
	    actor_message_is(message, "when") ||
	    actor_message_is(message, "launch"))
		return begin(self, message);
	switch (actor_message_kind(message)) {
	case ACTOR_REPLY:
		return on_reply(self);
	case ACTOR_ERROR:
		return fail(self, actor_message_error(message));
	default:
		return ACTOR_UNHANDLED;
	}
}

static int start(struct actor *self, int argc, char **argv)
{
	struct source *source = actor_state(self);

	source->number = argc > 1 ? (unsigned int)atoi(argv[1]) : 0;
	source->first_sink = argc > 2 ? argv[2] : NULL;
	return source->number < PLAN_PROCESSES_MAX ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct source),
		.start = start,
		.receive = receive,
	};

	return actor_main(&class, argc, argv);
}
