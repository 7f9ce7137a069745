/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena_limits.c - the limits with which references were passed on.
 *
 * A frame names a limited reference by a number, and what that means is said to
 * the supervisor alone: who recovers the arena of a dead actor has to know it
 * before it says again what was given. The newest are kept, as supervisors do. A
 * row is there when it has a key, which is stored last and taken out first.
 */
#include "libactorproc/arena_layout.h"

static size_t n_rows(const struct arena *a)
{
	return a->limits_made < ARENA_LIMITS_MAX ? (size_t)a->limits_made :
						   ARENA_LIMITS_MAX;
}

size_t arena_limits_top(const struct arena *a)
{
	return n_rows(a);
}

static bool is_same(const struct arena_limit *a, const struct arena_limit *b)
{
	return a->key == b->key && a->rate == b->rate &&
	       a->bytes == b->bytes && a->no_grants == b->no_grants;
}

void arena_limit_say(struct arena *a, const struct arena_limit *limit)
{
	struct arena_limit *row;
	size_t i, n = n_rows(a);

	for (i = 0; i < n; i++)
		if (is_same(&a->limits[i], limit))
			return;
	row = &a->limits[a->limits_made % ARENA_LIMITS_MAX];
	ARENA_SET(row->key, 0);
	ARENA_SET(row->rate, limit->rate);
	ARENA_SET(row->bytes, limit->bytes);
	ARENA_SET(row->no_grants, limit->no_grants);
	ARENA_SET(a->limits_made, a->limits_made + 1 ? a->limits_made + 1 :
						       ARENA_LIMITS_MAX);
	ARENA_SET(row->key, limit->key);
}

bool arena_limit_next(const struct arena *a, size_t *cursor,
		      struct arena_limit *ret)
{
	while (*cursor < n_rows(a)) {
		const struct arena_limit *row = &a->limits[(*cursor)++];

		if (!row->key)
			continue;
		*ret = *row;
		return true;
	}

	return false;
}

void arena_limits_forget(struct arena *a, uint64_t key)
{
	size_t i, n = n_rows(a);

	for (i = 0; i < n; i++)
		if (a->limits[i].key == key)
			ARENA_SET(a->limits[i].key, 0);
}
