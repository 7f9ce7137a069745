// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * promise.c - an edge that comes LATER, as long as nobody has looked for it.
 *
 * Most who are promised one never send anything by it. So it is noted only, and
 * neither the arena nor any table knows of it: each would have pages of its own
 * for that. Who looks for its name has it made, without a socket, and what is sent
 * waits for that.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/actor.h"
#include "libactorproc/promise.h"

/* One without room is a reference to a life that is over; but for one that is
 * noted there may be room later. */
static int make(struct actor *self, uint64_t key, uint64_t life,
		const char *name, const char *peer)
{
	struct edge *edge = edges_find(&self->edges, key);
	int r = edge ? 0 : arena_edge_add(self->arena, key);

	if (r < 0 && self->promise.key == key)
		return r;
	if (edge && !edges_usable(edge))
		edge = NULL;
	else if (!edge && r == 0)
		edge = edges_promise(&self->edges, key, peer);
	if (edge)
		edge->peer_life = life;

	return references_declare(&self->references, name, peer, edge);
}

/* An earlier process has sent something by it, or we have looked before. */
static bool is_missed(const struct actor *self, uint64_t key, const char *name)
{
	struct arena_edge_out out;

	return references_find(&self->references, name) ||
	       arena_edge_out(self->arena, key, &out) == 0;
}

int promise_take(struct actor *self, uint64_t key, const struct fields *order)
{
	struct promise *promise = &self->promise;
	const char *name = fields_get(order, "NAME");
	const char *peer = fields_get(order, "PEER");
	uint64_t life = 0;

	if (!name || !peer)
		return -EBADMSG;
	fields_get_u64(order, "LIFE", &life);
	if (is_missed(self, key, name) || strlen(name) > PATH_NAME_MAX ||
	    strlen(peer) > PROMISE_PEER_MAX)
		return make(self, key, life, name, peer);
	promise->key = key;
	promise->life = life;
	strcpy(promise->name, name);
	strcpy(promise->peer, peer);

	return 0;
}

void promise_withdraw(struct actor *self, uint64_t key, const char *name)
{
	struct promise *promise = &self->promise;

	if (promise->key == key || (name && strcmp(promise->name, name) == 0))
		promise->key = 0;
}

struct actor_reference *promise_find(struct actor *self, const char *name)
{
	struct promise *promise = &self->promise;

	if (promise->key && strcmp(promise->name, name) == 0 &&
	    make(self, promise->key, promise->life, promise->name,
		 promise->peer) == 0)
		promise->key = 0;

	return references_find(&self->references, name);
}
