/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * outfit.c - what a child has when it starts: its mailboxes, its ends of edges,
 * its grants, its descriptors; then START.
 *
 * It alone says which of all that is in custody is for whom. What comes later is
 * told by who makes it.
 */
#include <string.h>
#include <unistd.h>

#include "libactorproc/path.h"
#include "supervisord/breakpoint.h"
#include "supervisord/closing.h"
#include "supervisord/endings.h"
#include "supervisord/gifts.h"
#include "supervisord/letters.h"
#include "supervisord/mailboxes.h"
#include "supervisord/minting.h"
#include "supervisord/outfit.h"
#include "supervisord/rationing.h"
#include "supervisord/receipts.h"
#include "supervisord/stories.h"
#include "supervisord/telling.h"
#include "supervisord/upgrades.h"

#define MESSAGE_BYTES (3 * PATH_MAX)

static void put_bounds(struct fields_writer *w, const struct spec_node *node)
{
	fields_put_u64(w, "BYTES", node->mailbox_bytes);
	fields_put_u64(w, "MESSAGES", node->mailbox_messages);
	fields_put_u64(w, "PER_EDGE", node->mailbox_per_edge);
	fields_put(w, "KIND", spec_mailbox_name(node->mailbox_kind));
	fields_put_u64(w, "STASH", node->mailbox_stash);
	fields_put_u64(w, "PAYLOAD", node->mailbox_payload);
	fields_put_u64(w, "DESCRIPTORS", gifts_bound(node));
}

static void give_setup(struct child *c, struct custody_mailbox *m)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "SETUP");
	fields_put(&w, "PATH", c->node->path);
	fields_put(&w, "SYSTEM", c->supervisor->tree->system);
	fields_put_u64(&w, "LIFE", c->life);
	fields_put_u64(&w, "GENERATION", c->generation);
	put_bounds(&w, c->node);
	if (c->node->idle_stop_ns)
		fields_put_u64(&w, "IDLE_STOP_NS", c->node->idle_stop_ns);
	link_send(c->link, &w, &m->arena_fd, 1);
	m->fresh = false;
}

static void give_mailboxes(struct child *c)
{
	struct supervisor *s = c->supervisor;
	const struct custody *custody = &s->custody;
	struct custody_mailbox *m;

	if (!c->is_supervisor) {
		m = custody_mailbox(custody, c->node->path);
		if (m)
			give_setup(c, m);
		return;
	}
	for (size_t i = 0; i < custody->n_mailboxes; i++) {
		m = custody->mailboxes[i];
		if (path_is_within(m->path, c->node->path))
			mailboxes_say(s, c->link, m);
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

/*
 * A declared name whose life is over is known, and fails closed. So is one whose
 * next life is just beginning: its edge comes when all above hold it, and that is
 * behind START.
 */
static void give_ended_names(struct child *c)
{
	const struct supervisor *s = c->supervisor;
	const struct custody_edge *edge;
	const struct declared_edge *e;
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	for (size_t i = 0; i < s->tree->n_edges; i++) {
		e = &s->tree->edges[i];
		if (strcmp(e->holder, c->node->path))
			continue;
		edge = custody_edge_declared(&s->custody, e->holder, e->target);
		if (edge && !edge->awaited)
			continue;
		fields_begin(&w, bytes, sizeof(bytes), "EDGE");
		fields_put_u64(&w, "ID", supervisor_random() >> 2);
		fields_put(&w, "END", "holder");
		fields_put(&w, "PEER", e->target);
		fields_put(&w, "NAME", e->name);
		link_send(c->link, &w, NULL, 0);
	}
}

static void give_names(struct child *c)
{
	give_ended_names(c);
	letters_promise(c);
}

static void give_grants(struct child *c, const struct custody_edge *edge)
{
	bool holder = edge->holder_at == c->place;

	if (edge->closed || edge->awaited ||
	    (!holder && edge->target_at != c->place))
		return;
	if (c->is_supervisor) {
		grants_give(c, edge);
		revocations_give(c, edge);
		return;
	}
	for (size_t k = 0; holder && k < edge->n_aliases; k++)
		if (!edge->aliases[k].awaited)
			grants_say_granted(c->link, edge,
					   edge->aliases[k].via,
					   edge->aliases[k].grant);
}

void outfit_start(struct child *c)
{
	struct fields_writer w;
	char bytes[2 * PATH_MAX + 512];

	fields_begin(&w, bytes, sizeof(bytes), "START");
	if (c->is_supervisor) {
		stories_put(c, &w);
		letters_put(c->supervisor, &w);
	}
	if (c->is_supervisor && (c->in_order || (c->generation == 0 &&
						 c->supervisor->in_order)))
		fields_put_u64(&w, "IN_ORDER", 1);
	link_send(c->link, &w, NULL, 0);
}

void outfit_give(struct child *c)
{
	const struct custody *custody = &c->supervisor->custody;
	const struct custody_edge *edge;

	endings_sweep(c->supervisor);
	give_mailboxes(c);
	for (size_t i = 0; i < custody->n_edges; i++) {
		edge = custody->edges[i];
		if (!edge->awaited && (edge->holder_at == c->place ||
				       edge->target_at == c->place))
			telling_give(c, edge);
	}
	BREAKPOINT("outfit: edges given, no grants");
	/* grants stand on other edges: those are all known by now */
	for (size_t i = 0; i < custody->n_edges; i++)
		give_grants(c, custody->edges[i]);
	if (c->is_supervisor) {
		receipts_give(c);
		rationing_give(c);
	} else {
		give_names(c);
	}
	give_descriptors(c);
	gifts_hand_down(c);
	upgrades_give(c);
	if (!c->is_supervisor && !c->lesson && !c->told_to_close)
		closing_say(c->link, &c->supervisor->tree->host, c->node,
			    false);
	BREAKPOINT("outfit: all given, no START");
	if (!c->awaits_mailbox)
		outfit_start(c);
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

bool outfit_message(struct supervisor *s, struct control_message *m)
{
	if (strcmp(m->fields.verb, "DESCRIPTOR"))
		return false;
	on_descriptor(s, m);
	return true;
}
