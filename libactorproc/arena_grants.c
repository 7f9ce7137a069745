/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena_grants.c - grants that were said, and that not all above are known to
 * know.
 *
 * What is said over the control channel dies with who hears it, and with it dies
 * the process that said it; the message that names the grant may be at its
 * receiver by then. So what was said is noted before, and forgotten when the
 * supervisor says that it cannot be lost any more. What is there after a death is
 * said again, by the supervisor, and by the next process.
 *
 * No part of a turn: a grant is said after the commit of its message. A row is
 * there when it has a key, which is stored last and taken out first.
 */
#include "libactorproc/arena_layout.h"

#define SAID_MAX (UINT64_MAX / 2)	/* nobody gets there who does not lie */

size_t arena_grants_top(const struct arena *a)
{
	return a->grants_top < ARENA_GRANTS_MAX ? a->grants_top :
						  ARENA_GRANTS_MAX;
}

static struct arena_grant *find_row(struct arena *a, uint64_t key, uint64_t number)
{
	size_t i, n = arena_grants_top(a);

	for (i = 0; i < n; i++)
		if (a->grants[i].key == key && a->grants[i].number == number)
			return &a->grants[i];

	return NULL;
}

/* The table grows before there is something behind what was its end. */
static struct arena_grant *free_row(struct arena *a)
{
	size_t i, n = arena_grants_top(a);

	for (i = 0; i < n && a->grants[i].key; i++)
		;
	if (i == ARENA_GRANTS_MAX)
		return NULL;
	if (i == n) {
		ARENA_SET(a->grants[i].key, 0);
		ARENA_SET(a->grants_top, n + 1);
	}

	return &a->grants[i];
}

uint64_t arena_grant_say(struct arena *a, uint64_t key, uint64_t number)
{
	struct arena_grant *row = find_row(a, key, number);

	if (a->grants_said < SAID_MAX)
		ARENA_SET(a->grants_said, a->grants_said + 1);
	if (row) {
		ARENA_SET(row->said, a->grants_said);
		return a->grants_said;
	}
	row = key ? free_row(a) : NULL;
	if (row) {
		ARENA_SET(row->number, number);
		ARENA_SET(row->said, a->grants_said);
		ARENA_SET(row->key, key);
	}

	return a->grants_said;
}

void arena_grant_known(struct arena *a, uint64_t via, uint64_t number,
		       uint64_t said)
{
	size_t i, n = arena_grants_top(a);

	for (i = 0; i < n; i++) {
		struct arena_grant *row = &a->grants[i];

		if (row->key && arena_key_id(row->key) == via &&
		    row->number == number && row->said == said)
			ARENA_SET(row->key, 0);
	}
}

bool arena_grant_next(const struct arena *a, size_t *cursor,
		      struct arena_grant *ret)
{
	while (*cursor < arena_grants_top(a)) {
		const struct arena_grant *row = &a->grants[(*cursor)++];

		if (!row->key)
			continue;
		*ret = *row;
		return true;
	}

	return false;
}

void arena_grant_forget(struct arena *a, uint64_t key, uint64_t number)
{
	struct arena_grant *row = find_row(a, key, number);

	if (row)
		ARENA_SET(row->key, 0);
}

void arena_grants_forget(struct arena *a, uint64_t key)
{
	size_t i, n = arena_grants_top(a);

	for (i = 0; i < n; i++)
		if (a->grants[i].key == key)
			ARENA_SET(a->grants[i].key, 0);
}

bool arena_grants_sound(const struct arena *a)
{
	size_t i;

	if (a->grants_top > ARENA_GRANTS_MAX || a->grants_said > SAID_MAX)
		return false;
	for (i = 0; i < a->grants_top; i++)
		if (a->grants[i].key && a->grants[i].said > a->grants_said)
			return false;

	return true;
}

void arena_grants_cut(struct arena *a)
{
	size_t n = arena_grants_top(a);

	while (n && !a->grants[n - 1].key)
		n--;
	ARENA_SET(a->grants_top, n);
}
