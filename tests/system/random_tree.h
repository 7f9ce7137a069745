/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * random_tree.h - a tree of jugglers drawn from a seed.
 *
 * Two to four levels; references both ways and across subtrees; strategies,
 * redelivery, narrow mailboxes, heads and actors that do not come back as
 * chance has it. Above them is the collector, see actors/test-juggler.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/harness/dice.h"

#define RANDOM_TREE_ACTORS_MAX 400
#define RANDOM_TREE_GROUPS_MAX 40
#define RANDOM_TREE_PATH_BYTES 64

/**
 * struct random_actor - a juggler; its index is its place plus 1
 * @path: below the system's own
 * @group: whose child it is
 * @heads: the group whose head it is; 0: of none
 * @lazy: throws only when something came, and then goes
 * @spawned: a template of its group, "s" and its index; nobody has a reference
 */
struct random_actor {
	char path[RANDOM_TREE_PATH_BYTES];
	unsigned int group;
	unsigned int heads;
	bool temporary;
	bool lazy;
	bool spawned;
};

/**
 * struct random_group - a supervisor
 * @parent: its own index for the topmost, which is 0
 * @head: index of the actor at its head; 0: it has none
 */
struct random_group {
	char path[RANDOM_TREE_PATH_BYTES];
	unsigned int parent;
	unsigned int depth;
	unsigned int head;
};

/**
 * struct random_tree
 * @keeps_references: no message carries one
 * @takes_nothing_back: of those that were given
 * @tick_us: how long they wait at most until they throw again; 0: not for long
 */
struct random_tree {
	uint64_t seed;
	bool keeps_references;
	bool takes_nothing_back;
	unsigned int tick_us;
	unsigned int n_actors;
	unsigned int n_groups;
	struct random_actor actors[RANDOM_TREE_ACTORS_MAX];
	struct random_group groups[RANDOM_TREE_GROUPS_MAX];
};

/** random_tree_draw() - a small one */
void random_tree_draw(struct random_tree *t, uint64_t seed);
/** random_tree_draw_large() - of so many; none of them is temporary */
void random_tree_draw_large(struct random_tree *t, uint64_t seed,
			    unsigned int n_actors);
/**
 * random_tree_config() - as the text of a file, malloc'd
 *
 * Jugglers look at @DIRECTORY@/quiet, the collector writes to @DIRECTORY@/book.
 */
char *random_tree_config(const struct random_tree *t);
