/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * minting.c - edges: made by the one supervisor that has both ends below it,
 * handed down to where they belong, kept by everybody on the way.
 *
 * It alone makes edges, and takes those that others have made: their descriptors
 * it accepts from supervisors, never from an actor. What is told of them is
 * telling.c's, how they end endings.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "libactorproc/flow.h"
#include "libactorproc/path.h"
#include "libactorproc/pool.h"
#include "supervisord/breakpoint.h"
#include "supervisord/endings.h"
#include "supervisord/keeping.h"
#include "supervisord/letters.h"
#include "supervisord/minting.h"
#include "supervisord/questions.h"
#include "supervisord/shortage.h"
#include "supervisord/telling.h"

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

/* a child that is no supervisor, and is there to hear it */
struct child *minting_actor(struct supervisor *s, int place)
{
	struct child *c = supervisor_child(s, place);

	return c && !c->is_supervisor && c->link ? c : NULL;
}

struct child *minting_holder(struct supervisor *s,
			     const struct custody_edge *edge)
{
	return minting_actor(s, edge->holder_at);
}

bool minting_is_ours(const struct supervisor *s, const char *holder,
		     const char *target)
{
	char minter[PATH_MAX];
	struct spec_node *const *tops = s->tree->root->children;

	return !strcmp(edges_minter(tops, s->tree->root->n_children, holder,
				    target, minter), s->path);
}

static void give_own_end(struct supervisor *s, struct custody_edge *edge)
{
	/* taken back from an earlier root, who counted its packets: recall.c */
	if (s->root && !s->last_group)
		return;
	if (edge->holder_at == CUSTODY_SELF && edge->holder_fd >= 0 &&
	    edge->name && !strcmp(edge->name, "dead-letters")) {
		reporter_edge(s->reporter,
			      fcntl(edge->holder_fd, F_DUPFD_CLOEXEC, 0));
		letters_renewed(s);
	}
	if (edge->target_at == CUSTODY_SELF && s->questions)
		questions_edge(s, edge);
}

/* a grant is made above while the life it is for ends here */
static void end_late(struct supervisor *s, const struct custody_edge *edge)
{
	char holder[PATH_MAX], target[PATH_MAX];

	if (edge->name || !custody_edge_open(edge))
		return;
	snprintf(holder, sizeof(holder), "%s", edge->holder);
	snprintf(target, sizeof(target), "%s", edge->target);
	supervisor_granted(s, target);
	supervisor_granted(s, holder);
}

static struct custody_edge *enter(struct supervisor *s, uint64_t id,
				  const char *holder, const char *target,
				  const char *name)
{
	struct custody_edge *edge;

	endings_sweep(s);
	edge = custody_edge_new(&s->custody, id, holder, target, name);
	if (!edge)
		return NULL;
	edge->holder_at = minting_place(s, holder);
	edge->target_at = minting_place(s, target);
	edge->minted_here = minting_is_ours(s, holder, target);
	return edge;
}

/*
 * The life of who has one; of who will begin one, the life that edges promise
 * already: what is above us has minted first, and hands down with each edge the
 * lives it has drawn.
 */
uint64_t minting_life(const struct supervisor *s, const char *path)
{
	const struct custody_mailbox *m = custody_mailbox(&s->custody, path);
	uint64_t life = 0;

	if (m)
		return m->life;
	if (path_is_supervisor(path))
		return 0;
	for (size_t i = 0; i < s->custody.n_edges && !life; i++)
		life = custody_edge_life(s->custody.edges[i], path);
	return life ? life : supervisor_random() >> 2;
}

/* what waits counts with the kernel's own overhead; the kernel doubles what it
 * is asked for, to leave room for just that */
static size_t room_of(const struct supervisor *s, const char *target)
{
	const struct spec_node *node = spec_find(s->tree->root, target);

	return node ? (size_t)node->mailbox_per_edge / 2 : 0;
}

/* what its target will say itself as soon as it runs */
static void first_limits(const struct supervisor *s, const char *target,
			 struct actor_pool_flow *ret)
{
	const struct spec_node *node = spec_find(s->tree->root, target);
	struct flow_bounds bounds = { 0 };
	size_t n = 1;

	if (node)
		bounds = (struct flow_bounds){
			.messages = node->mailbox_messages,
			.bytes = node->mailbox_bytes,
			.per_edge = node->mailbox_per_edge,
			.payload = node->mailbox_payload,
		};
	for (size_t i = 0; i < s->custody.n_edges; i++)
		n += s->custody.edges[i]->pool_fd >= 0 &&
		     !path_is_within(s->custody.edges[i]->holder,
				     "/system") &&
		     !strcmp(s->custody.edges[i]->target, target);
	flow_limit(ret, &bounds, n);
}

/* supervisors send little, and neither read nor write it */
static int make_pool(const struct supervisor *s, const char *holder,
		     const char *target, int *ret_fd)
{
	struct actor_pool_flow limits = { 0 };
	int r;

	*ret_fd = -1;
	if (path_is_supervisor(holder) || path_is_supervisor(target))
		return 0;
	r = pool_new(ret_fd);
	if (r < 0)
		return r;
	first_limits(s, target, &limits);
	return pool_limit(*ret_fd, &limits);
}

/* both ends and the pool, of which nobody knows yet */
static int make_edge(struct supervisor *s, uint64_t id, const char *holder,
		     const char *target, const char *name,
		     struct custody_edge **ret)
{
	struct custody_edge *edge;
	int fds[2], r = edge_pair(fds, room_of(s, target));

	if (r < 0)
		return r;
	edge = enter(s, id, holder, target, name);
	if (!edge) {
		close(fds[0]);
		close(fds[1]);
		return -ENOMEM;
	}
	edge->holder_fd = fds[0];
	edge->target_fd = fds[1];
	r = make_pool(s, holder, target, &edge->pool_fd);
	if (r < 0) {
		custody_edge_drop(&s->custody, edge);
		return r;
	}
	*ret = edge;
	return 0;
}

static struct custody_edge *mint(struct supervisor *s, uint64_t id,
				 const char *holder, const char *target,
				 const char *name,
				 const struct actor_limits *limits)
{
	uint64_t target_life = minting_life(s, target);
	uint64_t holder_life = !strcmp(holder, target) ? target_life :
			       minting_life(s, holder);
	struct custody_edge *edge;
	int r = make_edge(s, id, holder, target, name, &edge);

	if (r < 0 && shortage_again(s, r, "an edge was not made"))
		r = make_edge(s, id, holder, target, name, &edge);
	if (r < 0)
		return NULL;
	edge->holder_life = holder_life;
	edge->target_life = target_life;
	if (limits)
		edge->limits = *limits;
	BREAKPOINT("mint: made, not pushed");
	edge->awaited = keeping_number(s);
	telling_push(s, edge);
	BREAKPOINT("mint: pushed, nobody told");
	if (edge->awaited)
		return edge;
	give_own_end(s, edge);
	telling_distribute(s, edge);
	return edge;
}

struct custody_edge *minting_mint(struct supervisor *s, const char *holder,
				  const char *target, const char *name,
				  const struct actor_limits *limits)
{
	return mint(s, supervisor_random() >> 2, holder, target, name, limits);
}

struct custody_edge *minting_mint_as(struct supervisor *s, uint64_t id,
				     const char *holder, const char *target,
				     const char *name)
{
	return mint(s, id, holder, target, name, NULL);
}

void minting_kept(struct supervisor *s, uint64_t number)
{
	struct custody_edge *edge;

	for (size_t i = 0; i < s->custody.n_edges; i++) {
		edge = s->custody.edges[i];
		if (edge->awaited != number)
			continue;
		edge->awaited = 0;
		give_own_end(s, edge);
		BREAKPOINT("mint: kept above, nobody told");
		telling_distribute(s, edge);
	}
}

void minting_declared(struct supervisor *s)
{
	const struct declared_edge *e;

	for (size_t i = 0; i < s->tree->n_edges; i++) {
		e = &s->tree->edges[i];
		if (minting_inside(s, e->holder) &&
		    minting_inside(s, e->target) &&
		    minting_is_ours(s, e->holder, e->target) &&
		    !custody_edge_declared(&s->custody, e->holder, e->target))
			minting_mint(s, e->holder, e->target, e->name, NULL);
	}
}

static void on_edge(struct supervisor *s, struct child *from,
		    struct control_message *m)
{
	const struct fields *f = &m->fields;
	const char *holder = fields_get(f, "HOLDER");
	const char *target = fields_get(f, "TARGET");
	const char *has = fields_get(f, "HAS"), *over;
	struct custody_edge *edge;
	uint64_t id;

	if (!holder || !target || !has || fields_get_u64(f, "ID", &id) < 0)
		return;
	edge = custody_edge(&s->custody, id);
	if (edge) {
		if (from)
			telling_push(s, edge);
		return;
	}
	edge = enter(s, id, holder, target, fields_get(f, "NAME"));
	if (!edge && from)	/* the word for it must not go by */
		supervisor_event(from, CHILD_EVENT_KILL);
	if (!edge)
		return;
	fields_get_u64(f, "HOLDER_LIFE", &edge->holder_life);
	fields_get_u64(f, "TARGET_LIFE", &edge->target_life);
	limits_get(f, &edge->limits);
	edge->revoked = fields_get(f, "REVOKED");
	if (strchr(has, 'h'))
		edge->holder_fd = control_take_fd(m);
	if (strchr(has, 't'))
		edge->target_fd = control_take_fd(m);
	if (fields_get(f, "POOL"))
		edge->pool_fd = control_take_fd(m);
	over = fields_get(f, "OVER");
	edge->closed = over && strchr(over, 'h');
	edge->left = over && strchr(over, 't');
	edge->settling = fields_get(f, "SETTLING");
	BREAKPOINT("edge: came, not passed on");
	if (from) {
		telling_push(s, edge);
		return;
	}
	give_own_end(s, edge);
	telling_distribute(s, edge);
	BREAKPOINT("edge: passed on");
	if (s->last_group) {
		end_late(s, edge);
		edge = custody_edge(&s->custody, id);	/* or that has ended it */
		if (edge)
			letters_came(s, edge);
	}
}

bool minting_message(struct supervisor *s, struct child *from,
		     struct control_message *m)
{
	if (strcmp(m->fields.verb, "EDGE"))
		return false;
	on_edge(s, from, m);
	return true;
}
