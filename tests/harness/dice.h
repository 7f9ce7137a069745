/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dice.h - chance that a seed repeats.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** struct dice - thrown by one test alone */
struct dice {
	uint64_t state;
};

/** dice_load() - the same seed, the same throws */
void dice_load(struct dice *dice, uint64_t seed);
/** dice_seed() - any number at all: a seed for others */
uint64_t dice_seed(struct dice *dice);
/** dice_below() - 0 to @n - 1; @n is at least 1 */
unsigned int dice_below(struct dice *dice, unsigned int n);
/** dice_once_in() - true once in @n throws */
bool dice_once_in(struct dice *dice, unsigned int n);
