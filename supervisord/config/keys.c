/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keys.c - the tables of keys: one row says all about a key.
 *
 * Walks a map by the rows and reports what no row knows. Pure.
 */
#include "supervisord/config/keys.h"

#include <string.h>

#include "supervisord/config/printout.h"
#include "supervisord/config/suggest.h"

const struct key_table *const keys_everywhere[] = {
	&keys_of_system,
	&keys_of_supervisor,
	&keys_of_child,
	&keys_of_sibling,
	&keys_of_template,
	&keys_of_actor,
	&keys_of_intensity,
	&keys_of_backoff,
	&keys_of_sandbox,
	&keys_of_network,
	&keys_of_mailbox,
	&keys_of_watchdog,
	&keys_of_budget,
	NULL,
};

/* indexed by the bit of the flag */
static const struct {
	enum key_flag flag;
	const char *why;
} needs[] = {
	{ KEY_NEEDS_EXEC,	"needs \"exec\" beside it" },
	{ KEY_NEEDS_CHILDREN,	"needs \"children\" or \"templates\" beside it" },
	{ KEY_NEEDS_ACTOR,	"is for actors, and this is a program" },
	{ KEY_NEEDS_PROGRAM,	"is for programs: an actor says by itself when it is ready" },
};

static const struct key *find_key(const struct key_table *const *tables,
				  const char *name,
				  const struct key_table **ret_table)
{
	size_t i;

	for (; *tables; tables++) {
		for (i = 0; i < (*tables)->n_keys; i++) {
			if (strcmp((*tables)->keys[i].name, name) == 0) {
				*ret_table = *tables;
				return &(*tables)->keys[i];
			}
		}
	}

	return NULL;
}

static const char *nearest_key(const struct key_table *const *tables,
			       const char *name)
{
	struct suggest s;
	size_t i;

	suggest_begin(&s, name);
	for (; *tables; tables++) {
		for (i = 0; i < (*tables)->n_keys; i++)
			suggest_offer(&s, (*tables)->keys[i].name);
	}

	return s.nearest;
}

static void refuse_unknown(struct reading *r,
			   const struct key_table *const *tables,
			   const struct yaml_value *value)
{
	const struct key_table *elsewhere;
	struct quoted quoted;
	const char *nearest, *name;

	if (reading_is_full(r)) {
		reading_refuse(r, value->key_mark, "unknown key");
		return;
	}

	name = reading_quote(&quoted, value->key);
	nearest = nearest_key(tables, value->key);
	if (find_key(keys_everywhere, value->key, &elsewhere))
		reading_refuse(r, value->key_mark,
			       "unknown key %s here: it is a key of %s", name,
			       elsewhere->place);
	else if (nearest)
		reading_refuse(r, value->key_mark,
			       "unknown key %s, did you mean \"%s\"?", name,
			       nearest);
	else
		reading_refuse(r, value->key_mark, "unknown key %s", name);
}

static void read_key(struct reading *r, const struct key *key,
		     const struct yaml_value *value, unsigned int unmet,
		     void *object)
{
	size_t i;

	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (key->flags & unmet & needs[i].flag) {
			reading_refuse(r, value->key_mark, "key \"%s\" %s",
				       key->name, needs[i].why);
			return;
		}
	}
	if (value->kind != YAML_KIND_REFUSED)
		key->read(r, key, value, (char *)object + key->offset);
}

static void refuse_missing(struct reading *r, const struct key_table *table,
			   const struct yaml_value *map)
{
	size_t i;

	for (i = 0; i < table->n_keys; i++) {
		const struct key *key = &table->keys[i];

		if (!(key->flags & KEY_REQUIRED) ||
		    yaml_value_find(map, key->name))
			continue;
		reading_refuse(r, map->mark, "%s needs the key \"%s\"",
			       table->place, key->name);
	}
}

void keys_read(struct reading *r, const struct key_table *const *tables,
	       const struct yaml_value *map, unsigned int unmet, void *object)
{
	const struct yaml_value *value;

	for (value = map->first; value; value = value->next) {
		const struct key_table *table;
		const struct key *key = find_key(tables, value->key, &table);

		if (key)
			read_key(r, key, value, unmet, object);
		else
			refuse_unknown(r, tables, value);
	}
	for (; *tables; tables++)
		refuse_missing(r, *tables, map);
}

static void add_key(struct printout *out, const struct key *key)
{
	printout_add_format(out, "  %-14s%-22s%-13s%s\n", key->name, key->type,
			    key->flags & KEY_REQUIRED ? "(required)" :
			    key->fallback ? key->fallback : "-", key->meaning);
}

char *keys_reference(void)
{
	const struct key_table *const *table;
	struct printout out = { .broken = false };
	size_t i;

	for (table = keys_everywhere; *table; table++) {
		printout_add_format(&out, "keys of %s\n", (*table)->place);
		for (i = 0; i < (*table)->n_keys; i++)
			add_key(&out, &(*table)->keys[i]);
	}

	return printout_take(&out);
}
