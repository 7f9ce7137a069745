/* SPDX-License-Identifier: 0BSD */
/*
 * test-keeper.c - a sum that is handed over from program to program.
 *
 * Made three times, with another KEEPER_VERSION each. 1 saves a decimal number; 2
 * saves twice the sum, and knows both; 3 knows neither, and begins to take the
 * state before it sees that; it saves nothing.
 *
 * Messages: add N; get ? "VERSION SUM ORIGIN": the version it took over from, or 0;
 * crash.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <actorproc.h>

struct keeper {
	long sum;
	unsigned int origin;
};

static int keeping(struct actor *self, const struct actor_message *message)
{
	const struct keeper *keeper = actor_state(self);
	char text[64] = "";
	const void *payload;
	size_t size;

	payload = actor_message_payload(message, &size);
	if (actor_message_is(message, "crash"))
		raise(SIGSEGV);
	if (actor_message_is(message, "add")) {
		if (size < sizeof(text))
			memcpy(text, payload, size);
		((struct keeper *)actor_state(self))->sum += atol(text);
		return 0;
	}
	if (!actor_message_is(message, "get"))
		return ACTOR_UNHANDLED;
	snprintf(text, sizeof(text), "%d %ld %u", KEEPER_VERSION, keeper->sum,
		 keeper->origin);

	return actor_reply_message(self, &(struct actor_outgoing){
		.type = "sum",
		.content = ACTOR_CONTENT_TEXT,
		.payload = text,
		.size = strlen(text),
	});
}

static int save(struct actor *self, void *to, size_t room, size_t *ret_size)
{
	const struct keeper *keeper = actor_state(self);
	int n;

	if (KEEPER_VERSION > 2)
		return -ENOSYS;
	n = snprintf(to, room, "%ld", KEEPER_VERSION * keeper->sum);
	*ret_size = (size_t)n;

	return 0;
}

static int restore(struct actor *self, uint32_t version, const void *from,
		   size_t size)
{
	struct keeper *keeper = actor_state(self);
	char text[64] = "";

	if (size < sizeof(text))
		memcpy(text, from, size);
	keeper->sum = atol(text);
	if (KEEPER_VERSION > 2 || version > KEEPER_VERSION)
		return -EPROTONOSUPPORT;
	keeper->sum /= version;
	keeper->origin = version;

	return 0;
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct keeper),
		.receive = keeping,
		.state_version = KEEPER_VERSION,
		.save = save,
		.restore = restore,
	};

	return actor_main(&class, argc, argv);
}
