/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gifts.h - descriptors that actors pass on in messages, at supervisors.
 */
#pragma once

#include "libactorproc/frame.h"
#include "supervisord/minting.h"

/** gifts_bound() - how many descriptors a message to it may have, of anybody */
uint32_t gifts_bound(const struct spec_node *node);
/** gifts_accepted() - how many a message to one path may have from another */
uint32_t gifts_accepted(const struct supervisor *s, const char *to,
			const char *from);
/** gifts_wanted() - does any actor of the tree take descriptors of that one? */
bool gifts_wanted(struct tree *tree, const char *from);
/** gifts_say() - one, to who keeps it */
void gifts_say(struct link *link, const struct custody_gift *gift);
/** gifts_hand_down() - all that a supervisor just made must keep */
void gifts_hand_down(struct child *c);
/** gifts_edge_ends() - by its holder alone: what it gave before is kept */
void gifts_edge_ends(struct supervisor *s, const struct custody_edge *edge,
		     bool by_holder);
/** gifts_await() - it has asked for that one, and waits as long as it may; false:
 * it cannot */
bool gifts_await(struct child *c, uint64_t via, uint64_t number);
/** gifts_forget_fetches() - that process is gone */
void gifts_forget_fetches(struct child *c);
/** gifts_dead() - what came along with that message for @path is not wanted */
void gifts_dead(struct supervisor *s, const char *path, uint64_t via,
		const struct frame *frame);
/** gifts_message() - GIVE, TAKEN between supervisors; false: none of them */
bool gifts_message(struct supervisor *s, struct minting_source source,
		   struct control_message *m);
/** gifts_actor_message() - GIVE, WITHDRAW, FETCH, TAKEN; false: none of them */
bool gifts_actor_message(struct child *c, struct control_message *m);
