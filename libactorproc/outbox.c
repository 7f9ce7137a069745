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
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

#include "libactorproc/edge.h"
#include "libactorproc/outbox.h"
#include "libactorproc/reports.h"

#define FULL_BYTES (ACTOR_PACKET_MAX - 512)
#define POOLED_WEIGHT 16	/* a byte in the pool, against one in a packet */
#define FRAME_MAX 576		/* bytes of a frame beside its payload */
#define REPLIES_UNREAD 4	/* packets: who does not read is not read */
#define WAIT_NS 20000000
#define NS_PER_S UINT64_C(1000000000)
#define UNSENT_EDGES_MAX 16	/* each holds a buffer of the arena */
#define UNSENT_NS 200000
#define TURNS_UNLOOKED_MAX 32	/* without a look at the clock */

/* ---- room -------------------------------------------------------------- */

static bool is_pooled(const struct edge *edge, size_t payload_bytes)
{
	return edge->pool.page && payload_bytes >= POOL_PAYLOAD_MIN;
}

static bool has_room(struct actor *self, struct edge *edge,
		     const struct wish *wish)
{
	bool pooled = is_pooled(edge, wish->n_bytes);
	const struct flow_need need = {
		.n_bytes = pooled ? 0 : wish->n_bytes,
		.n_pooled = pooled ? wish->n_bytes : 0,
		.n_descriptors = wish->n_descriptors,
	};
	struct arena_edge_out out;

	return arena_edge_out(self->arena, edge->key, &out) == 0 &&
	       flow_has_room(&edge->flow, &out, &need);
}

int outbox_room(struct actor *self, struct edge *edge,
		const struct frame *frame)
{
	const struct wish wish = wish_of(frame);

	if (flow_too_large(&edge->flow, frame_size(frame)))
		return -EMSGSIZE;

	return has_room(self, edge, &wish) ? 0 : -EAGAIN;
}

static int post(struct actor *self, struct edge *edge,
		const struct frame *frame, bool reserve)
{
	int r = arena_send(self->arena, edge->key, frame, reserve);

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

static int take_place(struct actor *self, struct edge *edge, bool beside,
		      struct actor_pooled *place)
{
	uint64_t released = flow_released(&edge->flow);

	if (beside)
		return arena_pool_take_beside(self->arena, edge->key,
					      place->size, released, place);

	return arena_pool_take(self->arena, edge->key, place->size, released,
			       &place->position);
}

/* The payload is in its place before the frame says so. */
static int post_pooled(struct actor *self, struct edge *edge,
		       const struct frame *frame, bool reserve, bool beside)
{
	enum edge_end end = arena_key_end(edge->key);
	struct actor_pooled place = { .size = frame->payload_bytes };
	struct frame pooled = *frame;
	struct arena_edge_out out;
	int r;

	r = pool_open(&edge->pool);
	if (r == 0)
		r = arena_edge_out(self->arena, edge->key, &out);
	if (r == 0)
		r = take_place(self, edge, beside, &place);
	if (r < 0)
		return r;
	pooled.flags |= ACTOR_FRAME_POOLED;
	pooled.payload = &place;
	pooled.payload_bytes = sizeof(place);
	r = post(self, edge, &pooled, reserve);
	if (r < 0) {
		arena_pool_give_back(self->arena, edge->key, &out);
		return r;
	}
	pool_write(&edge->pool, end, place, frame->payload);
	flow_pooled(&edge->flow, out.pool_head, place.position);
	edge->unsent_bytes += place.size / POOLED_WEIGHT;

	return 0;
}

/* An answer that fits a packet goes there when the window is full, or beside
 * the window: asks are handled only when that has room. */
static int post_somehow(struct actor *self, struct edge *edge,
			const struct frame *frame, bool reserve)
{
	bool answers = reserve && arena_key_end(edge->key) == EDGE_TARGET;
	int r = -EAGAIN;

	if (!is_pooled(edge, frame->payload_bytes))
		return post(self, edge, frame, reserve);
	if (!answers || frame->payload_bytes <= ACTOR_POOL_WINDOW)
		r = post_pooled(self, edge, frame, reserve, false);
	if (r == -EAGAIN && reserve &&
	    frame_bytes(frame) <= ACTOR_PACKET_MAX - PACKET_HEADER_BYTES)
		r = post(self, edge, frame, reserve);
	if (r == -EAGAIN && answers)
		r = post_pooled(self, edge, frame, reserve, true);

	return r;
}

static void passes(struct actor *self, struct edge *edge,
		   const struct frame *frame)
{
	struct arena_edge_out out;

	if (frame->n_descriptors &&
	    arena_edge_out(self->arena, edge->key, &out) == 0)
		flow_passes(&edge->flow, out.next, frame->n_descriptors);
}

/* Limits are for requests: answers were asked for, and dead letters must go. */
int outbox_post(struct actor *self, uint64_t key, const struct frame *frame,
		bool reserve)
{
	struct edge *edge = edges_find(&self->edges, key);
	int r = 0;

	if (!edge || !edges_usable(edge))
		return -ENOENT;
	if (!reserve)
		r = outbox_room(self, edge, frame);
	if (r == 0)
		r = post_somehow(self, edge, frame, reserve);
	if (r == 0 && !reserve)
		passes(self, edge, frame);

	return r;
}

/*
 * Whoever asks and does not read the answers is not listened to until it does:
 * so the answers to what we take find room.
 */
bool outbox_is_clogged(struct actor *self, const struct edge *edge)
{
	struct arena_edge_out out;

	return arena_key_end(edge->key) == EDGE_TARGET && edge->full &&
	       arena_edge_out(self->arena, edge->key, &out) == 0 &&
	       out.n_bytes > REPLIES_UNREAD * ACTOR_PACKET_MAX &&
	       !edge->hung_up;
}

/* The shared word is looked at only when something lay beside the window. */
static bool has_beside(struct actor *self, struct edge *edge)
{
	struct arena_edge_out out;

	if (arena_edge_out(self->arena, edge->key, &out) < 0 ||
	    out.beside_end <= edge->beside_end)
		return true;
	if (flow_released(&edge->flow) < out.beside_end)
		return false;
	edge->beside_end = out.beside_end;

	return true;
}

/* Nobody waits for the answer to who has hung up. */
bool outbox_has_answer_room(struct actor *self, struct edge *edge)
{
	return edge->fd < 0 || edge->hung_up ||
	       (!outbox_is_clogged(self, edge) &&
		arena_has_reserve(self->arena, edge->key) &&
		has_beside(self, edge));
}

static bool can_post(struct actor *self, struct edge *edge,
		     const struct wish *wish)
{
	bool pooled = is_pooled(edge, wish->n_bytes);

	return has_room(self, edge, wish) &&
	       arena_has_room(self->arena, edge->key,
			      wish->n_bytes + (pooled ? 0 : FRAME_MAX), pooled,
			      flow_released(&edge->flow));
}

static void wait_for_flow(struct actor *self, struct edge *edge,
			  enum flow_waiting how)
{
	struct arena_edge_out out;

	if (arena_edge_out(self->arena, edge->key, &out) == 0)
		flow_wait(&edge->flow, how, &out);
}

/* When there is none, its receiver is to say when there is. */
void outbox_look_for_room(struct actor *self, struct edge *edge)
{
	struct wish wish;

	if (!edge->wanted)
		return;
	if (references_wanted(&self->references, edge, &wish) &&
	    !can_post(self, edge, &wish)) {
		wait_for_flow(self, edge, FLOW_WAITS_FOR_FRAME);
		if (!can_post(self, edge, &wish))
			return;
	}
	edge->wanted = false;
	references_have_room(&self->references, edge);
}

static int wait_writable(const struct edge *edge, uint64_t timeout_ns)
{
	struct pollfd p = { .fd = edge->fd, .events = POLLOUT };
	const struct timespec timeout = {
		.tv_sec = (time_t)(timeout_ns / NS_PER_S),
		.tv_nsec = (long)(timeout_ns % NS_PER_S),
	};

	if (!edge->full)
		p.events = 0;
	ppoll(&p, 1, &timeout, NULL);

	return p.revents & (POLLHUP | POLLERR) ? -EPIPE : 0;
}

/* A hang-up does not show in a futex(2), so it is looked for now and then. */
static uint64_t time_left(uint64_t until_ns)
{
	uint64_t now_ns = loop_now_ns();
	uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;

	return left_ns < WAIT_NS ? left_ns : WAIT_NS;
}

int outbox_pause(const struct edge *edge, uint64_t until_ns)
{
	return wait_writable(edge, time_left(until_ns));
}

/* For the socket by poll(2), for the receiver by futex(2). */
int outbox_wait(struct actor *self, struct edge *edge,
		const struct frame *frame, uint64_t deadline_ns)
{
	const struct wish wish = wish_of(frame);
	struct actor_pool_flow *shared = edge->flow.shared;
	uint64_t left_ns = time_left(deadline_ns);

	if (edge->full || !shared)
		return wait_writable(edge, left_ns);
	wait_for_flow(self, edge, FLOW_WAITS_FOR_WORD);
	if (!can_post(self, edge, &wish))
		pool_wait(shared, left_ns);

	return wait_writable(edge, 0);
}

/* ---- to the sockets ---------------------------------------------------- */

/*
 * References are announced after the commit and before the packet: by whoever
 * sends it, which can be the next generation. Announcing twice is harmless.
 */
static void announce_grant(const struct actor *self, const struct edge *edge,
			   uint64_t number)
{
	struct arena_grant grant = { .key = edge->key, .number = number };

	grant.said = arena_grant_say(self->arena, edge->key, number);
	report_grant(&grant, edge->inherited);
}

static void announce_frame(const struct actor *self, struct edge *edge,
			   const struct frame *frame)
{
	uint64_t index = edge->n_announced;
	size_t i;

	for (i = 0; i < frame->n_grants; i++) {
		uint64_t number = frame_grant(frame, i);

		if (!withheld_has(&self->withheld, edge->key, number, index))
			announce_grant(self, edge, number);
	}
	if (frame->n_grants)
		edge->n_announced++;
}

/* What the dead process has said, and whoever heard it may be dead too. */
void outbox_inherit_grants(struct actor *self)
{
	struct arena_grant grant;
	size_t cursor = 0;

	while (arena_grant_next(self->arena, &cursor, &grant))
		if (edges_find(&self->edges, grant.key))
			report_grant(&grant, true);
		else
			arena_grants_forget(self->arena, grant.key);
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

/*
 * When the peer takes a packet off its socket, we can write: so we hear that it
 * reads.
 */
void outbox_interest(struct actor *self, struct edge *edge)
{
	uint32_t events = EDGES_EVENTS;

	if (edge->full || edge->stall == EDGE_AWAITS_READER)
		events |= EPOLLOUT;
	if (edge->fd < 0 || edge->events == events)
		return;
	edge->events = events;
	loop_change(&self->loop, edge->fd, events, &edge->source);
}

static void wait_for_room(struct actor *self, struct edge *edge, bool wait)
{
	edge->full = wait;
	outbox_interest(self, edge);
}

/* Return: the number of the message behind it. */
static uint64_t end_of(const struct actor_packet_header *header)
{
	return header->first + header->n_frames;
}

static void sent(struct actor *self, struct edge *edge,
		 const struct actor_packet_header *header)
{
	flow_sent(&edge->flow, end_of(header), header->length);
	arena_outbox_drop(self->arena, edge->key);
	self->edges.written = edge;
}

/* It waits where it is. Said again with whatever is added: nobody answers who
 * cannot make one now. */
static void ask_for_socket(struct actor *self, struct edge *edge)
{
	edges_sent(&self->edges, edge);
	report_letters();
}

static void flush_edge(struct actor *self, struct edge *edge)
{
	struct arena_offer offer;
	int r = EDGE_DONE;

	if (edge->promised) {
		ask_for_socket(self, edge);
		return;
	}
	while (arena_outbox_offer(self->arena, edge->key, &offer)) {
		announce_grants(self, edge, offer.packet);
		flow_sends(&edge->flow, offer.again ? FLOW_AGAIN :
			   end_of(offer.packet));
		r = edge_send(edge->fd, offer.packet, offer.n_bytes);
		if (r != EDGE_DONE) {
			arena_outbox_refused(self->arena, edge->key, &offer);
			break;
		}
		sent(self, edge, offer.packet);
	}
	edges_sent(&self->edges, edge);
	if (r == EDGE_DONE && !self->in_turn)
		all_announced(self, edge);
	else if (r != EDGE_DONE && r != EDGE_FULL && !edge->stall)
		edges_readable(&self->edges, edge);
	wait_for_room(self, edge, r == EDGE_FULL);
	outbox_look_for_room(self, edge);
	if (edge->unread && r == EDGE_DONE) {
		edge->unread = false;
		edges_readable(&self->edges, edge);
	}
}

/*
 * Errors owed by a generation that crashed find room in the arena by
 * themselves, as packets leave; and what a turn under way has added to is left by
 * a flush in it.
 */
static bool may_be_more(struct actor *self)
{
	size_t n_interrupted = arena_n_interrupted(self->arena);
	bool more = n_interrupted != self->n_interrupted ||
		    (self->flushed_in_turn && !self->in_turn);

	self->n_interrupted = n_interrupted;
	self->flushed_in_turn = self->in_turn;

	return more;
}

static bool find_more(struct actor *self)
{
	size_t cursor = 0;
	uint64_t key;

	if (!may_be_more(self))
		return false;
	while ((key = arena_outbox_next(self->arena, &cursor))) {
		struct edge *edge = edges_find(&self->edges, key);

		if (edge && edge->fd >= 0 && !edge->full)
			edges_unsent(&self->edges, edge);
	}

	return true;
}

/* What left over one edge makes room in the arena for all. */
static void look_for_all(struct actor *self)
{
	const struct actor_reference *reference;

	if (!self->references.n_wishes)
		return;
	LIST_FOREACH(reference, &self->references.list, entry)
		if (reference->edge && reference->edge->wanted)
			outbox_look_for_room(self, reference->edge);
}

void outbox_flush(struct actor *self)
{
	struct edge *edge;

	do
		while ((edge = TAILQ_FIRST(&self->edges.unsent)))
			flush_edge(self, edge);
	while (find_more(self));
	look_for_all(self);
	self->n_turns_unsent = 0;
	self->look_at_turn = 0;
}

/* A turn does not look at epoll: that one can be written again it finds so. */
static void try_full(struct actor *self)
{
	size_t cursor = 0;
	uint64_t key;

	while ((key = arena_outbox_next(self->arena, &cursor))) {
		struct edge *edge = edges_find(&self->edges, key);

		if (edge && edge->fd >= 0 && edge->full)
			edges_unsent(&self->edges, edge);
	}
}

void outbox_flush_in_turn(struct actor *self)
{
	try_full(self);
	outbox_flush(self);
}

static void flush_full_packets(struct actor *self)
{
	struct edge *edge = TAILQ_FIRST(&self->edges.unsent);
	struct edge *next;

	for (; edge; edge = next) {
		next = TAILQ_NEXT(edge, send_entry);
		if (edge->unsent_bytes >= FULL_BYTES)
			flush_edge(self, edge);
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
