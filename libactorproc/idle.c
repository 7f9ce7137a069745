// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * idle.c - an actor with nothing to do for long enough makes way.
 *
 * Only looks and reckons; actor.c goes.
 */
#include "libactorproc/idle.h"

static bool awaits_something(const struct actor *self)
{
	return self->timers.n || self->asks.n || self->watches.n ||
	       self->fd_watches.n || self->references.n_wishes ||
	       self->references.n_waiting || self->references.n_room;
}

static bool owes_something(const struct actor *self)
{
	size_t debts = 0, packets = 0;

	return self->unburied || self->edges.n_unsent ||
	       arena_outbox_next(self->arena, &packets) ||
	       arena_owed_next(self->arena, &debts);
}

/* The stash is what it wants to handle when something has happened. */
static bool has_mail(const struct actor *self)
{
	return self->waiting || self->queue.n || self->n_stashed ||
	       arena_packet_rest(self->arena) ||
	       !LIST_EMPTY(&self->arrivals.list) ||
	       !TAILQ_EMPTY(&self->edges.readable) ||
	       !TAILQ_EMPTY(&self->edges.stalled) ||
	       !TAILQ_EMPTY(&self->edges.progressed);
}

uint64_t idle_end_ns(struct actor *self)
{
	uint64_t end_ns;

	if (!self->bounds.idle_ns)
		return UINT64_MAX;
	if (self->draining || self->control_ready || awaits_something(self) ||
	    owes_something(self) || has_mail(self)) {
		self->idle_since_ns = 0;
		return UINT64_MAX;
	}
	if (!self->idle_since_ns)
		self->idle_since_ns = loop_now_ns();
	if (__builtin_add_overflow(self->idle_since_ns, self->bounds.idle_ns,
				   &end_ns))
		return UINT64_MAX;

	return end_ns;
}
