/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * revocations.c - references that are taken back, and what stood on them.
 *
 * Every supervisor between the root and a target holds all edges to it, and is
 * told of every grant of them. So each of them reckons by itself what still has
 * a reason to be; and each ends only what it has minted. What one of them has
 * missed the next one does, or itself, when it is started again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/breakpoint.h"
#include "supervisord/decide/supports.h"
#include "supervisord/endings.h"
#include "supervisord/minting.h"
#include "supervisord/pledges.h"
#include "supervisord/telling.h"

#define MESSAGE_BYTES 512

/* ---- what stands ---- */

/** struct census - all edges to one target, for supports_settle() */
struct census {
	struct supported *edges;
	size_t n;
	struct support *supports;
	size_t n_supports;
};

static bool leads_to(const struct custody_edge *edge, const char *target)
{
	return custody_edge_open(edge) && !strcmp(edge->target, target);
}

static void census_add(struct census *census, const struct custody_edge *edge)
{
	struct supported *row = &census->edges[census->n++];

	*row = (struct supported){
		.id = edge->id,
		.declared = edge->name,
		.supports = census->supports + census->n_supports,
	};
	for (size_t i = 0; i < edge->n_aliases; i++) {
		if (!edge->aliases[i].supports)
			continue;
		census->supports[census->n_supports++] = (struct support){
			.parent = edge->aliases[i].parent,
			.limits = edge->aliases[i].limits,
		};
		row->n_supports++;
	}
}

static void census_free(struct census *census)
{
	free(census->edges);
	free(census->supports);
}

static bool census_take(struct census *census, const struct custody *custody,
			const char *target)
{
	size_t n = 0, n_supports = 0;

	for (size_t i = 0; i < custody->n_edges; i++) {
		if (!leads_to(custody->edges[i], target))
			continue;
		n++;
		n_supports += custody->edges[i]->n_aliases;
	}
	*census = (struct census){
		.edges = calloc(n + 1, sizeof(*census->edges)),
		.supports = calloc(n_supports + 1, sizeof(*census->supports)),
	};
	if (!census->edges || !census->supports)
		return false;
	for (size_t i = 0; i < custody->n_edges; i++)
		if (leads_to(custody->edges[i], target))
			census_add(census, custody->edges[i]);
	return true;
}

static void put_limits_of(struct fields_writer *w,
			  const struct custody_edge *edge)
{
	fields_put_u64(w, "EDGE", edge->id);
	limits_put(w, &edge->limits);
}

static void limit(struct supervisor *s, struct custody_edge *edge,
		  const struct actor_limits *limits,
		  struct minting_source source)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	if (limits_equal(&edge->limits, limits))
		return;
	edge->limits = *limits;
	BREAKPOINT("limits: changed, nobody told");
	telling_limited(s, edge);
	fields_begin(&w, bytes, sizeof(bytes), "LIMITED");
	put_limits_of(&w, edge);
	telling_spread(s, edge, source, &w);
}

static void settle_edge(struct supervisor *s, const struct supported *found)
{
	struct custody_edge *edge = custody_edge(&s->custody, found->id);

	if (!edge || !edge->minted_here)
		return;
	if (found->standing)
		limit(s, edge, &found->limits, (struct minting_source){ 0 });
	else
		endings_revoke(s, edge);
}

void revocations_settle(struct supervisor *s, const char *target)
{
	struct census census;

	if (census_take(&census, &s->custody, target)) {
		supports_settle(census.edges, census.n);
		for (size_t i = 0; i < census.n; i++)
			settle_edge(s, &census.edges[i]);
	}
	census_free(&census);
}

void revocations_settle_all(struct supervisor *s)
{
	const struct custody_edge *edge;
	char target[PATH_MAX];

	for (size_t i = s->custody.n_edges; i-- > 0;) {
		if (i >= s->custody.n_edges)
			continue;
		edge = s->custody.edges[i];
		if (!custody_edge_open(edge) || edge->name ||
		    !edge->minted_here)
			continue;
		snprintf(target, sizeof(target), "%s", edge->target);
		revocations_settle(s, target);
	}
}

/* ---- what is taken back ---- */

/* its mail may still name it: such a message is not kept waiting for long */
static void lose(struct child *c, uint64_t via, uint64_t grant)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	if (!c)
		return;
	grants_lose(c, via, grant, false);
	fields_begin(&w, bytes, sizeof(bytes), "REVOKED");
	fields_put_u64(&w, "VIA", via);
	fields_put_u64(&w, "GRANT", grant);
	link_send(c->link, &w, NULL, 0);
}

static void ungrant(struct supervisor *s, struct custody_edge *edge,
		    uint64_t via, uint64_t grant)
{
	if (custody_edge_unalias(edge, via, grant))
		lose(minting_holder(s, edge), via, grant);
}

static void spread_ungranted(struct supervisor *s,
			     const struct custody_edge *edge, uint64_t via,
			     uint64_t grant, struct minting_source source)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "UNGRANTED");
	fields_put_u64(&w, "EDGE", edge->id);
	fields_put_u64(&w, "VIA", via);
	fields_put_u64(&w, "GRANT", grant);
	telling_spread(s, edge, source, &w);
}

/**
 * struct revocation - what is taken back
 * @parent: the giver's edge
 * @grant: the number by which it was given
 * @to: the life it was given to
 */
struct revocation {
	uint64_t parent;
	uint64_t grant;
	uint64_t to;
};

static bool matches(const struct custody_alias *alias,
		    const struct revocation *what)
{
	return alias->supports && alias->parent == what->parent &&
	       alias->grant == what->grant && alias->to == what->to;
}

/* who made the edge tells those who hold it and not its parent */
static void ungrant_matching(struct supervisor *s, struct custody_edge *edge,
			     const struct revocation *what)
{
	struct custody_alias alias;

	for (size_t i = edge->n_aliases; i-- > 0;) {
		alias = edge->aliases[i];
		if (!matches(&alias, what))
			continue;
		ungrant(s, edge, alias.via, alias.grant);
		if (edge->minted_here)
			spread_ungranted(s, edge, alias.via, alias.grant,
					 (struct minting_source){ 0 });
	}
}

static void take_back(struct supervisor *s, struct custody_edge *parent,
		      const struct revocation *what,
		      struct minting_source source)
{
	char bytes[MESSAGE_BYTES], target[PATH_MAX];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "REVOKE");
	fields_put_u64(&w, "EDGE", what->parent);
	fields_put_u64(&w, "GRANT", what->grant);
	fields_put_u64(&w, "TO", what->to);
	telling_spread(s, parent, source, &w);
	BREAKPOINT("revocation: told, not done");
	custody_undo(parent, what->to, what->grant);
	pledges_withdraw(s, what->parent, what->grant, what->to);
	for (size_t i = 0; i < s->custody.n_edges; i++)
		ungrant_matching(s, s->custody.edges[i], what);
	BREAKPOINT("revocation: struck out, not settled");
	snprintf(target, sizeof(target), "%s", parent->target);
	revocations_settle(s, target);
}

void revocations_disown(struct supervisor *s, struct custody_edge *edge)
{
	struct custody_alias alias;
	char target[PATH_MAX];

	snprintf(target, sizeof(target), "%s", edge->target);
	for (size_t i = edge->n_aliases; i-- > 0;) {
		alias = edge->aliases[i];
		if (alias.parent)
			continue;
		ungrant(s, edge, alias.via, alias.grant);
		spread_ungranted(s, edge, alias.via, alias.grant,
				 (struct minting_source){ 0 });
	}
	revocations_settle(s, target);
}

/* ---- messages ---- */

static struct custody_edge *read_revocation(struct supervisor *s,
					    const struct fields *f,
					    struct revocation *ret)
{
	if (fields_get_u64(f, "EDGE", &ret->parent) < 0 ||
	    fields_get_u64(f, "GRANT", &ret->grant) < 0 ||
	    fields_get_u64(f, "TO", &ret->to) < 0)
		return NULL;
	return custody_edge(&s->custody, ret->parent);
}

static void on_revoke(struct supervisor *s, struct minting_source source,
		      const struct fields *f)
{
	struct revocation what;
	struct custody_edge *parent = read_revocation(s, f, &what);

	if (parent)
		take_back(s, parent, &what, source);
}

static void on_undone(struct supervisor *s, struct minting_source source,
		      const struct fields *f)
{
	struct revocation what;
	struct custody_edge *parent = read_revocation(s, f, &what);

	(void)source;
	if (parent)
		custody_undo(parent, what.to, what.grant);
}

static void on_ungranted(struct supervisor *s, struct minting_source source,
			 const struct fields *f)
{
	uint64_t id, via, grant;
	struct custody_edge *edge;
	char target[PATH_MAX];

	if (fields_get_u64(f, "EDGE", &id) < 0 ||
	    fields_get_u64(f, "VIA", &via) < 0 ||
	    fields_get_u64(f, "GRANT", &grant) < 0)
		return;
	edge = custody_edge(&s->custody, id);
	if (!edge)
		return;
	snprintf(target, sizeof(target), "%s", edge->target);
	ungrant(s, edge, via, grant);
	BREAKPOINT("revocation: came, not passed on");
	spread_ungranted(s, edge, via, grant, source);
	revocations_settle(s, target);
}

static void on_limited(struct supervisor *s, struct minting_source source,
		       const struct fields *f)
{
	struct actor_limits limits;
	struct custody_edge *edge;
	char target[PATH_MAX];
	uint64_t id;

	if (fields_get_u64(f, "EDGE", &id) < 0 || limits_get(f, &limits) < 0)
		return;
	edge = custody_edge(&s->custody, id);
	if (!edge)
		return;
	snprintf(target, sizeof(target), "%s", edge->target);
	limit(s, edge, &limits, source);
	revocations_settle(s, target);
}

static const struct {
	const char *verb;
	void (*run)(struct supervisor *s, struct minting_source source,
		    const struct fields *f);
} verbs[] = {
	{ "REVOKE",	on_revoke },
	{ "UNDONE",	on_undone },
	{ "UNGRANTED",	on_ungranted },
	{ "LIMITED",	on_limited },
};

bool revocations_message(struct supervisor *s, struct minting_source source,
			 const struct fields *f)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (strcmp(f->verb, verbs[i].verb))
			continue;
		verbs[i].run(s, source, f);
		return true;
	}
	return false;
}

/* only what stands on its own edge is an actor's to take back */
bool revocations_actor_message(struct child *c, const struct fields *f)
{
	struct supervisor *s = c->supervisor;
	struct actor_limits limits;
	struct custody_edge *own;
	struct revocation what;

	if (strcmp(f->verb, "REVOKE"))
		return false;
	if (fields_get_u64(f, "LIFE", &what.to) < 0 ||
	    fields_get_u64(f, "EDGE", &what.grant) < 0)
		return true;
	own = custody_numbered(&s->custody, c->node->path, what.grant,
			       &limits);
	if (!own)
		return true;
	what.parent = own->id;
	take_back(s, own, &what, (struct minting_source){ 0 });
	return true;
}

void revocations_give(struct child *c, const struct custody_edge *edge)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	for (size_t i = 0; i < edge->n_undone; i++) {
		fields_begin(&w, bytes, sizeof(bytes), "UNDONE");
		fields_put_u64(&w, "EDGE", edge->id);
		fields_put_u64(&w, "GRANT", edge->undone[i].grant);
		fields_put_u64(&w, "TO", edge->undone[i].to);
		link_send(c->link, &w, NULL, 0);
	}
}
