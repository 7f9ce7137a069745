/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * minting.h - edges and grants: making them, handing them on.
 */
#pragma once

#include "supervisord/supervisor.h"

/* ---- minting.c ---- */

void minting_declared(struct supervisor *s);
/** minting_give() - all edges, mailboxes … that concern a child just made */
void minting_give(struct child *c);
/** minting_renew() - declared edges of a path whose life begins anew; returns
 * true when others mint some: REMINTED will come */
bool minting_renew(struct supervisor *s, const char *path);
/** minting_complete() - the same if some of them are missing */
bool minting_complete(struct supervisor *s, const char *path);
/** minting_renew_tree() - the same for all of a node; its own path, for a
 * supervisor the one with the slash, is the last that is heard of */
bool minting_renew_tree(struct supervisor *s, const struct spec_node *node);
/** minting_refresh_supervisor() - new edges for a restarted supervisor's own */
void minting_refresh_supervisor(struct child *c);
/** minting_end_edge() - an edge is over: tell all who have copies */
void minting_end_edge(struct supervisor *s, struct custody_edge *edge,
		      bool by_target);
/** minting_push_mailbox() - the parent keeps a copy too */
void minting_push_mailbox(struct supervisor *s,
			  const struct custody_mailbox *mailbox);
void minting_end_mailbox(struct supervisor *s, const char *path);
/** minting_message() - a message between supervisors; false: not of that kind
 * @from: the child it came from, NULL for the parent */
bool minting_message(struct supervisor *s, struct child *from,
		     struct control_message *m);
/** minting_place() - edges_route() from here: whose business a path is */
int minting_place(const struct supervisor *s, const char *path);
bool minting_inside(const struct supervisor *s, const char *path);
/** minting_below() - the child at a place, if it is a supervisor */
struct child *minting_below(struct supervisor *s, int place);
/** minting_mint() - make an edge and hand it on; NULL without descriptors */
struct custody_edge *minting_mint(struct supervisor *s, const char *holder,
				  const char *target, const char *name);

/* ---- grants.c ---- */

/** grants_grant() - @holder shall get an edge to @target */
void grants_grant(struct supervisor *s, const char *holder,
		  const char *target, uint64_t via, uint64_t grant);
/** grants_say() - GRANTED or REFUSED; @edge 0: none */
void grants_say(struct link *link, const char *verb, const char *path,
		uint64_t edge, uint64_t via, uint64_t grant);
/** grants_message() - MINT, GRANTED or REFUSED; false: none of them */
bool grants_message(struct supervisor *s, const struct fields *f);
/** grants_actor_message() - GRANT or CLAIM of an actor; false: neither */
bool grants_actor_message(struct child *c, const struct fields *f);
