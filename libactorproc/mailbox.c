// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mailbox.c - from packets on edges to messages for the behaviour.
 *
 * The only place that reads edges, and that ends them. What arrives was sent
 * by strangers: a packet that is none costs its sender the edge, an answer to
 * nothing is a dead letter, and neither costs anybody else anything.
 *
 * Edges are read in turn, a few packets each. There is one place to land in,
 * so a packet is taken only when all of the one before it is handled, or held
 * apart: that is what a mailbox with priorities does with all that comes, to
 * see what comes first, and every mailbox with what cannot be handled yet. Then
 * its edge is stalled: what came by it is held in its order and nothing more is
 * taken from it, while the others go on.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/claims.h"
#include "libactorproc/delegation.h"
#include "libactorproc/edge.h"
#include "libactorproc/letters.h"
#include "libactorproc/mailbox.h"
#include "libactorproc/outbox.h"
#include "libactorproc/passing.h"
#include "libactorproc/room.h"
#include "libactorproc/setup.h"
#include "libactorproc/stalls.h"
#include "libactorproc/turn.h"
#include "libactorproc/unburied.h"

#define PACKETS_IN_A_ROW 4
#define QUEUE_AHEAD 512		/* messages taken to see which comes first */

/* ---- the end of an edge ------------------------------------------------ */

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
	if (!edge->n_waiting)
		grants_forget_via(&self->grants, arena_key_id(edge->key));
	edges_sent(&self->edges, edge);
	withheld_forget(&self->withheld, edge->key);
	unburied_bury(self, &(struct unburied){
		.key = edge->key,
		.peer = edge->peer,
		.revoked = edge->revoked,
	});
	loop_remove(&self->loop, edge->fd);
	edges_end(&self->edges, edge);
	setup_share_bounds(self);
}

static void edge_malformed(struct actor *self, struct edge *edge,
			   const char *what)
{
	turn_open(self, false);
	letters_malformed(self, edge->peer, what);
	turn_close(self);
	edge->over = true;
	strcpy(edge->reason, "malformed");
	edge_ends(self, edge);
}

static void inherit_outbox(struct actor *self)
{
	size_t cursor = 0;
	uint64_t key;

	self->n_interrupted = arena_n_interrupted(self->arena);
	while ((key = arena_outbox_next(self->arena, &cursor))) {
		struct edge *edge = edges_find(&self->edges, key);

		if (edge) {
			edge->has_grants = true;
			edge->inherited = true;
			edges_unsent(&self->edges, edge);
		} else {
			unburied_bury(self, &(struct unburied){ .key = key });
		}
	}
}

/* Without classes all wait as they came. */
static void line_up(struct actor *self, struct arena_held_message *message)
{
	if (!self->bounds.priority)
		message->priority = 0;
	queue_put(&self->queue, message);
}

/* The message in hand, when there is one, is in no line. */
void mailbox_line_up(struct actor *self)
{
	struct arena_held_message message;
	size_t cursor = 0;

	queue_clear(&self->queue);
	self->n_stashed = 0;
	while (arena_held_next(self->arena, &cursor, &message))
		if (message.line == ARENA_STASH)
			self->n_stashed++;
		else if ((int)message.slot != self->held)
			line_up(self, &message);
}

/* Edges that ended while nobody was here have left their numbers. */
static void forget_ended(struct actor *self)
{
	struct arena_edge_out out;
	size_t cursor = 0;
	uint64_t key;

	while ((key = arena_edge_next(self->arena, &cursor)))
		if (!edges_find(&self->edges, key) &&
		    arena_edge_out(self->arena, key, &out) == 0 &&
		    !out.n_frames)
			arena_edge_end(self->arena, key);
}

void mailbox_inherit(struct actor *self)
{
	inherit_outbox(self);
	outbox_inherit_grants(self);
	forget_ended(self);
	mailbox_line_up(self);
}

/* ---- taking a packet --------------------------------------------------- */

static void count_taken(struct actor *self, struct edge *edge, uint64_t gap)
{
	size_t n = arena_packet_rest(self->arena);

	edge->n_taken += gap + n;
	edge->n_waiting += n;
	if (self->bounds.n_descriptors)
		edges_pass(edge, edge->n_passed +
					 arena_packet_passed(self->arena));
	if (!gap)
		return;
	turn_open(self, false);
	letters_gap(self, edge->peer, gap);
	turn_close(self);
}

/*
 * By the word of its sender. Some want to hear it from the socket: that nothing
 * more can come, or how long nothing has.
 */
static bool has_all(const struct edge *edge)
{
	return edge->back && flow_is_all(edge->back, edge->n_taken) &&
	       !edge->hung_up && !edge->unheard && !gate_limits(&edge->gate);
}

static void took(struct actor *self, struct edge *edge, size_t n_bytes)
{
	uint64_t gap = 0;
	int r = arena_landed(self->arena, n_bytes, &gap);

	if (r < 0) {
		edge_malformed(self, edge, "no packet");
		return;
	}
	if (r == ARENA_TAKEN)
		count_taken(self, edge, gap);
	edge->revoked_in_hand = edge->revoked;
	edge->n_in_a_row++;
	edges_heard_one(&self->edges, edge);
	if (has_all(edge))
		edges_read_out(&self->edges, edge);
	else if (edge->n_in_a_row >= PACKETS_IN_A_ROW)
		edges_yield(&self->edges, edge);
}

/* What is clogged is read again when its answers have left, what is stalled
 * when it goes on. */
static struct edge *next_readable(struct actor *self)
{
	struct edge *edge;

	while ((edge = TAILQ_FIRST(&self->edges.readable)) &&
	       (edge->stall || outbox_is_clogged(self, edge))) {
		edge->unread = true;
		if (!edge->stall)
			edges_heard(&self->edges, edge);
		edges_read_out(&self->edges, edge);
	}

	return edge;
}

/* The first packet makes the memory for all: who never has one needs none. */
static int land(struct actor *self, const struct edge *edge,
		size_t *ret_bytes)
{
	if (!self->may_land && edge_is_silent(edge->fd))
		return EDGE_EMPTY;
	if (!self->may_land)
		arena_make_present(self->arena);
	self->may_land = true;

	return edge_receive(edge->fd, arena_landing(self->arena, edge->key),
			    ACTOR_PACKET_MAX + 1, ret_bytes);
}

/* Return: false when nothing has changed. */
static bool take_packet(struct actor *self)
{
	size_t n_unheard = self->edges.n_unheard;
	struct edge *edge = next_readable(self);
	size_t n_bytes;

	if (!edge)	/* who waited until all were heard need not any more */
		return self->edges.n_unheard < n_unheard;
	self->insists &= self->draining;
	room_tell(self, false);
	self->n_packets++;
	switch (land(self, edge, &n_bytes)) {
	case EDGE_DONE:
		took(self, edge, n_bytes);
		break;
	case EDGE_RESET:
		break;		/* told once; good mail may be behind it */
	case EDGE_EMPTY:
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
	letters_received(self, &self->message.frame, sender, self->message.key,
			 reason, NULL);
	turn_close(self);
}

/* The library's own messages are done when they have been heard. */
static void heard(struct actor *self)
{
	turn_open(self, true);
	turn_close(self);
}

/* Return: all that goes along with it is known. */
static bool has_come(struct actor *self, const struct frame *frame,
		     uint64_t via)
{
	bool known = true;

	if (frame->n_grants)
		known = claims_grants(self, frame, via);
	if (frame->n_descriptors && !passing_fetch(self, frame, via))
		known = false;

	return known;
}

/* Never half a message: who waits for it hears that it is lost. */
static void answer_lost(struct actor *self)
{
	const struct actor_message *message = &self->message;

	if (message->kind == ACTOR_REPLY)
		asks_fail(&self->asks, message->frame.ask_id, message->key,
			  -EREMOTEIO);
}

/* Who sent an ask hears of it too. */
static void capability_lost(struct actor *self)
{
	struct actor_message *message = &self->message;

	answer_lost(self);
	turn_open(self, true);
	letters_received(self, &message->frame, message->sender, message->key,
			 LETTER_CAPABILITY_LOST, NULL);
	if (message->kind == ACTOR_ASK)
		actor_error(self, -EREMOTEIO,
			    "a reference or descriptor was lost");
	turn_close(self);
	message_end(message);
}

/*
 * What it calls a sealed payload is none. Who looks before it sends does not send
 * that: its sender is listened to no longer, and gets no answer.
 */
static void sealed_lie(struct actor *self)
{
	struct actor_message *message = &self->message;
	struct edge *edge;

	answer_lost(self);
	dead(self, message->sender, LETTER_CAPABILITY_LOST);
	message_end(message);
	edge = edges_find(&self->edges, message->key);
	if (edge && edge->fd >= 0)
		edge_malformed(self, edge,
			       "a sealed payload that is none");
}

/* Return: all that goes along is there, or nothing did. */
static bool receive(struct actor *self, uint64_t via)
{
	struct actor_message *message = &self->message;

	if (!message->frame.n_descriptors)
		return true;
	switch (passing_receive(self, message, via)) {
	case PASSING_WHOLE:
		return true;
	case PASSING_LOST:
		capability_lost(self);
		break;
	case PASSING_LIE:
		sealed_lie(self);
		break;
	}

	return false;
}

/* Return: false when it waits for what goes along. */
static bool handle(struct actor *self, enum actor_kind kind,
		   const char *sender, uint64_t key)
{
	struct actor_message *message = &self->message;
	uint64_t via = arena_key_id(key);

	if (!has_come(self, &message->frame, via))
		return stalls_stall(self, EDGE_AWAITS_GRANT);
	if (kind == ACTOR_ASK && self->from && !self->insists &&
	    !outbox_has_answer_room(self, self->from))
		return stalls_stall(self, EDGE_AWAITS_READER);
	message_from_frame(message, kind, sender, key,
			   self->from ? &self->from->pool : NULL,
			   &self->scratch);
	if (message->frame.n_grants && !claims_take(self, message, via)) {
		capability_lost(self);
		return true;
	}
	if (!receive(self, via))
		return true;
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

	message_from_frame(message, kind, sender, key, NULL, &self->scratch);
	turn_open(self, true);
	letters_received(self, &message->frame, sender, key, refusal->reason,
			 NULL);
	if (kind == ACTOR_ASK)
		actor_error(self, refusal->error, refusal->text);
	turn_close(self);
}

/* What is held has been admitted. Return: false: it is not to be handled now. */
static bool is_admitted(struct actor *self, enum actor_kind kind,
			const char *sender, uint64_t key)
{
	const struct refusal *refusal = NULL;

	if (self->held >= 0)
		return true;
	if (!delegation_admits(self, key, &refusal))
		return false;		/* orders first */
	if (refusal)
		refuse(self, kind, sender, key, refusal);

	return !refusal;
}

static bool request(struct actor *self, enum actor_kind kind,
		    const char *sender, uint64_t key)
{
	static const struct refusal oversize = {
		LETTER_OVERSIZE, -EMSGSIZE, "the payload is too large",
	};
	const struct frame *frame = &self->message.frame;

	if (!is_admitted(self, kind, sender, key))
		return true;
	if (frame->deadline_ns && loop_now_ns() >= frame->deadline_ns) {
		dead(self, sender, LETTER_EXPIRED);
		return true;
	}
	if (self->bounds.flow.payload &&
	    frame_size(frame) > self->bounds.flow.payload) {
		refuse(self, kind, sender, key, &oversize);
		return true;
	}

	return handle(self, kind, sender, key);
}

/* Then it has been taken as the answer before, and is waited for no more. */
static bool was_stashed(const struct actor *self)
{
	return self->held >= 0 &&
	       arena_held_line(self->arena, (size_t)self->held) == ARENA_FRONT;
}

static bool answer(struct actor *self, enum actor_kind kind,
		   const char *sender, uint64_t key)
{
	const struct frame *frame = &self->message.frame;

	if (frame->generation != self->generation ||
	    (!asks_waiting(&self->asks, frame->ask_id, key) &&
	     !was_stashed(self))) {
		if (frame_is_missed(frame))
			dead(self, sender, LETTER_LATE_REPLY);
		else
			heard(self);
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
	heard(self);

	return true;
}

/* Whoever wants to send there looks for itself how much. */
static bool room(struct actor *self, enum actor_kind kind, const char *sender,
		 uint64_t key)
{
	struct edge *edge = edges_find(&self->edges, key);

	(void)kind;
	(void)sender;
	if (edge)
		outbox_look_for_room(self, edge);
	heard(self);

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
	[FRAME_ROOM] = { room, ACTOR_ROOM },
};

/*
 * It can be older than this process, and its sender gone since: then a payload
 * that was left in the pool is gone too.
 */
static bool arrive(struct actor *self, uint64_t key)
{
	struct frame *frame = &self->message.frame;
	const char *sender;

	self->from = edges_find(&self->edges, key);
	message_begin(&self->message);
	self->message.key = key;
	self->message.sender_life = self->from ? self->from->peer_life : 0;
	sender = self->from ? self->from->peer : "";
	if (frame->flags & ACTOR_FRAME_POOLED &&
	    !(self->from && self->from->pool.page)) {
		dead(self, sender, LETTER_CAPABILITY_LOST);
		return true;
	}

	return arrivals[frame->kind].arrive(self, arrivals[frame->kind].kind,
					    sender, key);
}

/* ---- messages held apart ----------------------------------------------- */

static bool is_for_us(const struct frame *frame)
{
	return frame->kind == FRAME_TERMINATED || frame->kind == FRAME_ROOM;
}

static void queue_held(struct actor *self, int slot)
{
	struct arena_held_message message;
	size_t cursor = (size_t)slot;

	if (slot >= 0 && arena_held_next(self->arena, &cursor, &message))
		line_up(self, &message);
}

/* What the behaviour has looked at is kept as it was then; NULL: -ENOMEM. */
static const void *payload_of(struct actor *self, struct edge *edge,
			      const struct frame *frame)
{
	enum edge_end sender = arena_other_end(edge->key);
	const void *place;

	if (self->message.in_scratch)
		return self->scratch.bytes;
	place = pool_place(&edge->pool, sender, frame_pooled(frame));
	if (place || scratch_need(&self->scratch, frame_size(frame)) < 0)
		return place;
	pool_read(&edge->pool, sender, frame_pooled(frame),
		  self->scratch.bytes);

	return self->scratch.bytes;
}

int mailbox_hold(struct actor *self, uint64_t key, const struct frame *frame,
		 bool stash)
{
	struct edge *edge = edges_find(&self->edges, key);
	struct frame whole = *frame;

	if (!(frame->flags & ACTOR_FRAME_POOLED))
		return arena_hold(self->arena, key, frame, stash);
	if (!edge || !edge->pool.page)
		return -ENOSPC;
	whole.flags &= (uint16_t)~ACTOR_FRAME_POOLED;
	whole.payload_bytes = frame_size(frame);
	whole.payload = payload_of(self, edge, frame);
	if (!whole.payload)
		return -ENOSPC;

	return arena_hold(self->arena, key, &whole, stash);
}

/* Return: false when there is no room to hold it apart. */
static bool move(struct actor *self, uint64_t key)
{
	const struct frame *frame = &self->message.frame;
	struct edge *edge = edges_find(&self->edges, key);
	int slot;

	arena_turn_begin_move(self->arena);
	slot = mailbox_hold(self, key, frame, false);
	scratch_rest(&self->scratch);	/* no turn ends that would see to it */
	if (slot < 0) {
		arena_turn_abort(self->arena);
		self->passed = frame_is_request(frame);
		return false;
	}
	arena_turn_commit(self->arena);
	if (edge && frame->flags & ACTOR_FRAME_POOLED) {
		edge->released = arena_pool_end(frame_pooled(frame));
		edges_publish(&self->edges, edge);
	}
	queue_held(self, slot);

	return true;
}

/* Return: false when it has been dealt with, or other things come first. */
static bool may_move(struct actor *self, uint64_t key)
{
	const struct frame *frame = &self->message.frame;

	self->held = -1;
	self->from = edges_find(&self->edges, key);

	return !frame_is_request(frame) ||
	       is_admitted(self, arrivals[frame->kind].kind,
			   self->from ? self->from->peer : "", key);
}

/* What is gone goes on: nothing more comes by it. */
static enum edge_stall stall_of(const struct actor *self, uint64_t key)
{
	const struct edge *edge = edges_find(&self->edges, key);

	return edge ? edge->stall : EDGE_GOES_ON;
}

/* What cannot be handled yet is lined up again when its edge goes on. Return:
 * false when nothing else can be handled either. */
static bool take_held(struct actor *self)
{
	struct arena_held_message first;
	uint64_t key;

	if (!self->queue.n)
		return false;
	first = self->queue.heap[0];
	queue_pop(&self->queue);
	if (!arena_held_frame(self->arena, first.slot, &self->message.frame,
			      &key) || stall_of(self, key))
		return true;
	self->held = (int)first.slot;
	if (arrive(self, key))
		return true;
	self->held = -1;
	if (self->waiting)
		queue_put(&self->queue, &first);

	return !self->waiting;
}

/*
 * The packet in hand makes way for those of other edges. When there is no room
 * for that, nobody waits for those who do not read.
 */
static bool stand_aside(struct actor *self, uint64_t key)
{
	if (self->waiting)
		return false;
	if (!may_move(self, key) || move(self, key) || take_held(self))
		return true;
	if (stall_of(self, key) == EDGE_AWAITS_READER)
		return stalls_insist(self);
	self->waiting = true;

	return false;
}

static bool take_frame(struct actor *self, uint64_t key)
{
	self->held = -1;

	return (!stall_of(self, key) && arrive(self, key)) ||
	       stand_aside(self, key);
}

/* All that has come is looked at before one is chosen. */
static bool turn_by_priority(struct actor *self)
{
	struct frame *frame = &self->message.frame;
	bool ahead = self->queue.n < QUEUE_AHEAD;
	uint64_t key;

	if (!arena_frame(self->arena, frame, &key))
		return (ahead && take_packet(self)) || take_held(self);
	if (!is_for_us(frame) && !stall_of(self, key)) {
		if (ahead && (!may_move(self, key) || move(self, key)))
			return true;
		if (self->queue.n)
			return take_held(self);
	}

	return take_frame(self, key);
}

/* A packet is taken when there is none in hand: its first message goes with it. */
static bool turn_in_order(struct actor *self)
{
	struct frame *frame = &self->message.frame;
	uint64_t key;

	if (self->queue.n)
		return take_held(self);
	if (!arena_frame(self->arena, frame, &key)) {
		if (!take_packet(self))
			return false;
		if (!arena_frame(self->arena, frame, &key))
			return true;
	}

	return take_frame(self, key);
}

bool mailbox_has_mail(const struct actor *self)
{
	return arena_packet_rest(self->arena) || self->queue.n ||
	       !TAILQ_EMPTY(&self->edges.readable);
}

bool mailbox_turn(struct actor *self)
{
	if (self->unburied)
		unburied_bury_rest(self);
	if (!letters_wait(self))
		letters_settle(self);
	if (!TAILQ_EMPTY(&self->edges.stalled))
		stalls_have_readers(self);
	if (self->waiting || !mailbox_has_mail(self))
		return false;
	outbox_settle(self);

	return self->bounds.priority ? turn_by_priority(self)
				     : turn_in_order(self);
}
