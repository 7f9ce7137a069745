/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reload.h - from the tree that runs to another one: what has to happen? Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/config/keys.h"
#include "supervisord/config/spec.h"

/** enum reload_what - what becomes of a node that does not stay as it is */
enum reload_what {
	RELOAD_STOP,		/* its life ends: it is no more, or something else */
	RELOAD_CHANGE,		/* in place: its process does not notice */
	RELOAD_LATER,		/* not before its supervisor or it begins anew */
	RELOAD_RESTART,		/* another process of the same life */
	RELOAD_START,		/* it is new, and so is its life */
	N_RELOADS,
};

/** reload_name() - "stop", "change", …, for people and scripts */
const char *reload_name(enum reload_what what);

/**
 * struct reload_key - what a reload does about a key whose value is another
 * @table, @name: which key: a row of keys.h
 * @shown: "mailbox.bytes"
 */
struct reload_key {
	const struct key_table *table;
	const char *name;
	const char *shown;
};

/** struct reload_keys - a bit for each; there are more than 64 */
#define RELOAD_KEYS_MAX 128
struct reload_keys {
	uint64_t words[RELOAD_KEYS_MAX / 64];
};

/** reload_key() - the one of that number, or NULL behind the last */
const struct reload_key *reload_key(unsigned int number);
/** reload_key_effect() - for an actor or program; RELOAD_STOP: it is stopped, and
 * another one of its name is started */
enum reload_what reload_key_effect(unsigned int number, enum spec_kind kind);

/**
 * struct reload_step - one thing that happens to one node
 * @path: of the tree that has the node
 * @keys: which of them made it so: reload_has_key(), reload_has_keys()
 * @why: when it is no key, or besides
 * @within: it comes about by what is done to a node above
 */
struct reload_step {
	enum reload_what what;
	const char *path;
	struct reload_keys keys;
	const char *why;
	bool within;
};

/** reload_has_key() - is that of this number one that made it so? */
bool reload_has_key(const struct reload_step *step, unsigned int number);
bool reload_has_keys(const struct reload_step *step);

/** struct reload_plan - in the order in which it is done */
struct reload_plan {
	struct reload_step *steps;
	size_t n_steps;
	size_t room;
};

/**
 * reload_plan() - what leads from one tree to the other
 * @old: the system's node, with all that was spawned below
 * @new: of the same name; with what goes on of that: see graft.h
 * @ret: its strings are those of the trees; reload_plan_clear() it
 *
 * First what stops, last first; then the others in the order of the new tree. A
 * node that stays as it is is in no step. Return: 0; -ENOMEM.
 */
int reload_plan(const struct spec_node *old, const struct spec_node *new,
		struct reload_plan *ret);
void reload_plan_clear(struct reload_plan *plan);
/** reload_goes_on() - is the one node the other one, changed or not? */
bool reload_goes_on(const struct spec_node *old, const struct spec_node *new);
/** reload_step_of() - the step of that kind for a path, or NULL */
const struct reload_step *reload_step_of(const struct reload_plan *plan,
					 enum reload_what what,
					 const char *path);

/* ---- what is fixed for a life ---- */

/** struct reload_fixed - a scalar in struct spec_node, and in struct spec_later */
struct reload_fixed {
	size_t of_node;
	size_t of_later;
	size_t n_bytes;
};

/** reload_fixed() - that of that number, or NULL behind the last */
const struct reload_fixed *reload_fixed(size_t number);
/** reload_same_later() - does the file say the same of all that is fixed for a
 * life, directives too? */
bool reload_same_later(const struct spec_node *one,
		       const struct spec_node *other);
/** reload_in_force() - it as it is, whatever the file says since; owns nothing */
struct spec_node reload_in_force(const struct spec_node *node);
