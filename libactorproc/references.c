// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * references.c - whom the actor can send to: declared names, and references
 * that came in messages.
 *
 * A received reference whose edge still stands stays here although nobody
 * counts it: it may come again, and then means the same edge. A limited one
 * goes when nobody counts it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/references.h"

static void forget(struct actor_reference *reference)
{
	LIST_REMOVE(reference, entry);
	free(reference->name);
	free(reference->path);
	free(reference);
}

static void forget_unused(struct actor_reference *reference)
{
	if (!reference->name && (!reference->edge || reference->limited) &&
	    reference->count == 0)
		forget(reference);
}

static int point_to(struct actor_reference *reference, const char *path,
		    struct edge *edge)
{
	char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	free(reference->path);
	reference->path = copy;
	reference->edge = edge;
	reference->key = edge ? edge->key : 0;
	reference->number = arena_key_id(reference->key);
	reference->life = edge ? edge->peer_life : 0;
	strcpy(reference->reason, edge ? "" : "terminated");

	return 0;
}

static struct actor_reference *make(struct references *references,
				    const char *name, const char *path,
				    struct edge *edge)
{
	struct actor_reference *reference = calloc(1, sizeof(*reference));

	if (!reference)
		return NULL;
	LIST_INSERT_HEAD(&references->list, reference, entry);
	if (name)
		reference->name = strdup(name);
	if ((name && !reference->name) || point_to(reference, path, edge) < 0) {
		forget(reference);
		return NULL;
	}

	return reference;
}

void references_deinit(struct references *references)
{
	while (!LIST_EMPTY(&references->list))
		forget(LIST_FIRST(&references->list));
}

static void have_room(struct references *references,
		      struct actor_reference *reference)
{
	if (!reference->wants || reference->room)
		return;
	references->n_waiting -= reference->ready_ns != 0;
	reference->ready_ns = 0;
	reference->room = true;
	references->n_room++;
	references->n_wishes--;
}

/* Whoever waits for room in the old life is to try the new one. */
int references_declare(struct references *references, const char *name,
		       const char *path, struct edge *edge)
{
	struct actor_reference *reference = references_find(references, name);

	if (!reference)
		return make(references, name, path, edge) ? 0 : -ENOMEM;
	if (reference->edge != edge)
		have_room(references, reference);

	return point_to(reference, path, edge);
}

static void lose_name(struct actor_reference *reference)
{
	free(reference->name);
	reference->name = NULL;
}

int references_spawned(struct references *references, const char *name,
		       const char *path, struct edge *edge)
{
	struct actor_reference *reference = references_find(references, name);

	if (reference && reference->edge == edge)
		return 0;
	if (reference) {
		lose_name(reference);
		forget_unused(reference);
	}
	reference = make(references, name, path, edge);
	if (!reference)
		return -ENOMEM;
	reference->spawned = true;

	return 0;
}

struct actor_reference *references_find(const struct references *references,
					const char *name)
{
	struct actor_reference *reference;

	LIST_FOREACH(reference, &references->list, entry)
		if (reference->name && strcmp(reference->name, name) == 0)
			return reference;

	return NULL;
}

struct actor_reference *references_of(struct references *references,
				      struct edge *edge)
{
	struct actor_reference *reference;

	LIST_FOREACH(reference, &references->list, entry)
		if (reference->edge == edge && !reference->limited)
			return reference;

	return make(references, NULL, edge->peer, edge);
}

static struct actor_reference *find_limited(struct references *references,
					    const struct edge *edge,
					    uint64_t number, size_t *ret_n)
{
	struct actor_reference *reference;

	*ret_n = 0;
	LIST_FOREACH(reference, &references->list, entry) {
		if (reference->edge != edge || !reference->limited)
			continue;
		if (reference->number == number)
			return reference;
		++*ret_n;
	}

	return NULL;
}

int references_limited(struct references *references,
		       const struct actor_reference *of,
		       const struct actor_limits *limits, uint64_t now_ns,
		       struct actor_reference **ret_reference)
{
	uint64_t number = limits_number(arena_key_id(of->key), limits);
	struct actor_reference *reference;
	size_t n;

	reference = find_limited(references, of->edge, number, &n);
	if (!reference && n >= ACTOR_LIMITED_MAX)
		return -ENOSPC;
	if (!reference) {
		reference = make(references, NULL, of->path, of->edge);
		if (!reference)
			return -ENOMEM;
		reference->limited = true;
		reference->number = number;
		gate_set(&reference->gate, limits, 1, now_ns);
	}
	reference->count++;
	*ret_reference = reference;

	return 0;
}

void references_over(struct references *references, const struct edge *edge,
		     const char *reason)
{
	struct actor_reference *reference = LIST_FIRST(&references->list);
	struct actor_reference *next;

	for (; reference; reference = next) {
		next = LIST_NEXT(reference, entry);
		if (reference->edge != edge)
			continue;
		have_room(references, reference);	/* to hear that it is over */
		reference->edge = NULL;
		strncpy(reference->reason, reason, EDGE_REASON_MAX);
		if (reference->spawned)
			lose_name(reference);
		forget_unused(reference);
	}
}

static void widen(struct wish *wish, const struct wish *by)
{
	if (by->n_bytes > wish->n_bytes)
		wish->n_bytes = by->n_bytes;
	if (by->n_descriptors > wish->n_descriptors)
		wish->n_descriptors = by->n_descriptors;
}

/* The wish counts, so that the reference is still there when it is granted. */
void references_want_room(struct references *references,
			  struct actor_reference *reference, struct wish wish,
			  uint64_t at_ns)
{
	if (reference->room)
		return;		/* it will hear of that anyway */
	if (!reference->wants) {
		actor_reference_keep(reference);
		references->n_wishes++;
	}
	reference->wants = true;
	widen(&reference->wish, &wish);
	references->n_waiting += at_ns && !reference->ready_ns;
	references->n_waiting -= !at_ns && reference->ready_ns;
	reference->ready_ns = at_ns;
	if (reference->edge && !at_ns)
		reference->edge->wanted = true;
}

uint64_t references_next_ns(const struct references *references)
{
	const struct actor_reference *reference;
	uint64_t next_ns = UINT64_MAX;

	if (!references->n_waiting)
		return next_ns;
	LIST_FOREACH(reference, &references->list, entry)
		if (reference->ready_ns && reference->ready_ns < next_ns)
			next_ns = reference->ready_ns;

	return next_ns;
}

void references_are_ready(struct references *references, uint64_t now_ns)
{
	struct actor_reference *reference;

	if (!references->n_waiting)
		return;
	LIST_FOREACH(reference, &references->list, entry)
		if (reference->ready_ns && reference->ready_ns <= now_ns)
			have_room(references, reference);
}

bool references_wanted(const struct references *references,
		       const struct edge *edge, struct wish *ret)
{
	const struct actor_reference *reference;
	struct wish most = { 0 };
	bool wanted = false;

	LIST_FOREACH(reference, &references->list, entry) {
		if (reference->edge != edge || !reference->wants ||
		    reference->room || reference->ready_ns)
			continue;
		wanted = true;
		widen(&most, &reference->wish);
	}
	if (wanted)
		*ret = most;

	return wanted;
}

void references_have_room(struct references *references,
			  const struct edge *edge)
{
	struct actor_reference *reference;

	LIST_FOREACH(reference, &references->list, entry)
		if (reference->edge == edge && !reference->ready_ns)
			have_room(references, reference);
}

struct actor_reference *references_take_room(struct references *references)
{
	struct actor_reference *reference;

	if (!references->n_room)
		return NULL;
	LIST_FOREACH(reference, &references->list, entry)
		if (reference->room)
			break;
	if (!reference)
		return NULL;
	reference->room = false;
	reference->wants = false;
	reference->wish = (struct wish){ 0 };
	references->n_room--;

	return reference;
}

static int verdict_error(enum gate_verdict verdict)
{
	static const int errors[] = {
		[GATE_OPEN] = 0,
		[GATE_OVERSIZE] = -EMSGSIZE,
		[GATE_OVERFLOW] = -EAGAIN,
	};

	return errors[verdict];
}

bool reference_limits(const struct actor_reference *reference)
{
	return gate_limits(&reference->gate) ||
	       (reference->edge && gate_limits(&reference->edge->gate));
}

int reference_admit(struct actor_reference *reference, size_t payload_bytes,
		    uint64_t now_ns)
{
	enum gate_verdict own, all;

	own = gate_ask(&reference->gate, payload_bytes, now_ns);
	all = gate_ask(&reference->edge->gate, payload_bytes, now_ns);

	/* what will never pass outweighs what will later */
	if (own == GATE_OVERSIZE || all == GATE_OPEN)
		return verdict_error(own);

	return verdict_error(all);
}

static uint64_t ready_ns(const struct gate *gate)
{
	return rate_has(&gate->rate) ? 0 : rate_ready_ns(&gate->rate);
}

uint64_t reference_ready_ns(const struct actor_reference *reference)
{
	uint64_t own = ready_ns(&reference->gate);
	uint64_t all = ready_ns(&reference->edge->gate);

	return own > all ? own : all;
}

void reference_sent(struct actor_reference *reference)
{
	gate_sent(&reference->gate);
	gate_sent(&reference->edge->gate);
}

bool reference_is_over(const struct actor_reference *reference)
{
	return !reference->edge || reference->edge->over;
}

const char *reference_over_reason(const struct actor_reference *reference)
{
	return reference->edge ? reference->edge->reason : reference->reason;
}

const char *actor_reference_path(const struct actor_reference *reference)
{
	return reference->path;
}

uint64_t actor_reference_life(const struct actor_reference *reference)
{
	return reference->life;
}

bool actor_reference_equal(const struct actor_reference *a,
			   const struct actor_reference *b)
{
	if (!a || !b)
		return false;
	if (a->life || b->life)
		return a->life == b->life && strcmp(a->path, b->path) == 0;

	/* nobody knows the lives: then one edge is one life */
	return a == b || (a->key && a->key == b->key);
}

void actor_reference_keep(struct actor_reference *reference)
{
	reference->count++;
}

void actor_reference_drop(struct actor_reference *reference)
{
	if (!reference || reference->count == 0)
		return;
	reference->count--;
	forget_unused(reference);
}
