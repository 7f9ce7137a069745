// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * outbox.c - what turns send: into the arena first, to the sockets later.
 *
 * The only place that writes to edges. Small messages share a packet when
 * there is more to do before we would sleep, so a flush waits for that; but
 * never long. A full socket is waited for by epoll only after it has refused:
 * it says "writable" much later than it takes a packet again.
 *
 * Never ends an edge: one that is closed is found by reading, in mailbox.c.
 */
#include <errno.h>
#include <sys/epoll.h>

#include "libactorproc/edge.h"
#include "libactorproc/outbox.h"
#include "libactorproc/reports.h"

#define UNSENT_EDGES_MAX 16	/* each holds a buffer of the arena */
#define UNSENT_NS 200000
#define TURNS_UNLOOKED_MAX 32	/* without a look at the clock */

int outbox_post(struct actor *self, uint64_t key, const struct frame *frame,
		bool reserve)
{
	struct edge *edge = edges_find(&self->edges, key);
	int r;

	if (!edge)
		return -ENOENT;
	r = arena_send(self->arena, key, frame, reserve);
	if (r < 0)
		return r;
	edge->unsent_bytes += frame_bytes(frame);
	if (frame->n_grants) {
		edge->has_grants = true;
		edge->n_grants++;
	}
	if (!edge->full)
		edges_unsent(&self->edges, edge);

	return 0;
}

/*
 * References are announced after the commit and before the packet: by whoever
 * sends it, which can be the next generation. Announcing twice is harmless.
 */
static void announce_frame(const struct actor *self, struct edge *edge,
			   const struct frame *frame)
{
	uint64_t index = edge->n_announced;
	size_t i;

	for (i = 0; i < frame->n_grants; i++) {
		uint64_t number = frame_grant(frame, i);

		if (!withheld_has(&self->withheld, edge->key, number, index))
			report_grant(arena_key_id(edge->key), number,
				     edge->inherited);
	}
	if (frame->n_grants)
		edge->n_announced++;
}

static void announce_grants(const struct actor *self, struct edge *edge,
			    const void *packet)
{
	const struct actor_packet_header *header = packet;
	struct frame frame;
	size_t cursor = 0;

	if (!edge->has_grants || edge->granted == header->sequence)
		return;
	while (packet_next(packet, &cursor, &frame))
		announce_frame(self, edge, &frame);
	edge->granted = header->sequence;
}

/* Nothing with references is left of what was posted: count from there. */
static void all_announced(struct actor *self, struct edge *edge)
{
	edge->has_grants = false;
	edge->inherited = false;
	edge->n_grants = 0;
	edge->n_announced = 0;
	withheld_forget(&self->withheld, edge->key);
}

static void wait_for_room(struct actor *self, struct edge *edge, bool wait)
{
	uint32_t events = EPOLLIN | EPOLLET;

	if (edge->full == wait)
		return;
	edge->full = wait;
	loop_change(&self->loop, edge->fd, wait ? events | EPOLLOUT : events,
		    &edge->source);
}

void outbox_flush_edge(struct actor *self, struct edge *edge)
{
	const void *packet;
	size_t n_bytes;
	int r = EDGE_DONE;

	while (arena_outbox_peek(self->arena, edge->key, &packet, &n_bytes)) {
		announce_grants(self, edge, packet);
		r = edge_send(edge->fd, packet, n_bytes);
		if (r != EDGE_DONE)
			break;
		arena_outbox_drop(self->arena, edge->key);
	}
	edges_sent(&self->edges, edge);
	if (r == EDGE_DONE && !self->in_turn)
		all_announced(self, edge);
	else if (r != EDGE_DONE && r != EDGE_FULL)
		edges_readable(&self->edges, edge);
	wait_for_room(self, edge, r == EDGE_FULL);
}

/*
 * Errors owed by a generation that crashed find room in the arena by
 * themselves, as packets leave.
 */
static void find_more(struct actor *self)
{
	size_t cursor = 0;
	uint64_t key;

	while ((key = arena_outbox_next(self->arena, &cursor))) {
		struct edge *edge = edges_find(&self->edges, key);

		if (edge && !edge->full)
			edges_unsent(&self->edges, edge);
	}
}

void outbox_flush(struct actor *self)
{
	struct edge *edge;

	find_more(self);
	while ((edge = TAILQ_FIRST(&self->edges.unsent)))
		outbox_flush_edge(self, edge);
	self->n_turns_unsent = 0;
	self->look_at_turn = 0;
}

static void flush_full_packets(struct actor *self)
{
	struct edge *edge = TAILQ_FIRST(&self->edges.unsent);
	struct edge *next;

	for (; edge; edge = next) {
		next = TAILQ_NEXT(edge, send_entry);
		if (edge->unsent_bytes >= ACTOR_PACKET_FULL)
			outbox_flush_edge(self, edge);
	}
}

/* How many more turns of the length we saw fit, halved to be safe. */
static unsigned int turns_until_look(uint64_t n_turns, uint64_t elapsed_ns)
{
	uint64_t n = n_turns * (UNSENT_NS - elapsed_ns) / (elapsed_ns + 1) / 2;

	return n < TURNS_UNLOOKED_MAX ? (unsigned int)n : TURNS_UNLOOKED_MAX;
}

/* The clock costs as much as a quick turn: look only as often as needed. */
static bool waited_long(struct actor *self)
{
	uint64_t now_ns, elapsed_ns;

	self->n_turns_unsent++;
	if (self->n_turns_unsent < self->look_at_turn)
		return false;
	now_ns = loop_now_ns();
	if (self->n_turns_unsent == 1)
		self->unsent_ns = now_ns;
	elapsed_ns = now_ns - self->unsent_ns;
	if (elapsed_ns > UNSENT_NS)
		return true;
	self->look_at_turn = self->n_turns_unsent + 1 +
			     turns_until_look(self->n_turns_unsent - 1,
					      elapsed_ns);

	return false;
}

void outbox_settle(struct actor *self)
{
	if (!self->edges.n_unsent)
		return;
	if (self->edges.n_unsent > UNSENT_EDGES_MAX || waited_long(self))
		outbox_flush(self);
	else
		flush_full_packets(self);
}
