/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * suggest.c - "did you mean": the known word nearest to an unknown one.
 *
 * Optimal string alignment (Damerau's distance without overlapping swaps),
 * only in the band of the table that can still stay within the limit. Pure.
 */
#include "supervisord/config/suggest.h"

#include <stdbool.h>
#include <string.h>

#define DISTANCE_MAX 3

/* cells of one row that are within the limit of the diagonal */
#define BAND (2 * DISTANCE_MAX + 1)

struct row {
	size_t cell[BAND];
};

static size_t least(size_t one, size_t other)
{
	return one < other ? one : other;
}

/* what a change, a drop or an insertion into @j leads to; band cell @k */
static size_t plain_edit(const struct row *now, const struct row *before,
			 size_t k, bool same)
{
	size_t best = before->cell[k] + !same;

	if (k + 1 < BAND)
		best = least(best, before->cell[k + 1] + 1);
	if (k > 0)
		best = least(best, now->cell[k - 1] + 1);

	return best;
}

static bool swapped(const char *one, size_t i, const char *other, size_t j)
{
	return i > 1 && j > 1 && one[i - 1] == other[j - 2] &&
	       one[i - 2] == other[j - 1];
}

/*
 * Row @i of the table: cell k of it is column i + k - DISTANCE_MAX. Return: the
 * least number in it.
 */
static size_t fill_row(struct row *rows[3], const char *one, size_t i,
		       const char *other, size_t n_other)
{
	size_t least_seen = DISTANCE_MAX + 1;
	size_t k;

	for (k = 0; k < BAND; k++) {
		size_t j = i + k - DISTANCE_MAX;
		size_t *cell = &rows[0]->cell[k];

		if (i + k < DISTANCE_MAX || j > n_other) {
			*cell = DISTANCE_MAX + 1;
			continue;
		}
		if (j == 0)
			*cell = i;
		else
			*cell = plain_edit(rows[0], rows[1], k,
					   one[i - 1] == other[j - 1]);
		if (swapped(one, i, other, j))
			*cell = least(*cell, rows[2]->cell[k] + 1);
		least_seen = least(least_seen, *cell);
	}

	return least_seen;
}

static void first_row(struct row *row, size_t n_other)
{
	size_t k;

	for (k = 0; k < BAND; k++) {
		row->cell[k] = DISTANCE_MAX + 1;
		if (k >= DISTANCE_MAX && k - DISTANCE_MAX <= n_other)
			row->cell[k] = k - DISTANCE_MAX;
	}
}

size_t suggest_distance(const char *one, const char *other, size_t limit)
{
	size_t n_one = strlen(one), n_other = strlen(other);
	size_t gap = n_one > n_other ? n_one - n_other : n_other - n_one;
	struct row storage[3];
	struct row *rows[3] = { &storage[0], &storage[1], &storage[2] };
	size_t i, distance;

	limit = least(limit, DISTANCE_MAX);
	if (gap > limit)
		return limit + 1;

	first_row(rows[0], n_other);
	*rows[1] = *rows[0];
	for (i = 1; i <= n_one; i++) {
		struct row *oldest = rows[2];

		rows[2] = rows[1];
		rows[1] = rows[0];
		rows[0] = oldest;
		if (fill_row(rows, one, i, other, n_other) > limit)
			return limit + 1;
	}

	distance = rows[0]->cell[n_other + DISTANCE_MAX - n_one];

	return least(distance, limit + 1);
}

/* a short word is another one soon */
static size_t distance_allowed(size_t n_bytes)
{
	if (n_bytes < 2)
		return 0;
	if (n_bytes < 4)
		return 1;

	return n_bytes < 7 ? 2 : DISTANCE_MAX;
}

void suggest_begin(struct suggest *s, const char *word)
{
	s->word = word;
	s->n_bytes = strlen(word);
	s->distance = distance_allowed(s->n_bytes) + 1;
	s->nearest = NULL;
}

void suggest_offer(struct suggest *s, const char *known)
{
	size_t distance;

	if (s->distance == 0 || s->n_bytes > SUGGEST_WORD_MAX)
		return;

	distance = suggest_distance(s->word, known, s->distance - 1);
	if (distance >= s->distance)
		return;

	s->distance = distance;
	s->nearest = known;
}

const char *suggest_from(const char *const *known, const char *word)
{
	struct suggest s;

	suggest_begin(&s, word);
	for (; known && *known; known++)
		suggest_offer(&s, *known);

	return s.nearest;
}
