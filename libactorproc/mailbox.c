// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mailbox.c - from packets on edges to messages for the behaviour.
 *
 * The only place that reads edges, and that ends them. What arrives was sent
 * by strangers: a packet that is none costs its sender the edge, an answer to
 * nothing is a dead letter, and neither costs anybody else anything.
 *
 * Edges are read in turn, a few packets each. There is one place to land in,
 * so a packet is taken only when the one before it is done.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/delegation.h"
#include "libactorproc/edge.h"
#include "libactorproc/letters.h"
#include "libactorproc/mailbox.h"
#include "libactorproc/outbox.h"
#include "libactorproc/reports.h"
#include "libactorproc/turn.h"

#define PACKETS_IN_A_ROW 4

/* ---- the end of an edge ------------------------------------------------ */

/**
 * struct unburied - an edge that is over, and what was to be sent by it
 * @peer: NULL when it is not known
 * @revoked: the reference was taken back
 */
struct unburied {
	struct unburied *next;
	uint64_t key;
	char *peer;
	bool revoked;
};

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
		letters_unsent(self, &frame, u->peer, reason_unsent(u, &frame),
			       &place);
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
	turn_close(self);
	arena_outbox_drop(self->arena, u->key);

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

static void bury(struct actor *self, const struct unburied *u)
{
	if (bury_outbox(self, u))
		arena_edge_remove(self->arena, u->key);
	else
		bury_later(self, u);
}

static void unburied_free(struct unburied *u)
{
	free(u->peer);
	free(u);
}

static void bury_rest(struct actor *self)
{
	struct unburied *u;

	while ((u = self->unburied) && !letters_wait(self) &&
	       bury_outbox(self, u)) {
		arena_edge_remove(self->arena, u->key);
		self->unburied = u->next;
		unburied_free(u);
	}
}

void mailbox_deinit(struct actor *self)
{
	struct unburied *u;

	while ((u = self->unburied)) {
		self->unburied = u->next;
		unburied_free(u);
	}
}

/* Who watches that life hears of its end behind all that it sent to us. */
static void life_is_over(struct actor *self, const struct edge *edge,
			 const char *reason)
{
	asks_fail_edge(&self->asks, edge->key, -EPIPE);
	if (arena_key_end(edge->key) == EDGE_HOLDER)
		edges_hear_out(&self->edges, edge->peer);
	watches_over(&self->watches, edge->key, reason);
}

static void edge_ends(struct actor *self, struct edge *edge)
{
	const char *reason = edge->over ? edge->reason : "terminated";

	life_is_over(self, edge, reason);
	references_over(&self->references, edge, reason);
	grants_forget_via(&self->grants, arena_key_id(edge->key));
	edges_sent(&self->edges, edge);
	withheld_forget(&self->withheld, edge->key);
	bury(self, &(struct unburied){
		.key = edge->key,
		.peer = edge->peer,
		.revoked = edge->revoked,
	});
	loop_remove(&self->loop, edge->fd);
	edges_remove(&self->edges, edge);
}

static void edge_malformed(struct actor *self, struct edge *edge)
{
	turn_open(self, false);
	letters_malformed(self, edge->peer);
	turn_close(self);
	edge->over = true;
	strcpy(edge->reason, "malformed");
	edge_ends(self, edge);
}

void mailbox_inherit(struct actor *self)
{
	size_t cursor = 0;
	uint64_t key;

	while ((key = arena_outbox_next(self->arena, &cursor))) {
		struct edge *edge = edges_find(&self->edges, key);

		if (edge) {
			edge->has_grants = true;
			edge->inherited = true;
			edges_unsent(&self->edges, edge);
		} else {
			bury(self, &(struct unburied){ .key = key });
		}
	}
}

/* ---- taking a packet --------------------------------------------------- */

static void took(struct actor *self, struct edge *edge, size_t n_bytes)
{
	uint64_t gap = 0;
	int r = arena_landed(self->arena, n_bytes, &gap);

	if (r < 0) {
		edge_malformed(self, edge);
		return;
	}
	if (r == ARENA_TAKEN && gap) {
		turn_open(self, false);
		letters_gap(self, edge->peer, gap);
		turn_close(self);
	}
	edge->revoked_in_hand = edge->revoked;
	if (++edge->n_in_a_row > 1)
		edge->sends_single = false;
	if (edge->n_in_a_row >= PACKETS_IN_A_ROW)
		edges_yield(&self->edges, edge);
}

static bool take_packet(struct actor *self)
{
	struct edge *edge = TAILQ_FIRST(&self->edges.readable);
	size_t n_bytes;
	void *landing;

	if (!edge)
		return false;
	if (edge->n_in_a_row && edge->sends_single)
		outbox_flush(self);	/* it waits for that, most likely */
	landing = arena_landing(self->arena, edge->key);
	self->n_packets++;
	switch (edge_receive(edge->fd, landing, ACTOR_PACKET_MAX + 1,
			     &n_bytes)) {
	case EDGE_DONE:
		took(self, edge, n_bytes);
		break;
	case EDGE_RESET:
		break;		/* told once; good mail may be behind it */
	case EDGE_EMPTY:
		edge->sends_single = edge->n_in_a_row == 1;
		edges_heard(&self->edges, edge);
		if (gate_limits(&edge->gate))
			gate_idle(&edge->gate, loop_now_ns());
		if (edge->hung_up)
			edge_ends(self, edge);
		else
			edges_read_out(&self->edges, edge);
		break;
	case EDGE_CLOSED:
	default:
		edge_ends(self, edge);
		break;
	}

	return true;
}

/* ---- the message in hand ----------------------------------------------- */

static void dead(struct actor *self, const char *sender,
		 enum letter_reason reason)
{
	turn_open(self, true);
	letters_received(self, &self->message.frame, sender, reason, NULL);
	turn_close(self);
}

/* Asks for those that have not come. Return: all of them are known. */
static bool claim_grants(struct actor *self, const struct frame *frame,
			 uint64_t via)
{
	bool known = true;
	size_t i;

	for (i = 0; i < frame->n_grants; i++) {
		uint64_t number = frame_grant(frame, i);
		const struct grant *grant = grants_find(&self->grants, via,
							number);

		if (!grant && grants_put(&self->grants, via, number,
					 GRANT_CLAIMED, NULL) == 0)
			report_claim(via, number);
		if (!grant || grant->state == GRANT_CLAIMED)
			known = false;
	}

	return known;
}

/* A refusal is for this message; the number may be granted for a later one. */
static void take_grants(struct actor *self, struct actor_message *message,
			uint64_t via)
{
	size_t i;

	for (i = 0; i < message->frame.n_grants; i++) {
		struct grant *grant = grants_find(
			&self->grants, via, frame_grant(&message->frame, i));

		message_add_reference(message, grant ? grant->reference : NULL);
		if (grant && grant->state == GRANT_REFUSED)
			grants_forget(grant);
	}
}

/* Return: false when it waits for a grant. */
static bool handle(struct actor *self, enum actor_kind kind,
		   const char *sender, uint64_t key)
{
	struct actor_message *message = &self->message;
	uint64_t via = arena_key_id(key);

	if (message->frame.n_grants &&
	    !claim_grants(self, &message->frame, via)) {
		self->waiting = true;
		self->passed = true;
		return false;
	}
	message_from_frame(message, kind, sender, key, self->room);
	if (message->frame.n_grants)
		take_grants(self, message, via);
	if (kind == ACTOR_ERROR)
		message->error = -(int)message->frame.error;
	if (kind == ACTOR_REPLY || kind == ACTOR_ERROR)
		asks_close(&self->asks, message->frame.ask_id, key);
	turn_run(self, true);

	return true;
}

/* A refused ask is answered: its sender may have believed in wider limits. */
static void refuse(struct actor *self, enum actor_kind kind,
		   const char *sender, uint64_t key,
		   const struct refusal *refusal)
{
	struct actor_message *message = &self->message;

	message_from_frame(message, kind, sender, key, self->room);
	turn_open(self, true);
	letters_received(self, &message->frame, sender, refusal->reason, NULL);
	if (kind == ACTOR_ASK)
		actor_error(self, refusal->error, refusal->text);
	turn_close(self);
}

static bool request(struct actor *self, enum actor_kind kind,
		    const char *sender, uint64_t key)
{
	uint64_t deadline_ns = self->message.frame.deadline_ns;
	const struct refusal *refusal = NULL;

	if (!delegation_admits(self, key, &refusal))
		return true;		/* orders first */
	if (refusal) {
		refuse(self, kind, sender, key, refusal);
		return true;
	}
	if (deadline_ns && loop_now_ns() >= deadline_ns) {
		dead(self, sender, LETTER_EXPIRED);
		return true;
	}

	return handle(self, kind, sender, key);
}

static bool answer(struct actor *self, enum actor_kind kind,
		   const char *sender, uint64_t key)
{
	const struct frame *frame = &self->message.frame;

	if (frame->generation != self->generation ||
	    !asks_waiting(&self->asks, frame->ask_id, key)) {
		dead(self, sender, LETTER_LATE_REPLY);
		return true;
	}

	return handle(self, kind, sender, key);
}

/* The reason is for people; it may be the dead actor's own words. */
static void copy_reason(char ret_reason[EDGE_REASON_MAX + 1],
			const struct frame *frame)
{
	const char *text = frame->payload;
	size_t i;

	for (i = 0; i < frame->payload_bytes && i < EDGE_REASON_MAX; i++)
		ret_reason[i] = text[i] < ' ' || text[i] > '~' ? '?' : text[i];
	ret_reason[i] = '\0';
}

/* What waits for that life hears of it in turns of their own, at once. */
static bool terminated(struct actor *self, enum actor_kind kind,
		       const char *sender, uint64_t key)
{
	struct edge *edge = edges_find(&self->edges, key);

	(void)kind;
	(void)sender;
	if (edge && !edge->over) {
		edge->over = true;
		copy_reason(edge->reason, &self->message.frame);
		life_is_over(self, edge, edge->reason);
	}
	turn_open(self, true);
	turn_close(self);

	return true;
}

static const struct {
	bool (*arrive)(struct actor *self, enum actor_kind kind,
		       const char *sender, uint64_t key);
	enum actor_kind kind;
} arrivals[] = {
	[FRAME_TELL] = { request, ACTOR_TELL },
	[FRAME_ASK] = { request, ACTOR_ASK },
	[FRAME_REPLY] = { answer, ACTOR_REPLY },
	[FRAME_ERROR] = { answer, ACTOR_ERROR },
	[FRAME_TERMINATED] = { terminated, ACTOR_TERMINATED },
};

bool mailbox_turn(struct actor *self)
{
	struct frame *frame = &self->message.frame;
	const struct edge *edge;
	uint64_t key;

	if (self->unburied)
		bury_rest(self);
	if (self->waiting)
		return false;
	outbox_settle(self);
	if (!arena_frame(self->arena, frame, &key))
		return take_packet(self);
	edge = edges_find(&self->edges, key);
	self->message.sender_life = edge ? edge->peer_life : 0;

	/* it can be older than this process, and its sender gone since */
	return arrivals[frame->kind].arrive(self, arrivals[frame->kind].kind,
					    edge ? edge->peer : "", key);
}
