/* SPDX-License-Identifier: 0BSD */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * struct samples - how long each of many took
 * @ns: @size places, @n of them in use
 */
struct samples {
	uint64_t *ns;
	size_t size;
	size_t n;
};

/** samples_begin() - room for @size; what was there is gone. 0 or -ENOMEM */
int samples_begin(struct samples *samples, size_t size);
/** samples_add() - one more; what has no room is left out */
void samples_add(struct samples *samples, uint64_t ns);
/** samples_quantile() - 0.5 is the median; sorts. 0 without any */
uint64_t samples_quantile(struct samples *samples, double quantile);
