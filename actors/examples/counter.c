// SPDX-License-Identifier: 0BSD
/*
 * counter.c - the smallest useful actor: it counts.
 *
 *	children:
 *	  - { name: counter, exec: example-counter }
 *
 *	$ actorctl tell /SYSTEM/counter add
 *	$ actorctl ask /SYSTEM/counter get
 */
#include <actorproc.h>

struct counter {
	long value;
};

static int counting(struct actor *self, const struct actor_message *message)
{
	struct counter *counter = actor_state(self);

	if (actor_message_is(message, "add")) {
		counter->value++;
		return 0;
	}
	if (actor_message_is(message, "get"))
		return actor_reply(self, "value", &counter->value,
				   sizeof(counter->value));

	return ACTOR_UNHANDLED;
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct counter),
		.receive = counting,
	};

	return actor_main(&class, argc, argv);
}
