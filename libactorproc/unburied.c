// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * unburied.c - what was to be sent by an edge that is over, as dead letters.
 *
 * It alone buries what is in the outbox. When there is no room for the letters, the
 * rest waits where it is, and is remembered here. Ends no edge.
 */
#include <stdlib.h>
#include <string.h>

#include "libactorproc/letters.h"
#include "libactorproc/outbox.h"
#include "libactorproc/turn.h"
#include "libactorproc/unburied.h"

static enum letter_reason reason_unsent(const struct unburied *u,
					const struct frame *frame)
{
	if (!u->peer)
		return LETTER_UNDELIVERED;
	if (frame->kind != FRAME_TELL && frame->kind != FRAME_ASK)
		return LETTER_LATE_REPLY;

	return u->revoked ? LETTER_REVOKED : LETTER_TERMINATED;
}

static void letters_of(struct actor *self, const struct unburied *u,
		       const void *packet)
{
	struct letters_place place = {
		.key = u->key, .number = packet_header(packet).first,
	};
	struct frame frame;
	size_t cursor = 0;

	for (; packet_next(packet, &cursor, &frame); place.number++)
		if (frame_is_missed(&frame))
			letters_unsent(self, &frame, u->peer,
				       reason_unsent(u, &frame), &place);
}

/* A packet at a time: dead letters take more room than what they tell of.
 * Return: false when somebody has to read before there is any. */
static bool bury_packet(struct actor *self, const struct unburied *u,
			const void *packet)
{
	uint64_t n_lost = self->n_lost_letters;

	turn_open(self, false);
	letters_of(self, u, packet);
	if (self->n_lost_letters && letters_wait(self)) {
		turn_discard(self);
		self->n_lost_letters = n_lost;
		return false;
	}
	arena_outbox_bury(self->arena, u->key);
	turn_close(self);

	return true;
}

static bool bury_outbox(struct actor *self, const struct unburied *u)
{
	const void *packet;
	size_t n_bytes;

	while (arena_outbox_peek(self->arena, u->key, &packet, &n_bytes)) {
		if (!bury_packet(self, u, packet))
			return false;
		outbox_flush(self);
	}

	return true;
}

/* What has no room in /system/dead-letters yet waits where it is. */
static void bury_later(struct actor *self, const struct unburied *now)
{
	struct unburied *u = calloc(1, sizeof(*u));

	if (!u)
		return;		/* the next generation does, or who comes after */
	u->key = now->key;
	u->peer = now->peer ? strdup(now->peer) : NULL;
	u->revoked = now->revoked;
	u->next = self->unburied;
	self->unburied = u;
}

void unburied_bury(struct actor *self, const struct unburied *u)
{
	if (bury_outbox(self, u))
		arena_edge_end(self->arena, u->key);
	else
		bury_later(self, u);
}

static void unburied_free(struct unburied *u)
{
	free(u->peer);
	free(u);
}

void unburied_bury_rest(struct actor *self)
{
	struct unburied *u;

	while ((u = self->unburied) && !letters_wait(self) &&
	       bury_outbox(self, u)) {
		arena_edge_end(self->arena, u->key);
		self->unburied = u->next;
		unburied_free(u);
	}
}

void unburied_deinit(struct actor *self)
{
	struct unburied *u;

	while ((u = self->unburied)) {
		self->unburied = u->next;
		unburied_free(u);
	}
}
