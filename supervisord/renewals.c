/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * renewals.c - a path begins a new life: its declared edges are made anew.
 *
 * Each supervisor up to the root makes those that are its to make, and says
 * RENEW to the one above; RENEWED comes back down the same way, behind all edges
 * that were made. Who waits for it is a child's start (awaits_edges), not we.
 */
#include <stdio.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/breakpoint.h"
#include "supervisord/endings.h"
#include "supervisord/keeping.h"
#include "supervisord/mailboxes.h"
#include "supervisord/minting.h"
#include "supervisord/renewals.h"

#define MESSAGE_BYTES (3 * PATH_MAX)

static void say_path(struct link *link, const char *verb, const char *path)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), verb);
	fields_put(&w, "PATH", path);
	link_send(link, &w, NULL, 0);
}

/* whose life is over gets no mail: its own new life will bring the edges */
static bool takes_edges(const struct supervisor *s,
			const struct declared_edge *e, const char *path)
{
	const char *other = strcmp(e->target, path) ? e->target : e->holder;

	if (strcmp(other, path) && mailboxes_is_ending(s, other))
		return false;
	return !strcmp(e->target, path) || path_is_supervisor(e->target) ||
	       custody_mailbox(&s->custody, e->target) ||
	       custody_edge_declared(&s->custody, e->holder, e->target);
}

/*
 * A life that is over has no edge any more, so one that is there was made for
 * this life, and may have mail in it; but one that was only granted does not
 * have the name. Not so those of supervisors: they outlive
 * the process, which counts its packets.
 */
static bool counts_anew(const struct declared_edge *e)
{
	return path_is_supervisor(e->holder) || path_is_supervisor(e->target);
}

static void renew_here(struct supervisor *s, const char *path)
{
	const struct declared_edge *e;
	struct custody_edge *old;

	for (size_t i = 0; i < s->tree->n_edges; i++) {
		e = &s->tree->edges[i];
		if ((strcmp(e->holder, path) && strcmp(e->target, path)) ||
		    !minting_is_ours(s, e->holder, e->target) ||
		    !takes_edges(s, e, path))
			continue;
		old = custody_edge_declared(&s->custody, e->holder, e->target);
		if (old && !counts_anew(e))
			continue;
		if (old && counts_anew(e))
			endings_end(s, old, !strcmp(e->target, path));
		minting_mint(s, e->holder, e->target, e->name, NULL);
	}
	BREAKPOINT("renewal: minted, not asked to keep");
	keeping_ask(s);
}

bool renewals_renew(struct supervisor *s, const char *path)
{
	renew_here(s, path);
	if (!s->parent)
		return false;
	BREAKPOINT("renewal: ours done, not asked above");
	say_path(s->parent, "RENEW", path);
	return true;
}

bool renewals_complete(struct supervisor *s, const char *path)
{
	const struct declared_edge *e;

	for (size_t i = 0; i < s->tree->n_edges; i++) {
		e = &s->tree->edges[i];
		if ((!strcmp(e->holder, path) || !strcmp(e->target, path)) &&
		    !custody_edge_declared(&s->custody, e->holder, e->target))
			return renewals_renew(s, path);
	}
	return false;
}

bool renewals_renew_tree(struct supervisor *s, const struct spec_node *node)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < node->n_children; i++)
		renewals_renew_tree(s, node->children[i]);
	if (!spec_is_supervisor(node))
		return renewals_renew(s, node->path);
	if (node->exec)
		renewals_renew(s, node->path);
	snprintf(path, sizeof(path), "%s/", node->path);
	return renewals_renew(s, path);
}

/* a new process counts its own packets from 1 again: on new edges */
void renewals_refresh(struct child *c)
{
	struct supervisor *s = c->supervisor;
	struct custody_edge *edge;
	char path[PATH_MAX];

	for (size_t i = s->custody.n_edges; i-- > 0;) {
		edge = s->custody.edges[i];
		if (edge->closed || !path_is_supervisor(edge->holder) ||
		    edge->holder_at != c->place)
			continue;
		snprintf(path, sizeof(path), "%s", edge->holder);
		endings_end(s, edge, false);
		renewals_renew(s, path);
		BREAKPOINT("renewal: one edge of a supervisor made anew");
		i = i < s->custody.n_edges ? i : s->custody.n_edges;
	}
}

static void renewed(struct supervisor *s, const char *path)
{
	struct child *c = supervisor_child(s, minting_place(s, path));
	size_t n;

	if (!c)
		return;
	if (c->is_supervisor && c->link) {
		BREAKPOINT("renewal: done above, not told below");
		say_path(c->link, "RENEWED", path);
		return;
	}
	n = strlen(c->node->path);
	if (c->is_supervisor && strcmp(path + n, "/"))
		return;		/* of somebody below: more are to come */
	c->awaits_edges = false;
	BREAKPOINT("renewal: done, nobody told");
	requests_wake(c, WAITER_TOLD, 0, NULL);
	if (c->state == CHILD_WAITING)
		child_prepare(c);
	supervisor_step_soon(s);
}

static void on_renew(struct supervisor *s, const char *path)
{
	renew_here(s, path);
	BREAKPOINT("renewal: ours done for one below");
	if (s->parent)
		say_path(s->parent, "RENEW", path);
	else
		renewed(s, path);
}

bool renewals_message(struct supervisor *s, const struct fields *f)
{
	const char *path = fields_get(f, "PATH");

	if (path && !strcmp(f->verb, "RENEW"))
		on_renew(s, path);
	else if (path && !strcmp(f->verb, "RENEWED"))
		renewed(s, path);
	else
		return false;
	return true;
}
