/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * telling.c - what those at the two ends of an edge are told of it.
 *
 * Supervisors hear of both ends, with the descriptors of those that concern them;
 * actors of their own end. It sends, and decides nothing: nobody hears of an edge
 * that is awaited (keeping.c).
 */
#include <string.h>

#include "libactorproc/edge.h"
#include "supervisord/activation.h"
#include "supervisord/breakpoint.h"
#include "supervisord/gifts.h"
#include "supervisord/telling.h"

#define MESSAGE_BYTES (3 * PATH_MAX)

/* an end, or the pool behind the ends; false: it is not there */
static bool put_fd(struct link_message *m, int fd)
{
	if (fd < 0)
		return false;
	m->fds[m->n_fds++] = fd;
	return true;
}

static void put_pool(struct link_message *m, const struct custody_edge *edge)
{
	if (put_fd(m, edge->pool_fd))
		fields_put_u64(&m->w, "POOL", 1);
}

static void message_begin(struct link_message *m, const char *verb)
{
	m->n_fds = 0;
	fields_begin(&m->w, m->bytes, sizeof(m->bytes), verb);
}

/*
 * Those that a file declares are said at once: they are as many as that says,
 * and their names are to be known, whatever becomes of them. Granted ones are
 * as many as actors like.
 */
static void say_words(struct link *link, const struct custody_edge *edge,
		      const struct link_words *words)
{
	struct link_message m = { .n_fds = 0 };

	if (!edge->name)
		link_send_words(link, words);
	else if (words->make(words, &m))
		link_send_again(link, &m.w, m.fds, m.n_fds, words);
}

#define SAY_HOLDER 1u
#define SAY_TARGET 2u

static bool make_edge(const struct link_words *words, struct link_message *m)
{
	const struct supervisor *s = words->whose;
	const struct custody_edge *edge = custody_edge(&s->custody, words->id);
	bool holder, target;

	if (!edge)
		return false;
	message_begin(m, "EDGE");
	holder = words->number & SAY_HOLDER && put_fd(m, edge->holder_fd);
	target = words->number & SAY_TARGET && put_fd(m, edge->target_fd);
	fields_put_u64(&m->w, "ID", edge->id);
	fields_put(&m->w, "HOLDER", edge->holder);
	fields_put(&m->w, "TARGET", edge->target);
	fields_put(&m->w, "NAME", edge->name);
	fields_put_format(&m->w, "HAS", "%s%s", holder ? "h" : "",
			  target ? "t" : "");
	fields_put_u64(&m->w, "HOLDER_LIFE", edge->holder_life);
	fields_put_u64(&m->w, "TARGET_LIFE", edge->target_life);
	limits_put(&m->w, &edge->limits);
	if (edge->closed || edge->left)
		fields_put_format(&m->w, "OVER", "%s%s",
				  edge->closed ? "h" : "",
				  edge->left ? "t" : "");
	if (edge->revoked)
		fields_put_u64(&m->w, "REVOKED", 1);
	if (edge->settling)
		fields_put_u64(&m->w, "SETTLING", 1);
	put_pool(m, edge);
	return holder || target;
}

static void say_edge(struct supervisor *s, struct link *link,
		     const struct custody_edge *edge, bool holder, bool target)
{
	const struct link_words words = {
		.make = make_edge,
		.whose = s,
		.id = edge->id,
		.number = (holder ? SAY_HOLDER : 0) |
			  (target ? SAY_TARGET : 0),
	};

	say_words(link, edge, &words);
}

/* what its holder is to do when it is full */
static const char *overflow_of(const struct supervisor *s, const char *target)
{
	const struct spec_node *node = spec_find(s->tree->root, target);

	if (!node || node->mailbox_overflow == SPEC_OVERFLOW_REFUSE)
		return NULL;
	return spec_overflow_name(node->mailbox_overflow);
}

static void put_actor_edge(struct fields_writer *w, const struct supervisor *s,
			   const struct custody_edge *edge, enum edge_end end)
{
	const char *peer = end == EDGE_HOLDER ? edge->target : edge->holder;
	const char *own = end == EDGE_HOLDER ? edge->holder : edge->target;
	uint32_t n_descriptors = gifts_accepted(s, peer, own);

	fields_put_u64(w, "ID", edge->id);
	fields_put(w, "END", end == EDGE_HOLDER ? "holder" : "target");
	fields_put(w, "PEER", peer);
	fields_put_u64(w, "LIFE", end == EDGE_HOLDER ? edge->target_life :
		       edge->holder_life);
	limits_put(w, &edge->limits);
	if (n_descriptors)
		fields_put_u64(w, "DESCRIPTORS", n_descriptors);
}

static bool is_spawned_by(const struct child *c, const char *target)
{
	const struct spec_node *node = spec_find(c->node, target);

	return c->place == CUSTODY_HEAD && node && node->template;
}

static bool make_actor_edge(const struct link_words *words,
			    struct link_message *m)
{
	const struct child *c = words->whose;
	const struct supervisor *s = c->supervisor;
	const struct custody_edge *edge = custody_edge(&s->custody, words->id);
	bool holder = words->number == EDGE_HOLDER;

	if (!edge || (holder && !custody_edge_holders(edge)))
		return false;
	message_begin(m, "EDGE");
	if (!put_fd(m, holder ? edge->holder_fd : edge->target_fd))
		return false;
	put_actor_edge(&m->w, s, edge, holder ? EDGE_HOLDER : EDGE_TARGET);
	if (holder) {
		fields_put(&m->w, "NAME", edge->name);
		fields_put(&m->w, "OVERFLOW", overflow_of(s, edge->target));
		if (edge->name && is_spawned_by(c, edge->target))
			fields_put_u64(&m->w, "CHILD", 1);
	}
	if (edge->revoked)
		fields_put_u64(&m->w, "REVOKED", 1);
	put_pool(m, edge);
	return true;
}

static void say_actor_edge(struct child *c, const struct custody_edge *edge,
			   enum edge_end end)
{
	const struct link_words words = {
		.make = make_actor_edge,
		.whose = c,
		.id = edge->id,
		.number = end,
	};

	if (c->link)
		say_words(c->link, edge, &words);
}

static void say_limits(struct child *c, const struct custody_edge *edge,
		       enum edge_end end)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	if (!c)
		return;
	fields_begin(&w, bytes, sizeof(bytes), "EDGE");
	put_actor_edge(&w, c->supervisor, edge, end);
	link_send(c->link, &w, NULL, 0);
}

/* the target first: what the holder may now send must not be refused there */
void telling_limited(struct supervisor *s, const struct custody_edge *edge)
{
	if (edge->awaited)
		return;
	say_limits(minting_actor(s, edge->target_at), edge, EDGE_TARGET);
	say_limits(minting_actor(s, edge->holder_at), edge, EDGE_HOLDER);
}

void telling_spread(struct supervisor *s, const struct custody_edge *edge,
		    struct minting_source source,
		    const struct fields_writer *message)
{
	struct child *holder = edge->awaited ? NULL :
			       minting_below(s, edge->holder_at);
	struct child *target = edge->awaited ? NULL :
			       minting_below(s, edge->target_at);

	if (target && target != source.below && target->link)
		link_send(target->link, message, NULL, 0);
	BREAKPOINT("word of an edge: target told, holder not");
	if (holder && holder != target && holder != source.below &&
	    holder->link)
		link_send(holder->link, message, NULL, 0);
	BREAKPOINT("word of an edge: those below told, not above");
	if (s->parent && !source.above)
		link_send(s->parent, message, NULL, 0);
}

void telling_give(struct child *c, const struct custody_edge *edge)
{
	bool holder = edge->holder_at == c->place;
	bool target = edge->target_at == c->place;

	if (c->is_supervisor) {
		say_edge(c->supervisor, c->link, edge, holder, target);
		return;
	}
	BREAKPOINT("edge: not told to an actor");
	if (holder)
		say_actor_edge(c, edge, EDGE_HOLDER);
	if (target)
		say_actor_edge(c, edge, EDGE_TARGET);
}

/* to whom it concerns that runs already; others get it when they start */
void telling_distribute(struct supervisor *s, const struct custody_edge *edge)
{
	struct child *holder = supervisor_child(s, edge->holder_at);
	struct child *target = supervisor_child(s, edge->target_at);

	if (target && target->link)
		telling_give(target, edge);
	else if (target)
		activation_edge(target, edge);
	BREAKPOINT("edge: target told, holder not");
	if (holder && holder != target && holder->link)
		telling_give(holder, edge);
}

void telling_say(struct supervisor *s, struct link *link,
		 const struct custody_edge *edge)
{
	say_edge(s, link, edge, true, true);
}

void telling_push(struct supervisor *s, const struct custody_edge *edge)
{
	if (s->parent)
		telling_say(s, s->parent, edge);
}
