/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * grants.c - references that travel in messages.
 *
 * An actor says over its control channel that the peer of one edge shall get an
 * edge to whom another leads. The supervisor that has both below it mints that
 * edge, or finds it, and tells the receiver which of its edges a grant means.
 * It alone decides whether an actor has what it gives.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "supervisord/minting.h"

#define MESSAGE_BYTES (3 * PATH_MAX)
#define CLAIM_TIMEOUT_US 2000000
/* a frame has 255 grants at most, and an actor waits for those of one frame */
#define CLAIMS_MAX 256

void grants_say(struct link *link, const char *verb, const char *path,
		uint64_t edge, uint64_t via, uint64_t grant)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), verb);
	fields_put(&w, "PATH", path);
	if (edge)
		fields_put_u64(&w, "EDGE", edge);
	fields_put_u64(&w, "VIA", via);
	fields_put_u64(&w, "GRANT", grant);
	link_send(link, &w, NULL, 0);
}

static void unclaim(struct child *c, uint64_t via, uint64_t grant)
{
	struct claim **at = &c->claims, *claim;

	while ((claim = *at)) {
		if (claim->via != via || claim->grant != grant) {
			at = &claim->next;
			continue;
		}
		*at = claim->next;
		sd_event_source_disable_unref(claim->timer);
		free(claim);
		c->n_claims--;
	}
}

static void granted(struct supervisor *s, const char *path, uint64_t id,
		    uint64_t via, uint64_t grant)
{
	struct custody_edge *edge = custody_edge(&s->custody, id);
	struct child *c = supervisor_child(s, minting_place(s, path));

	/* told once in a life: who passes it on again and again cannot fill
	 * the receiver's channel, and a claim is answered anyway */
	if (!c || !c->link || (edge && !custody_edge_alias(edge, via, grant)))
		return;
	grants_say(c->link, "GRANTED", path, id, via, grant);
	unclaim(c, via, grant);
}

static void refused(struct supervisor *s, const char *path, uint64_t via,
		    uint64_t grant)
{
	struct child *c = supervisor_child(s, minting_place(s, path));

	if (c && c->link)
		grants_say(c->link, "REFUSED", path, 0, via, grant);
	else if (!c && s->parent && !minting_inside(s, path))
		grants_say(s->parent, "REFUSED", path, 0, via, grant);
}

static void say_mint(struct link *link, const char *holder,
		     const char *target, uint64_t via, uint64_t grant)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "MINT");
	fields_put(&w, "HOLDER", holder);
	fields_put(&w, "TARGET", target);
	fields_put_u64(&w, "VIA", via);
	fields_put_u64(&w, "GRANT", grant);
	link_send(link, &w, NULL, 0);
}

static bool takes_mail(const struct supervisor *s, const char *path)
{
	const struct spec_node *node = spec_find(s->tree->root, path);

	return node && node->exec && node->kind == SPEC_ACTOR;
}

static size_t count_supervisors(const struct spec_node *node)
{
	size_t n = node->n_children > 0;

	for (size_t i = 0; i < node->n_children; i++)
		n += count_supervisors(node->children[i]);
	return n;
}

/*
 * Who holds many references could have all of those introduced to each other,
 * and the root keeps two descriptors for each edge. Half of what it can have is
 * for such edges, the same share for each who mints.
 */
static bool has_room(const struct supervisor *s)
{
	const struct custody *custody = &s->custody;
	struct rlimit limit;
	size_t n = 0;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return false;
	for (size_t i = 0; i < custody->n_edges; i++)
		n += custody->edges[i]->minted_here &&
		     !custody->edges[i]->name;
	return n < limit.rlim_cur / (4 * count_supervisors(s->tree->root));
}

void grants_grant(struct supervisor *s, const char *holder,
		  const char *target, uint64_t via, uint64_t grant)
{
	struct custody_edge *edge;
	struct child *c;

	if (!takes_mail(s, holder) || !takes_mail(s, target)) {
		refused(s, holder, via, grant);
		return;
	}
	if (s->parent &&
	    (!minting_inside(s, holder) || !minting_inside(s, target))) {
		say_mint(s->parent, holder, target, via, grant);
		return;
	}
	c = minting_below(s, minting_place(s, holder));
	if (c && minting_place(s, target) == c->place && c->link) {
		say_mint(c->link, holder, target, via, grant);
		return;
	}
	edge = custody_edge_between(&s->custody, holder, target);
	/* no word of it: asked again and again it would fill their channel,
	 * and a claim ends by itself */
	if (!edge && !has_room(s))
		return;
	if (!edge)
		edge = minting_mint(s, holder, target, NULL);
	if (edge)
		granted(s, holder, edge->id, via, grant);
	else
		refused(s, holder, via, grant);
}

static bool read_grant(const struct fields *f, const char *what,
		       uint64_t *ret_via, uint64_t *ret_grant)
{
	return fields_get_u64(f, "VIA", ret_via) == 0 &&
	       fields_get_u64(f, what, ret_grant) == 0;
}

static void on_mint(struct supervisor *s, const struct fields *f)
{
	const char *holder = fields_get(f, "HOLDER");
	const char *target = fields_get(f, "TARGET");
	uint64_t via, grant;

	if (holder && target && read_grant(f, "GRANT", &via, &grant))
		grants_grant(s, holder, target, via, grant);
}

static void on_granted(struct supervisor *s, const struct fields *f)
{
	const char *path = fields_get(f, "PATH");
	uint64_t edge, via, grant;

	if (path && read_grant(f, "GRANT", &via, &grant) &&
	    fields_get_u64(f, "EDGE", &edge) == 0)
		granted(s, path, edge, via, grant);
}

static void on_refused(struct supervisor *s, const struct fields *f)
{
	const char *path = fields_get(f, "PATH");
	uint64_t via, grant;

	if (path && read_grant(f, "GRANT", &via, &grant))
		refused(s, path, via, grant);
}

/* an actor passes a reference on: does it have both? */
static void actor_grants(struct child *c, const struct fields *f)
{
	struct supervisor *s = c->supervisor;
	const struct custody_edge *over, *what;
	const char *receiver;
	uint64_t via, id;

	if (!read_grant(f, "EDGE", &via, &id))
		return;
	over = custody_edge(&s->custody, via);
	what = custody_edge(&s->custody, id);
	if (!over || !what || what->holder_at != c->place)
		return;		/* the receiver's claim ends by itself */
	if (over->holder_at == c->place)
		receiver = over->target;
	else if (over->target_at == c->place)
		receiver = over->holder;
	else
		return;
	grants_grant(s, receiver, what->target, via, id);
}

static int on_claim_timeout(sd_event_source *source, uint64_t usec,
			    void *data)
{
	struct claim *claim = data;
	struct child *c = claim->child;

	(void)source;
	(void)usec;
	grants_say(c->link, "REFUSED", c->node->path, 0, claim->via,
		   claim->grant);
	unclaim(c, claim->via, claim->grant);
	return 0;
}

static void actor_claims(struct child *c, const struct fields *f)
{
	struct supervisor *s = c->supervisor;
	struct custody_edge *edge;
	struct claim *claim;
	uint64_t via, grant;

	if (!read_grant(f, "GRANT", &via, &grant))
		return;
	edge = custody_granted(&s->custody, c->node->path, via, grant);
	if (edge) {
		grants_say(c->link, "GRANTED", c->node->path, edge->id, via,
			  grant);
		return;
	}
	unclaim(c, via, grant);
	claim = c->n_claims < CLAIMS_MAX ? calloc(1, sizeof(*claim)) : NULL;
	if (!claim) {
		grants_say(c->link, "REFUSED", c->node->path, 0, via, grant);
		return;
	}
	claim->via = via;
	claim->grant = grant;
	claim->child = c;
	if (sd_event_add_time_relative(s->event, &claim->timer,
				       CLOCK_MONOTONIC, CLAIM_TIMEOUT_US, 0,
				       on_claim_timeout, claim) < 0) {
		free(claim);
		return;
	}
	claim->next = c->claims;
	c->claims = claim;
	c->n_claims++;
}

bool grants_actor_message(struct child *c, const struct fields *f)
{
	if (!strcmp(f->verb, "GRANT"))
		actor_grants(c, f);
	else if (!strcmp(f->verb, "CLAIM"))
		actor_claims(c, f);
	else
		return false;
	return true;
}

bool grants_message(struct supervisor *s, const struct fields *f)
{
	if (!strcmp(f->verb, "MINT"))
		on_mint(s, f);
	else if (!strcmp(f->verb, "GRANTED"))
		on_granted(s, f);
	else if (!strcmp(f->verb, "REFUSED"))
		on_refused(s, f);
	else
		return false;
	return true;
}
