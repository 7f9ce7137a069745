/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * promise.h - an edge that comes LATER, as long as nobody has looked for it.
 */
#pragma once

#include <stdint.h>

#include "libactorproc/path.h"

struct actor;
struct actor_reference;
struct fields;

#define PROMISE_PEER_MAX 63

/** struct promise - @key: 0: there is none */
struct promise {
	uint64_t key;
	uint64_t life;
	char name[PATH_NAME_MAX + 1];
	char peer[PROMISE_PEER_MAX + 1];
};

/** promise_take() - EDGE with LATER. Return: 0; -EBADMSG; -ENOMEM */
int promise_take(struct actor *self, uint64_t key, const struct fields *order);
/** promise_withdraw() - there will be none; or there is one now, also by that name
 * with another key. @name: may be NULL */
void promise_withdraw(struct actor *self, uint64_t key, const char *name);
/** promise_find() - the declared reference of that name, promised or not; NULL,
 * also when there is no room for it now */
struct actor_reference *promise_find(struct actor *self, const char *name);
