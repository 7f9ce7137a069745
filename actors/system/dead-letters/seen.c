/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seen.c - was this message told of before?
 *
 * A ring of keys, with chains by hash through it. Pure.
 */
#include <stddef.h>

#include "actors/system/dead-letters/seen.h"

static uint16_t *bucket_of(struct seen *seen, const struct seen_key *key)
{
	uint64_t hash = key->edge ^ (key->number << 1 | key->to_holder);

	return &seen->first[hash * UINT64_C(0x9e3779b97f4a7c15) >> 52];
}

static bool is_same(const struct seen_key *a, const struct seen_key *b)
{
	return a->edge == b->edge && a->number == b->number &&
	       a->to_holder == b->to_holder;
}

static bool is_in(const struct seen *seen, uint16_t first,
		  const struct seen_key *key)
{
	for (uint16_t at = first; at; at = seen->next[at - 1])
		if (is_same(&seen->keys[at - 1], key))
			return true;

	return false;
}

static void forget(struct seen *seen, size_t place)
{
	uint16_t *at = bucket_of(seen, &seen->keys[place]);

	while (*at && *at != place + 1)
		at = &seen->next[*at - 1];
	if (*at)
		*at = seen->next[place];
}

bool seen_before(struct seen *seen, const struct seen_key *key)
{
	uint16_t *bucket = bucket_of(seen, key);
	size_t place = seen->n % SEEN_MAX;

	if (is_in(seen, *bucket, key))
		return true;

	if (seen->n >= SEEN_MAX)
		forget(seen, place);
	seen->n++;
	seen->keys[place] = *key;
	seen->next[place] = *bucket;
	*bucket = (uint16_t)(place + 1);
	return false;
}
