// SPDX-License-Identifier: 0BSD
/*
 * greeter.c - asks, replies later, and hands a reference on.
 *
 *	children:
 *	  - { name: counter, exec: example-counter }
 *	  - { name: greeter, exec: example-greeter, refs: [counter] }
 *
 * "greet": counts the greeting, asks the counter how many that makes, and
 * answers when it knows. Meanwhile it takes other messages.
 * "introduce": replies with a reference to the counter, so that the asker can
 * talk to it directly.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <actorproc.h>

#define GREETINGS_MAX 16

/* A greeting whose number is not known yet. */
struct greeting {
	uint64_t ask;
	uint64_t token;
};

struct greeter {
	struct actor_reference *counter;
	struct greeting greetings[GREETINGS_MAX];
};

static int starting(struct actor *self, int argc, char **argv)
{
	struct greeter *greeter = actor_state(self);

	(void)argc;
	(void)argv;
	greeter->counter = actor_reference(self, "counter");

	return greeter->counter ? 0 : -ENOENT;
}

/* The greeting that waits for that ask; 0: one that is free. */
static struct greeting *find(struct greeter *greeter, uint64_t ask)
{
	size_t i;

	for (i = 0; i < GREETINGS_MAX; i++)
		if (greeter->greetings[i].ask == ask)
			return &greeter->greetings[i];

	return NULL;
}

static int greet(struct actor *self)
{
	struct greeter *greeter = actor_state(self);
	struct greeting *greeting = find(greeter, 0);
	int r;

	if (!greeting)
		return actor_error(self, -EBUSY, "too many at once");
	r = actor_tell(self, greeter->counter, "add", NULL, 0);
	if (r == 0)
		r = actor_ask(self, greeter->counter, "get", NULL, 0, 0,
			      &greeting->ask);
	if (r < 0)
		return actor_error(self, r, "the counter takes no more");
	greeting->token = actor_defer(self);

	return 0;
}

static int introduce(struct actor *self)
{
	struct greeter *greeter = actor_state(self);
	const struct actor_outgoing reply = {
		.type = "meet",
		.references = &greeter->counter,
		.n_references = 1,
	};

	return actor_reply_message(self, &reply);
}

static int counted(struct actor *self, const struct actor_message *message,
		   struct greeting *greeting)
{
	struct actor_outgoing reply = {
		.type = "greeting",
		.content = ACTOR_CONTENT_TEXT,
	};
	const long *n;
	char text[64];
	size_t size;

	if (actor_message_kind(message) == ACTOR_ERROR)
		return actor_error_to(self, greeting->token,
				      actor_message_error(message),
				      "the counter does not answer");
	n = actor_message_payload(message, &size);
	if (size != sizeof(*n))
		return actor_error_to(self, greeting->token, -EPROTO,
				      "the counter does not count");
	reply.size = (size_t)snprintf(text, sizeof(text),
				      "hello, you are number %ld", *n);
	reply.payload = text;

	return actor_reply_to(self, greeting->token, &reply);
}

static int greeting_people(struct actor *self,
			   const struct actor_message *message)
{
	struct greeting *greeting;
	int r;

	if (actor_message_is(message, "greet"))
		return greet(self);
	if (actor_message_is(message, "introduce"))
		return introduce(self);

	if (!actor_message_ask(message))
		return ACTOR_UNHANDLED;
	greeting = find(actor_state(self), actor_message_ask(message));
	if (!greeting)
		return 0;
	r = counted(self, message, greeting);
	memset(greeting, 0, sizeof(*greeting));

	/* who asked may be gone: that is no failure of ours */
	return r == -ENOENT ? 0 : r;
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct greeter),
		.start = starting,
		.receive = greeting_people,
	};

	return actor_main(&class, argc, argv);
}
