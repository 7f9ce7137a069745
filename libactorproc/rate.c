// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rate.c - how many messages may go now, when so many may go in a second?
 *
 * Pure: the time comes in as an argument. A clock that goes back earns nothing.
 */
#include "libactorproc/rate.h"

#define TOKEN UINT64_C(1000000000)

static uint64_t times(uint64_t a, uint64_t b)
{
	uint64_t product;

	return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static void put(struct rate *rate, uint64_t tokens)
{
	if (__builtin_add_overflow(rate->tokens, tokens, &rate->tokens))
		rate->tokens = UINT64_MAX;
}

void rate_init(struct rate *rate, uint64_t per_second, uint64_t now_ns)
{
	*rate = (struct rate){
		.per_second = per_second,
		.tokens = times(per_second, TOKEN),
		.since_ns = now_ns,
	};
}

void rate_earn(struct rate *rate, uint64_t now_ns)
{
	if (now_ns <= rate->since_ns)
		return;
	put(rate, times(now_ns - rate->since_ns, rate->per_second));
	rate->since_ns = now_ns;
}

void rate_add(struct rate *rate, uint64_t n)
{
	put(rate, times(n, TOKEN));
}

void rate_cap(struct rate *rate)
{
	uint64_t most = times(rate->per_second, TOKEN);

	if (rate->tokens > most)
		rate->tokens = most;
}

bool rate_has(const struct rate *rate)
{
	return !rate->per_second || rate->tokens >= TOKEN;
}

void rate_spend(struct rate *rate)
{
	if (rate->per_second)
		rate->tokens -= TOKEN;
}

void rate_empty(struct rate *rate)
{
	rate->tokens = 0;
}

uint64_t rate_ready_ns(const struct rate *rate)
{
	uint64_t missing;

	if (rate_has(rate))
		return rate->since_ns;
	missing = TOKEN - rate->tokens;

	return rate->since_ns +
	       (missing + rate->per_second - 1) / rate->per_second;
}
