// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * withheld.c - grants in frames not sent yet that were taken back meanwhile.
 *
 * Pure. The counting is done by those who post and announce.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/withheld.h"

struct withheld_row {
	uint64_t key;
	uint64_t number;
	uint64_t n_frames;
};

void withheld_deinit(struct withheld *withheld)
{
	free(withheld->rows);
	memset(withheld, 0, sizeof(*withheld));
}

static struct withheld_row *find(const struct withheld *withheld, uint64_t key,
				 uint64_t number)
{
	size_t i;

	for (i = 0; i < withheld->n; i++)
		if (withheld->rows[i].key == key &&
		    withheld->rows[i].number == number)
			return &withheld->rows[i];

	return NULL;
}

static int make_room(struct withheld *withheld)
{
	size_t size = withheld->size ? 2 * withheld->size : 8;
	struct withheld_row *rows;

	if (withheld->n < withheld->size)
		return 0;
	rows = reallocarray(withheld->rows, size, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	withheld->rows = rows;
	withheld->size = size;

	return 0;
}

int withheld_add(struct withheld *withheld, uint64_t key, uint64_t number,
		 uint64_t n_frames)
{
	struct withheld_row *row = find(withheld, key, number);

	if (!row) {
		if (make_room(withheld) < 0)
			return -ENOMEM;
		row = &withheld->rows[withheld->n++];
	}
	*row = (struct withheld_row){ key, number, n_frames };

	return 0;
}

bool withheld_has(const struct withheld *withheld, uint64_t key,
		  uint64_t number, uint64_t index)
{
	const struct withheld_row *row = find(withheld, key, number);

	return row && index < row->n_frames;
}

void withheld_forget(struct withheld *withheld, uint64_t key)
{
	size_t i;

	for (i = withheld->n; i-- > 0;)
		if (withheld->rows[i].key == key)
			withheld->rows[i] = withheld->rows[--withheld->n];
}
