/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dice.c - chance that a seed repeats (SplitMix64).
 */
#include "tests/harness/dice.h"

void dice_load(struct dice *dice, uint64_t seed)
{
	dice->state = seed;
}

uint64_t dice_seed(struct dice *dice)
{
	uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

unsigned int dice_below(struct dice *dice, unsigned int n)
{
	return (unsigned int)(dice_seed(dice) >> 33) % n;
}

bool dice_once_in(struct dice *dice, unsigned int n)
{
	return dice_below(dice, n) == 0;
}
