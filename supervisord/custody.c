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
	free(edge->holder);
	free(edge->target);
	free(edge->name);
	free(edge->aliases);
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
	free(c->edges);
	free(c->mailboxes);
	free(c->descriptors);
	*c = (struct custody){ 0 };
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
	edge->holder_fd = edge->target_fd = -1;
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

struct custody_edge *custody_edge_between(const struct custody *c,
					  const char *holder,
					  const char *target)
{
	struct custody_edge *edge;

	for (size_t i = 0; i < c->n_edges; i++) {
		edge = c->edges[i];
		if (!edge->closed && !strcmp(edge->holder, holder) &&
		    !strcmp(edge->target, target))
			return edge;
	}
	return NULL;
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
		edge_free(edge);
		return;
	}
}

bool custody_edge_alias(struct custody_edge *edge, uint64_t via,
			uint64_t grant)
{
	struct custody_alias *more;

	for (size_t i = 0; i < edge->n_aliases; i++)
		if (edge->aliases[i].via == via &&
		    edge->aliases[i].grant == grant)
			return false;
	if (edge->n_aliases == CUSTODY_ALIASES_MAX) {
		edge->n_aliases--;
		memmove(edge->aliases, edge->aliases + 1,
			edge->n_aliases * sizeof(*edge->aliases));
	}
	more = reallocarray(edge->aliases, edge->n_aliases + 1, sizeof(*more));
	if (!more)
		return false;
	edge->aliases = more;
	more[edge->n_aliases++] = (struct custody_alias){ via, grant };
	return true;
}

struct custody_edge *custody_granted(const struct custody *c,
				     const char *holder, uint64_t via,
				     uint64_t grant)
{
	struct custody_edge *edge;

	for (size_t i = 0; i < c->n_edges; i++) {
		edge = c->edges[i];
		if (strcmp(edge->holder, holder))
			continue;
		for (size_t k = 0; k < edge->n_aliases; k++)
			if (edge->aliases[k].via == via &&
			    edge->aliases[k].grant == grant)
				return edge;
	}
	return NULL;
}

struct custody_mailbox *custody_mailbox(const struct custody *c,
					const char *path)
{
	for (size_t i = 0; i < c->n_mailboxes; i++)
		if (!strcmp(c->mailboxes[i]->path, path))
			return c->mailboxes[i];
	return NULL;
}

struct custody_mailbox *custody_mailbox_put(struct custody *c,
					    const char *path, uint64_t life,
					    uint32_t generation, int arena_fd)
{
	struct custody_mailbox *m = custody_mailbox(c, path);

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
		c->mailboxes[c->n_mailboxes++] = m;
	}
	close_fd(m->arena_fd);
	m->life = life;
	m->generation = generation;
	m->arena_fd = arena_fd;
	return m;
}

void custody_mailbox_drop(struct custody *c, const char *path)
{
	for (size_t i = 0; i < c->n_mailboxes; i++) {
		if (strcmp(c->mailboxes[i]->path, path))
			continue;
		mailbox_free(c->mailboxes[i]);
		c->mailboxes[i] = c->mailboxes[--c->n_mailboxes];
		return;
	}
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
