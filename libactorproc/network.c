// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * network.c - connections that somebody else makes for the actor.
 *
 * Nothing is kept here: each call is an ask, and the answer a turn of its own, with
 * the descriptor. The actor itself has no call that makes a socket.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/actor.h"

#define BROKER "/system/network"

static int ask(struct actor *self, const char *what, const char *address,
	       uint64_t timeout_ns, uint64_t *ret_ask)
{
	struct actor_reference *broker = actor_reference(self, BROKER);

	if (!address || !*address)
		return -EINVAL;
	if (!broker)
		return -EPERM;

	return actor_ask(self, broker, what, address, strlen(address),
			 timeout_ns, ret_ask);
}

int actor_connect(struct actor *self, const char *to, uint64_t timeout_ns,
		  uint64_t *ret_ask)
{
	return ask(self, "connect", to, timeout_ns, ret_ask);
}

int actor_listen(struct actor *self, const char *at, uint64_t timeout_ns,
		 uint64_t *ret_ask)
{
	return ask(self, "listen", at, timeout_ns, ret_ask);
}
