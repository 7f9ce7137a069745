/* SPDX-License-Identifier: 0BSD */
/*
 * bench-herder.c - knows when all of a herd of bench-sink answer.
 *
 * Its references are the herd. The ask "all" has each of them echo, and is
 * answered when all have: with the time, by the clock of all measurements.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actorproc.h>

#define TIMEOUT_NS UINT64_C(60000000000)

/**
 * struct herder - one round of questions
 * @herd: the names of all its references, of main()
 * @token: who wants to know, or 0
 * @n_open: answers that are to come
 */
struct herder {
	char **herd;
	unsigned int n_herd;
	uint64_t token;
	unsigned int n_open;
};

static int fail(struct actor *self, int error)
{
	struct herder *herder = actor_state(self);
	uint64_t token = herder->token;

	herder->token = 0;
	return token ? actor_error_to(self, token, error, NULL) : 0;
}

static int ask_all(struct actor *self)
{
	struct herder *herder = actor_state(self);
	int r;

	for (unsigned int i = 0; i < herder->n_herd; i++) {
		r = actor_ask(self, actor_reference(self, herder->herd[i]),
			      "echo", NULL, 0, TIMEOUT_NS, NULL);
		if (r < 0)
			return fail(self, r);
		herder->n_open++;
	}
	return 0;
}

static int begin(struct actor *self)
{
	struct herder *herder = actor_state(self);

	if (herder->n_open > 0)
		return actor_error(self, -EBUSY, "one at a time");
	herder->token = actor_defer(self);
	return ask_all(self);
}

static int on_reply(struct actor *self)
{
	struct herder *herder = actor_state(self);
	char text[64];
	struct actor_outgoing reply = {
		.type = "ns",
		.payload = text,
		.content = ACTOR_CONTENT_TEXT,
	};
	uint64_t token = herder->token;

	if (--herder->n_open > 0 || !token)
		return 0;
	herder->token = 0;
	reply.size = (size_t)snprintf(text, sizeof(text), "%llu 0",
				      (unsigned long long)actor_now_ns());
	return actor_reply_to(self, token, &reply);
}

static int on_error(struct actor *self, const struct actor_message *message)
{
	struct herder *herder = actor_state(self);

	herder->n_open--;
	return fail(self, actor_message_error(message));
}

static int receive(struct actor *self, const struct actor_message *message)
{
	if (actor_message_is(message, "all"))
		return begin(self);
	switch (actor_message_kind(message)) {
	case ACTOR_REPLY:
		return on_reply(self);
	case ACTOR_ERROR:
		return on_error(self, message);
	default:
		return ACTOR_UNHANDLED;
	}
}

/* herder NAME...: the names of its references */
static int start(struct actor *self, int argc, char **argv)
{
	struct herder *herder = actor_state(self);

	herder->herd = argv + 1;
	herder->n_herd = argc > 1 ? (unsigned int)argc - 1 : 0;
	return herder->n_herd > 0 ? 0 : -EINVAL;
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct herder),
		.start = start,
		.receive = receive,
	};

	return actor_main(&class, argc, argv);
}
