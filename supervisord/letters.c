/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * letters.c - the edge of an instance to /system/dead-letters, made when it has
 * something to say there.
 *
 * It alone promises such an edge, asks for it and has it made. It never reads a
 * letter.
 *
 * Most instances of a class never make a dead letter, and there can be thousands of
 * them: an edge for each would be three descriptors of the root for each, and more
 * ends than one actor can have. So they are told of an edge that comes LATER. What
 * is sent by it waits in the outbox of the arena, as it does for a socket that is
 * full, and the actor says LETTERS. That climbs to the root, which has both ends
 * below it; the edge comes down to both as any other does, and what waited leaves.
 * When a process dies meanwhile, the next one or burial.c asks again.
 *
 * The number of the edge is reckoned from the lives at both ends. So it is the same
 * for each process of a life, and for a supervisor that has been killed, and nobody
 * has to keep it: all that there is of such an edge, before it is made, is in one
 * arena.
 *
 * When there are as many as /system/dead-letters can have, nobody answers. Then the
 * letters wait where they are, and are asked for with the next one; at the end of
 * the life the supervisor tells of them itself.
 */
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/breakpoint.h"
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/class.h"
#include "supervisord/endings.h"
#include "supervisord/keeping.h"
#include "supervisord/letters.h"
#include "supervisord/mailboxes.h"
#include "supervisord/minting.h"
#include "supervisord/rationing.h"
#include "supervisord/tally.h"

#define MESSAGE_BYTES (3 * PATH_MAX)
#define NAME "dead-letters"
#define ASK_AGAIN_NS 100000000u

static const struct custody_edge *edge_of(const struct supervisor *s,
					  const char *holder)
{
	return custody_edge_between(&s->custody, holder, DEAD_LETTERS_PATH);
}

static bool is_later(const struct supervisor *s, const struct spec_node *node)
{
	return node && class_of(node) &&
	       spec_find(s->tree->root, DEAD_LETTERS_PATH);
}

bool letters_later(const struct supervisor *s, const char *path)
{
	return is_later(s, spec_find(s->tree->root, path));
}

bool letters_by_later(const struct supervisor *s,
		      const struct custody_edge *edge)
{
	return edge->name && !strcmp(edge->name, NAME) &&
	       !strcmp(edge->target, DEAD_LETTERS_PATH) &&
	       letters_later(s, edge->holder);
}

/* who begins anew has none of its own yet, and the dead to see to: it was told */
static uint64_t life_there(const struct supervisor *s)
{
	const struct custody_edge *own = edge_of(s, s->path);
	const struct custody_mailbox *m =
		custody_mailbox(&s->custody, DEAD_LETTERS_PATH);

	if (own)
		return own->target_life;
	return m ? m->life : s->letters_life;
}

void letters_put(const struct supervisor *s, struct fields_writer *w)
{
	fields_put_u64(w, "LETTERS", life_there(s));
}

void letters_take(struct supervisor *s, const struct fields *start)
{
	fields_get_u64(start, "LETTERS", &s->letters_life);
}

uint64_t letters_id(const struct supervisor *s, uint64_t life)
{
	return edges_id_of_lives(life, life_there(s));
}

void letters_promise(struct child *c)
{
	struct supervisor *s = c->supervisor;
	const struct custody_edge *edge = edge_of(s, c->node->path);
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	if (!is_later(s, c->node) || (edge && !edge->awaited))
		return;
	fields_begin(&w, bytes, sizeof(bytes), "EDGE");
	fields_put_u64(&w, "ID", edge ? edge->id : letters_id(s, c->life));
	fields_put(&w, "END", "holder");
	fields_put(&w, "PEER", DEAD_LETTERS_PATH);
	fields_put_u64(&w, "LIFE", life_there(s));
	fields_put(&w, "NAME", NAME);
	fields_put_u64(&w, "LATER", 1);
	link_send(c->link, &w, NULL, 0);
}

void letters_renewed(struct supervisor *s)
{
	struct child *c;

	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (!c->is_supervisor && c->link && c->living)
			letters_promise(c);
	}
}

/* ---- asking ------------------------------------------------------------- */

static size_t n_there(const struct supervisor *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->custody.n_edges; i++)
		n += !strcmp(s->custody.edges[i]->target, DEAD_LETTERS_PATH);
	return n;
}

/* those of lives that are over are there until they are read */
static bool has_room(struct supervisor *s)
{
	if (rationing_is(s))
		return false;
	if (n_there(s) < CEILING_LETTERS)
		return true;
	endings_sweep(s);
	return n_there(s) < CEILING_LETTERS;
}

/* of a life that we know, to one that goes on, and once */
static bool may_be_made(struct supervisor *s, const char *path,
			uint64_t life, uint64_t id)
{
	const struct custody_mailbox *m = custody_mailbox(&s->custody, path);

	return m && m->life == life && !custody_edge(&s->custody, id) &&
	       !edge_of(s, path) &&
	       custody_mailbox(&s->custody, DEAD_LETTERS_PATH) &&
	       !mailboxes_is_ending(s, DEAD_LETTERS_PATH) && has_room(s);
}

static void make(struct supervisor *s, const char *path, uint64_t life,
		 uint64_t id)
{
	if (!may_be_made(s, path, life, id))
		return;
	minting_mint_as(s, id, path, DEAD_LETTERS_PATH, NAME);
	keeping_ask(s);
}

static void ask(struct supervisor *s, const char *path, uint64_t life,
		uint64_t id)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	if (supervisor_is_root(s)) {
		make(s, path, life, id);
		return;
	}
	fields_begin(&w, bytes, sizeof(bytes), "LETTERS");
	fields_put(&w, "PATH", path);
	fields_put_u64(&w, "LIFE", life);
	fields_put_u64(&w, "ID", id);
	BREAKPOINT("letters: wanted, not asked above");
	link_send(s->parent, &w, NULL, 0);
}

void letters_want(struct supervisor *s, const char *path, uint64_t life)
{
	if (!edge_of(s, path))
		ask(s, path, life, letters_id(s, life));
}

/* it is no claim to anything: who asks for nothing, or often, is not heard */
bool letters_actor_message(struct child *c, const struct fields *f)
{
	uint64_t now_ns;

	if (strcmp(f->verb, "LETTERS"))
		return false;
	now_ns = supervisor_now_ns();
	if (!is_later(c->supervisor, c->node) ||
	    now_ns - c->letters_ns < ASK_AGAIN_NS)
		return true;
	c->letters_ns = now_ns;
	letters_want(c->supervisor, c->node->path, c->life);
	return true;
}

bool letters_message(struct supervisor *s, const struct child *from,
		     const struct fields *f)
{
	const char *path = fields_get(f, "PATH");
	uint64_t life, id;

	if (!from || strcmp(f->verb, "LETTERS"))
		return false;
	if (path && path_is_within(path, from->node->path) &&
	    fields_get_u64(f, "LIFE", &life) == 0 &&
	    fields_get_u64(f, "ID", &id) == 0)
		ask(s, path, life, id);
	return true;
}

/* it was asked for while its life went on, and that may be over; or it is just
 * ending, and waits for this */
void letters_came(struct supervisor *s, struct custody_edge *edge)
{
	const struct custody_mailbox *m =
		custody_mailbox(&s->custody, edge->holder);

	if (!edge->name || strcmp(edge->name, NAME) ||
	    edge->holder_at == CUSTODY_OUTSIDE ||
	    minting_below(s, edge->holder_at) ||
	    edge->id != letters_id(s, edge->holder_life))
		return;
	if (m && m->life == edge->holder_life)
		afterlife_has_letters(s, edge->holder);
	else
		endings_end(s, edge, false);
}
