/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * grants.c - references that travel in messages.
 *
 * An actor says over its control channel that the peer of one edge shall get an
 * edge to whom another leads. The supervisor that has both below it mints that
 * edge, or finds it, and tells the receiver which of its edges a grant means.
 * It alone decides whether an actor has what it gives, and may give it.
 *
 * What is taken back is revocations.c's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "supervisord/breakpoint.h"
#include "supervisord/keeping.h"
#include "supervisord/lendings.h"
#include "supervisord/mailboxes.h"
#include "supervisord/minting.h"
#include "supervisord/pledges.h"
#include "supervisord/rationing.h"
#include "supervisord/telling.h"

#define MESSAGE_BYTES (3 * PATH_MAX)
/* then it is asked for; and again, as long as nobody is there to answer */
#define CLAIM_TIMEOUT_US 500000
#define CLAIM_AGAIN_US 2000000
#define CLAIM_ASKS_MAX 30
/* what was taken back comes again only when it is on its way already */
#define LOST_CLAIM_TIMEOUT_US 200000
/* a frame has 255 grants at most, and an actor waits for those of one frame */
#define CLAIMS_MAX 256

void grants_say_granted(struct link *link, const struct custody_edge *edge,
			uint64_t via, uint64_t grant)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "GRANTED");
	fields_put(&w, "PATH", edge->holder);
	fields_put_u64(&w, "EDGE", edge->id);
	fields_put_u64(&w, "VIA", via);
	fields_put_u64(&w, "GRANT", grant);
	link_send(link, &w, NULL, 0);
}

/* false: it was not claimed */
static bool unclaim(struct child *c, uint64_t via, uint64_t grant)
{
	struct claim **at = &c->claims, *claim;
	bool claimed = false;

	while ((claim = *at)) {
		if (claim->via != via || claim->grant != grant) {
			at = &claim->next;
			continue;
		}
		*at = claim->next;
		sd_event_source_disable_unref(claim->timer);
		free(claim);
		c->n_claims--;
		claimed = true;
	}
	return claimed;
}

static struct lost_grant *find_lost(struct child *c, uint64_t via,
				    uint64_t grant)
{
	for (size_t i = 0; i < c->n_lost; i++)
		if (c->lost[i].via == via && c->lost[i].grant == grant)
			return &c->lost[i];
	return NULL;
}

static void find_again(struct child *c, uint64_t via, uint64_t grant)
{
	struct lost_grant *lost = find_lost(c, via, grant);

	if (lost)
		*lost = c->lost[--c->n_lost];
}

void grants_lose(struct child *c, uint64_t via, uint64_t grant, bool refused)
{
	find_again(c, via, grant);
	if (!c->lost)
		c->lost = calloc(CHILD_LOST_MAX, sizeof(*c->lost));
	if (!c->lost)
		return;		/* as if it were the oldest of too many */
	if (c->n_lost == CHILD_LOST_MAX)
		memmove(&c->lost[0], &c->lost[1],
			--c->n_lost * sizeof(c->lost[0]));
	c->lost[c->n_lost++] = (struct lost_grant){ via, grant, refused };
}

static void put_alias(struct fields_writer *w, uint64_t edge,
		      const struct custody_alias *alias)
{
	fields_put_u64(w, "EDGE", edge);
	fields_put_u64(w, "VIA", alias->via);
	fields_put_u64(w, "GRANT", alias->grant);
	fields_put_u64(w, "PARENT", alias->parent);
	fields_put_u64(w, "TO", alias->to);
	fields_put_u64(w, "SUPPORTS", alias->supports);
	limits_put(w, &alias->limits);
}

static void say_alias(struct link *link, uint64_t edge,
		      const struct custody_alias *alias)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "GRANTED");
	put_alias(&w, edge, alias);
	link_send(link, &w, NULL, 0);
}

/* told once in a life: who passes it on again and again cannot fill the
 * receiver's channel, and a claim is answered anyway */
static void tell_holder(struct supervisor *s, const struct custody_edge *edge,
			const struct custody_alias *alias)
{
	struct child *c = minting_holder(s, edge);

	if (!c)
		return;
	BREAKPOINT("grant: holder not told");
	grants_say_granted(c->link, edge, alias->via, alias->grant);
	unclaim(c, alias->via, alias->grant);
	find_again(c, alias->via, alias->grant);
}

static void spread_alias(struct supervisor *s, const struct custody_edge *edge,
			 const struct custody_alias *alias,
			 struct minting_source source)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "GRANTED");
	put_alias(&w, edge->id, alias);
	BREAKPOINT("grant: noted, nobody told");
	telling_spread(s, edge, source, &w);
	tell_holder(s, edge, alias);
}

/* who has it, then who gave it */
static void tell_kept(struct supervisor *s, struct custody_edge *edge,
		      uint64_t number)
{
	struct custody_alias *alias;

	for (size_t i = 0; i < edge->n_aliases; i++) {
		alias = &edge->aliases[i];
		if (alias->awaited == number) {
			alias->awaited = 0;
			spread_alias(s, edge, alias,
				     (struct minting_source){ .above = true });
		}
		if (alias->owed != number)
			continue;
		alias->owed = 0;
		pledges_known(s, alias->via, edge->holder, alias->grant,
			      alias->said);
	}
}

void grants_kept(struct supervisor *s, uint64_t number)
{
	for (size_t i = 0; i < s->custody.n_edges; i++)
		tell_kept(s, s->custody.edges[i], number);
}

/* @unknown: nobody has decided that, so its message is not to be handled without */
static void say_refused(struct link *link, const char *path, uint64_t via,
			uint64_t grant, bool unknown)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "REFUSED");
	fields_put(&w, "PATH", path);
	fields_put_u64(&w, "VIA", via);
	fields_put_u64(&w, "GRANT", grant);
	fields_put(&w, "UNKNOWN", unknown ? "1" : NULL);
	link_send(link, &w, NULL, 0);
}

/* who has not asked yet is answered when it does: word of what it never asks for
 * could be sent to it again and again, and fill its channel */
static void refused_here(struct child *c, uint64_t via, uint64_t grant,
			 bool unknown)
{
	if (unclaim(c, via, grant))
		say_refused(c->link, c->node->path, via, grant, unknown);
	else if (!unknown)
		grants_lose(c, via, grant, true);
}

static void refused(struct supervisor *s, const char *path, uint64_t via,
		    uint64_t grant, bool unknown)
{
	struct child *c = supervisor_child(s, minting_place(s, path));

	if (c && !c->is_supervisor && c->link)
		refused_here(c, via, grant, unknown);
	else if (c && c->link)
		say_refused(c->link, path, via, grant, unknown);
	else if (!c && s->parent && !minting_inside(s, path))
		say_refused(s->parent, path, via, grant, unknown);
}

static void say_mint(struct link *link, const struct grant_order *order)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	BREAKPOINT("grant: order not passed on");
	fields_begin(&w, bytes, sizeof(bytes), "MINT");
	fields_put(&w, "HOLDER", order->holder);
	fields_put(&w, "TARGET", order->target);
	fields_put_u64(&w, "VIA", order->via);
	fields_put_u64(&w, "GRANT", order->grant);
	fields_put_u64(&w, "PARENT", order->parent);
	fields_put_u64(&w, "SAID", order->said);
	limits_put(&w, &order->limits);
	link_send(link, &w, NULL, 0);
}

static bool takes_mail(const struct supervisor *s, const char *path)
{
	const struct spec_node *node = spec_find(s->tree->root, path);

	return node && node->exec && node->kind == SPEC_ACTOR;
}

static size_t count_supervisors(const struct spec_node *node)
{
	size_t n = spec_is_supervisor(node);

	for (size_t i = 0; i < node->n_children; i++)
		n += count_supervisors(node->children[i]);
	return n;
}

/*
 * Who holds many references could have all of those introduced to each other,
 * and the root keeps three descriptors for each edge. Half of what it can have is
 * for such edges, the same share for each who mints. Nor is one made while too
 * many descriptors wait to be sent: they are in the same table.
 */
static bool has_room(const struct supervisor *s,
		     const struct grant_order *order)
{
	const struct custody *custody = &s->custody;
	struct rlimit limit;
	size_t n = 0;

	/* what clients need to be heard is given back soon */
	if ((order->parent && rationing_is(s)) || !link_has_room() ||
	    getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return false;
	for (size_t i = 0; i < custody->n_edges; i++)
		n += custody->edges[i]->minted_here &&
		     !custody->edges[i]->name;
	return n < limit.rlim_cur / (6 * count_supervisors(s->tree->root)) ||
	       (!order->parent && lendings_has_room(s));
}

void grants_refuse(struct supervisor *s, const struct grant_order *order)
{
	refused(s, order->holder, order->via, order->grant,
		order->unknown);
	pledges_known(s, order->via, order->holder, order->grant, order->said);
}

/* who gave it had it when it said so, and may have lost it since */
static bool still_has(const struct supervisor *s,
		      const struct grant_order *order)
{
	const struct custody_edge *parent;

	if (!order->parent)
		return true;
	parent = custody_edge(&s->custody, order->parent);
	return parent && custody_edge_open(parent);
}

/*
 * An edge to or from a life that is over would be nobody's to end: its own
 * supervisor may be done with it. While it ends, all above know; after that, the
 * edges on which this order stands are ended.
 */
static bool both_live(const struct supervisor *s,
		      const struct grant_order *order)
{
	const struct custody_edge *via = custody_edge(&s->custody, order->via);

	return via && custody_edge_open(via) &&
	       !mailboxes_is_ending(s, order->holder) &&
	       !mailboxes_is_ending(s, order->target);
}

/*
 * It was ordered before, by who is not sure that this was heard. Neither are we
 * that all above have it: unless it was made here by this process, which was told.
 */
static bool confirm(struct supervisor *s, struct custody_edge *edge,
		    const struct grant_order *order)
{
	struct custody_alias *known = custody_edge_grant(edge, order->via,
							 order->grant);

	if (!known)
		return false;
	known->said = order->said;
	if (known->awaited)
		known->owed = known->awaited;
	else if (!edge->minted_here || s->awaits_keep)
		known->owed = keeping_number(s);
	if (!known->owed)
		pledges_known(s, order->via, order->holder, order->grant,
			      order->said);
	return true;
}

/* false: there was no memory for it, or it does not stand */
static bool add(struct supervisor *s, struct custody_edge *edge,
		const struct grant_order *order)
{
	uint64_t id = edge->id;
	struct custody_alias alias = {
		.via = order->via,
		.grant = order->grant,
		.parent = order->parent,
		.to = edge->holder_life,
		.limits = order->limits,
		.supports = true,
		.said = order->said,
	};

	if (!custody_edge_alias(edge, &alias))
		return confirm(s, edge, order);
	alias.awaited = alias.owed = keeping_number(s);
	*custody_edge_grant(edge, alias.via, alias.grant) = alias;
	BREAKPOINT("grant: noted, not settled");
	/* what it may do now is known at the other end before it is used */
	revocations_settle(s, order->target);
	edge = custody_edge(&s->custody, id);
	BREAKPOINT("grant: settled, not pushed");
	if (!edge || !custody_edge_open(edge))
		return false;
	if (alias.awaited) {
		say_alias(s->parent, id, &alias);
		return true;
	}
	spread_alias(s, edge, &alias, (struct minting_source){ 0 });
	pledges_known(s, order->via, order->holder, order->grant, order->said);
	return true;
}

/* one record for each reference that is passed on once too often */
static void tell_no_room(struct supervisor *s, const struct grant_order *order)
{
	struct custody_edge *parent = custody_edge(&s->custody, order->parent);
	struct record record;

	if (!parent || parent->tattled)
		return;
	parent->tattled = true;
	record_begin(&record, "grant-refused");
	fields_put(&record.fields, "PATH", parent->holder);
	fields_put_u64(&record.fields, "LIFE", parent->holder_life);
	fields_put_format(&record.fields, "TEXT",
			  "%s passed on a reference to %s, but there are no descriptors left for one more; %s does not get it",
			  parent->holder, order->target, order->holder);
	reporter_send(s->reporter, &record);
}

static void mint_here(struct supervisor *s, const struct grant_order *order)
{
	struct custody_edge *edge;

	edge = custody_edge_between(&s->custody, order->holder, order->target);
	if (!edge && !has_room(s, order)) {
		tell_no_room(s, order);
		grants_refuse(s, order);
		return;
	}
	if (still_has(s, order) && both_live(s, order) && !edge)
		edge = minting_mint(s, order->holder, order->target, NULL,
				    &order->limits);
	if (!edge || !still_has(s, order) || !add(s, edge, order))
		grants_refuse(s, order);
	BREAKPOINT("grant: minted and noted, not asked to keep");
	keeping_ask(s);
}

/* its words may be those of edges that minting or settling sweeps away */
static void mint_copy(struct supervisor *s, const struct grant_order *order)
{
	char holder[PATH_MAX], target[PATH_MAX];
	struct grant_order copy = *order;

	snprintf(holder, sizeof(holder), "%s", order->holder);
	snprintf(target, sizeof(target), "%s", order->target);
	copy.holder = holder;
	copy.target = target;
	mint_here(s, &copy);
}

void grants_grant(struct supervisor *s, const struct grant_order *order)
{
	struct child *c;

	if (!takes_mail(s, order->holder) || !takes_mail(s, order->target)) {
		grants_refuse(s, order);
		return;
	}
	if (s->parent && (!minting_inside(s, order->holder) ||
			  !minting_inside(s, order->target))) {
		say_mint(s->parent, order);
		BREAKPOINT("grant: order passed up");
		return;
	}
	c = minting_below(s, minting_place(s, order->holder));
	if (c && minting_place(s, order->target) == c->place && c->link)
		say_mint(c->link, order);
	else
		mint_copy(s, order);
}

static bool read_grant(const struct fields *f, const char *what,
		       uint64_t *ret_via, uint64_t *ret_grant)
{
	return fields_get_u64(f, "VIA", ret_via) == 0 &&
	       fields_get_u64(f, what, ret_grant) == 0;
}

static void on_mint(struct supervisor *s, const struct fields *f)
{
	struct grant_order order = {
		.holder = fields_get(f, "HOLDER"),
		.target = fields_get(f, "TARGET"),
	};

	if (order.holder && order.target &&
	    read_grant(f, "GRANT", &order.via, &order.grant) &&
	    fields_get_u64(f, "PARENT", &order.parent) == 0 &&
	    limits_get(f, &order.limits) == 0) {
		fields_get_u64(f, "SAID", &order.said);
		grants_grant(s, &order);
	}
}

static void on_granted(struct supervisor *s, struct minting_source source,
		       const struct fields *f)
{
	struct custody_alias alias = { 0 };
	struct custody_edge *edge;
	uint64_t id, supports;

	if (!read_grant(f, "GRANT", &alias.via, &alias.grant) ||
	    fields_get_u64(f, "EDGE", &id) < 0 ||
	    fields_get_u64(f, "PARENT", &alias.parent) < 0 ||
	    fields_get_u64(f, "TO", &alias.to) < 0 ||
	    fields_get_u64(f, "SUPPORTS", &supports) < 0 ||
	    limits_get(f, &alias.limits) < 0)
		return;
	alias.supports = supports;
	edge = custody_edge(&s->custody, id);
	if (edge && custody_edge_alias(edge, &alias))
		spread_alias(s, edge, &alias, source);
}

static void on_refused(struct supervisor *s, const struct fields *f)
{
	const char *path = fields_get(f, "PATH");
	uint64_t via, grant;

	if (path && read_grant(f, "GRANT", &via, &grant))
		refused(s, path, via, grant, fields_get(f, "UNKNOWN"));
}

void grants_give(struct child *c, const struct custody_edge *edge)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	/* with what is awaited: it ends what has no reason, and starts nobody before
	 * that word has come to it, too */
	for (size_t i = 0; i < edge->n_aliases; i++)
		say_alias(c->link, edge->id, &edge->aliases[i]);
	for (size_t i = 0; i < edge->n_facets; i++) {
		fields_begin(&w, bytes, sizeof(bytes), "LIMIT");
		fields_put_u64(&w, "EDGE", edge->id);
		limits_put(&w, &edge->facets[i].limits);
		link_send(c->link, &w, NULL, 0);
	}
}

/* ---- what an actor says ---- */

static void tattle(struct child *c, struct custody_edge *what,
		   const char *receiver)
{
	struct record record;

	if (what->tattled)
		return;
	what->tattled = true;
	child_record(c, &record, "grant-refused");
	fields_put_format(&record.fields, "TEXT",
			  "%s passed on a reference to %s, which it may only use; %s does not get it",
			  c->node->path, what->target, receiver);
	reporter_send(c->supervisor->reporter, &record);
}

/* the other end of an edge, seen from who is at one of them; or NULL */
static const char *peer_of(const struct custody_edge *edge, const char *path,
			   uint64_t *ret_life)
{
	bool holds = !strcmp(edge->holder, path);

	if (!holds && strcmp(edge->target, path))
		return NULL;
	*ret_life = holds ? edge->target_life : edge->holder_life;
	return holds ? edge->target : edge->holder;
}

static void pass_on(struct supervisor *s, const struct custody_edge *what,
		    struct grant_order *order)
{
	order->target = what->target;
	order->parent = what->id;
	order->limits = limits_narrower(&order->limits, &what->limits);
	if (what->limits.no_grants) {
		grants_refuse(s, order);
		return;
	}
	pledges_note(s, order);
	BREAKPOINT("grant: noted as said, not ordered");
	grants_grant(s, order);
}

/* an actor passes a reference on: does it have both? */
static void actor_grants(struct child *c, const struct fields *f)
{
	struct supervisor *s = c->supervisor;
	const struct custody_edge *over;
	struct grant_order order = { 0 };
	struct custody_edge *what;
	uint64_t to = 0;

	if (!read_grant(f, "EDGE", &order.via, &order.grant))
		return;
	over = custody_edge(&s->custody, order.via);
	what = custody_numbered(&s->custody, c->node->path, order.grant,
				&order.limits);
	order.holder = over ? peer_of(over, c->node->path, &to) : NULL;
	fields_get_u64(f, "SAID", &order.said);
	if (!order.holder)
		return;
	if (!what || (fields_get(f, "AGAIN") &&
		      custody_is_undone(what, to, order.grant))) {
		grants_refuse(s, &order);
		return;
	}
	if (!fields_get(f, "AGAIN"))
		custody_redo(what, to, order.grant);
	BREAKPOINT("grant: asked for, not begun");
	if (what->limits.no_grants)
		tattle(c, what, order.holder);
	pass_on(s, what, &order);
}

void grants_again(struct supervisor *s, const char *giver,
		  const struct arena_grant *grant)
{
	struct grant_order order = {
		.via = arena_key_id(grant->key),
		.grant = grant->number,
		.said = grant->said,
	};
	const struct custody_edge *over = custody_edge(&s->custody, order.via);
	const struct custody_edge *what;
	uint64_t to = 0;

	what = custody_numbered(&s->custody, giver, order.grant, &order.limits);
	order.holder = over ? peer_of(over, giver, &to) : NULL;
	if (!order.holder)
		return;
	BREAKPOINT("grant: said by an arena, not begun");
	if (!what || custody_is_undone(what, to, order.grant))
		grants_refuse(s, &order);
	else
		pass_on(s, what, &order);
}

/* ---- limits under which a holder passes on ---- */

static void note_facet(struct supervisor *s, struct custody_edge *edge,
		       const struct actor_limits *limits)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	if (limits_none(limits))
		return;
	custody_edge_facet(edge, limits);
	BREAKPOINT("limit: noted, not told above");
	if (!s->parent)
		return;
	fields_begin(&w, bytes, sizeof(bytes), "LIMIT");
	fields_put_u64(&w, "EDGE", edge->id);
	limits_put(&w, limits);
	link_send(s->parent, &w, NULL, 0);
}

static struct custody_edge *read_limit(struct supervisor *s,
				       const struct fields *f,
				       struct actor_limits *ret_limits)
{
	uint64_t id;

	if (fields_get_u64(f, "EDGE", &id) < 0 || limits_get(f, ret_limits) < 0)
		return NULL;
	return custody_edge(&s->custody, id);
}

static void on_limit(struct supervisor *s, struct minting_source source,
		     const struct fields *f)
{
	struct actor_limits limits;
	struct custody_edge *edge = read_limit(s, f, &limits);

	if (edge && source.above)
		custody_edge_facet(edge, &limits);
	else if (edge)
		note_facet(s, edge, &limits);
}

static void actor_limits(struct child *c, const struct fields *f)
{
	struct actor_limits limits;
	struct custody_edge *edge = read_limit(c->supervisor, f, &limits);

	if (edge && edge->holder_at == c->place)
		note_facet(c->supervisor, edge, &limits);
}

void grants_limit(struct supervisor *s, const char *holder, uint64_t id,
		  const struct actor_limits *limits)
{
	struct custody_edge *edge = custody_edge(&s->custody, id);

	if (edge && !strcmp(edge->holder, holder))
		note_facet(s, edge, limits);
}

/* ---- claims ---- */

/* false: nobody answers, or there is nobody to be asked */
static bool ask_for(struct claim *claim)
{
	if (claim->n_asked++ == CLAIM_ASKS_MAX ||
	    sd_event_source_set_time_relative(claim->timer,
					      CLAIM_AGAIN_US) < 0 ||
	    sd_event_source_set_enabled(claim->timer, SD_EVENT_ONESHOT) < 0)
		return false;
	/* the answer may be here before this returns */
	return pledges_ask(claim->child, claim->via, claim->grant);
}

static int on_claim_timeout(sd_event_source *source, uint64_t usec,
			    void *data)
{
	struct claim *claim = data;
	struct child *c = claim->child;

	(void)source;
	(void)usec;
	if (!claim->lost && ask_for(claim))
		return 0;
	say_refused(c->link, c->node->path, claim->via, claim->grant,
		    !claim->lost);
	unclaim(c, claim->via, claim->grant);
	return 0;
}

static bool is_refused(struct child *c, uint64_t via, uint64_t grant)
{
	const struct lost_grant *lost = find_lost(c, via, grant);

	return lost && lost->refused;
}

/* it may be on its way; false: it is not, or we have no room to wait for it */
static bool wait_for(struct child *c, uint64_t via, uint64_t grant)
{
	const struct lost_grant *lost = find_lost(c, via, grant);
	struct claim *claim;

	if (lost && lost->refused)
		return false;
	claim = c->n_claims < CLAIMS_MAX ? calloc(1, sizeof(*claim)) : NULL;
	if (!claim)
		return false;
	claim->via = via;
	claim->grant = grant;
	claim->child = c;
	claim->lost = lost;
	if (sd_event_add_time_relative(c->supervisor->event, &claim->timer,
				       CLOCK_MONOTONIC,
				       lost ? LOST_CLAIM_TIMEOUT_US :
				       CLAIM_TIMEOUT_US, 0, on_claim_timeout,
				       claim) < 0) {
		free(claim);
		return false;
	}
	claim->next = c->claims;
	c->claims = claim;
	c->n_claims++;
	return true;
}

bool grants_await(struct child *c, uint64_t via, uint64_t grant)
{
	return wait_for(c, via, grant);
}

/* what it means is told when all above know it, too */
static bool is_told(const struct custody_edge *edge, uint64_t via,
		    uint64_t grant)
{
	return !edge->awaited && !custody_edge_grant(edge, via, grant)->awaited;
}

static void actor_claims(struct child *c, const struct fields *f)
{
	struct supervisor *s = c->supervisor;
	struct custody_edge *edge;
	uint64_t via, grant;

	if (!read_grant(f, "GRANT", &via, &grant))
		return;
	edge = custody_granted(&s->custody, c->node->path, via, grant);
	if (edge && is_told(edge, via, grant)) {
		grants_say_granted(c->link, edge, via, grant);
		return;
	}
	BREAKPOINT("claim: came before its grant");
	unclaim(c, via, grant);
	if (wait_for(c, via, grant))
		return;
	say_refused(c->link, c->node->path, via, grant,
		    !is_refused(c, via, grant));
	find_again(c, via, grant);	/* it may be granted for a later one */
}

bool grants_actor_message(struct child *c, const struct fields *f)
{
	if (!strcmp(f->verb, "GRANT"))
		actor_grants(c, f);
	else if (!strcmp(f->verb, "CLAIM"))
		actor_claims(c, f);
	else if (!strcmp(f->verb, "LIMIT"))
		actor_limits(c, f);
	else
		return revocations_actor_message(c, f);
	return true;
}

bool grants_message(struct supervisor *s, struct minting_source source,
		    const struct fields *f)
{
	if (!strcmp(f->verb, "MINT"))
		on_mint(s, f);
	else if (!strcmp(f->verb, "GRANTED"))
		on_granted(s, source, f);
	else if (!strcmp(f->verb, "REFUSED"))
		on_refused(s, f);
	else if (!strcmp(f->verb, "LIMIT"))
		on_limit(s, source, f);
	else
		return false;
	return true;
}
