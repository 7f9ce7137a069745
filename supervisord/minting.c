/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * minting.c - edges: made by the one supervisor that has both ends below it,
 * handed down to where they belong, kept by everybody on the way.
 *
 * It alone makes edges and decides who gets their ends. It accepts descriptors
 * from supervisors, never from an actor: that is gifts.c's.
 *
 * Between supervisors, beside what protocol.h says:
 *   EDGE       ID HOLDER TARGET NAME? HAS=h|t|ht POOL? HOLDER_LIFE TARGET_LIFE
 *              OVER=h|t? REVOKED? and limits           the ends and the pool, both
 *                                                     directions
 *   EDGE_END   ID BY=holder|target|revoked TAKEN?     both
 *   CAME       ID FROM=h|t PATH TAKEN     of an edge that is no more, down
 *   MAILBOX    PATH LIFE GENERATION NUMBER? END?      the arena, both
 *   KEEP       PATH NUMBER            is all of it held?  up
 *   KEPT       PATH NUMBER            all above hold it   down
 *   MAILBOX_END PATH UNREADABLE? and those of ledger.h  up
 *   DESCRIPTOR PATH NAME                              it, down
 *   MINT       HOLDER TARGET VIA GRANT PARENT and limits    both
 *   REFUSED    PATH VIA GRANT                         both
 *   RENEW      PATH                                   up
 *   RENEWED    PATH                                   down
 *   GIVE       VIA NUMBER TO                          it, to all above TO
 *   TAKEN      VIA NUMBER TO                          the same way
 * and to all who hold the edge named first:
 *   GRANTED    EDGE VIA GRANT PARENT TO SUPPORTS and limits
 *   UNGRANTED  EDGE VIA GRANT      that is no more
 *   LIMITED    EDGE and limits     its own, from now on
 *   LIMIT      EDGE and limits     its holder passes it on with these, up
 *   REVOKE     EDGE GRANT TO       its holder takes this back from that life
 *   UNDONE     EDGE GRANT TO       it has, down
 * where limits are RATE BYTES NO_GRANTS, each left out when there is none.
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
#include "libactorproc/flow.h"
#include "libactorproc/frame.h"
#include "libactorproc/path.h"
#include "libactorproc/pool.h"
#include "supervisord/custody_gifts.h"
#include "supervisord/gifts.h"
#include "supervisord/activation.h"
#include "supervisord/keeping.h"
#include "supervisord/minting.h"
#include "supervisord/nursery.h"
#include "supervisord/questions.h"
#include "supervisord/takings.h"

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
		link_send(link, &m.w, m.fds, m.n_fds);
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
	if (!custody_edge_open(edge))
		fields_put(&m->w, "OVER", edge->closed ? "h" : "t");
	if (edge->revoked)
		fields_put_u64(&m->w, "REVOKED", 1);
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
	uint32_t n_descriptors = gifts_accepted(s, peer);

	fields_put_u64(w, "ID", edge->id);
	fields_put(w, "END", end == EDGE_HOLDER ? "holder" : "target");
	fields_put(w, "PEER", peer);
	fields_put_u64(w, "LIFE", end == EDGE_HOLDER ? edge->target_life :
		       edge->holder_life);
	limits_put(w, &edge->limits);
	if (n_descriptors)
		fields_put_u64(w, "DESCRIPTORS", n_descriptors);
}

static bool make_actor_edge(const struct link_words *words,
			    struct link_message *m)
{
	const struct child *c = words->whose;
	const struct supervisor *s = c->supervisor;
	const struct custody_edge *edge = custody_edge(&s->custody, words->id);
	bool holder = words->number == EDGE_HOLDER;

	if (!edge || (holder && edge->closed))
		return false;
	message_begin(m, "EDGE");
	if (!put_fd(m, holder ? edge->holder_fd : edge->target_fd))
		return false;
	put_actor_edge(&m->w, s, edge, holder ? EDGE_HOLDER : EDGE_TARGET);
	if (holder) {
		fields_put(&m->w, "NAME", edge->name);
		fields_put(&m->w, "OVERFLOW", overflow_of(s, edge->target));
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

/* a child that is no supervisor, and is there to hear it */
static struct child *actor_at(struct supervisor *s, int place)
{
	struct child *c = supervisor_child(s, place);

	return c && !c->is_supervisor && c->link ? c : NULL;
}

struct child *minting_holder(struct supervisor *s,
			     const struct custody_edge *edge)
{
	return actor_at(s, edge->holder_at);
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
void minting_limited(struct supervisor *s, const struct custody_edge *edge)
{
	if (edge->awaited)
		return;
	say_limits(actor_at(s, edge->target_at), edge, EDGE_TARGET);
	say_limits(actor_at(s, edge->holder_at), edge, EDGE_HOLDER);
}

void minting_spread(struct supervisor *s, const struct custody_edge *edge,
		    struct minting_source source,
		    const struct fields_writer *message)
{
	struct child *holder = edge->awaited ? NULL :
			       minting_below(s, edge->holder_at);
	struct child *target = edge->awaited ? NULL :
			       minting_below(s, edge->target_at);

	if (target && target != source.below && target->link)
		link_send(target->link, message, NULL, 0);
	if (holder && holder != target && holder != source.below &&
	    holder->link)
		link_send(holder->link, message, NULL, 0);
	if (s->parent && !source.above)
		link_send(s->parent, message, NULL, 0);
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
	if (m->number)
		fields_put_u64(&w, "NUMBER", m->number);
	fields_put(&w, "END", m->ending);
	if (m->paused)
		fields_put(&w, "PAUSED", "1");
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
		say_edge(c->supervisor, c->link, edge, holder, target);
		return;
	}
	if (holder)
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
	else if (target)
		activation_edge(target, edge);
	if (holder && holder != target && holder->link)
		give_child(holder, edge);
}

/* a grant is made above while the life it is for ends here */
static void end_late(struct supervisor *s, const struct custody_edge *edge)
{
	char holder[PATH_MAX], target[PATH_MAX];

	if (edge->name || edge->closed || edge->left)
		return;
	snprintf(holder, sizeof(holder), "%s", edge->holder);
	snprintf(target, sizeof(target), "%s", edge->target);
	supervisor_granted(s, target);
	supervisor_granted(s, holder);
}

static bool has_mail(int fd)
{
	int queued;

	return fd >= 0 && ioctl(fd, SIOCINQ, &queued) == 0 && queued > 0;
}

static void sweep(struct supervisor *s)
{
	struct custody_edge *edge;

	for (size_t i = s->custody.n_edges; !s->burying && i-- > 0;) {
		edge = s->custody.edges[i];
		if ((edge->closed && !has_mail(edge->target_fd)) ||
		    (edge->left && !has_mail(edge->holder_fd)))
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

bool minting_is_ending(const struct supervisor *s, const char *path)
{
	const struct custody_mailbox *m = custody_mailbox(&s->custody, path);

	return m && m->ending;
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

struct custody_edge *minting_mint(struct supervisor *s, const char *holder,
				  const char *target, const char *name,
				  const struct actor_limits *limits)
{
	uint64_t target_life = minting_life(s, target);
	uint64_t holder_life = !strcmp(holder, target) ? target_life :
			       minting_life(s, holder);
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
	edge->holder_life = holder_life;
	edge->target_life = target_life;
	if (limits)
		edge->limits = *limits;
	if (make_pool(s, holder, target, &edge->pool_fd) < 0) {
		custody_edge_drop(&s->custody, edge);
		return NULL;
	}
	edge->awaited = keeping_number(s);
	if (s->parent)
		say_edge(s, s->parent, edge, true, true);
	if (edge->awaited)
		return edge;
	give_own_end(s, edge);
	distribute(s, edge);
	return edge;
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
		distribute(s, edge);
	}
}

void minting_declared(struct supervisor *s)
{
	const struct declared_edge *e;

	for (size_t i = 0; i < s->tree->n_edges; i++) {
		e = &s->tree->edges[i];
		if (minting_inside(s, e->holder) &&
		    minting_inside(s, e->target) &&
		    minted_by(s, e->holder, e->target) &&
		    !custody_edge_declared(&s->custody, e->holder, e->target))
			minting_mint(s, e->holder, e->target, e->name, NULL);
	}
}

static bool is_within(const struct child *c, const char *path)
{
	return path_is_within(path, c->node->path);
}

static void put_bounds(struct fields_writer *w, const struct spec_node *node)
{
	fields_put_u64(w, "BYTES", node->mailbox_bytes);
	fields_put_u64(w, "MESSAGES", node->mailbox_messages);
	fields_put_u64(w, "PER_EDGE", node->mailbox_per_edge);
	fields_put(w, "KIND", spec_mailbox_name(node->mailbox_kind));
	fields_put_u64(w, "STASH", node->mailbox_stash);
	fields_put_u64(w, "PAYLOAD", node->mailbox_payload);
	fields_put_u64(w, "DESCRIPTORS", node->mailbox_descriptors);
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
	const struct custody *custody = &c->supervisor->custody;
	struct custody_mailbox *m;

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
		    custody_edge_declared(&s->custody, e->holder, e->target))
			continue;
		fields_begin(&w, bytes, sizeof(bytes), "EDGE");
		fields_put_u64(&w, "ID", supervisor_random() >> 2);
		fields_put(&w, "END", "holder");
		fields_put(&w, "PEER", e->target);
		fields_put(&w, "NAME", e->name);
		link_send(c->link, &w, NULL, 0);
	}
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
			grants_say(c->link, "GRANTED", edge->holder, edge->id,
				   edge->aliases[k].via,
				   edge->aliases[k].grant);
}

static void say_came(struct link *link, const struct custody_taken *taken)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "CAME");
	fields_put_u64(&w, "ID", arena_key_id(taken->key));
	fields_put(&w, "FROM", arena_key_end(taken->key) == EDGE_HOLDER ? "h" :
									  "t");
	fields_put(&w, "PATH", taken->path);
	fields_put_u64(&w, "TAKEN", taken->sequence);
	link_send(link, &w, NULL, 0);
}

static void give_taken(struct child *c)
{
	const struct custody *custody = &c->supervisor->custody;
	const struct custody_taken *taken;

	for (size_t i = 0; i < CUSTODY_TAKEN_MAX; i++) {
		taken = &custody->taken[i];
		if (taken->path && is_within(c, taken->path))
			say_came(c->link, taken);
	}
}

void minting_came(struct supervisor *s, const char *path, uint64_t key,
		  uint64_t sequence)
{
	const struct custody_taken taken = { (char *)path, key, sequence };
	struct child *below = minting_below(s, minting_place(s, path));

	if (!sequence)
		return;
	custody_taken_put(&s->custody, path, key, sequence);
	if (below && below->link)
		say_came(below->link, &taken);
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
		if (!edge->awaited && (edge->holder_at == c->place ||
				       edge->target_at == c->place))
			give_child(c, edge);
	}
	/* grants stand on other edges: those are all known by now */
	for (size_t i = 0; i < custody->n_edges; i++)
		give_grants(c, custody->edges[i]);
	if (c->is_supervisor)
		give_taken(c);
	else
		give_ended_names(c);
	give_descriptors(c);
	gifts_hand_down(c);
	fields_begin(&w, bytes, sizeof(bytes), "START");
	link_send(c->link, &w, NULL, 0);
}

/* ---- a new life of a path ---- */

/* whose life is over gets no mail: its own new life will bring the edges */
static bool takes_edges(const struct supervisor *s,
			const struct declared_edge *e, const char *path)
{
	const char *other = strcmp(e->target, path) ? e->target : e->holder;

	if (strcmp(other, path) && minting_is_ending(s, other))
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
		    !minted_by(s, e->holder, e->target) ||
		    !takes_edges(s, e, path))
			continue;
		old = custody_edge_declared(&s->custody, e->holder, e->target);
		if (old && !counts_anew(e))
			continue;
		if (old && counts_anew(e))
			minting_end_edge(s, old, !strcmp(e->target, path));
		minting_mint(s, e->holder, e->target, e->name, NULL);
	}
	keeping_ask(s);
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
		    !custody_edge_declared(&s->custody, e->holder, e->target))
			return minting_renew(s, path);
	}
	return false;
}

bool minting_renew_tree(struct supervisor *s, const struct spec_node *node)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < node->n_children; i++)
		minting_renew_tree(s, node->children[i]);
	if (!spec_is_supervisor(node))
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
	if (c->state == CHILD_WAITING)
		child_prepare(c);
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

enum edge_end_by { BY_HOLDER, BY_TARGET, BY_REVOKED };

static const char *const end_names[] = {
	[BY_HOLDER] = "holder",
	[BY_TARGET] = "target",
	[BY_REVOKED] = "revoked",
};

static void say_end(struct supervisor *s, const struct custody_edge *edge,
		    enum edge_end_by by, struct minting_source source)
{
	char bytes[128];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "EDGE_END");
	fields_put_u64(&w, "ID", edge->id);
	fields_put(&w, "BY", end_names[by]);
	if (edge->taken)
		fields_put_u64(&w, "TAKEN", edge->taken);
	minting_spread(s, edge, source, &w);
}

static void say_revoked(struct child *c, const struct custody_edge *edge,
			const char *end)
{
	char bytes[128];
	struct fields_writer w;

	if (!c)
		return;
	fields_begin(&w, bytes, sizeof(bytes), "EDGE_END");
	fields_put_u64(&w, "ID", edge->id);
	fields_put(&w, "END", end);
	fields_put(&w, "REASON", "revoked");
	link_send(c->link, &w, NULL, 0);
}

/*
 * Its holder hears why before it finds the end of the edge, so the door is shut
 * by the supervisor that tells it; by us, when that one is not there.
 */
static void shut(struct supervisor *s, const struct custody_edge *edge,
		 enum edge_end_by by)
{
	struct child *below = minting_below(s, edge->holder_at);

	if (by == BY_TARGET) {
		if (edge->target_fd >= 0)
			shutdown(edge->target_fd, SHUT_RDWR);
		return;
	}
	if (by == BY_REVOKED && !edge->awaited) {
		say_revoked(actor_at(s, edge->target_at), edge, "target");
		say_revoked(actor_at(s, edge->holder_at), edge, "holder");
		if (below && below->link)
			return;
		takings_settle(s, edge);
	}
	if (edge->holder_fd >= 0)
		shutdown(edge->holder_fd, SHUT_RDWR);
	if (by == BY_REVOKED)
		takings_note(s, edge);
}

/*
 * What one side sent before is still to be read by the other, which may be
 * between two generations: then nobody has that end but we.
 */
static bool is_to_be_read(struct custody_edge *edge, bool by_target)
{
	int *over_fd = by_target ? &edge->target_fd : &edge->holder_fd;

	if (!has_mail(by_target ? edge->holder_fd : edge->target_fd))
		return false;
	if (by_target)
		edge->left = true;
	else
		edge->closed = true;
	if (*over_fd >= 0)
		close(*over_fd);
	*over_fd = -1;
	return true;
}

/*
 * A sender that was killed between sending a packet and dropping it has it still,
 * and nobody is left who would take it for one that has come.
 */
static void note_taken(struct supervisor *s, const struct custody_edge *edge,
		       bool by_target)
{
	if (edge->taken)
		custody_taken_put(&s->custody,
				  by_target ? edge->holder : edge->target,
				  arena_key(edge->id, by_target ? EDGE_HOLDER :
						      EDGE_TARGET),
				  edge->taken);
}

static void end_edge(struct supervisor *s, struct custody_edge *edge,
		     enum edge_end_by by, struct minting_source source)
{
	note_taken(s, edge, by == BY_TARGET);
	say_end(s, edge, by, source);
	shut(s, edge, by);
	if (by == BY_HOLDER)
		custody_inherit(&s->custody, edge);
	gifts_edge_ends(s, edge, by == BY_HOLDER);
	edge->revoked = by == BY_REVOKED;
	if (!is_to_be_read(edge, by == BY_TARGET))
		custody_edge_drop(&s->custody, edge);
}

void minting_end_edge(struct supervisor *s, struct custody_edge *edge,
		      bool by_target)
{
	end_edge(s, edge, by_target ? BY_TARGET : BY_HOLDER,
		 (struct minting_source){ 0 });
}

void minting_revoke_edge(struct supervisor *s, struct custody_edge *edge)
{
	end_edge(s, edge, BY_REVOKED, (struct minting_source){ 0 });
}

static void on_edge_end(struct supervisor *s, struct minting_source source,
			const struct fields *f)
{
	const char *by = fields_get(f, "BY");
	enum edge_end_by how = BY_HOLDER;
	struct custody_edge *edge;
	char target[PATH_MAX];
	uint64_t id;

	if (fields_get_u64(f, "ID", &id) < 0 || !by)
		return;
	edge = custody_edge(&s->custody, id);
	while (how < BY_REVOKED && strcmp(by, end_names[how]))
		how++;
	if (edge && !custody_edge_open(edge))	/* as it was over when told of */
		gifts_edge_ends(s, edge, how == BY_HOLDER);
	if (!edge || !custody_edge_open(edge))
		return;
	snprintf(target, sizeof(target), "%s", edge->target);
	fields_get_u64(f, "TAKEN", &edge->taken);
	end_edge(s, edge, how, source);
	if (how == BY_REVOKED)
		revocations_settle(s, target);
}

/* ---- mailboxes, in the custody of all above ---- */

bool minting_push_mailbox(struct supervisor *s,
			  const struct custody_mailbox *mailbox)
{
	if (s->parent)
		say_mailbox(s->parent, mailbox);
	return s->parent;
}

static void say_mailbox_end(struct link *link, const char *path,
			    const struct ended_lives *life)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "MAILBOX_END");
	fields_put(&w, "PATH", path);
	if (life->n_unreadable)
		fields_put_u64(&w, "UNREADABLE", life->n_unreadable);
	ledger_put(&life->counts, &w);
	link_send(link, &w, NULL, 0);
}

/* the sum is the root's, who outlives all others */
void minting_end_mailbox(struct supervisor *s, const char *path,
			 const struct ended_lives *life)
{
	custody_mailbox_drop(&s->custody, path);
	custody_gifts_drop(&s->custody, 0, path);
	if (s->parent) {
		say_mailbox_end(s->parent, path, life);
		return;
	}
	s->ended.n_lives++;
	s->ended.n_unreadable += life->n_unreadable;
	ledger_add(&s->ended.counts, &life->counts);
}

static void on_mailbox_end(struct supervisor *s, const char *path,
			   const struct fields *f)
{
	struct ended_lives life = { .counts = ledger_get(f) };

	fields_get_u64(f, "UNREADABLE", &life.n_unreadable);
	minting_end_mailbox(s, path, &life);
}

/* the word goes down only when it has been all the way up */
static void on_pushed(struct supervisor *s, struct child *from,
		      const struct custody_mailbox *mailbox)
{
	if (!minting_push_mailbox(s, mailbox) && mailbox->number && from->link)
		keeping_say(from->link, mailbox->path, mailbox->number);
}

/* the two there are: custody keeps no strings that somebody sent */
static const char *read_ending(const char *reason)
{
	if (!reason)
		return NULL;
	return !strcmp(reason, "shutdown") ? "shutdown" : "terminated";
}

static void on_mailbox(struct supervisor *s, struct child *from,
		       struct control_message *m)
{
	const char *path = fields_get(&m->fields, "PATH");
	struct custody_mailbox *mailbox;
	uint64_t life, generation, number = 0;
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
		return;		/* it is not kept: it will be sent again */
	fields_get_u64(&m->fields, "NUMBER", &number);
	mailbox->number = number;
	mailbox->ending = read_ending(fields_get(&m->fields, "END"));
	mailbox->paused = fields_get(&m->fields, "PAUSED");
	mailbox->at = minting_place(s, path);
	if (from)
		on_pushed(s, from, mailbox);
}

/* ---- edges from above and below ---- */

static void edge_pushed(struct supervisor *s, const struct custody_edge *edge)
{
	if (s->parent)
		say_edge(s, s->parent, edge, true, true);
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
			edge_pushed(s, edge);
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
	edge->closed = over && !strcmp(over, "h");
	edge->left = over && !strcmp(over, "t");
	if (from) {
		edge_pushed(s, edge);
		return;
	}
	give_own_end(s, edge);
	distribute(s, edge);
	if (s->last_group)
		end_late(s, edge);
}

static void on_came(struct supervisor *s, const char *path,
		    const struct fields *f)
{
	const char *from = fields_get(f, "FROM");
	uint64_t id, taken;

	if (!from || fields_get_u64(f, "ID", &id) < 0 ||
	    fields_get_u64(f, "TAKEN", &taken) < 0)
		return;
	minting_came(s, path, arena_key(id, *from == 'h' ? EDGE_HOLDER :
							   EDGE_TARGET),
		     taken);
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
	const struct minting_source source = { from, !from };
	const struct fields *f = &m->fields;
	const char *path = fields_get(f, "PATH");

	if (!strcmp(f->verb, "EDGE"))
		on_edge(s, from, m);
	else if (!strcmp(f->verb, "EDGE_END"))
		on_edge_end(s, source, f);
	else if (!strcmp(f->verb, "MAILBOX"))
		on_mailbox(s, from, m);
	else if (!strcmp(f->verb, "MAILBOX_END") && path)
		on_mailbox_end(s, path, f);
	else if (!strcmp(f->verb, "CAME") && path)
		on_came(s, path, f);
	else if (!strcmp(f->verb, "DESCRIPTOR"))
		on_descriptor(s, m);
	else if (!strcmp(f->verb, "RENEW") && path)
		on_renew(s, path);
	else if (!strcmp(f->verb, "RENEWED") && path)
		renewed(s, path);
	else
		return keeping_message(s, from, f) ||
		       nursery_message(s, from, f) ||
		       gifts_message(s, source, m) ||
		       grants_message(s, source, f) ||
		       revocations_message(s, source, f);
	return true;
}
