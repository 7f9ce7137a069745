// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * offers.c - descriptors that this turn has given to its supervisor.
 *
 * Pure: what is to be withdrawn, passing.c tells the supervisor.
 */
#include <errno.h>
#include <stdlib.h>

#include "libactorproc/offers.h"

#define ROWS_FIRST 16

void offers_deinit(struct offers *offers)
{
	free(offers->rows);
	*offers = (struct offers){ 0 };
}

static int grow(struct offers *offers)
{
	size_t size = offers->size ? offers->size * 2 : ROWS_FIRST;
	struct offer *rows;

	if (offers->n < offers->size)
		return 0;
	rows = reallocarray(offers->rows, size, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	offers->rows = rows;
	offers->size = size;

	return 0;
}

int offers_add(struct offers *offers, uint64_t via, uint64_t number)
{
	int r = grow(offers);

	if (r == 0)
		offers->rows[offers->n++] = (struct offer){ via, number };

	return r;
}

int offers_take_last(struct offers *offers, struct offer *ret)
{
	if (!offers->n)
		return -ENOENT;
	*ret = offers->rows[--offers->n];

	return 0;
}
