/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * minting.c - edges: made by the one supervisor that has both ends below it,
 * handed down to where they belong, kept by everybody on the way.
 *
 * It alone makes edges and decides who gets their ends. It accepts descriptors
 * from supervisors, never from an actor.
 *
 * Between supervisors, beside what protocol.h says:
 *   EDGE       ID HOLDER TARGET NAME? HAS=h|t|ht      the ends, both directions
 *   EDGE_END   ID BY=holder|target                    both
 *   MAILBOX    PATH LIFE GENERATION                   the arena, both
 *   MAILBOX_END PATH                                  up
 *   DESCRIPTOR PATH NAME                              it, down
 *   MINT       HOLDER TARGET VIA GRANT                both
 *   GRANTED    PATH EDGE VIA GRANT                    down
 *   REFUSED    PATH VIA GRANT                         down
 *   RENEW      PATH                                   up
 *   RENEWED    PATH                                   down
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sockios.h>

#include "libactorproc/edge.h"
#include "libactorproc/frame.h"
#include "libactorproc/path.h"
#include "supervisord/minting.h"
#include "supervisord/questions.h"

#define MESSAGE_BYTES (3 * PATH_MAX)

struct child *minting_below(struct supervisor *s, int place)
{
	struct child *c = supervisor_child(s, place);

	return c && c->is_supervisor ? c : NULL;
}

int minting_place(const struct supervisor *s, const char *path)
{
	return edges_route(s->node, path);
}

bool minting_inside(const struct supervisor *s, const char *path)
{
	return minting_place(s, path) != CUSTODY_OUTSIDE;
}

static bool minted_by(const struct supervisor *s, const char *holder,
		      const char *target)
{
	char minter[PATH_MAX];
	struct spec_node *const *tops = s->tree->root->children;

	return !strcmp(edges_minter(tops, s->tree->root->n_children, holder,
				    target, minter), s->path);
}

/* ---- telling ---- */

static void say_edge(struct link *link, const struct custody_edge *edge,
		     bool holder, bool target)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;
	int fds[2];
	size_t n = 0;

	if (holder && edge->holder_fd >= 0)
		fds[n++] = edge->holder_fd;
	else
		holder = false;
	if (target && edge->target_fd >= 0)
		fds[n++] = edge->target_fd;
	else
		target = false;
	if (n == 0)
		return;
	fields_begin(&w, bytes, sizeof(bytes), "EDGE");
	fields_put_u64(&w, "ID", edge->id);
	fields_put(&w, "HOLDER", edge->holder);
	fields_put(&w, "TARGET", edge->target);
	fields_put(&w, "NAME", edge->name);
	fields_put_format(&w, "HAS", "%s%s", holder ? "h" : "",
			  target ? "t" : "");
	link_send(link, &w, fds, n);
}

static void say_actor_edge(struct child *c, const struct custody_edge *edge,
			   enum edge_end end)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;
	int fd = end == EDGE_HOLDER ? edge->holder_fd : edge->target_fd;

	if (fd < 0 || !c->link)
		return;
	fields_begin(&w, bytes, sizeof(bytes), "EDGE");
	fields_put_u64(&w, "ID", edge->id);
	fields_put(&w, "END", end == EDGE_HOLDER ? "holder" : "target");
	fields_put(&w, "PEER", end == EDGE_HOLDER ? edge->target :
		   edge->holder);
	if (end == EDGE_HOLDER)
		fields_put(&w, "NAME", edge->name);
	link_send(c->link, &w, &fd, 1);
}

static void say_path(struct link *link, const char *verb, const char *path)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), verb);
	fields_put(&w, "PATH", path);
	link_send(link, &w, NULL, 0);
}

static void say_mailbox(struct link *link, const struct custody_mailbox *m)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "MAILBOX");
	fields_put(&w, "PATH", m->path);
	fields_put_u64(&w, "LIFE", m->life);
	fields_put_u64(&w, "GENERATION", m->generation);
	link_send(link, &w, &m->arena_fd, 1);
}

/* ---- where an edge belongs ---- */

static void give_own_end(struct supervisor *s, struct custody_edge *edge)
{
	if (edge->holder_at == CUSTODY_SELF && edge->holder_fd >= 0 &&
	    edge->name && !strcmp(edge->name, "dead-letters"))
		reporter_edge(s->reporter,
			      fcntl(edge->holder_fd, F_DUPFD_CLOEXEC, 0));
	if (edge->target_at == CUSTODY_SELF && s->questions)
		questions_edge(s, edge);
}

static void give_child(struct child *c, const struct custody_edge *edge)
{
	bool holder = edge->holder_at == c->place;
	bool target = edge->target_at == c->place;

	if (c->is_supervisor) {
		say_edge(c->link, edge, holder, target);
		return;
	}
	if (holder && !edge->closed)
		say_actor_edge(c, edge, EDGE_HOLDER);
	if (target)
		say_actor_edge(c, edge, EDGE_TARGET);
}

/* to whom it concerns that runs already; others get it when they start */
static void distribute(struct supervisor *s, const struct custody_edge *edge)
{
	struct child *holder = supervisor_child(s, edge->holder_at);
	struct child *target = supervisor_child(s, edge->target_at);

	if (target && target->link)
		give_child(target, edge);
	if (holder && holder != target && holder->link)
		give_child(holder, edge);
}

static void sweep(struct supervisor *s)
{
	struct custody_edge *edge;
	int queued;

	for (size_t i = s->custody.n_edges; i-- > 0;) {
		edge = s->custody.edges[i];
		if (edge->closed &&
		    (edge->target_fd < 0 ||
		     ioctl(edge->target_fd, SIOCINQ, &queued) < 0 ||
		     queued == 0))
			custody_edge_drop(&s->custody, edge);
	}
}

static struct custody_edge *enter(struct supervisor *s, uint64_t id,
				  const char *holder, const char *target,
				  const char *name)
{
	struct custody_edge *edge;

	sweep(s);
	edge = custody_edge_new(&s->custody, id, holder, target, name);
	if (!edge)
		return NULL;
	edge->holder_at = minting_place(s, holder);
	edge->target_at = minting_place(s, target);
	edge->minted_here = minted_by(s, holder, target);
	return edge;
}

static size_t room_of(const struct supervisor *s, const char *target)
{
	const struct spec_node *node = spec_find(s->tree->root, target);

	return node ? (size_t)node->mailbox_bytes : 0;
}

struct custody_edge *minting_mint(struct supervisor *s, const char *holder,
				  const char *target, const char *name)
{
	struct custody_edge *edge;
	int fds[2];

	if (edge_pair(fds, room_of(s, target)) < 0)
		return NULL;
	edge = enter(s, supervisor_random() >> 2, holder, target, name);
	if (!edge) {
		close(fds[0]);
		close(fds[1]);
		return NULL;
	}
	edge->holder_fd = fds[0];
	edge->target_fd = fds[1];
	if (s->parent)
		say_edge(s->parent, edge, true, true);
	give_own_end(s, edge);
	distribute(s, edge);
	return edge;
}

void minting_declared(struct supervisor *s)
{
	const struct declared_edge *e;

	for (size_t i = 0; i < s->tree->n_edges; i++) {
		e = &s->tree->edges[i];
		if (minting_inside(s, e->holder) &&
		    minting_inside(s, e->target) &&
		    minted_by(s, e->holder, e->target) &&
		    !custody_edge_between(&s->custody, e->holder, e->target))
			minting_mint(s, e->holder, e->target, e->name);
	}
}

static bool is_within(const struct child *c, const char *path)
{
	return path_is_within(path, c->node->path);
}

static void give_setup(struct child *c, const struct custody_mailbox *m)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "SETUP");
	fields_put(&w, "PATH", c->node->path);
	fields_put(&w, "SYSTEM", c->supervisor->tree->system);
	fields_put_u64(&w, "LIFE", c->life);
	fields_put_u64(&w, "GENERATION", c->generation);
	link_send(c->link, &w, &m->arena_fd, 1);
}

static void give_mailboxes(struct child *c)
{
	const struct custody *custody = &c->supervisor->custody;
	const struct custody_mailbox *m;

	for (size_t i = 0; i < custody->n_mailboxes; i++) {
		m = custody->mailboxes[i];
		if (c->is_supervisor && is_within(c, m->path))
			say_mailbox(c->link, m);
		else if (!c->is_supervisor && m->at == c->place)
			give_setup(c, m);
	}
}

static void give_descriptors(struct child *c)
{
	const struct custody *custody = &c->supervisor->custody;
	const struct custody_descriptor *d;
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	for (size_t i = 0; i < custody->n_descriptors; i++) {
		d = custody->descriptors[i];
		if (minting_place(c->supervisor, d->path) != c->place)
			continue;
		fields_begin(&w, bytes, sizeof(bytes), "DESCRIPTOR");
		if (c->is_supervisor)
			fields_put(&w, "PATH", d->path);
		fields_put(&w, "NAME", d->name);
		link_send(c->link, &w, &d->fd, 1);
	}
}

/* a declared name whose life is over: it is known, and fails closed */
static void give_ended_names(struct child *c)
{
	const struct supervisor *s = c->supervisor;
	const struct declared_edge *e;
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	for (size_t i = 0; i < s->tree->n_edges; i++) {
		e = &s->tree->edges[i];
		if (strcmp(e->holder, c->node->path) ||
		    custody_edge_between(&s->custody, e->holder, e->target))
			continue;
		fields_begin(&w, bytes, sizeof(bytes), "EDGE");
		fields_put_u64(&w, "ID", supervisor_random() >> 2);
		fields_put(&w, "END", "holder");
		fields_put(&w, "PEER", e->target);
		fields_put(&w, "NAME", e->name);
		link_send(c->link, &w, NULL, 0);
	}
}

void minting_give(struct child *c)
{
	const struct custody *custody = &c->supervisor->custody;
	const struct custody_edge *edge;
	struct fields_writer w;
	char bytes[16];

	sweep(c->supervisor);
	give_mailboxes(c);
	for (size_t i = 0; i < custody->n_edges; i++) {
		edge = custody->edges[i];
		if (edge->holder_at == c->place || edge->target_at == c->place)
			give_child(c, edge);
		for (size_t k = 0; edge->holder_at == c->place &&
		     k < edge->n_aliases; k++)
			grants_say(c->link, "GRANTED", edge->holder, edge->id,
				   edge->aliases[k].via,
				   edge->aliases[k].grant);
	}
	if (!c->is_supervisor)
		give_ended_names(c);
	give_descriptors(c);
	fields_begin(&w, bytes, sizeof(bytes), "START");
	link_send(c->link, &w, NULL, 0);
}

/* ---- a new life of a path ---- */

/* whose life is over gets no mail: its own new life will bring the edges */
static bool takes_edges(const struct supervisor *s,
			const struct declared_edge *e, const char *path)
{
	return !strcmp(e->target, path) || path_is_supervisor(e->target) ||
	       custody_mailbox(&s->custody, e->target) ||
	       custody_edge_between(&s->custody, e->holder, e->target);
}

static void renew_here(struct supervisor *s, const char *path)
{
	const struct declared_edge *e;
	struct custody_edge *old;

	for (size_t i = 0; i < s->tree->n_edges; i++) {
		e = &s->tree->edges[i];
		if ((strcmp(e->holder, path) && strcmp(e->target, path)) ||
		    !minted_by(s, e->holder, e->target) ||
		    !takes_edges(s, e, path))
			continue;
		old = custody_edge_between(&s->custody, e->holder, e->target);
		if (old)
			minting_end_edge(s, old, !strcmp(e->target, path));
		minting_mint(s, e->holder, e->target, e->name);
	}
}

bool minting_renew(struct supervisor *s, const char *path)
{
	renew_here(s, path);
	if (!s->parent)
		return false;
	say_path(s->parent, "RENEW", path);
	return true;
}

bool minting_complete(struct supervisor *s, const char *path)
{
	const struct declared_edge *e;

	for (size_t i = 0; i < s->tree->n_edges; i++) {
		e = &s->tree->edges[i];
		if ((!strcmp(e->holder, path) || !strcmp(e->target, path)) &&
		    !custody_edge_between(&s->custody, e->holder, e->target))
			return minting_renew(s, path);
	}
	return false;
}

bool minting_renew_tree(struct supervisor *s, const struct spec_node *node)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < node->n_children; i++)
		minting_renew_tree(s, node->children[i]);
	if (node->n_children == 0)
		return minting_renew(s, node->path);
	if (node->exec)
		minting_renew(s, node->path);
	snprintf(path, sizeof(path), "%s/", node->path);
	return minting_renew(s, path);
}

/* a new process counts its own packets from 1 again: on new edges */
void minting_refresh_supervisor(struct child *c)
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
		minting_end_edge(s, edge, false);
		minting_renew(s, path);
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
		say_path(c->link, "RENEWED", path);
		return;
	}
	n = strlen(c->node->path);
	if (c->is_supervisor && strcmp(path + n, "/"))
		return;		/* of somebody below: more are to come */
	c->awaits_edges = false;
	supervisor_step_soon(s);
}

static void on_renew(struct supervisor *s, const char *path)
{
	renew_here(s, path);
	if (s->parent)
		say_path(s->parent, "RENEW", path);
	else
		renewed(s, path);
}

/* ---- the end of an edge ---- */

static void end_edge(struct supervisor *s, struct custody_edge *edge,
		     bool by_target, const struct child *from)
{
	struct child *holder = minting_below(s, edge->holder_at);
	struct child *target = minting_below(s, edge->target_at);
	char bytes[128];
	struct fields_writer w;
	int queued;

	fields_begin(&w, bytes, sizeof(bytes), "EDGE_END");
	fields_put_u64(&w, "ID", edge->id);
	fields_put(&w, "BY", by_target ? "target" : "holder");
	if (s->parent)
		link_send(s->parent, &w, NULL, 0);
	if (holder && holder != from && holder->link)
		link_send(holder->link, &w, NULL, 0);
	if (target && target != holder && target != from && target->link)
		link_send(target->link, &w, NULL, 0);
	if (!by_target && edge->holder_fd >= 0)
		shutdown(edge->holder_fd, SHUT_RDWR);
	if (by_target && edge->target_fd >= 0)
		shutdown(edge->target_fd, SHUT_RDWR);
	/* what the holder sent before is still to be read by the target */
	if (!by_target && edge->target_fd >= 0 &&
	    ioctl(edge->target_fd, SIOCINQ, &queued) == 0 && queued > 0) {
		edge->closed = true;
		if (edge->holder_fd >= 0)
			close(edge->holder_fd);
		edge->holder_fd = -1;
		return;
	}
	custody_edge_drop(&s->custody, edge);
}

void minting_end_edge(struct supervisor *s, struct custody_edge *edge,
		      bool by_target)
{
	end_edge(s, edge, by_target, NULL);
}

static void on_edge_end(struct supervisor *s, struct child *from,
			const struct fields *f)
{
	struct custody_edge *edge;
	const char *by = fields_get(f, "BY");
	uint64_t id;

	if (fields_get_u64(f, "ID", &id) < 0 || !by)
		return;
	edge = custody_edge(&s->custody, id);
	if (edge && !edge->closed)
		end_edge(s, edge, !strcmp(by, "target"), from);
}

/* ---- mailboxes, in the custody of all above ---- */

void minting_push_mailbox(struct supervisor *s,
			  const struct custody_mailbox *mailbox)
{
	if (s->parent)
		say_mailbox(s->parent, mailbox);
}

void minting_end_mailbox(struct supervisor *s, const char *path)
{
	custody_mailbox_drop(&s->custody, path);
	if (s->parent)
		say_path(s->parent, "MAILBOX_END", path);
}

static void on_mailbox(struct supervisor *s, struct child *from,
		       struct control_message *m)
{
	const char *path = fields_get(&m->fields, "PATH");
	struct custody_mailbox *mailbox;
	uint64_t life, generation;
	int fd = control_take_fd(m);

	if (!path || fd < 0 ||
	    fields_get_u64(&m->fields, "LIFE", &life) < 0 ||
	    fields_get_u64(&m->fields, "GENERATION", &generation) < 0) {
		if (fd >= 0)
			close(fd);
		return;
	}
	mailbox = custody_mailbox_put(&s->custody, path, life,
				      (uint32_t)generation, fd);
	if (!mailbox)
		return;
	mailbox->at = minting_place(s, path);
	if (from)
		minting_push_mailbox(s, mailbox);
}

/* ---- edges from above and below ---- */

static void on_edge(struct supervisor *s, struct child *from,
		    struct control_message *m)
{
	const struct fields *f = &m->fields;
	const char *holder = fields_get(f, "HOLDER");
	const char *target = fields_get(f, "TARGET");
	const char *has = fields_get(f, "HAS");
	struct custody_edge *edge;
	uint64_t id;

	if (!holder || !target || !has || fields_get_u64(f, "ID", &id) < 0 ||
	    custody_edge(&s->custody, id))
		return;
	edge = enter(s, id, holder, target, fields_get(f, "NAME"));
	if (!edge)
		return;
	if (strchr(has, 'h'))
		edge->holder_fd = control_take_fd(m);
	if (strchr(has, 't'))
		edge->target_fd = control_take_fd(m);
	if (from) {
		if (s->parent)
			say_edge(s->parent, edge, true, true);
		return;
	}
	give_own_end(s, edge);
	distribute(s, edge);
}

static void on_descriptor(struct supervisor *s, struct control_message *m)
{
	const char *path = fields_get(&m->fields, "PATH");
	const char *name = fields_get(&m->fields, "NAME");
	int fd = control_take_fd(m);

	if (path && name && fd >= 0)
		custody_descriptor_put(&s->custody, path, name, fd);
	else if (fd >= 0)
		close(fd);
}

bool minting_message(struct supervisor *s, struct child *from,
		     struct control_message *m)
{
	const struct fields *f = &m->fields;
	const char *path = fields_get(f, "PATH");

	if (!strcmp(f->verb, "EDGE"))
		on_edge(s, from, m);
	else if (!strcmp(f->verb, "EDGE_END"))
		on_edge_end(s, from, f);
	else if (!strcmp(f->verb, "MAILBOX"))
		on_mailbox(s, from, m);
	else if (!strcmp(f->verb, "MAILBOX_END") && path)
		minting_end_mailbox(s, path);
	else if (!strcmp(f->verb, "DESCRIPTOR"))
		on_descriptor(s, m);
	else if (!strcmp(f->verb, "RENEW") && path)
		on_renew(s, path);
	else if (!strcmp(f->verb, "RENEWED") && path)
		renewed(s, path);
	else
		return grants_message(s, f);
	return true;
}
