/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * snapshot_custody.c - what a supervisor holds for others, written down and read
 * again: edges with their grants, arenas, descriptors.
 *
 * Whose each is, is reckoned anew from its path: places are of a process.
 */
#include <stdlib.h>
#include <string.h>

#include "supervisord/custody_gifts.h"
#include "supervisord/minting.h"
#include "supervisord/snapshot.h"

#define LIMITS(object)							\
	STATE_MEMBER(object, UNSIGNED, "RATE", limits.rate),		\
	STATE_MEMBER(object, UNSIGNED, "MOST_BYTES", limits.bytes),	\
	STATE_MEMBER(object, BOOL, "NO_GRANTS", limits.no_grants)

static const struct state_member edge_members[] = {
	STATE_MEMBER(struct custody_edge, UNSIGNED, "ID", id),
	STATE_MEMBER(struct custody_edge, STRING, "HOLDER", holder),
	STATE_MEMBER(struct custody_edge, STRING, "TARGET", target),
	STATE_MEMBER(struct custody_edge, STRING, "NAME", name),
	STATE_MEMBER(struct custody_edge, FD, "HOLDER_FD", holder_fd),
	STATE_MEMBER(struct custody_edge, FD, "TARGET_FD", target_fd),
	STATE_MEMBER(struct custody_edge, FD, "POOL_FD", pool_fd),
	STATE_MEMBER(struct custody_edge, BOOL, "CLOSED", closed),
	STATE_MEMBER(struct custody_edge, BOOL, "REVOKED", revoked),
	STATE_MEMBER(struct custody_edge, BOOL, "SETTLING", settling),
	STATE_MEMBER(struct custody_edge, BOOL, "TATTLED", tattled),
	STATE_MEMBER(struct custody_edge, BOOL, "RETURNED", returned),
	STATE_MEMBER(struct custody_edge, UNSIGNED, "HOLDER_LIFE", holder_life),
	STATE_MEMBER(struct custody_edge, UNSIGNED, "TARGET_LIFE", target_life),
	LIMITS(struct custody_edge),
	STATE_MEMBER(struct custody_edge, BOOL, "HOLDER_DRAINED",
		     holder_drained),
	STATE_MEMBER(struct custody_edge, BOOL, "TARGET_DRAINED",
		     target_drained),
	STATE_MEMBER(struct custody_edge, BOOL, "PARTED", parted),
	STATE_MEMBER(struct custody_edge, BOOL, "LEFT", left),
	STATE_MEMBER(struct custody_edge, UNSIGNED, "AWAITED", awaited),
	STATE_MEMBER(struct custody_edge, UNSIGNED, "TAKEN", taken),
};
static const struct state_member alias_members[] = {
	STATE_MEMBER(struct custody_alias, UNSIGNED, "VIA", via),
	STATE_MEMBER(struct custody_alias, UNSIGNED, "GRANT", grant),
	STATE_MEMBER(struct custody_alias, UNSIGNED, "PARENT", parent),
	STATE_MEMBER(struct custody_alias, UNSIGNED, "TO", to),
	LIMITS(struct custody_alias),
	STATE_MEMBER(struct custody_alias, BOOL, "SUPPORTS", supports),
	STATE_MEMBER(struct custody_alias, UNSIGNED, "AWAITED", awaited),
	STATE_MEMBER(struct custody_alias, UNSIGNED, "SAID", said),
	STATE_MEMBER(struct custody_alias, UNSIGNED, "OWED", owed),
};
static const struct state_member facet_members[] = {
	LIMITS(struct custody_facet),
};
static const struct state_member undone_members[] = {
	STATE_MEMBER(struct custody_undone, UNSIGNED, "TO", to),
	STATE_MEMBER(struct custody_undone, UNSIGNED, "GRANT", grant),
};
static const struct state_member pledge_members[] = {
	STATE_MEMBER(struct custody_pledge, UNSIGNED, "PARENT", parent),
	STATE_MEMBER(struct custody_pledge, UNSIGNED, "GRANT", grant),
	LIMITS(struct custody_pledge),
	STATE_MEMBER(struct custody_pledge, UNSIGNED, "SAID", said),
	STATE_MEMBER(struct custody_pledge, BOOL, "TO_HOLDER", to_holder),
};

/** struct arena_kept - a custody_mailbox without what is the table's own */
struct arena_kept {
	char *path;
	uint64_t life;
	uint32_t generation;
	int fd;
	uint64_t number;
	char *ending;
	bool fresh;
	bool paused;
};

static const struct state_member arena_members[] = {
	STATE_MEMBER(struct arena_kept, STRING, "PATH", path),
	STATE_MEMBER(struct arena_kept, UNSIGNED, "LIFE", life),
	STATE_MEMBER(struct arena_kept, UNSIGNED, "GENERATION", generation),
	STATE_MEMBER(struct arena_kept, FD, "FD", fd),
	STATE_MEMBER(struct arena_kept, UNSIGNED, "NUMBER", number),
	STATE_MEMBER(struct arena_kept, STRING, "END", ending),
	STATE_MEMBER(struct arena_kept, BOOL, "FRESH", fresh),
	STATE_MEMBER(struct arena_kept, BOOL, "PAUSED", paused),
};
static const struct state_member descriptor_members[] = {
	STATE_MEMBER(struct custody_descriptor, STRING, "PATH", path),
	STATE_MEMBER(struct custody_descriptor, STRING, "NAME", name),
	STATE_MEMBER(struct custody_descriptor, FD, "FD", fd),
};
static const struct state_member gift_members[] = {
	STATE_MEMBER(struct custody_gift, UNSIGNED, "VIA", via),
	STATE_MEMBER(struct custody_gift, STRING, "TO", to),
	STATE_MEMBER(struct custody_gift, UNSIGNED, "NUMBER", number),
	STATE_MEMBER(struct custody_gift, FD, "FD", fd),
};
static const struct state_member taken_members[] = {
	STATE_MEMBER(struct custody_taken, STRING, "PATH", path),
	STATE_MEMBER(struct custody_taken, UNSIGNED, "KEY", key),
	STATE_MEMBER(struct custody_taken, UNSIGNED, "SEQUENCE", sequence),
};

static const struct state_kind
	edge_kind = STATE_KIND("EDGE", edge_members),
	alias_kind = STATE_KIND("GRANT", alias_members),
	facet_kind = STATE_KIND("LIMIT", facet_members),
	undone_kind = STATE_KIND("UNDONE", undone_members),
	pledge_kind = STATE_KIND("PLEDGE", pledge_members),
	arena_kind = STATE_KIND("MAILBOX", arena_members),
	descriptor_kind = STATE_KIND("DESCRIPTOR", descriptor_members),
	gift_kind = STATE_KIND("GIFT", gift_members),
	taken_kind = STATE_KIND("TAKEN", taken_members);

/* ---- writing ---- */

static void put_edge(const struct custody_edge *edge, struct state_writer *w)
{
	state_put(w, &edge_kind, edge);
	for (size_t i = 0; i < edge->n_aliases; i++)
		state_put(w, &alias_kind, &edge->aliases[i]);
	for (size_t i = 0; i < edge->n_facets; i++)
		state_put(w, &facet_kind, &edge->facets[i]);
	for (size_t i = 0; i < edge->n_undone; i++)
		state_put(w, &undone_kind, &edge->undone[i]);
	for (size_t i = 0; i < edge->n_pledges; i++)
		state_put(w, &pledge_kind, &edge->pledges[i]);
}

static void put_mailbox(const struct custody_mailbox *m, struct state_writer *w)
{
	const struct arena_kept kept = {
		.path = m->path,
		.life = m->life,
		.generation = m->generation,
		.fd = m->arena_fd,
		.number = m->number,
		.ending = (char *)m->ending,
		.fresh = m->fresh,
		.paused = m->paused,
	};

	state_put(w, &arena_kind, &kept);
}

/* the oldest first */
static void put_taken(const struct custody *custody, struct state_writer *w)
{
	const struct custody_taken *taken;

	for (size_t i = 0; i < CUSTODY_TAKEN_MAX; i++) {
		taken = &custody->taken[(custody->n_taken + i) %
					CUSTODY_TAKEN_MAX];
		if (taken->path)
			state_put(w, &taken_kind, taken);
	}
}

void snapshot_put_custody(const struct supervisor *s, struct state_writer *w)
{
	const struct custody *custody = &s->custody;

	for (size_t i = 0; i < custody->n_edges; i++)
		put_edge(custody->edges[i], w);
	for (size_t i = 0; i < custody->n_mailboxes; i++)
		put_mailbox(custody->mailboxes[i], w);
	for (size_t i = 0; i < custody->n_descriptors; i++)
		state_put(w, &descriptor_kind, custody->descriptors[i]);
	for (size_t i = 0; i < custody->n_gifts; i++)
		state_put(w, &gift_kind, &custody->gifts[i]);
	put_taken(custody, w);
}

/* ---- reading ---- */

static void take_reasons(struct custody_edge *edge, struct state_reader *r)
{
	struct custody_alias alias;
	struct custody_facet facet;
	struct custody_undone undone;
	struct custody_pledge pledge;

	while (state_is(r, &alias_kind)) {
		alias = (struct custody_alias){ 0 };
		if (state_take(r, &alias_kind, &alias) == 0 &&
		    !custody_edge_alias(edge, &alias))
			state_fail(r, "a grant is there twice");
	}
	while (state_is(r, &facet_kind)) {
		facet = (struct custody_facet){ 0 };
		if (state_take(r, &facet_kind, &facet) == 0 &&
		    custody_edge_facet(edge, &facet.limits) < 0)
			state_fail(r, "there is no memory for limits");
	}
	while (state_is(r, &undone_kind)) {
		undone = (struct custody_undone){ 0 };
		if (state_take(r, &undone_kind, &undone) == 0)
			custody_undo(edge, undone.to, undone.grant);
	}
	while (state_is(r, &pledge_kind)) {
		pledge = (struct custody_pledge){ .parent = 0 };
		if (state_take(r, &pledge_kind, &pledge) == 0)
			custody_pledge_put(edge, &pledge);
	}
}

/* what is in @read becomes the table's */
static struct custody_edge *enter(struct supervisor *s,
				  struct custody_edge *read)
{
	struct custody_edge *edge;

	if (!read->holder || !read->target || custody_edge(&s->custody, read->id))
		return NULL;
	edge = custody_edge_new(&s->custody, read->id, read->holder,
				read->target, read->name);
	if (!edge)
		return NULL;
	free(edge->holder);
	free(edge->target);
	free(edge->name);
	*edge = *read;
	edge->holder_at = minting_place(s, edge->holder);
	edge->target_at = minting_place(s, edge->target);
	edge->minted_here = minting_is_ours(s, edge->holder, edge->target);
	return edge;
}

static void take_edge(struct supervisor *s, struct state_reader *r)
{
	struct custody_edge read = {
		.holder_fd = -1, .target_fd = -1, .pool_fd = -1,
	}, *edge = NULL;

	if (state_take(r, &edge_kind, &read) == 0)
		edge = enter(s, &read);
	if (edge) {
		take_reasons(edge, r);
		return;
	}
	state_fail(r, "an edge is there twice, or has no ends");
	free(read.holder);
	free(read.target);
	free(read.name);
}

static bool enter_mailbox(struct supervisor *s, const struct arena_kept *kept)
{
	struct custody_mailbox *m;

	if (!kept->path || kept->fd < 0 ||
	    custody_mailbox(&s->custody, kept->path))
		return false;
	m = custody_mailbox_put(&s->custody, kept->path, kept->life,
				kept->generation, kept->fd);
	if (!m)
		return false;
	m->at = minting_place(s, kept->path);
	m->number = kept->number;
	m->fresh = kept->fresh;
	m->paused = kept->paused;
	if (kept->ending)
		m->ending = !strcmp(kept->ending, "shutdown") ? "shutdown" :
								"terminated";
	return true;
}

static void take_mailbox(struct supervisor *s, struct state_reader *r)
{
	struct arena_kept kept = { .fd = -1 };

	if (state_take(r, &arena_kind, &kept) == 0 && !enter_mailbox(s, &kept))
		state_fail(r, "the mailbox of %s is there twice, or has no arena",
			   kept.path ? kept.path : "?");
	free(kept.path);
	free(kept.ending);
}

static void take_descriptor(struct supervisor *s, struct state_reader *r)
{
	struct custody_descriptor d = { .fd = -1 };

	if (state_take(r, &descriptor_kind, &d) == 0 &&
	    (!d.path || !d.name || d.fd < 0 ||
	     custody_descriptor_put(&s->custody, d.path, d.name, d.fd) < 0))
		state_fail(r, "a descriptor belongs to nobody");
	free(d.path);
	free(d.name);
}

static void take_gift(struct supervisor *s, struct state_reader *r)
{
	struct custody_gift gift = { .fd = -1 };

	if (state_take(r, &gift_kind, &gift) == 0 &&
	    (!gift.to || gift.fd < 0 ||
	     !custody_gift_put(&s->custody, &gift, SIZE_MAX)))
		state_fail(r, "what goes along with a message is there twice");
	free(gift.to);
}

static void take_taken(struct supervisor *s, struct state_reader *r)
{
	struct custody_taken taken = { .path = NULL };

	if (state_take(r, &taken_kind, &taken) == 0 && taken.path)
		custody_taken_put(&s->custody, taken.path, taken.key,
				  taken.sequence);
	free(taken.path);
}

int snapshot_take_custody(struct supervisor *s, struct state_reader *r)
{
	static const struct {
		const struct state_kind *kind;
		void (*take)(struct supervisor *s, struct state_reader *r);
	} kinds[] = {
		{ &edge_kind, take_edge },
		{ &arena_kind, take_mailbox },
		{ &descriptor_kind, take_descriptor },
		{ &gift_kind, take_gift },
		{ &taken_kind, take_taken },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		while (state_is(r, kinds[i].kind))
			kinds[i].take(s, r);
	return r->error;
}
