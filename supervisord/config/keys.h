/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keys.h - the tables of keys: one row says all about a key. Pure.
 *
 * The rows feed the parser, "did you mean" and the reference. How to add a key:
 * a row in its table, the value's place in spec.h, the manual page.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "supervisord/config/reading.h"
#include "supervisord/config/values.h"

/* what a key needs beside it, and whether it may be left out */
enum key_flag {
	KEY_REQUIRED = 1 << 0,
	KEY_NEEDS_EXEC = 1 << 1,
	KEY_NEEDS_CHILDREN = 1 << 2,
	KEY_NEEDS_ACTOR = 1 << 3,	/* not for kind: program */
	KEY_NEEDS_PROGRAM = 1 << 4,	/* only for it */
};

/**
 * struct key - a row
 * @type: for people: "duration"
 * @fallback: the default, for people; NULL: none
 * @meaning: one line
 * @read: takes the value into @ret, or reports what is wrong with it
 * @offset: of the value in what the table describes
 * @min, @max: of a number, in the unit it is kept in
 * @words: of an enum
 * @inside: of a mapping with keys of its own
 */
struct key {
	const char *name;
	const char *type;
	const char *fallback;
	const char *meaning;
	unsigned int flags;
	void (*read)(struct reading *r, const struct key *key,
		     const struct yaml_value *value, void *ret);
	size_t offset;
	uint64_t min;
	uint64_t max;
	const struct value_words *words;
	const struct key_table *inside;
};

/**
 * struct key_table - the keys of one place
 * @place: for people: "a child"
 */
struct key_table {
	const char *place;
	const struct key *keys;
	size_t n_keys;
};

#define KEY_TABLE(place_, rows)						\
	{ .place = (place_), .keys = (rows),				\
	  .n_keys = sizeof(rows) / sizeof((rows)[0]) }

extern const struct key_table keys_of_system;
extern const struct key_table keys_of_child;
extern const struct key_table keys_of_sibling;
extern const struct key_table keys_of_template;
extern const struct key_table keys_of_actor;
extern const struct key_table keys_of_supervisor;
extern const struct key_table keys_of_intensity;
extern const struct key_table keys_of_backoff;
extern const struct key_table keys_of_sandbox;
extern const struct key_table keys_of_network;
extern const struct key_table keys_of_mailbox;
extern const struct key_table keys_of_watchdog;
extern const struct key_table keys_of_budget;

/** keys_everywhere - all of the above, NULL-terminated */
extern const struct key_table *const keys_everywhere[];

/**
 * keys_read() - take the keys of a map into an object
 * @tables: NULL-terminated; the keys this map may have
 * @unmet: the KEY_NEEDS_… that this map does not meet
 */
void keys_read(struct reading *r, const struct key_table *const *tables,
	       const struct yaml_value *map, unsigned int unmet, void *object);
/** keys_reference() - all keys as text, for people; malloc'd, or NULL */
char *keys_reference(void);
