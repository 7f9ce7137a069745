// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * room.c - senders that wait until we have finished more.
 *
 * It alone says ROOM. What is finished is in the shared page of each edge; this is
 * for those who cannot go on before they hear of it.
 */
#include <errno.h>

#include "libactorproc/outbox.h"
#include "libactorproc/room.h"
#include "libactorproc/turn.h"

bool room_tell_one(struct actor *self, struct edge *edge)
{
	const struct frame frame = {
		.kind = FRAME_ROOM,
		.priority = ACTOR_PRIORITY_NORMAL,
		.type = "room",
		.type_length = 4,
	};
	int r;

	turn_open(self, false);
	r = outbox_post(self, edge->key, &frame, true);
	turn_close(self);

	return r != -EAGAIN;
}

/*
 * Who waits for half of the window is not woken for one message while there are
 * more; but it is when there are none: it may have what we wait for.
 */
void room_tell(struct actor *self, bool at_once)
{
	struct edge *edge = TAILQ_FIRST(&self->edges.progressed);
	struct edge *next;
	bool told = false;

	for (; edge; edge = next) {
		enum flow_waiting waits = flow_waits(edge->back);

		next = TAILQ_NEXT(edge, progress_entry);
		if (waits != FLOW_NOT_WAITING && !at_once &&
		    !flow_is_enough(edge->back))
			continue;
		if (waits == FLOW_WAITS_FOR_FRAME && !room_tell_one(self, edge))
			continue;	/* nor have we: when there is */
		if (waits != FLOW_NOT_WAITING)
			flow_told(edge->back);
		if (waits == FLOW_WAITS_FOR_WORD)
			pool_wake(edge->back);
		told |= waits == FLOW_WAITS_FOR_FRAME;
		edges_told(&self->edges, edge);
	}
	if (told)
		outbox_flush(self);	/* it has nothing to do meanwhile */
}
