/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * takings.c - what has come by an edge that neither of its ends ends.
 *
 * A life that ends says how much it has taken. When a reference is taken back,
 * both lives go on and nobody says so; but a sender that died between sending a
 * packet and dropping it finds the door shut, and must not tell of it as dead
 * when it has come. So who shuts the door looks: what lies in the socket has
 * come, all before that too, and when nothing does, the receiver's arena knows.
 * It is gossip, and about nobody else's mail.
 *
 * It never takes anything, and never decides that an edge is over.
 */
#include <poll.h>

#include "libactorproc/edge.h"
#include "supervisord/act/depth.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/receipts.h"
#include "supervisord/takings.h"

static struct arena *head_of(const struct supervisor *s, const char *path)
{
	const struct custody_mailbox *m = custody_mailbox(&s->custody, path);

	return m ? mailbox_head(m->arena_fd) : NULL;
}

static bool is_doubtful(const struct supervisor *s, const char *sender,
			uint64_t key)
{
	struct arena *head = head_of(s, sender);
	bool doubtful = head && arena_outbox_doubtful(head, key);

	mailbox_unload(head);
	return doubtful;
}

/* the socket first: what leaves it is in the arena */
static uint64_t taken(const struct supervisor *s, const char *receiver,
		      uint64_t key, int fd)
{
	uint64_t last = depth_last(fd);
	struct arena *head = last ? NULL : head_of(s, receiver);

	if (head)
		last = arena_taken(head, key);
	mailbox_unload(head);
	return last;
}

void takings_note(struct supervisor *s, const struct custody_edge *edge)
{
	const uint64_t holder = arena_key(edge->id, EDGE_HOLDER);
	const uint64_t target = arena_key(edge->id, EDGE_TARGET);

	if (edge->holder_fd < 0 || edge->target_fd < 0)
		return;
	if (is_doubtful(s, edge->holder, holder))
		receipts_note(s, edge->holder, holder,
			      taken(s, edge->target, target, edge->target_fd));
	if (is_doubtful(s, edge->target, target))
		receipts_note(s, edge->target, target,
			      taken(s, edge->holder, holder, edge->holder_fd));
}

static bool has_process(const struct child *c)
{
	struct pollfd p = { .fd = c->pidfd, .events = POLLIN };

	return c->pidfd >= 0 && poll(&p, 1, 0) == 0;
}

/* its receiver knows it by its number, and we that it has it */
static void send_again(struct supervisor *s, const struct custody_edge *edge,
		       struct arena *arena)
{
	const uint64_t key = arena_key(edge->id, EDGE_HOLDER);
	struct arena_offer offer;

	arena_tidy(arena);
	if (arena_outbox_doubtful(arena, key) &&
	    arena_outbox_offer(arena, key, &offer) &&
	    edge_send_beyond(edge->holder_fd, offer.packet, offer.n_bytes) ==
		    EDGE_DONE)
		custody_taken_put(&s->custody, edge->holder, key,
				  packet_header(offer.packet).sequence);
}

void takings_settle(struct supervisor *s, const struct custody_edge *edge)
{
	const struct child *holder = supervisor_child(s, edge->holder_at);
	const struct custody_mailbox *mailbox;
	struct arena *arena;

	if (!holder || holder->is_supervisor || has_process(holder) ||
	    edge->holder_fd < 0 || edge->target_fd >= 0)
		return;
	mailbox = custody_mailbox(&s->custody, edge->holder);
	if (!mailbox || mailbox_load(mailbox->arena_fd, &arena) < 0)
		return;
	send_again(s, edge, arena);
	mailbox_unload(arena);
}
