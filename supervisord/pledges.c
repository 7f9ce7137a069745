/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pledges.c - grants that were said, until all above are known to know them.
 *
 * It alone says when a giver may forget what it has said, and finds out what
 * became of a grant that somebody waits for. It makes no edges and refuses
 * nothing by itself: it has grants.c do that once more, which is harmless.
 *
 * The message that names a grant goes by its socket, and outlives everybody. What
 * is said of the grant is in the memory of those on its way, until the minter and
 * all above it have it. So it has an author who can say it again:
 *
 * - Whoever kills a supervisor above the giver kills the giver. Its arena has
 *   noted what it said before it was said (arena_grants.c); its supervisor, when
 *   it is there again, recovers that arena and says what is noted. So does one
 *   whose actor alone has died, and the next process.
 * - The giver's supervisor notes here what was said to it. The minter is above the
 *   receiver: whoever kills it, or one between, kills the receiver too. That
 *   comes again with its message, and claims what it names. What is not there
 *   after a moment its supervisor asks for: WANTED goes to the supervisor of the
 *   giver, which orders it once more, or says that nothing like that was said.
 *
 * KNOWN goes the same way back, when the root has said KEPT, or with a refusal:
 * then it is no pledge any more, here and in the arena. It follows GRANTED on
 * every channel that both go by, so who asks later and is refused has it already.
 * A life does not end before (burial.c): what it has given stands on its edges.
 */
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/breakpoint.h"
#include "supervisord/pledges.h"

#define MESSAGE_BYTES (3 * PATH_MAX)

/* who sent what that end of it receives */
static const char *giver_of(const struct custody_edge *via,
			    const char *receiver)
{
	return strcmp(via->holder, receiver) ? via->holder : via->target;
}

static const char *receiver_of(const struct custody_edge *via,
			       const struct custody_pledge *pledge)
{
	return pledge->to_holder ? via->holder : via->target;
}

void pledges_note(struct supervisor *s, const struct grant_order *order)
{
	struct custody_edge *via = custody_edge(&s->custody, order->via);
	const struct custody_pledge pledge = {
		.parent = order->parent,
		.grant = order->grant,
		.limits = order->limits,
		.said = order->said,
		.to_holder = via && !strcmp(via->holder, order->holder),
	};

	if (via)
		custody_pledge_put(via, &pledge);
}

/** struct word - of a grant, on its way to the supervisor of who gave it
 * @said: of KNOWN, which time it was said
 * @receiver: of WANTED, who waits for it */
struct word {
	const char *verb;
	const char *giver;
	uint64_t via;
	uint64_t number;
	uint64_t said;
	const char *receiver;
};

static void pass(struct link *link, const struct word *word)
{
	char bytes[MESSAGE_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), word->verb);
	fields_put(&w, "PATH", word->giver);
	fields_put_u64(&w, "VIA", word->via);
	fields_put_u64(&w, "GRANT", word->number);
	if (word->receiver)
		fields_put(&w, "TO", word->receiver);
	else
		fields_put_u64(&w, "SAID", word->said);
	link_send(link, &w, NULL, 0);
}

/* Return: the actor that gave it, when it is one of ours; else it is passed on */
static struct child *towards_giver(struct supervisor *s,
				   const struct word *word)
{
	struct child *c = supervisor_child(s, minting_place(s, word->giver));

	if (c && !c->is_supervisor)
		return c;
	if (c && c->link)
		pass(c->link, word);
	else if (!c && s->parent && !minting_inside(s, word->giver))
		pass(s->parent, word);
	return NULL;
}

/* ---- it is known -------------------------------------------------------- */

static void forget(struct supervisor *s, uint64_t via, uint64_t number,
		   uint64_t said)
{
	struct custody_edge *edge = custody_edge(&s->custody, via);
	struct custody_pledge *pledge = edge ? custody_pledge(edge, number) :
					       NULL;

	if (pledge && pledge->said == said)
		custody_pledge_drop(edge, pledge);
}

static void say_giver(struct child *c, uint64_t via, uint64_t number,
		      uint64_t said)
{
	char bytes[128];
	struct fields_writer w;

	if (!said)		/* it has not noted it */
		return;
	fields_begin(&w, bytes, sizeof(bytes), "KNOWN");
	fields_put_u64(&w, "VIA", via);
	fields_put_u64(&w, "EDGE", number);
	fields_put_u64(&w, "SAID", said);
	link_send(c->link, &w, NULL, 0);
}

static void tell_giver(struct supervisor *s, const char *giver, uint64_t via,
		       uint64_t number, uint64_t said)
{
	struct child *c;

	BREAKPOINT("pledge: known, giver not told");
	c = towards_giver(s, &(struct word){
		.verb = "KNOWN", .giver = giver, .via = via, .number = number,
		.said = said,
	});
	if (c && c->link)
		say_giver(c, via, number, said);
	BREAKPOINT("pledge: giver told, not forgotten");
	forget(s, via, number, said);
}

void pledges_known(struct supervisor *s, uint64_t via, const char *receiver,
		   uint64_t number, uint64_t said)
{
	const struct custody_edge *edge = custody_edge(&s->custody, via);

	if (edge)
		tell_giver(s, giver_of(edge, receiver), via, number, said);
}

/* ---- it is said again --------------------------------------------------- */

/* false: the giver has nothing any more on which that could stand */
static bool order_again(struct supervisor *s, const struct custody_edge *via,
			const struct custody_pledge *pledge)
{
	const struct custody_edge *parent =
		custody_edge(&s->custody, pledge->parent);
	struct grant_order order = {
		.holder = receiver_of(via, pledge),
		.via = via->id,
		.grant = pledge->grant,
		.parent = pledge->parent,
		.limits = pledge->limits,
		.said = pledge->said,
	};

	if (!parent || !custody_edge_open(parent) || !custody_edge_open(via))
		return false;
	order.target = parent->target;
	grants_grant(s, &order);
	return true;
}

static bool is_of(const struct custody_edge *via,
		  const struct custody_pledge *pledge, const char *giver)
{
	return !strcmp(giver_of(via, receiver_of(via, pledge)), giver);
}

/* an answer may take rows out, and edges */
static void renew_over(struct supervisor *s, uint64_t via, const char *giver)
{
	struct custody_edge *edge = custody_edge(&s->custody, via);
	struct custody_pledge pledge;

	for (size_t i = edge->n_pledges; edge && i-- > 0;) {
		if (i >= edge->n_pledges ||
		    !is_of(edge, &edge->pledges[i], giver))
			continue;
		pledge = edge->pledges[i];
		if (!order_again(s, edge, &pledge))
			custody_pledge_drop(edge, &edge->pledges[i]);
		edge = custody_edge(&s->custody, via);
	}
}

static bool has_some(const struct supervisor *s, const char *giver)
{
	const struct custody_edge *via;

	for (size_t i = 0; i < s->custody.n_edges; i++) {
		via = s->custody.edges[i];
		for (size_t k = 0; k < via->n_pledges; k++)
			if (is_of(via, &via->pledges[k], giver))
				return true;
	}
	return false;
}

bool pledges_renew(struct supervisor *s, const char *giver)
{
	for (size_t i = s->custody.n_edges; i-- > 0;)
		if (i < s->custody.n_edges && s->custody.edges[i]->n_pledges)
			renew_over(s, s->custody.edges[i]->id, giver);
	return has_some(s, giver);
}

void pledges_withdraw(struct supervisor *s, uint64_t parent, uint64_t number,
		      uint64_t to)
{
	struct custody_pledge *pledge;
	struct custody_edge *via;

	for (size_t i = 0; i < s->custody.n_edges; i++) {
		via = s->custody.edges[i];
		pledge = custody_pledge(via, number);
		if (pledge && pledge->parent == parent &&
		    (pledge->to_holder ? via->holder_life :
					 via->target_life) == to)
			custody_pledge_drop(via, pledge);
	}
}

/* ---- somebody waits for it ---------------------------------------------- */

/* what a dead one has said is not all said before its arena is recovered */
static bool may_have_said_more(const struct child *c)
{
	return !c->supervisor->last_group || c->awaits_mailbox || c->n_ending;
}

/* it was never said, or not noted and not heard: who gives nothing that it has not,
 * and nothing that it has taken back, has lost it on the way */
static bool is_unknown(const struct child *c, const struct custody_edge *via,
		    uint64_t number, const char *receiver)
{
	struct actor_limits limits;
	const struct custody_edge *what =
		custody_numbered(&c->supervisor->custody, c->node->path,
				 number, &limits);
	uint64_t to;

	if (!via || !what || what->limits.no_grants)
		return false;
	to = strcmp(via->holder, receiver) ? via->target_life :
					     via->holder_life;
	return !custody_is_undone(what, to, number);
}

/* of our own: what it has said is here, as soon as what came is read */
static void answer(struct child *c, uint64_t via, uint64_t number,
		   const char *receiver)
{
	struct supervisor *s = c->supervisor;
	struct grant_order none = {
		.holder = receiver,
		.via = via,
		.grant = number,
	};
	struct custody_pledge pledge, *noted;
	struct custody_edge *edge;

	link_catch_up(c->link);
	edge = custody_edge(&s->custody, via);
	noted = edge ? custody_pledge(edge, number) : NULL;
	if (!noted && may_have_said_more(c))
		return;
	if (noted && !strcmp(receiver_of(edge, noted), receiver)) {
		pledge = *noted;
		if (order_again(s, edge, &pledge))
			return;
		none.said = pledge.said;
	} else {
		none.unknown = is_unknown(c, edge, number, receiver);
	}
	grants_refuse(s, &none);
}

static void ask(struct supervisor *s, const char *giver, uint64_t via,
		uint64_t number, const char *receiver)
{
	struct child *c;

	BREAKPOINT("pledge: wanted, giver not asked");
	c = towards_giver(s, &(struct word){
		.verb = "WANTED", .giver = giver, .via = via,
		.number = number, .receiver = receiver,
	});
	if (c)
		answer(c, via, number, receiver);
	BREAKPOINT("pledge: giver asked");
}

bool pledges_ask(struct child *c, uint64_t via, uint64_t number)
{
	struct supervisor *s = c->supervisor;
	const struct custody_edge *edge = custody_edge(&s->custody, via);
	char giver[PATH_MAX];

	if (!edge || !custody_edge_open(edge) ||
	    path_is_supervisor(giver_of(edge, c->node->path)))
		return false;
	strcpy(giver, giver_of(edge, c->node->path));
	ask(s, giver, via, number, c->node->path);
	return true;
}

/* ---- messages ----------------------------------------------------------- */

bool pledges_message(struct supervisor *s, const struct fields *f)
{
	const char *path = fields_get(f, "PATH"), *to = fields_get(f, "TO");
	bool wanted = !strcmp(f->verb, "WANTED");
	uint64_t via, number, said = 0;

	if (!wanted && strcmp(f->verb, "KNOWN"))
		return false;
	if (!path || fields_get_u64(f, "VIA", &via) < 0 ||
	    fields_get_u64(f, "GRANT", &number) < 0)
		return true;
	fields_get_u64(f, "SAID", &said);
	if (!wanted)
		tell_giver(s, path, via, number, said);
	else if (to)
		ask(s, path, via, number, to);
	return true;
}
