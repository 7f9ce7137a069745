/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * minting.h - edges and grants: making them, handing them on.
 */
#pragma once

#include "supervisord/supervisor.h"

/* ---- minting.c ---- */

/** minting_declared() - those of the file that are ours to make */
void minting_declared(struct supervisor *s);
/** minting_life() - the life a path has, or will begin with; 0: a supervisor */
uint64_t minting_life(const struct supervisor *s, const char *path);
/**
 * struct minting_source - where a message about an edge came from
 * @below: that child; NULL: not from a child
 * @above: from the parent
 *
 * Neither: it is our own.
 */
struct minting_source {
	const struct child *below;
	bool above;
};

/** minting_message() - EDGE; false: it is not
 * @from: the child it came from, NULL for the parent */
bool minting_message(struct supervisor *s, struct child *from,
		     struct control_message *m);
/** minting_is_ours() - are we the one who makes that edge? */
bool minting_is_ours(const struct supervisor *s, const char *holder,
		     const char *target);
/** minting_place() - edges_route() from here: whose business a path is */
int minting_place(const struct supervisor *s, const char *path);
bool minting_inside(const struct supervisor *s, const char *path);
/** minting_below() - the child at a place, if it is a supervisor */
struct child *minting_below(struct supervisor *s, int place);
/** minting_actor() - the child at a place, if it is none and is there to hear */
struct child *minting_actor(struct supervisor *s, int place);
/** minting_holder() - whose actor the holder is, if it is one of our own */
struct child *minting_holder(struct supervisor *s,
			     const struct custody_edge *edge);
/** minting_mint() - make an edge and hand it on; NULL without descriptors. Whom it
 * is for gets it after keeping_ask() */
struct custody_edge *minting_mint(struct supervisor *s, const char *holder,
				  const char *target, const char *name,
				  const struct actor_limits *limits);
/** minting_mint_as() - the same, with a number of the caller's: it must be the
 * only one that has it */
struct custody_edge *minting_mint_as(struct supervisor *s, uint64_t id,
				     const char *holder, const char *target,
				     const char *name);
/** minting_kept() - all above hold the edges that await that word: they are given
 * to whom they are for */
void minting_kept(struct supervisor *s, uint64_t number);

/* ---- grants.c ---- */

/**
 * struct grant_order - who shall get an edge to whom, and why
 * @via: the edge that the message with the grant goes by
 * @grant: its number there
 * @parent: the giver's own edge to @target; 0: ourselves
 * @limits: at most so much
 * @said: as the giver counts; 0: it does not
 * @unknown: what became of it nobody knows; of a refusal
 */
struct grant_order {
	const char *holder;
	const char *target;
	uint64_t via;
	uint64_t grant;
	uint64_t parent;
	struct actor_limits limits;
	uint64_t said;
	bool unknown;
};

/** grants_grant() - do so, or have it done by who can */
void grants_grant(struct supervisor *s, const struct grant_order *order);
/** grants_again() - a dead @giver has said that by its edge of that key, or its
 * message is sent only now */
void grants_again(struct supervisor *s, const char *giver,
		  const struct arena_grant *grant);
/** grants_limit() - a dead @holder had passed that edge on with these limits */
void grants_limit(struct supervisor *s, const char *holder, uint64_t id,
		  const struct actor_limits *limits);
/** grants_refuse() - tell who waits for it, and who gave it */
void grants_refuse(struct supervisor *s, const struct grant_order *order);
/** grants_kept() - all above know the grants that await that word: tell those they
 * are for */
void grants_kept(struct supervisor *s, uint64_t number);
/** grants_give() - what a child that is a supervisor must know of an edge */
void grants_give(struct child *c, const struct custody_edge *edge);
/** grants_say_granted() - to its holder, an actor: that number means that edge */
void grants_say_granted(struct link *link, const struct custody_edge *edge,
			uint64_t via, uint64_t grant);
/** grants_lose() - that was taken back, or @refused: a claim of it is answered
 * soon, or at once */
void grants_lose(struct child *c, uint64_t via, uint64_t grant, bool refused);
/** grants_await() - it has asked for that one, and waits as long as it may; false:
 * it cannot */
bool grants_await(struct child *c, uint64_t via, uint64_t grant);
/** grants_message() - MINT, GRANTED, REFUSED, LIMIT; false: none of them */
bool grants_message(struct supervisor *s, struct minting_source source,
		    const struct fields *f);
/** grants_actor_message() - GRANT, CLAIM, LIMIT of an actor; false: neither */
bool grants_actor_message(struct child *c, const struct fields *f);

/* ---- revocations.c ---- */

/** revocations_settle() - what leads to @target and stands on nothing ends;
 * what stands on less may do less */
void revocations_settle(struct supervisor *s, const char *target);
/** revocations_disown() - what we gave of it ourselves, on no edge, is taken back */
void revocations_disown(struct supervisor *s, struct custody_edge *edge);
/** revocations_settle_all() - the same for all that were granted here */
void revocations_settle_all(struct supervisor *s);
/** revocations_message() - REVOKE, UNGRANTED, LIMITED, UNDONE; false: none */
bool revocations_message(struct supervisor *s, struct minting_source source,
			 const struct fields *f);
/** revocations_actor_message() - REVOKE of an actor; false: it is not */
bool revocations_actor_message(struct child *c, const struct fields *f);
/** revocations_give() - what a child that is a supervisor must know of an edge */
void revocations_give(struct child *c, const struct custody_edge *edge);
