/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * deposits.c - which descriptors somebody else keeps for us, and under which
 * names.
 *
 * Pure: a table. It never sees a descriptor.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/decide/deposits.h"

#define ROOM_FIRST 64

void deposits_deinit(struct deposits *d)
{
	for (size_t i = 0; i < d->n; i++)
		free(d->list[i].path);
	free(d->list);
	*d = (struct deposits){ 0 };
}

static bool same_path(const char *one, const char *other)
{
	return one && other ? !strcmp(one, other) : one == other;
}

static bool is_key(const struct deposit_key *one,
		   const struct deposit_key *other)
{
	return one->kind == other->kind && one->id == other->id &&
	       one->number == other->number &&
	       same_path(one->path, other->path);
}

struct deposit *deposits_find(const struct deposits *d,
			      const struct deposit_key *key)
{
	for (size_t i = 0; i < d->n; i++)
		if (is_key(&d->list[i].key, key))
			return &d->list[i];
	return NULL;
}

struct deposit *deposits_named(const struct deposits *d, uint32_t name)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->list[i].name == name)
			return &d->list[i];
	return NULL;
}

uint32_t deposits_name(struct deposits *d)
{
	if (d->n >= DEPOSITS_NAMES_MAX || d->n_fds >= DEPOSITS_FDS_MAX)
		return 0;
	do
		d->last = d->last % DEPOSITS_NAMES_MAX + 1;
	while (deposits_named(d, d->last));
	return d->last;
}

/* the name, when it was the last that had it */
static uint32_t take_out(struct deposits *d, size_t at)
{
	uint32_t name = d->list[at].name;

	d->n_fds -= d->list[at].n_files;
	free(d->list[at].path);
	d->list[at] = d->list[--d->n];
	return deposits_named(d, name) ? 0 : name;
}

uint32_t deposits_drop(struct deposits *d, const struct deposit_key *key)
{
	struct deposit *found = deposits_find(d, key);

	return found ? take_out(d, (size_t)(found - d->list)) : 0;
}

static bool grow(struct deposits *d)
{
	size_t room = d->room ? d->room * 2 : ROOM_FIRST;
	struct deposit *more;

	if (d->n < d->room)
		return true;
	more = reallocarray(d->list, room, sizeof(*more));
	if (!more)
		return false;
	d->list = more;
	d->room = room;
	return true;
}

int deposits_put(struct deposits *d, const struct deposit *wanted,
		 uint32_t *ret_free)
{
	const char *path = wanted->key.path;
	char *copy = path ? strdup(path) : NULL;
	struct deposit *old, *new;

	if ((path && !copy) || !grow(d)) {
		free(copy);
		return -ENOMEM;
	}
	old = deposits_find(d, &wanted->key);
	new = &d->list[d->n++];
	*new = *wanted;
	new->path = copy;
	new->key.path = copy;
	d->n_fds += new->n_files;
	*ret_free = old ? take_out(d, (size_t)(old - d->list)) : 0;
	return 0;
}
