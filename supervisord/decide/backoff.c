/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * backoff.c - how long does a failed child wait for its restart?
 *
 * Pure: how long it ran and the random bits come in as arguments.
 */
#include <limits.h>

#include "supervisord/decide/backoff.h"

/* by squaring, so that the thousandth restart costs what the third does */
static double power(double base, unsigned int exponent)
{
	double result = 1;

	for (; exponent; exponent >>= 1) {
		if (exponent & 1)
			result *= base;
		base *= base;
	}
	return result;
}

uint64_t backoff_ceiling_ns(const struct spec_backoff *spec, unsigned int n)
{
	double ceiling = (double)spec->min_ns;

	if (spec->min_ns >= spec->max_ns)
		return spec->max_ns;
	if (spec->min_ns == 0)
		return 0;
	if (spec->factor > 1)
		ceiling *= power(spec->factor, n);
	/* first what does not fit in an uint64_t, infinity among it */
	if (!(ceiling < (double)spec->max_ns))
		return spec->max_ns;
	return (uint64_t)ceiling;
}

/* one of 1 … ceiling; the modulus favours nobody by more than 2^-29 */
static uint64_t jitter_ns(uint64_t ceiling_ns, uint64_t random)
{
	return ceiling_ns ? 1 + random % ceiling_ns : 0;
}

uint64_t backoff_next_ns(struct backoff *backoff,
			 const struct spec_backoff *spec, uint64_t ran_ns,
			 uint64_t random)
{
	unsigned int n;

	if (!spec->set)
		return 0;
	if (ran_ns && ran_ns >= spec->stable_after_ns)
		backoff->n_restarts = 0;
	n = backoff->n_restarts;
	if (n < UINT_MAX)
		backoff->n_restarts++;
	return n == 0 ? 0
		      : jitter_ns(backoff_ceiling_ns(spec, n - 1), random);
}
