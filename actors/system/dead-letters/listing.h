/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listing.h - dead letters as the JSON that `actorctl dead-letters` shows.
 *
 * Pure but for memory.
 */
#pragma once

#include <jansson.h>

#include "actors/system/dead-letters/ring.h"

/**
 * struct listing_query - which of them
 * @path: to this actor or one below it; NULL: any
 * @reason: NULL: any
 * @since_us: not older
 * @limit: so many of the latest
 * @before: only with a smaller sequence; UINT64_MAX: any
 * @max_bytes: about so much JSON in one answer
 */
struct listing_query {
	const char *path;
	const char *reason;
	uint64_t since_us;
	uint64_t limit;
	uint64_t before;
	size_t max_bytes;
};

/**
 * listing_json() - {"letters": [newest first …], "before": sequence or null}
 *
 * @before goes into the next query; null when there is no more. Return: a new
 * reference; NULL without memory.
 */
json_t *listing_json(const struct ring *ring,
		     const struct listing_query *query);
