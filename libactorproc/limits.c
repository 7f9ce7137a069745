// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * limits.c - what a reference may be used for: how often, how much, whether it
 * may be passed on.
 *
 * Pure. In a number, 0 is no limit, the widest of all.
 */
#include <errno.h>

#include "libactorproc/limits.h"

bool limits_none(const struct actor_limits *limits)
{
	return !limits->rate && !limits->bytes && !limits->no_grants;
}

bool limits_equal(const struct actor_limits *a, const struct actor_limits *b)
{
	return a->rate == b->rate && a->bytes == b->bytes &&
	       a->no_grants == b->no_grants;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	if (!a || !b)
		return a | b;

	return a < b ? a : b;
}

static uint64_t more(uint64_t a, uint64_t b)
{
	if (!a || !b)
		return 0;

	return a > b ? a : b;
}

struct actor_limits limits_narrower(const struct actor_limits *a,
				    const struct actor_limits *b)
{
	return (struct actor_limits){
		.rate = (uint32_t)less(a->rate, b->rate),
		.bytes = less(a->bytes, b->bytes),
		.no_grants = a->no_grants || b->no_grants,
	};
}

struct actor_limits limits_wider(const struct actor_limits *a,
				 const struct actor_limits *b)
{
	return (struct actor_limits){
		.rate = (uint32_t)more(a->rate, b->rate),
		.bytes = more(a->bytes, b->bytes),
		.no_grants = a->no_grants && b->no_grants,
	};
}

/* One to one, and every bit of the number changes about half of the result. */
static uint64_t mix(uint64_t number)
{
	number = (number ^ number >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ number >> 27) * UINT64_C(0x94d049bb133111eb);

	return number ^ number >> 31;
}

uint64_t limits_number(uint64_t edge, const struct actor_limits *limits)
{
	uint64_t number;

	if (limits_none(limits))
		return edge;
	number = mix(edge + 1);
	number = mix(number ^ limits->bytes);
	number = mix(number ^ ((uint64_t)limits->rate << 1 |
			       limits->no_grants));

	return number ? number : 1;
}

void limits_put(struct fields_writer *w, const struct actor_limits *limits)
{
	if (limits->rate)
		fields_put_u64(w, "RATE", limits->rate);
	if (limits->bytes)
		fields_put_u64(w, "BYTES", limits->bytes);
	if (limits->no_grants)
		fields_put_u64(w, "NO_GRANTS", 1);
}

static int get(const struct fields *f, const char *name, uint64_t max,
	       uint64_t *ret_value)
{
	int r = fields_get_u64(f, name, ret_value);

	if (r == -ENOENT) {
		*ret_value = 0;
		return 0;
	}

	return r < 0 || *ret_value > max ? -EBADMSG : 0;
}

int limits_get(const struct fields *f, struct actor_limits *ret_limits)
{
	uint64_t rate, bytes, no_grants;

	if (get(f, "RATE", UINT32_MAX, &rate) < 0 ||
	    get(f, "BYTES", UINT64_MAX, &bytes) < 0 ||
	    get(f, "NO_GRANTS", 1, &no_grants) < 0)
		return -EBADMSG;
	*ret_limits = (struct actor_limits){
		.rate = (uint32_t)rate,
		.bytes = bytes,
		.no_grants = no_grants,
	};

	return 0;
}
