/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * custody.c - what a supervisor holds for the actors below it.
 *
 * It alone owns the copies of edge ends and arenas. It never reads one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/custody.h"
#include "supervisord/custody_gifts.h"

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static bool grow(void ***array, size_t n, size_t *room)
{
	void **bigger;

	if (n < *room)
		return true;
	bigger = reallocarray(*array, *room ? *room * 2 : 16, sizeof(void *));
	if (!bigger)
		return false;
	*array = bigger;
	*room = *room ? *room * 2 : 16;
	return true;
}

static void edge_free(struct custody_edge *edge)
{
	close_fd(edge->holder_fd);
	close_fd(edge->target_fd);
	close_fd(edge->pool_fd);
	free(edge->holder);
	free(edge->target);
	free(edge->name);
	free(edge->aliases);
	free(edge->facets);
	free(edge->undone);
	free(edge->pledges);
	free(edge);
}

static void mailbox_free(struct custody_mailbox *mailbox)
{
	close_fd(mailbox->arena_fd);
	free(mailbox->path);
	free(mailbox);
}

static void descriptor_free(struct custody_descriptor *descriptor)
{
	close_fd(descriptor->fd);
	free(descriptor->path);
	free(descriptor->name);
	free(descriptor);
}

void custody_deinit(struct custody *c)
{
	for (size_t i = 0; i < c->n_edges; i++)
		edge_free(c->edges[i]);
	for (size_t i = 0; i < c->n_mailboxes; i++)
		mailbox_free(c->mailboxes[i]);
	for (size_t i = 0; i < c->n_descriptors; i++)
		descriptor_free(c->descriptors[i]);
	custody_gifts_deinit(c);
	free(c->edges);
	free(c->mailboxes);
	free(c->descriptors);
	for (size_t i = 0; i < CUSTODY_TAKEN_MAX; i++)
		free(c->taken[i].path);
	*c = (struct custody){ .heir = c->heir };
}

struct custody_edge *custody_edge_new(struct custody *c, uint64_t id,
				      const char *holder, const char *target,
				      const char *name)
{
	struct custody_edge *edge;

	if (!grow((void ***)&c->edges, c->n_edges, &c->room_edges))
		return NULL;
	edge = calloc(1, sizeof(*edge));
	if (!edge)
		return NULL;
	edge->id = id;
	edge->holder = strdup(holder);
	edge->target = strdup(target);
	edge->name = name ? strdup(name) : NULL;
	edge->holder_at = edge->target_at = CUSTODY_OUTSIDE;
	edge->holder_fd = edge->target_fd = edge->pool_fd = -1;
	if (!edge->holder || !edge->target || (name && !edge->name)) {
		edge_free(edge);
		return NULL;
	}
	c->edges[c->n_edges++] = edge;
	return edge;
}

struct custody_edge *custody_edge(const struct custody *c, uint64_t id)
{
	for (size_t i = 0; i < c->n_edges; i++)
		if (c->edges[i]->id == id)
			return c->edges[i];
	return NULL;
}

static bool is_between(const struct custody_edge *edge, const char *holder,
		       const char *target)
{
	return custody_edge_open(edge) && !strcmp(edge->holder, holder) &&
	       !strcmp(edge->target, target);
}

struct custody_edge *custody_edge_between(const struct custody *c,
					  const char *holder,
					  const char *target)
{
	for (size_t i = 0; i < c->n_edges; i++)
		if (is_between(c->edges[i], holder, target))
			return c->edges[i];
	return NULL;
}

struct custody_edge *custody_edge_declared(const struct custody *c,
					   const char *holder,
					   const char *target)
{
	for (size_t i = 0; i < c->n_edges; i++)
		if (c->edges[i]->name &&
		    is_between(c->edges[i], holder, target))
			return c->edges[i];
	return NULL;
}

uint64_t custody_edge_life(const struct custody_edge *edge, const char *path)
{
	if (!custody_edge_open(edge))
		return 0;
	if (!strcmp(edge->holder, path))
		return edge->holder_life;
	return strcmp(edge->target, path) ? 0 : edge->target_life;
}

void custody_edge_drop(struct custody *c, struct custody_edge *edge)
{
	for (size_t i = 0; i < c->n_edges; i++) {
		if (c->edges[i] != edge)
			continue;
		/* the order is the order of minting: keep it */
		memmove(&c->edges[i], &c->edges[i + 1],
			(c->n_edges - i - 1) * sizeof(*c->edges));
		c->n_edges--;
		if (c->heir)
			c->heir->edge(c->heir->data, edge);
		edge_free(edge);
		return;
	}
}

/* room for one more at the end of a list, at the cost of the first; or NULL */
static void *append(void **list, size_t *n, size_t max, size_t size)
{
	char *more = *list;

	if (*n == max) {
		memmove(more, more + size, (max - 1) * size);
		--*n;
	}
	more = reallocarray(*list, *n + 1, size);
	if (!more)
		return NULL;
	*list = more;
	return more + (*n)++ * size;
}

static void take_out(void *list, size_t *n, size_t at, size_t size)
{
	char *item = (char *)list + at * size;

	--*n;
	memmove(item, item + size, (*n - at) * size);
}

struct custody_alias *custody_edge_grant(const struct custody_edge *edge,
					 uint64_t via, uint64_t grant)
{
	for (size_t i = 0; i < edge->n_aliases; i++)
		if (edge->aliases[i].via == via &&
		    edge->aliases[i].grant == grant)
			return &edge->aliases[i];
	return NULL;
}

static bool alias_equal(const struct custody_alias *a,
			const struct custody_alias *b)
{
	return a->parent == b->parent && a->to == b->to &&
	       a->supports == b->supports &&
	       limits_equal(&a->limits, &b->limits);
}

bool custody_edge_alias(struct custody_edge *edge,
			const struct custody_alias *alias)
{
	struct custody_alias *known = custody_edge_grant(edge, alias->via,
							 alias->grant);

	if (known && alias_equal(known, alias))
		return false;
	if (!known)
		known = append((void **)&edge->aliases, &edge->n_aliases,
			       CUSTODY_ALIASES_MAX, sizeof(*known));
	if (!known)
		return false;
	*known = *alias;
	return true;
}

bool custody_edge_unalias(struct custody_edge *edge, uint64_t via,
			  uint64_t grant)
{
	struct custody_alias *known = custody_edge_grant(edge, via, grant);

	if (!known)
		return false;
	take_out(edge->aliases, &edge->n_aliases,
		 (size_t)(known - edge->aliases), sizeof(*known));
	return true;
}

int custody_edge_facet(struct custody_edge *edge,
		       const struct actor_limits *limits)
{
	const struct custody_facet facet = {
		.number = limits_number(edge->id, limits),
		.limits = *limits,
	};
	struct custody_facet *last;

	/* named again, it is the newest */
	for (size_t i = edge->n_facets; i-- > 0;)
		if (edge->facets[i].number == facet.number)
			take_out(edge->facets, &edge->n_facets, i,
				 sizeof(facet));
	last = append((void **)&edge->facets, &edge->n_facets,
		      CUSTODY_FACETS_MAX, sizeof(facet));
	if (!last)
		return -ENOMEM;
	*last = facet;
	return 0;
}

static bool is_named(const struct custody_edge *edge, uint64_t number,
		     struct actor_limits *ret_limits)
{
	if (edge->id == number) {
		*ret_limits = (struct actor_limits){ 0 };
		return true;
	}
	for (size_t i = 0; i < edge->n_facets; i++) {
		if (edge->facets[i].number != number)
			continue;
		*ret_limits = edge->facets[i].limits;
		return true;
	}
	return false;
}

struct custody_edge *custody_numbered(const struct custody *c,
				      const char *holder, uint64_t number,
				      struct actor_limits *ret_limits)
{
	for (size_t i = 0; i < c->n_edges; i++)
		if (custody_edge_open(c->edges[i]) &&
		    !strcmp(c->edges[i]->holder, holder) &&
		    is_named(c->edges[i], number, ret_limits))
			return c->edges[i];
	return NULL;
}

void custody_undo(struct custody_edge *edge, uint64_t to, uint64_t grant)
{
	struct custody_undone *last;

	if (custody_is_undone(edge, to, grant))
		return;
	last = append((void **)&edge->undone, &edge->n_undone,
		      CUSTODY_UNDONE_MAX, sizeof(*last));
	if (last)
		*last = (struct custody_undone){ to, grant };
}

void custody_redo(struct custody_edge *edge, uint64_t to, uint64_t grant)
{
	for (size_t i = edge->n_undone; i-- > 0;)
		if (edge->undone[i].to == to && edge->undone[i].grant == grant)
			take_out(edge->undone, &edge->n_undone, i,
				 sizeof(*edge->undone));
}

bool custody_is_undone(const struct custody_edge *edge, uint64_t to,
		       uint64_t grant)
{
	for (size_t i = 0; i < edge->n_undone; i++)
		if (edge->undone[i].to == to && edge->undone[i].grant == grant)
			return true;
	return false;
}

struct custody_pledge *custody_pledge(const struct custody_edge *via,
				      uint64_t grant)
{
	for (size_t i = 0; i < via->n_pledges; i++)
		if (via->pledges[i].grant == grant)
			return &via->pledges[i];
	return NULL;
}

void custody_pledge_put(struct custody_edge *via,
			const struct custody_pledge *pledge)
{
	struct custody_pledge *row = custody_pledge(via, pledge->grant);

	if (!row)
		row = append((void **)&via->pledges, &via->n_pledges,
			     CUSTODY_PLEDGES_MAX, sizeof(*row));
	if (row)
		*row = *pledge;
}

void custody_pledge_drop(struct custody_edge *via,
			 struct custody_pledge *pledge)
{
	if (pledge)
		take_out(via->pledges, &via->n_pledges,
			 (size_t)(pledge - via->pledges), sizeof(*pledge));
}

/* what held the parent up holds up what stood on it, by the same names */
static void stand_on_grandparents(struct custody_edge *edge,
				  const struct custody_edge *parent,
				  const struct actor_limits *limits)
{
	const struct custody_alias *known;
	struct custody_alias alias;

	for (size_t i = 0; i < parent->n_aliases; i++) {
		alias = parent->aliases[i];
		if (!alias.supports)
			continue;
		alias.limits = limits_narrower(&alias.limits, limits);
		if (!alias.awaited)	/* it is told with the edge */
			alias.awaited = edge->awaited;
		known = custody_edge_grant(edge, alias.via, alias.grant);
		if (known && known->supports)
			alias.limits = limits_wider(&alias.limits,
						    &known->limits);
		custody_edge_alias(edge, &alias);
	}
}

static void inherit(struct custody_edge *edge,
		    const struct custody_edge *parent)
{
	struct custody_alias *alias;
	struct actor_limits limits;
	size_t n = edge->n_aliases;

	for (size_t i = 0; i < n; i++) {
		alias = &edge->aliases[i];
		if (!alias->supports || alias->parent != parent->id)
			continue;
		limits = limits_narrower(&alias->limits, &parent->limits);
		alias->limits = limits;
		alias->parent = 0;
		alias->supports = parent->name;
		if (!parent->name && edge->n_aliases + parent->n_aliases <=
				     CUSTODY_ALIASES_MAX)
			stand_on_grandparents(edge, parent, &limits);
	}
}

void custody_inherit(struct custody *c, const struct custody_edge *edge)
{
	for (size_t i = 0; i < c->n_edges; i++)
		if (c->edges[i] != edge)
			inherit(c->edges[i], edge);
}

struct custody_edge *custody_granted(const struct custody *c,
				     const char *holder, uint64_t via,
				     uint64_t grant)
{
	struct custody_edge *edge;

	for (size_t i = 0; i < c->n_edges; i++) {
		edge = c->edges[i];
		if (edge->left || strcmp(edge->holder, holder))
			continue;
		for (size_t k = 0; k < edge->n_aliases; k++)
			if (edge->aliases[k].via == via &&
			    edge->aliases[k].grant == grant)
				return edge;
	}
	return NULL;
}

/* Return: where one of that path is, or would be: they are in order, so that a
 * tree of thousands is not walked at each start of one of them */
static size_t mailbox_position(const struct custody *c, const char *path)
{
	size_t first = 0, last = c->n_mailboxes, middle;

	while (first < last) {
		middle = first + (last - first) / 2;
		if (strcmp(c->mailboxes[middle]->path, path) < 0)
			first = middle + 1;
		else
			last = middle;
	}
	return first;
}

static struct custody_mailbox *mailbox_at(const struct custody *c, size_t i,
					  const char *path)
{
	return i < c->n_mailboxes && !strcmp(c->mailboxes[i]->path, path) ?
		       c->mailboxes[i] : NULL;
}

struct custody_mailbox *custody_mailbox(const struct custody *c,
					const char *path)
{
	return mailbox_at(c, mailbox_position(c, path), path);
}

static void move_mailboxes(struct custody *c, size_t to, size_t from)
{
	memmove(&c->mailboxes[to], &c->mailboxes[from],
		(c->n_mailboxes - from) * sizeof(*c->mailboxes));
}

struct custody_mailbox *custody_mailbox_put(struct custody *c,
					    const char *path, uint64_t life,
					    uint32_t generation, int arena_fd)
{
	size_t at = mailbox_position(c, path);
	struct custody_mailbox *m = mailbox_at(c, at, path);

	if (!m) {
		if (!grow((void ***)&c->mailboxes, c->n_mailboxes,
			  &c->room_mailboxes) ||
		    !(m = calloc(1, sizeof(*m))) ||
		    !(m->path = strdup(path))) {
			free(m);
			close_fd(arena_fd);
			return NULL;
		}
		m->arena_fd = -1;
		m->at = CUSTODY_OUTSIDE;
		move_mailboxes(c, at + 1, at);
		c->mailboxes[at] = m;
		c->n_mailboxes++;
	}
	close_fd(m->arena_fd);
	m->life = life;
	m->generation = generation;
	m->arena_fd = arena_fd;
	m->number = 0;
	m->ending = NULL;
	m->fresh = false;
	return m;
}

void custody_mailbox_drop(struct custody *c, const char *path)
{
	size_t at = mailbox_position(c, path);
	struct custody_mailbox *m = mailbox_at(c, at, path);

	if (!m)
		return;
	move_mailboxes(c, at, at + 1);
	c->n_mailboxes--;
	mailbox_free(m);
}

int custody_descriptor_put(struct custody *c, const char *path,
			   const char *name, int fd)
{
	struct custody_descriptor *d = calloc(1, sizeof(*d));

	if (!d) {
		close_fd(fd);
		return -ENOMEM;
	}
	d->path = strdup(path);
	d->name = strdup(name);
	d->fd = fd;
	if (!d->path || !d->name ||
	    !grow((void ***)&c->descriptors, c->n_descriptors,
		  &c->room_descriptors)) {
		descriptor_free(d);
		return -ENOMEM;
	}
	c->descriptors[c->n_descriptors++] = d;
	return 0;
}

/* ---- edges that are no more ---- */

void custody_taken_put(struct custody *c, const char *path, uint64_t key,
		       uint64_t sequence)
{
	struct custody_taken *taken = &c->taken[c->n_taken % CUSTODY_TAKEN_MAX];
	char *copy = strdup(path);

	if (!copy)
		return;
	free(taken->path);
	*taken = (struct custody_taken){ copy, key, sequence };
	c->n_taken++;
}

uint64_t custody_taken(const struct custody *c, uint64_t key)
{
	uint64_t sequence = 0;

	for (size_t i = 0; i < CUSTODY_TAKEN_MAX; i++)
		if (c->taken[i].key == key && c->taken[i].sequence > sequence)
			sequence = c->taken[i].sequence;
	return sequence;
}
