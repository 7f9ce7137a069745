// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * stalls.c - messages that cannot be handled yet hold up their edge, no other.
 *
 * For a grant or a descriptor, or until the asker has read answers and that to the
 * next ask has room. It says which edges wait and when they go on; what waits is
 * in the arena, in its order, and is lined up again by mailbox.c.
 */
#include "libactorproc/mailbox.h"
#include "libactorproc/outbox.h"
#include "libactorproc/room.h"
#include "libactorproc/stalls.h"

/* The edge by which it came; NULL: it is gone, and all have to wait. */
bool stalls_stall(struct actor *self, enum edge_stall why)
{
	self->passed = self->held < 0 && frame_is_request(&self->message.frame);
	if (self->from) {
		edges_stall(&self->edges, self->from, why);
		outbox_interest(self, self->from);
	} else {
		self->waiting = true;
	}

	return false;
}

static void go_on(struct actor *self, struct edge *edge)
{
	if (!edge || !edge->stall)
		return;
	edges_go_on(&self->edges, edge);
	if (edge->fd >= 0) {
		edge->unread = false;
		outbox_interest(self, edge);
		edges_readable(&self->edges, edge);
	}
	mailbox_line_up(self);
}

void stalls_look_again(struct actor *self, uint64_t via)
{
	self->waiting = false;
	go_on(self, edges_find(&self->edges, arena_key(via, EDGE_HOLDER)));
	go_on(self, edges_find(&self->edges, arena_key(via, EDGE_TARGET)));
}

/*
 * Whoever takes a packet has finished all that came before. So behind our last
 * answer we send a word that means nothing, once, and look when it is taken.
 */
static void ask_to_be_read(struct actor *self, struct edge *edge)
{
	struct arena_edge_out out;

	if (arena_edge_out(self->arena, edge->key, &out) < 0 || out.n_frames ||
	    out.next == edge->marked || !room_tell_one(self, edge))
		return;
	edge->marked = out.next + 1;
	outbox_flush(self);
}

bool stalls_have_readers(struct actor *self)
{
	struct edge *edge = TAILQ_FIRST(&self->edges.stalled);
	struct edge *next;
	bool has = false;

	for (; edge; edge = next) {
		next = TAILQ_NEXT(edge, stall_entry);
		if (edge->stall != EDGE_AWAITS_READER)
			continue;
		if (self->insists || outbox_has_answer_room(self, edge)) {
			self->waiting = false;
			go_on(self, edge);
			has = true;
		} else {
			ask_to_be_read(self, edge);
		}
	}

	return has;
}

bool stalls_insist(struct actor *self)
{
	self->insists = true;

	return stalls_have_readers(self);
}
