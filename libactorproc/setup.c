// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * setup.c - what the supervisor tells this process, and what follows from it.
 *
 * One function for each verb of protocol.h. The supervisor is trusted, but a
 * field it lacks is an error, and a verb or field that we do not know comes
 * from a later version and is no matter.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libactorproc/closing.h"
#include "libactorproc/delegation.h"
#include "libactorproc/outbox.h"
#include "libactorproc/promise.h"
#include "libactorproc/setup.h"
#include "libactorproc/stalls.h"
#include "libactorproc/turn.h"
#include "libactorproc/zygote.h"

#define STASH_DEFAULT 64

static int map_arena(struct actor *self, int fd)
{
	void *memory = mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		return -errno;
	self->arena = memory;
	if (arena_is_foreign(memory))
		return -EPROTONOSUPPORT;

	return arena_check(memory, ARENA_BYTES);
}

static int copy(char *to, size_t size_bytes, const char *text)
{
	if (!text || strlen(text) >= size_bytes)
		return -EBADMSG;
	strcpy(to, text);

	return 0;
}

/* What it does not say has its default. */
static void set_bounds(struct actor *self, const struct fields *fields)
{
	struct actor_bounds *bounds = &self->bounds;
	const char *kind = fields_get(fields, "KIND");

	bounds->n_stash = STASH_DEFAULT;
	fields_get_u64(fields, "MESSAGES", &bounds->flow.messages);
	fields_get_u64(fields, "BYTES", &bounds->flow.bytes);
	fields_get_u64(fields, "PER_EDGE", &bounds->flow.per_edge);
	fields_get_u64(fields, "PAYLOAD", &bounds->flow.payload);
	fields_get_u64(fields, "STASH", &bounds->n_stash);
	fields_get_u64(fields, "DESCRIPTORS", &bounds->n_descriptors);
	fields_get_u64(fields, "IDLE_STOP_NS", &bounds->idle_ns);
	bounds->priority = kind && strcmp(kind, "priority") == 0;
}

static int set_up(struct actor *self, struct control_message *order)
{
	uint64_t generation;
	int fd, r;

	if (self->arena)
		return -EALREADY;
	if (copy(self->path, sizeof(self->path),
		 fields_get(&order->fields, "PATH")) < 0 ||
	    copy(self->system, sizeof(self->system),
		 fields_get(&order->fields, "SYSTEM")) < 0 ||
	    fields_get_u64(&order->fields, "LIFE", &self->life) < 0 ||
	    fields_get_u64(&order->fields, "GENERATION", &generation) < 0 ||
	    zygote_named(&self->names, &order->fields) < 0)
		return -EBADMSG;
	self->generation = (uint32_t)generation;
	set_bounds(self, &order->fields);
	fd = control_take_fd(order);
	if (fd < 0)
		return -EBADMSG;
	r = map_arena(self, fd);
	close(fd);

	return r;
}

/* ---- edges -------------------------------------------------------------- */

/* Its share may have grown, so it may wait no longer. */
static void share_bounds(struct actor *self, struct edge *edge)
{
	if (!edge->back || arena_key_end(edge->key) != EDGE_TARGET)
		return;
	flow_limit(edge->back, &self->bounds.flow, self->edges.n_targets);
	edges_publish(&self->edges, edge);
}

/* No sender can use the share of another. */
void setup_share_bounds(struct actor *self)
{
	struct edge *edge;
	size_t i;

	for (i = 0; i < EDGES_BUCKETS; i++)
		LIST_FOREACH(edge, &self->edges.buckets[i], chain)
			share_bounds(self, edge);
}

/* What was taken by an earlier process, and what of it is finished. */
static void go_on(struct actor *self, struct edge *edge)
{
	struct arena_edge_counts counts;
	struct arena_edge_out out;

	if (arena_edge_counts(self->arena, edge->key, &counts) < 0)
		return;
	if (arena_edge_out(self->arena, edge->key, &out) == 0)
		flow_inherits(&edge->flow, out.next);
	edge->n_taken = counts.frames_taken + counts.frames_lost;
	edge->n_waiting = counts.frames_waiting;
	edge->released = arena_pool_released(self->arena, edge->key);
	if (self->bounds.n_descriptors)
		edges_pass(edge, counts.frames_waiting
					 ? arena_passed(self->arena, edge->key)
					 : 0);
	if (edge->back)
		edges_publish(&self->edges, edge);
	/* the last process may have died between taking the word back and this */
	if (edge->back && self->generation)
		pool_wake(edge->back);
}

static int share_pool(struct edge *edge, struct control_message *order)
{
	struct pool pool;
	int fd, r;

	if (!fields_get(&order->fields, "POOL"))
		return 0;
	fd = control_take_fd(order);
	if (fd < 0)
		return -EBADMSG;
	r = pool_map(&pool, fd);
	close(fd);
	if (r == 0)
		edges_share(edge, &pool);

	return r;
}

static struct edge *open_new(struct actor *self, struct edge *edge,
			     struct control_message *order, int fd)
{
	const char *overflow = fields_get(&order->fields, "OVERFLOW");

	delegation_backlog(self, edge);
	edge->dead_letter = overflow && strcmp(overflow, "dead_letter") == 0;
	if (share_pool(edge, order) < 0 ||
	    loop_add(&self->loop, fd, EDGES_EVENTS, &edge->source) < 0) {
		references_over(&self->references, edge, "terminated");
		edges_end(&self->edges, edge);
		return NULL;
	}
	go_on(self, edge);
	setup_share_bounds(self);

	return edge;
}

static struct edge *add_new(struct actor *self, uint64_t key,
			    struct control_message *order, int fd)
{
	struct edge *edge = edges_add(&self->edges, key, fd,
				      fields_get(&order->fields, "PEER"));

	return edge ? open_new(self, edge, order, fd) : NULL;
}

/* It is there, and what has waited for it leaves. */
static struct edge *keep_promise(struct actor *self, struct edge *edge,
				 struct control_message *order, int fd)
{
	edge->promised = false;
	edge->fd = fd;
	edge = open_new(self, edge, order, fd);
	if (edge)
		edges_unsent(&self->edges, edge);

	return edge;
}

/* Return: the edge, new or known; NULL when there is no room for it. */
static struct edge *edge_add(struct actor *self, uint64_t key,
			     struct control_message *order, int fd)
{
	struct edge *edge = edges_find(&self->edges, key);

	if (edge && edge->promised)
		return keep_promise(self, edge, order, fd);
	if (!edge && arena_edge_add(self->arena, key) == 0)
		return add_new(self, key, order, fd);
	close(fd);

	return edge;
}

static uint64_t end_key(uint64_t id, const char *end)
{
	return arena_key(id, strcmp(end, "target") == 0 ? EDGE_TARGET
							: EDGE_HOLDER);
}

/*
 * Without a descriptor it is an edge we have, under one more name or with other
 * limits; or, when we have none like it, a declared reference to a life that is
 * over.
 */
static int add_edge(struct actor *self, struct control_message *order)
{
	const char *peer = fields_get(&order->fields, "PEER");
	const char *name = fields_get(&order->fields, "NAME");
	const char *end = fields_get(&order->fields, "END");
	struct edge *edge;
	uint64_t id, key;
	int fd, r;

	if (!self->arena || !peer || !end ||
	    fields_get_u64(&order->fields, "ID", &id) < 0)
		return -EBADMSG;
	key = end_key(id, end);
	promise_withdraw(self, key, name);
	if (fields_get(&order->fields, "LATER"))
		return promise_take(self, key, &order->fields);
	fd = control_take_fd(order);
	if (fd >= 0)
		edge = edge_add(self, key, order, fd);
	else
		edge = edges_standing(&self->edges, key);
	r = edge ? delegation_terms(self, edge, &order->fields) : 0;
	if (!name || r < 0)
		return r;

	if (edge && fields_get(&order->fields, "CHILD"))
		return references_spawned(&self->references, name, peer, edge);

	return references_declare(&self->references, name, peer, edge);
}

static int decide_grant(struct actor *self, const struct fields *fields,
			enum grant_state state,
			struct actor_reference *reference)
{
	uint64_t via, number;

	if (fields_get_u64(fields, "VIA", &via) < 0 ||
	    fields_get_u64(fields, "GRANT", &number) < 0)
		return -EBADMSG;
	stalls_look_again(self, via);

	return grants_put(&self->grants, via, number, state, reference);
}

static int granted(struct actor *self, struct control_message *order)
{
	struct actor_reference *reference = NULL;
	struct edge *edge;
	uint64_t id;

	if (fields_get_u64(&order->fields, "EDGE", &id) < 0)
		return -EBADMSG;
	edge = edges_standing(&self->edges, arena_key(id, EDGE_HOLDER));
	if (edge)
		reference = references_of(&self->references, edge);

	return decide_grant(self, &order->fields,
			    reference ? GRANT_GRANTED : GRANT_REFUSED,
			    reference);
}

static int refused(struct actor *self, struct control_message *order)
{
	return decide_grant(self, &order->fields,
			    fields_get(&order->fields, "UNKNOWN") ?
			    GRANT_UNKNOWN : GRANT_REFUSED, NULL);
}

/* What we gave cannot be lost any more: nobody has to say it again. */
static int known(struct actor *self, struct control_message *order)
{
	uint64_t via, number, said;

	if (!self->arena || fields_get_u64(&order->fields, "VIA", &via) < 0 ||
	    fields_get_u64(&order->fields, "EDGE", &number) < 0 ||
	    fields_get_u64(&order->fields, "SAID", &said) < 0)
		return -EBADMSG;
	arena_grant_known(self->arena, via, number, said);

	return 0;
}

static int given(struct actor *self, struct control_message *order)
{
	uint64_t via, number;

	if (fields_get_u64(&order->fields, "VIA", &via) < 0 ||
	    fields_get_u64(&order->fields, "NUMBER", &number) < 0)
		return -EBADMSG;
	stalls_look_again(self, via);
	arrivals_came(&self->arrivals, via, number, control_take_fd(order));

	return 0;
}

/* What is in hand goes on; what names it from now on is asked for again. */
static int revoked(struct actor *self, struct control_message *order)
{
	struct grant *grant;
	uint64_t via, number;

	if (fields_get_u64(&order->fields, "VIA", &via) < 0 ||
	    fields_get_u64(&order->fields, "GRANT", &number) < 0)
		return -EBADMSG;
	grant = grants_find(&self->grants, via, number);
	if (grant && grant->state == GRANT_CLAIMED)
		return refused(self, order);
	grants_forget(grant);

	return 0;
}

static int end_edge(struct actor *self, struct control_message *order)
{
	const char *end = fields_get(&order->fields, "END");
	struct edge *edge;
	uint64_t id;

	if (!end || fields_get_u64(&order->fields, "ID", &id) < 0)
		return -EBADMSG;
	promise_withdraw(self, end_key(id, end), NULL);
	edge = edges_find(&self->edges, end_key(id, end));
	if (edge)
		delegation_revoked(self, edge);

	return 0;
}

static int add_descriptor(struct actor *self, struct control_message *order)
{
	const char *name = fields_get(&order->fields, "NAME");
	int fd = control_take_fd(order);

	if (!name || fd < 0) {
		if (fd >= 0)
			close(fd);
		return -EBADMSG;
	}

	return descriptors_put(&self->descriptors, name, fd);
}

bool setup_has_hooks(const struct actor_class *class)
{
	return class->start || class->restore || class->post_restart;
}

/* Who does nothing of its own before its first message does not wait for that:
 * it may stand by until then. What fails now is tried, and told, later. */
static int close_when_started(struct actor *self, struct control_message *order)
{
	int r = closing_note(&order->fields);

	if (r == 0 && self->phase == ACTOR_SETTING_UP &&
	    !setup_has_hooks(self->class))
		(void)closing_close();

	return r;
}

static int start(struct actor *self, struct control_message *order)
{
	(void)order;
	if (!self->arena)
		return -EBADMSG;
	if (self->phase == ACTOR_SETTING_UP)
		self->phase = ACTOR_STARTING;

	return 0;
}

/* What failed is not gone on with, so there is nothing to drain then. */
static void leave(struct actor *self, bool drain)
{
	self->replaced_for =
		self->phase == ACTOR_FAILED ? self->failure.error : 0;
	if (drain && self->phase == ACTOR_RUNNING)
		self->draining = true;
	else
		self->phase = ACTOR_ENDING;
}

/* In the middle of a turn it waits for its end. */
static int stop(struct actor *self, struct control_message *order)
{
	uint64_t drain = 0, restart = 0;

	fields_get_u64(&order->fields, "DRAIN", &drain);
	self->paused = false;
	fields_get_u64(&order->fields, "RESTART", &restart);
	self->replaced = restart;
	handover_ordered(self, order);
	if (self->request.waiting)
		self->request.stop = drain ? ACTOR_DRAIN : ACTOR_STOP;
	else
		leave(self, drain);

	return 0;
}

/* Who waits has asked for one thing; other answers come too late. */
static int done(struct actor *self, struct control_message *order)
{
	const char *text = fields_get(&order->fields, "NAMES");
	uint64_t number, error = 0;

	if (fields_get_u64(&order->fields, "NUMBER", &number) < 0)
		return -EBADMSG;
	if (!self->request.waiting || number != self->request.last)
		return 0;
	fields_get_u64(&order->fields, "ERRNO", &error);
	if (!text)
		text = fields_get(&order->fields, "NAME");
	self->request.answered = true;
	self->request.error = error && error < 4096 ? -(int)error : 0;
	self->request.text = text ? strdup(text) : NULL;
	if (text && !self->request.text)
		self->request.error = -ENOMEM;

	return 0;
}

static int resume(struct actor *self, struct control_message *order)
{
	(void)order;
	if (self->phase == ACTOR_FAILED)
		turn_resume(self);

	return 0;
}

/* The message in hand is finished, then nothing is done but what orders say. */
static int pause_it(struct actor *self, struct control_message *order)
{
	(void)order;
	self->paused = true;

	return 0;
}

static int unpause(struct actor *self, struct control_message *order)
{
	(void)order;
	self->paused = false;

	return 0;
}

static const struct {
	const char *verb;
	int (*obey)(struct actor *self, struct control_message *order);
} orders[] = {
	{ "SETUP",	set_up },
	{ "EDGE",	add_edge },
	{ "GRANTED",	granted },
	{ "REFUSED",	refused },
	{ "REVOKED",	revoked },
	{ "KNOWN",	known },
	{ "GIVEN",	given },
	{ "EDGE_END",	end_edge },
	{ "DESCRIPTOR",	add_descriptor },
	{ "STATE",	handover_came },
	{ "CLOSE",	close_when_started },
	{ "START",	start },
	{ "STOP",	stop },
	{ "RESUME",	resume },
	{ "PAUSE",	pause_it },
	{ "UNPAUSE",	unpause },
	{ "DONE",	done },
};

static int obey(struct actor *self, struct control_message *order)
{
	size_t i;

	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (strcmp(orders[i].verb, order->fields.verb) == 0)
			return orders[i].obey(self, order);

	return 0;
}

static int serve_one(struct actor *self)
{
	int r = control_receive(ACTOR_CONTROL_FD, &self->order, true);

	if (r < 0)
		return r;
	r = obey(self, &self->order);
	control_message_clear(&self->order);

	return r;
}

static int milliseconds_until(uint64_t deadline_ns)
{
	uint64_t now_ns = loop_now_ns(), left_ns = 0;

	if (deadline_ns == UINT64_MAX)
		return -1;
	if (deadline_ns > now_ns)
		left_ns = deadline_ns - now_ns;
	if (left_ns / 1000000 > INT_MAX - 1)
		return INT_MAX;

	return (int)(left_ns / 1000000) + (left_ns % 1000000 != 0);
}

/* The orders before the answer are obeyed: edges come that way. */
static int await(struct actor *self, uint64_t deadline_ns)
{
	struct pollfd poller = { .fd = ACTOR_CONTROL_FD, .events = POLLIN };
	int left_ms, r;

	for (;;) {
		r = serve_one(self);
		if (self->request.answered)
			return 0;
		if (r < 0 && r != -EAGAIN && r != -EBADMSG)
			return r;
		if (r != -EAGAIN)
			continue;
		if (self->request.stop != ACTOR_GO_ON)
			return -ECANCELED;
		left_ms = milliseconds_until(deadline_ns);
		if (left_ms == 0)
			return -ETIMEDOUT;
		poll(&poller, 1, left_ms);
	}
}

int setup_await(struct actor *self, uint64_t deadline_ns)
{
	int r;

	self->request.waiting = true;
	self->request.answered = false;
	r = await(self, deadline_ns);
	self->request.waiting = false;
	self->control_ready = true;	/* there may be more */

	return r;
}

int setup_serve(struct actor *self)
{
	enum actor_phase phase = self->phase;
	int r;

	if (self->request.stop != ACTOR_GO_ON && phase != ACTOR_SETTING_UP) {
		leave(self, self->request.stop == ACTOR_DRAIN);
		self->request.stop = ACTOR_GO_ON;
	}
	while (self->phase == phase) {
		r = serve_one(self);
		if (r == -EAGAIN) {
			self->control_ready = false;
			return 0;
		}
		if (r < 0)
			return r;
	}

	return 0;
}
