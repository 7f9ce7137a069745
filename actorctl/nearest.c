/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nearest.c - which known word was meant. Pure.
 */
#include <stdint.h>
#include <string.h>

#include "actorctl/nearest.h"

#define DISTANCE_MAX 2

/* how many letters must change to make one of the other */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], n = strlen(b);

	if (n >= sizeof(row) / sizeof(*row))
		return SIZE_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;

	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}

	return row[n];
}

const char *nearest_of(const char *const *known, const char *word)
{
	const char *nearest = NULL;
	size_t least = DISTANCE_MAX + 1;

	for (; *known; known++) {
		size_t d = distance(word, *known);

		if (d >= least)
			continue;
		least = d;
		nearest = *known;
	}

	return nearest;
}
