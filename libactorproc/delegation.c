// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * delegation.c - references that may do less than others, and that are taken
 * back.
 *
 * Supervisors decide what an edge allows and whether it is there; this is what
 * an actor asks them for, and what it does about their answer at both ends. The
 * target looks at what arrives, because a hostile holder does not look at what
 * it sends.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "libactorproc/delegation.h"
#include "libactorproc/reports.h"

#define PATIENCE_OF_HOLDER 1
#define PATIENCE_OF_TARGET 2	/* clocks and batches differ */
#define FRAME_BYTES_MIN 64	/* header and type, padded */

/* ---- what the supervisor says ------------------------------------------ */

static void mark_revoked(struct edge *edge)
{
	edge->revoked = true;
	if (arena_key_end(edge->key) == EDGE_HOLDER && !edge->over) {
		edge->over = true;
		strcpy(edge->reason, "revoked");
	}
}

int delegation_terms(struct actor *self, struct edge *edge,
		     const struct fields *fields)
{
	bool holder = arena_key_end(edge->key) == EDGE_HOLDER;
	struct actor_limits limits;
	uint64_t revoked = 0;

	if (limits_get(fields, &limits) < 0)
		return -EBADMSG;
	fields_get_u64(fields, "LIFE", &edge->peer_life);
	fields_get_u64(fields, "REVOKED", &revoked);
	fields_get_u64(fields, "DESCRIPTORS", &edge->n_descriptors);
	gate_set(&edge->gate, &limits,
		 holder ? PATIENCE_OF_HOLDER : PATIENCE_OF_TARGET,
		 limits.rate ? loop_now_ns() : 0);
	if (!holder)
		rate_add(&edge->gate.rate, edge->backlog);
	else if (self->phase == ACTOR_SETTING_UP && self->generation > 0)
		rate_empty(&edge->gate.rate);	/* it may have been spent */
	edge->backlog = 0;
	if (revoked)
		mark_revoked(edge);

	return 0;
}

void delegation_backlog(struct actor *self, struct edge *edge)
{
	int n_bytes = 0;

	(void)self;
	if (ioctl(edge->fd, FIONREAD, &n_bytes) == 0 && n_bytes > 0)
		edge->backlog = (uint64_t)n_bytes / FRAME_BYTES_MIN;
}

/*
 * The holder reads answers that are there already, then finds the end of it.
 * The target finds what it has not taken, then the end.
 */
void delegation_revoked(struct actor *self, struct edge *edge)
{
	mark_revoked(edge);
	edges_readable(&self->edges, edge);
}

/* ---- what arrives ------------------------------------------------------ */

static const struct refusal refusals[] = {
	[GATE_OVERSIZE] = { LETTER_OVERSIZE, -EMSGSIZE,
			    "larger than the reference allows" },
	[GATE_OVERFLOW] = { LETTER_OVERFLOW, -EAGAIN,
			    "more often than the reference allows" },
};

static const struct refusal taken_back = {
	LETTER_REVOKED, -EPIPE, "the reference was revoked",
};

/* Wider limits can be on their way to us: what refuses is asked twice. */
bool delegation_admits(struct actor *self, uint64_t key,
		       const struct refusal **ret_refusal)
{
	struct edge *edge = edges_find(&self->edges, key);
	bool passed = self->passed, doubted = self->doubted;
	enum gate_verdict verdict;

	self->passed = self->doubted = false;
	if (!edge || passed)
		return true;
	if (edge->revoked_in_hand) {
		*ret_refusal = &taken_back;
		return true;
	}
	if (!gate_limits(&edge->gate))
		return true;
	verdict = gate_arrived(&edge->gate, frame_size(&self->message.frame),
			       loop_now_ns());
	if (verdict == GATE_OPEN)
		return true;
	if (doubted) {
		*ret_refusal = &refusals[verdict];
		return true;
	}
	self->doubted = true;
	self->control_ready = true;

	return false;
}

/* ---- what the actor asks for ------------------------------------------- */

/* When nobody is there who hears it, our supervisor has died and takes us along:
 * who recovers the arena says it. */
static int tell_limit(struct actor *self, uint64_t key,
		      const struct actor_limits *limits)
{
	const struct arena_limit noted = {
		.key = key,
		.rate = limits->rate,
		.bytes = limits->bytes,
		.no_grants = limits->no_grants,
	};
	int r;

	arena_limit_say(self->arena, &noted);
	r = report_limit(arena_key_id(key), limits);

	return r == -EPIPE ? 0 : r;
}

int actor_reference_limit(struct actor *self,
			  struct actor_reference *reference,
			  const struct actor_limits *limits,
			  struct actor_reference **ret_reference)
{
	struct actor_reference *limited;
	struct actor_limits both;
	int r;

	if (!reference || !limits || !ret_reference)
		return -EINVAL;
	if (reference_is_over(reference))
		return -EPIPE;
	both = limits_narrower(limits, &reference->gate.limits);
	r = references_limited(&self->references, reference, &both,
			       loop_now_ns(), &limited);
	if (r < 0)
		return r;
	r = tell_limit(self, reference->key, &both);
	if (r < 0)
		actor_reference_drop(limited);
	else
		*ret_reference = limited;

	return r;
}

/* What was posted and not announced yet is given by nobody later. */
static int withhold(struct actor *self, struct edge *edge, uint64_t number)
{
	if (!edge->has_grants)
		return 0;

	return withheld_add(&self->withheld, edge->key, number,
			    edge->inherited ? UINT64_MAX : edge->n_grants);
}

/* Nor is what was announced said again. */
static void forget_given(struct actor *self, uint64_t life, uint64_t number)
{
	struct edge *edge = NULL;

	while ((edge = edges_next(&self->edges, edge)))
		if (edge->peer_life == life)
			arena_grant_forget(self->arena, edge->key, number);
}

int actor_revoke(struct actor *self, struct actor_reference *from,
		 struct actor_reference *reference)
{
	struct edge *edge = NULL;
	int r;

	if (!from || !reference)
		return -EINVAL;
	if (!from->life)
		return -ESTALE;
	if (!reference->key)
		return 0;
	while ((edge = edges_next(&self->edges, edge)))
		if (edge->peer_life == from->life &&
		    withhold(self, edge, reference->number) < 0)
			return -ENOMEM;

	r = report_revoke(from->life, reference->number);
	if (r == 0)
		forget_given(self, from->life, reference->number);

	return r;
}
