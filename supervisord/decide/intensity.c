/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * intensity.c - has this supervisor restarted too often?
 *
 * A sliding window: a ring of the last restarts, as many as are allowed. Only
 * one that the ring has no room for can be too many, and only when the oldest
 * in it is not forgiven yet. The edge of the window is in it, as in OTP, where a
 * restart counts while Now =< Then + Period. Pure: the time comes in as an
 * argument.
 */
#include <errno.h>
#include <stdlib.h>

#include "supervisord/decide/intensity.h"

int intensity_init(struct intensity *intensity, unsigned int limit,
		   uint64_t period_ns)
{
	uint64_t *times = NULL;

	if (limit > 0) {
		times = calloc(limit, sizeof(*times));
		if (!times)
			return -ENOMEM;
	}
	*intensity = (struct intensity){
		.limit = limit,
		.period_ns = period_ns,
		.times = times,
	};
	return 0;
}

void intensity_deinit(struct intensity *intensity)
{
	if (!intensity)
		return;
	free(intensity->times);
	*intensity = (struct intensity){};
}

void intensity_forget(struct intensity *intensity)
{
	intensity->next = 0;
	intensity->n = 0;
}

static uint64_t age_ns(uint64_t then_ns, uint64_t now_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

/* the time of the i-th newest, from 0 */
static uint64_t newest(const struct intensity *intensity, unsigned int i)
{
	size_t limit = intensity->limit;

	return intensity->times[(intensity->next + limit - 1 - i) % limit];
}

int intensity_change(struct intensity *intensity, unsigned int limit,
		     uint64_t period_ns)
{
	unsigned int n = intensity->n < limit ? intensity->n : limit;
	struct intensity other;

	if (intensity_init(&other, limit, period_ns) < 0)
		return -ENOMEM;
	for (other.n = 0; other.n < n; other.n++)
		other.times[other.n] = newest(intensity, n - 1 - other.n);
	other.next = limit ? n % limit : 0;
	intensity_deinit(intensity);
	*intensity = other;
	return 0;
}

unsigned int intensity_count(const struct intensity *intensity,
			     uint64_t now_ns)
{
	unsigned int n;

	for (n = 0; n < intensity->n; n++)
		if (age_ns(newest(intensity, n), now_ns) > intensity->period_ns)
			break;
	return n;
}

uint64_t intensity_window_left_ns(const struct intensity *intensity,
				  uint64_t now_ns)
{
	unsigned int n = intensity_count(intensity, now_ns);

	if (n == 0)
		return 0;
	return intensity->period_ns -
	       age_ns(newest(intensity, n - 1), now_ns);
}

enum intensity_outcome intensity_note(struct intensity *intensity,
				      uint64_t now_ns)
{
	if (intensity_count(intensity, now_ns) >= intensity->limit)
		return INTENSITY_EXCEEDED;

	intensity->times[intensity->next] = now_ns;
	intensity->next = (intensity->next + 1) % intensity->limit;
	if (intensity->n < intensity->limit)
		intensity->n++;
	return INTENSITY_OK;
}
