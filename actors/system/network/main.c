/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * system-network - makes the connections of those who may not make sockets.
 *
 * "connect" and "listen" with an address: the answer has a descriptor. Who asks is
 * told by the mailbox, and what it may have by the root; it believes nobody else.
 * It never reads or writes what goes through a connection, and has no reference
 * to anybody but to watch those that listen.
 *
 * Its own sandbox lets it use the ports that were granted when it began. When
 * there are others, it ends, and the next process may use those.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "actors/system/network/network.h"

static int refuse(struct actor *self, const struct actor_message *message,
		  const char *what, const char *address)
{
	char text[2 * ADDRESS_BYTES + 1200];

	snprintf(text, sizeof(text),
		 "%s is not granted \"%s\": it needs sandbox: { network: { %s: [\"%s\"] } } in its file, written like that",
		 actor_message_sender(message), address, what, address);
	return actor_error(self, -EPERM, text);
}

/* it is asked again of the next process, which may use that port */
static int begin_anew(struct actor *self)
{
	int r = actor_stash(self);

	return r < 0 ? r : actor_stop(self, 0);
}

static int handle(struct actor *self, const struct actor_message *message,
		  const char *what)
{
	struct network *network = actor_state(self);
	struct address address;

	if (actor_message_kind(message) != ACTOR_ASK)
		return ACTOR_UNHANDLED;
	if (address_read(&address, message) < 0)
		return actor_error(self, -EINVAL, "no \"host:port\"");
	if (!grants_has(&network->grants, actor_message_sender(message), what,
			address.text))
		return refuse(self, message, what, address.text);
	if (!grants_usable(&network->grants, address_port(&address)))
		return begin_anew(self);
	return *what == 'c' ?
	       dials_begin(&network->dials, self, message, &address) :
	       listeners_listen(&network->listeners, self, message, &address);
}

static int handle_news(struct actor *self)
{
	struct network *network = actor_state(self);
	uint64_t n;
	int r;

	if (read(network->grants.news_fd, &n, sizeof(n)) < 0)
		return 0;
	r = grants_read(&network->grants);
	if (r < 0)
		return r;
	listeners_check(&network->listeners, self, &network->grants);
	return grants_are_usable(&network->grants) ? 0 : actor_stop(self, 0);
}

static int handle_fd(struct actor *self, const struct actor_message *message)
{
	struct network *network = actor_state(self);
	int fd = actor_message_fd(message);

	if (fd == network->grants.news_fd)
		return handle_news(self);
	dials_ready(&network->dials, self, fd);
	return 0;
}

static int handle_tick(struct actor *self, const struct actor_message *message)
{
	struct network *network = actor_state(self);
	const char *key = actor_message_type(message);

	if (!dials_tick(&network->dials, self, key))
		listeners_tick(&network->listeners, self, key);
	return 0;
}

static int receive(struct actor *self, const struct actor_message *message)
{
	struct network *network = actor_state(self);

	if (actor_message_is(message, "connect"))
		return handle(self, message, "connect");
	if (actor_message_is(message, "listen"))
		return handle(self, message, "listen");
	if (actor_message_is(message, "keep") &&
	    !strcmp(actor_message_sender(message), actor_path(self)))
		return listeners_keep(&network->listeners, self, message,
				      &network->grants);
	switch (actor_message_kind(message)) {
	case ACTOR_READY_FD:
		return handle_fd(self, message);
	case ACTOR_TICK:
		return handle_tick(self, message);
	case ACTOR_TERMINATED:
		listeners_ended(&network->listeners, self,
				actor_message_sender(message),
				actor_message_sender_life(message));
		return 0;
	case ACTOR_ROOM:	/* to keep one more: listeners.c has said so */
		return 0;
	default:
		return ACTOR_UNHANDLED;
	}
}

static int start(struct actor *self, int argc, char **argv)
{
	struct network *network = actor_state(self);
	int r = grants_open(&network->grants, self);

	(void)argc;
	(void)argv;
	return r < 0 ? r : actor_unstash(self);
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct network),
		.start = start,
		.receive = receive,
	};

	return actor_main(&class, argc, argv);
}
