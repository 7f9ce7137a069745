/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gifts.c - descriptors that actors pass on in messages.
 *
 * The one place where a supervisor takes a descriptor from an actor: only for a
 * receiver whose file says that it takes some, and never to do anything with it
 * but to send copies and to close it. All supervisors above the receiver keep
 * it. It gets it when it asks, for the message that is next, so that nobody can
 * fill its channel or its table.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "supervisord/breakpoint.h"
#include "supervisord/custody_gifts.h"
#include "supervisord/decide/network.h"
#include "supervisord/gifts.h"

#define MESSAGE_BYTES (2 * PATH_MAX)
#define FETCH_TIMEOUT_US 2000000
#define FETCHES_MAX 64

static bool is_network(const char *path)
{
	return !strcmp(path, NETWORK_PATH);
}

uint32_t gifts_bound(const struct spec_node *node)
{
	uint32_t n = node->exec && node->kind == SPEC_ACTOR ?
		     node->mailbox_descriptors : 0;

	return n || !(network_is_granted(node) || is_network(node->path)) ?
	       n : 1;
}

/* who makes connections sends them to who may have some, and keeps a few itself */
uint32_t gifts_accepted(const struct supervisor *s, const char *to,
			const char *from)
{
	const struct spec_node *node = spec_find(s->tree->root, to);

	if (!node)
		return 0;
	return is_network(from) ? gifts_bound(node) :
	       is_network(to) ? 0 : node->mailbox_descriptors;
}

static bool are_wanted(const struct spec_node *node)
{
	if (node->mailbox_descriptors)
		return true;
	for (size_t i = 0; i < node->n_templates; i++)
		if (are_wanted(node->templates[i]))
			return true;
	for (size_t i = 0; i < node->n_children; i++)
		if (are_wanted(node->children[i]))
			return true;
	return false;
}

enum { UNKNOWN, UNWANTED, WANTED };

/* of a file: what is spawned is of a template, which is in it */
bool gifts_wanted(struct tree *tree, const char *from)
{
	if (is_network(from))
		return true;
	if (tree->gifts == UNKNOWN)
		tree->gifts = are_wanted(tree->root) ? WANTED : UNWANTED;
	return tree->gifts == WANTED;
}

static bool read_name(const struct fields *f, struct custody_gift *ret)
{
	ret->fd = -1;
	return fields_get_u64(f, "VIA", &ret->via) == 0 &&
	       fields_get_u64(f, "NUMBER", &ret->number) == 0;
}

/* ---- fetches ---- */

static void fetch_free(struct claim *fetch)
{
	sd_event_source_disable_unref(fetch->timer);
	free(fetch);
}

void gifts_forget_fetches(struct child *c)
{
	struct claim *fetch;

	while ((fetch = c->fetches)) {
		c->fetches = fetch->next;
		fetch_free(fetch);
	}
	c->n_fetches = 0;
}

static bool unfetch(struct child *c, const struct custody_gift *gift)
{
	struct claim **at = &c->fetches, *fetch;

	for (; (fetch = *at); at = &fetch->next) {
		if (fetch->via != gift->via || fetch->grant != gift->number)
			continue;
		*at = fetch->next;
		fetch_free(fetch);
		c->n_fetches--;
		return true;
	}
	return false;
}

/* it may be gone by then: that is an answer, too */
static bool make_given(const struct link_words *words, struct link_message *m)
{
	const struct child *c = words->whose;
	const struct custody_gift *gift =
		custody_gift(&c->supervisor->custody, words->id,
			     c->node->path, words->number);

	fields_begin(&m->w, m->bytes, sizeof(m->bytes), "GIVEN");
	fields_put_u64(&m->w, "VIA", words->id);
	fields_put_u64(&m->w, "NUMBER", words->number);
	m->n_fds = 0;
	if (gift)
		m->fds[m->n_fds++] = gift->fd;
	return true;
}

/* with its descriptor, if we have it */
static void say_given(struct child *c, const struct custody_gift *gift)
{
	const struct link_words words = {
		.make = make_given,
		.whose = c,
		.id = gift->via,
		.number = gift->number,
	};

	BREAKPOINT("gift: not given");
	link_send_words(c->link, &words);
}

static int on_fetch_timeout(sd_event_source *source, uint64_t usec,
			    void *data)
{
	const struct claim *fetch = data;
	struct child *c = fetch->child;
	const struct custody_gift lost = {
		.via = fetch->via,
		.number = fetch->grant,
		.fd = -1,
	};

	(void)source;
	(void)usec;
	say_given(c, &lost);
	unfetch(c, &lost);
	return 0;
}

/* it may be on its way: by another road than the message */
static bool wait_for(struct child *c, const struct custody_gift *gift)
{
	struct claim *fetch;

	fetch = c->n_fetches < FETCHES_MAX ? calloc(1, sizeof(*fetch)) : NULL;
	if (!fetch)
		return false;
	fetch->via = gift->via;
	fetch->grant = gift->number;
	fetch->child = c;
	if (sd_event_add_time_relative(c->supervisor->event, &fetch->timer,
				       CLOCK_MONOTONIC, FETCH_TIMEOUT_US, 0,
				       on_fetch_timeout, fetch) < 0) {
		free(fetch);
		return false;
	}
	fetch->next = c->fetches;
	c->fetches = fetch;
	c->n_fetches++;
	return true;
}

bool gifts_await(struct child *c, uint64_t via, uint64_t number)
{
	const struct custody_gift gift = { .via = via, .number = number };

	return wait_for(c, &gift);
}

static void actor_fetches(struct child *c, const struct custody_gift *wanted)
{
	const struct custody_gift *gift;

	unfetch(c, wanted);
	gift = custody_gift(&c->supervisor->custody, wanted->via,
			    c->node->path, wanted->number);
	if (gift)
		say_given(c, gift);
	else if (!wait_for(c, wanted))
		say_given(c, wanted);
}

/* ---- on their way ---- */

static void say(struct link *link, const char *verb,
		const struct custody_gift *gift)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), verb);
	fields_put_u64(&w, "VIA", gift->via);
	fields_put_u64(&w, "NUMBER", gift->number);
	fields_put(&w, "TO", gift->to);
	link_send(link, &w, &gift->fd, gift->fd >= 0);
}

/* down to the receiver, and up to all who are above it */
static void spread(struct supervisor *s, struct minting_source source,
		   const char *verb, const struct custody_gift *gift)
{
	struct child *below = minting_below(s, minting_place(s, gift->to));

	if (below && below != source.below && below->link)
		say(below->link, verb, gift);
	BREAKPOINT("gift: told below, not above");
	if (s->parent && !source.above)
		say(s->parent, verb, gift);
}

static size_t gifts_max(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? 0 : limit.rlim_cur / 8;
}

static void keep(struct supervisor *s, const struct custody_gift *gift)
{
	struct child *c = supervisor_child(s, minting_place(s, gift->to));

	if (!custody_gift_put(&s->custody, gift, gifts_max()))
		return;
	if (c && !c->is_supervisor && c->link && unfetch(c, gift))
		say_given(c, gift);
}

/* takes its descriptor; one that finds no room is lost: its message says so */
static void give(struct supervisor *s, struct minting_source source,
		 const struct custody_gift *gift)
{
	if (!link_has_room()) {
		close(gift->fd);
		return;
	}
	BREAKPOINT("gift: came, not passed on");
	spread(s, source, "GIVE", gift);
	BREAKPOINT("gift: passed on, not kept");
	if (minting_inside(s, gift->to))
		keep(s, gift);
	else
		close(gift->fd);
}

static void taken(struct supervisor *s, struct minting_source source,
		  const struct custody_gift *gift)
{
	spread(s, source, "TAKEN", gift);
	BREAKPOINT("gift: told that it is taken, not dropped");
	custody_gift_drop(&s->custody, gift->via, gift->to, gift->number);
}

void gifts_say(struct link *link, const struct custody_gift *gift)
{
	say(link, "GIVE", gift);
}

bool gifts_message(struct supervisor *s, struct minting_source source,
		   struct control_message *m)
{
	const struct fields *f = &m->fields;
	struct custody_gift gift;
	bool gives = !strcmp(f->verb, "GIVE");

	if (!gives && strcmp(f->verb, "TAKEN"))
		return false;
	gift.to = (char *)fields_get(f, "TO");
	if (!gift.to || !read_name(f, &gift))
		return true;
	if (!gives) {
		taken(s, source, &gift);
		return true;
	}
	gift.fd = control_take_fd(m);
	if (gift.fd >= 0)
		give(s, source, &gift);
	return true;
}

void gifts_dead(struct supervisor *s, const char *path, uint64_t via,
		const struct frame *frame)
{
	struct custody_gift gift = {
		.via = via,
		.to = (char *)path,	/* read only */
		.fd = -1,
	};

	for (size_t i = 0; i < frame->n_descriptors; i++) {
		gift.number = frame_passed(frame, i).number;
		taken(s, (struct minting_source){ 0 }, &gift);
	}
}

void gifts_hand_down(struct child *c)
{
	const struct custody *custody = &c->supervisor->custody;

	for (size_t i = 0; c->is_supervisor && i < custody->n_gifts; i++)
		if (minting_place(c->supervisor, custody->gifts[i].to) ==
		    c->place)
			say(c->link, "GIVE", &custody->gifts[i]);
}

void gifts_edge_ends(struct supervisor *s, const struct custody_edge *edge,
		     bool by_holder)
{
	custody_gifts_drop(&s->custody, edge->id, edge->holder);
	if (!by_holder)
		custody_gifts_drop(&s->custody, edge->id, edge->target);
}

/* ---- what an actor says ---- */

/* the other end of its edge; NULL: it has none like it, or it is over */
static char *peer_of(const struct child *c, uint64_t via)
{
	const struct custody_edge *edge;

	edge = custody_edge(&c->supervisor->custody, via);
	if (!edge || !custody_edge_open(edge))
		return NULL;
	if (!strcmp(edge->holder, c->node->path))
		return edge->target;
	return strcmp(edge->target, c->node->path) ? NULL : edge->holder;
}

static void actor_gives(struct child *c, struct custody_gift *gift,
			struct control_message *m)
{
	gift->to = peer_of(c, gift->via);
	if (!gift->to || !gifts_accepted(c->supervisor, gift->to, c->node->path))
		return;		/* it is closed with the message */
	gift->fd = control_take_fd(m);
	if (gift->fd >= 0)
		give(c->supervisor, (struct minting_source){ 0 }, gift);
}

static void actor_lets_go(struct child *c, struct custody_gift *gift,
			  char *to)
{
	gift->to = to;
	if (to)
		taken(c->supervisor, (struct minting_source){ 0 }, gift);
}

bool gifts_actor_message(struct child *c, struct control_message *m)
{
	const char *verb = m->fields.verb;
	struct custody_gift gift = { 0 };
	bool named = read_name(&m->fields, &gift);

	if (!strcmp(verb, "GIVE") && named)
		actor_gives(c, &gift, m);
	else if (!strcmp(verb, "FETCH") && named)
		actor_fetches(c, &gift);
	else if (!strcmp(verb, "TAKEN") && named)
		actor_lets_go(c, &gift, c->node->path);
	else if (!strcmp(verb, "WITHDRAW") && named)
		actor_lets_go(c, &gift, peer_of(c, gift.via));
	else
		return false;
	return true;
}
