// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * arena_pulse.c - signs of life of a loop, in the first page of its arena.
 *
 * Hints: nothing in the arena depends on them, and a store of them is no step of
 * anything. Who reads them reads one page of a stranger's. Pure.
 */
#include "libactorproc/arena_layout.h"

#define PULSE_ASLEEP 1u
#define PULSE_HELD_UP 2u
#define PULSE_FLAGS 2

const size_t ARENA_PULSE_BYTES = PAGE_BYTES;

void arena_pulse_set(struct arena *a, const struct arena_pulse *pulse)
{
	uint32_t word = pulse->beat << PULSE_FLAGS;

	if (pulse->asleep)
		word |= PULSE_ASLEEP;
	if (pulse->held_up)
		word |= PULSE_HELD_UP;
	__atomic_store_n(&a->n_finished, pulse->n_finished, __ATOMIC_RELAXED);
	__atomic_store_n(&a->n_put_aside, pulse->n_put_aside,
			 __ATOMIC_RELAXED);
	__atomic_store_n(&a->pulse, word, __ATOMIC_RELAXED);
}

struct arena_pulse arena_pulse_of(const void *memory)
{
	const struct arena *a = memory;

	return (struct arena_pulse){
		.beat = a->pulse >> PULSE_FLAGS,
		.asleep = a->pulse & PULSE_ASLEEP,
		.held_up = a->pulse & PULSE_HELD_UP,
		.n_finished = a->n_finished,
		.n_put_aside = a->n_put_aside,
	};
}
