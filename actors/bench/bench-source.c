/* SPDX-License-Identifier: 0BSD */
/*
 * bench-source.c - sends to bench-sink and says how long it took.
 *
 * Each is an ask whose payload is a number n, and is answered with nanoseconds
 * for each of them, as text: "tell" sends n messages of 64 bytes and waits until
 * the last is handled; "ask" makes n round trips of 64 bytes one after the
 * other; "crash" n times kills the sink in a handler and waits for the answer
 * of the message behind.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actorproc.h>

#define PAYLOAD_BYTES 64
#define TURN_MESSAGES 512
#define FULL_RETRY_NS 20000
#define TIMEOUT_NS UINT64_C(60000000000)

/**
 * struct source - one measurement under way
 * @token: who asked for it
 * @crash: each round is a crash, then an echo
 */
struct source {
	uint64_t token;
	uint64_t n;
	uint64_t left;
	uint64_t started_ns;
	bool crash;
};

static char payload[PAYLOAD_BYTES];

static struct actor_reference *sink(struct actor *self)
{
	return actor_reference(self, "sink");
}

static int finish(struct actor *self)
{
	struct source *source = actor_state(self);
	char text[32];
	struct actor_outgoing reply = {
		.type = "ns",
		.payload = text,
		.content = ACTOR_CONTENT_TEXT,
	};
	uint64_t token = source->token;

	reply.size = (size_t)snprintf(text, sizeof(text), "%.1f",
		(double)(actor_now_ns() - source->started_ns) /
		(double)source->n);
	source->token = 0;
	return actor_reply_to(self, token, &reply);
}

static int echo(struct actor *self)
{
	return actor_ask(self, sink(self), "echo", payload, sizeof(payload),
			 TIMEOUT_NS, NULL);
}

static int round_trip(struct actor *self)
{
	struct source *source = actor_state(self);
	int r;

	source->left--;
	if (source->crash) {
		r = actor_tell(self, sink(self), "crash", NULL, 0);
		if (r < 0)
			return r;
	}
	return echo(self);
}

static int pour(struct actor *self)
{
	struct source *source = actor_state(self);
	uint64_t delay_ns = 0;
	int r = 0;

	for (unsigned int i = 0; i < TURN_MESSAGES && source->left > 0; i++) {
		r = actor_tell(self, sink(self), "x", payload, sizeof(payload));
		if (r < 0)
			break;
		source->left--;
	}
	if (r == 0 && source->left == 0)
		r = echo(self);
	else if (r == 0)
		return actor_timer(self, "pour", 0);
	if (r == -EAGAIN)
		delay_ns = FULL_RETRY_NS;
	return r == -EAGAIN ? actor_timer(self, "pour", delay_ns) : r;
}

static int begin(struct actor *self, const struct actor_message *message)
{
	struct source *source = actor_state(self);
	char text[32] = "";
	const void *bytes;
	size_t n_bytes;

	if (source->token)
		return actor_error(self, -EBUSY, "one at a time");
	bytes = actor_message_payload(message, &n_bytes);
	if (n_bytes < sizeof(text))
		memcpy(text, bytes, n_bytes);
	source->n = source->left = strtoull(text, NULL, 10);
	if (source->n == 0)
		return actor_error(self, -EINVAL, "how many?");
	source->token = actor_defer(self);
	source->crash = actor_message_is(message, "crash");
	source->started_ns = actor_now_ns();
	return actor_message_is(message, "tell") ? pour(self) :
		round_trip(self);
}

static int receive(struct actor *self, const struct actor_message *message)
{
	struct source *source = actor_state(self);

	if (actor_message_is(message, "tell") ||
	    actor_message_is(message, "ask") ||
	    actor_message_is(message, "crash"))
		return begin(self, message);
	if (actor_message_is_tick(message, "pour"))
		return pour(self);
	switch (actor_message_kind(message)) {
	case ACTOR_REPLY:
		return source->left > 0 ? round_trip(self) : finish(self);
	case ACTOR_ERROR:
		return actor_error_to(self, source->token,
				      actor_message_error(message), NULL);
	default:
		return ACTOR_UNHANDLED;
	}
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct source),
		.receive = receive,
	};

	return actor_main(&class, argc, argv);
}
