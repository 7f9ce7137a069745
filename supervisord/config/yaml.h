/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * yaml.h - text to a tree of values that know where they stood.
 *
 * A strict subset of YAML: maps, lists and text. No anchors, aliases, tags,
 * merge keys, directives or second documents; no key twice; UTF-8 without a
 * byte order mark or control characters; lines end with LF or CR LF. It knows
 * no key. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "supervisord/config/spec.h"

enum yaml_kind {
	YAML_KIND_TEXT,
	YAML_KIND_LIST,
	YAML_KIND_MAP,
	YAML_KIND_REFUSED,	/* an error about it has been reported */
};

/**
 * struct yaml_value - a value, with its key when it is in a map
 * @mark: where it begins
 * @key: NULL outside of a map
 * @text: of YAML_KIND_TEXT, without NUL inside
 * @empty: nothing was written: "key:" and no more
 * @first: of the values in it, in order of the file; @next is its sibling
 */
struct yaml_value {
	enum yaml_kind kind;
	struct spec_mark mark;
	char *key;
	struct spec_mark key_mark;
	char *text;
	bool empty;
	struct yaml_value *first;
	struct yaml_value *next;
	size_t n_values;
};

/**
 * yaml_value_parse() - a text to the value it is
 * @errors: is added to; keeps what it has
 * @ret: the caller's to yaml_value_free(), NULL when the text is no YAML at
 *       all. Where only the subset was left, it holds what was understood.
 *
 * Return: 0, with or without errors; -ENOMEM.
 */
int yaml_value_parse(const char *text, size_t n_bytes,
		     struct config_errors *errors,
		     struct yaml_value **ret);
/** yaml_value_free() - NULL is fine; returns NULL */
struct yaml_value *yaml_value_free(struct yaml_value *value);
/** yaml_value_find() - the value of a key in a map, or NULL */
const struct yaml_value *yaml_value_find(const struct yaml_value *map,
				   const char *key);
/** yaml_kind_name() - with its article: "a list" */
const char *yaml_kind_name(enum yaml_kind kind);
