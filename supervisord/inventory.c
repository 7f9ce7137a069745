/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * inventory.c - all that a supervisor holds, as messages to who keeps it.
 *
 * They are those that it would say to a child that has all of it below (outfit.c),
 * so who takes it back does with them what a supervisor does that is started
 * again. Besides, of which nobody is told who is not the root:
 *   PROCESS   PATH GENERATION    its pidfd, of a supervisor below; or none: it is
 *                                yet to start, and that was its last
 *   ENDED     LIVES UNREADABLE and those of ledger.h
 */
#include <string.h>

#include "supervisord/gifts.h"
#include "supervisord/inventory.h"
#include "supervisord/mailboxes.h"
#include "supervisord/minting.h"
#include "supervisord/nursery.h"
#include "supervisord/receipts.h"
#include "supervisord/telling.h"

#define MESSAGE_BYTES (2 * PATH_MAX)

static void say_process(struct link *link, const struct child *c,
			uint32_t generation, size_t n_fds)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "PROCESS");
	fields_put(&w, "PATH", c->node->path);
	fields_put_u64(&w, "GENERATION", generation);
	link_send(link, &w, &c->pidfd, n_fds);
}

void inventory_say_process(struct link *link, const struct child *c)
{
	say_process(link, c, c->generation, 1);
}

static void say_ended(struct link *link, const struct ended_lives *ended)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "ENDED");
	fields_put_u64(&w, "LIVES", ended->n_lives);
	fields_put_u64(&w, "UNREADABLE", ended->n_unreadable);
	ledger_put(&ended->counts, &w);
	link_send(link, &w, NULL, 0);
}

static void say_spawned(struct link *link, const struct spec_node *node)
{
	for (size_t i = 0; i < node->n_children; i++) {
		if (node->children[i]->template)
			nursery_say(link, node->children[i]);
		say_spawned(link, node->children[i]);
	}
}

/* grants stand on other edges: those are all said before */
static void say_edges(struct supervisor *s, struct link *link)
{
	const struct custody *custody = &s->custody;
	struct child keeper = { .supervisor = s, .link = link };

	for (size_t i = 0; i < custody->n_edges; i++)
		telling_say(s, link, custody->edges[i]);
	for (size_t i = 0; i < custody->n_edges; i++) {
		if (custody->edges[i]->closed)
			continue;
		grants_give(&keeper, custody->edges[i]);
		revocations_give(&keeper, custody->edges[i]);
	}
}

static void say_processes(struct supervisor *s, struct link *link)
{
	const struct child *c;

	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (c->is_supervisor && c->pidfd >= 0)
			inventory_say_process(link, c);
		else if (c->is_supervisor && c->generation > 0)
			say_process(link, c, c->generation - 1, 0);
	}
}

void inventory_say(struct supervisor *s, struct link *link)
{
	const struct custody *custody = &s->custody;

	say_ended(link, &s->ended);
	say_spawned(link, s->tree->root);
	for (size_t i = 0; i < custody->n_mailboxes; i++)
		mailboxes_say(s, link, custody->mailboxes[i]);
	say_edges(s, link);
	for (size_t i = 0; i < CUSTODY_TAKEN_MAX; i++)
		if (custody->taken[i].path)
			receipts_say(link, &custody->taken[i]);
	for (size_t i = 0; i < custody->n_gifts; i++)
		gifts_say(link, &custody->gifts[i]);
	say_processes(s, link);
}

static void on_process(struct supervisor *s, const char *path,
		       uint64_t generation)
{
	struct child *c;

	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (c->is_supervisor && !strcmp(c->node->path, path) &&
		    generation < UINT32_MAX)
			c->generation = (uint32_t)generation + 1;
	}
}

static void on_ended(struct supervisor *s, const struct fields *f)
{
	s->ended = (struct ended_lives){ .counts = ledger_get(f) };
	fields_get_u64(f, "LIVES", &s->ended.n_lives);
	fields_get_u64(f, "UNREADABLE", &s->ended.n_unreadable);
}

bool inventory_message(struct supervisor *s, const struct fields *f)
{
	const char *path = fields_get(f, "PATH");
	uint64_t generation;

	if (!strcmp(f->verb, "ENDED"))
		on_ended(s, f);
	else if (strcmp(f->verb, "PROCESS"))
		return false;
	else if (path && fields_get_u64(f, "GENERATION", &generation) == 0)
		on_process(s, path, generation);
	return true;
}
