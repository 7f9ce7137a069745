/* SPDX-License-Identifier: 0BSD */
/*
 * samples.c - how long each of many took, and what most of them took.
 */
#include <errno.h>
#include <stdlib.h>

#include "samples.h"

int samples_begin(struct samples *samples, size_t size)
{
	uint64_t *ns = calloc(size, sizeof(*ns));

	if (!ns)
		return -ENOMEM;
	free(samples->ns);
	*samples = (struct samples){ .ns = ns, .size = size };
	return 0;
}

void samples_add(struct samples *samples, uint64_t ns)
{
	if (samples->n < samples->size)
		samples->ns[samples->n++] = ns;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

uint64_t samples_quantile(struct samples *samples, double quantile)
{
	if (samples->n == 0)
		return 0;
	qsort(samples->ns, samples->n, sizeof(*samples->ns), by_value);
	return samples->ns[(size_t)(quantile * (double)(samples->n - 1))];
}
