/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listeners.h - sockets that listen, for those who were granted them.
 */
#pragma once

#include <stdbool.h>

#include "actors/system/network/address.h"
#include "actors/system/network/grants.h"

struct listener;
struct owner;
struct listen_again;

/** struct listeners - zeroed is none */
struct listeners {
	struct listener *first;
	struct owner *owners;
	struct listen_again *again;
};

/** listeners_listen() - answer the ask of this turn */
int listeners_listen(struct listeners *all, struct actor *self,
		     const struct actor_message *message,
		     const struct address *address);
/** listeners_keep() - a message of our own, or of the process before us: one of
 * them, with its descriptor */
int listeners_keep(struct listeners *all, struct actor *self,
		   const struct actor_message *message,
		   const struct grants *grants);
/** listeners_ended() - that life is over */
void listeners_ended(struct listeners *all, struct actor *self,
		     const char *path, uint64_t life);
/** listeners_check() - nobody keeps what is not granted any more */
void listeners_check(struct listeners *all, struct actor *self,
		     const struct grants *grants);
/** listeners_tick() - time to try again; false: that timer is not ours */
bool listeners_tick(struct listeners *all, struct actor *self,
		    const char *key);
