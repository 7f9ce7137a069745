/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nursery.h - children that are spawned while the system runs.
 */
#pragma once

#include "supervisord/decide/state.h"
#include "supervisord/supervisor.h"

/**
 * struct nursery_order - what is wanted
 * @template: its name, of our node
 * @name: of the child; NULL: any
 */
struct nursery_order {
	const char *template;
	const char *name;
};

/**
 * nursery_spawn() - make a child of our node, and start it
 * @ret_why: when it fails, for people
 *
 * Its edges are there when this returns, its process is not. Return: 0; a
 * negative errno.
 */
int nursery_spawn(struct supervisor *s, const struct nursery_order *order,
		  struct child **ret, const char **ret_why);
/**
 * nursery_ghost() - somebody was granted an edge to a child that is gone
 *
 * Return: a child of that path without a life, which is forgotten like any other
 * when what was sent there is seen to; NULL: it is no path of ours.
 */
struct child *nursery_ghost(struct supervisor *s, const char *path);
/** nursery_say() - that this one is there */
void nursery_say(struct link *link, const struct spec_node *node);
/** nursery_sweep() - forget those whose lives are over */
void nursery_sweep(struct supervisor *s);
/** nursery_forget_below() - the life of that whole node is over */
void nursery_forget_below(struct supervisor *s, struct spec_node *node);
/** nursery_clear_attic() - a new tree is there: what has left the old one is freed */
void nursery_clear_attic(struct tree *tree);
/** nursery_is_clearing() - children of an earlier head still end */
bool nursery_is_clearing(const struct supervisor *s);
/** nursery_first_start_fails() - then its life ends, and no policy is asked */
bool nursery_first_start_fails(const struct child *c);
/** nursery_answer() - the head waited for that child's start, by that number */
void nursery_answer(struct child *c, uint64_t number, int error);
/** nursery_actor_message() - SPAWN, STOP_CHILD, CHILDREN of an actor; false:
 * none of them */
bool nursery_actor_message(struct child *c, const struct fields *f);
/** nursery_message() - CHILD, CHILD_END between supervisors; false: neither */
bool nursery_message(struct supervisor *s, const struct child *from,
		     const struct fields *f);
/** nursery_put() - all that were spawned anywhere, for who takes our place */
void nursery_put(const struct tree *tree, struct state_writer *w);
/** nursery_take() - enter them into a tree that was read anew; 0 or a negative
 * errno */
int nursery_take(struct tree *tree, struct state_reader *r);
