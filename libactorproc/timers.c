// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * timers.c - keyed timers: which key is due, and when the next one is.
 *
 * Pure: the time comes in as an argument. There are few, so a walk over all of
 * them is the data structure; only the next deadline is remembered.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/timers.h"

static struct timer *find(struct timers *timers, const char *key)
{
	size_t i;

	for (i = 0; i < timers->n; i++)
		if (strcmp(timers->timers[i].key, key) == 0)
			return &timers->timers[i];

	return NULL;
}

static struct timer *earliest(struct timers *timers)
{
	struct timer *best = NULL;
	size_t i;

	for (i = 0; i < timers->n; i++) {
		struct timer *timer = &timers->timers[i];

		if (!best || timer->deadline_ns < best->deadline_ns)
			best = timer;
	}

	return best;
}

static void refresh(struct timers *timers)
{
	const struct timer *next = earliest(timers);

	timers->next_ns = next ? next->deadline_ns : UINT64_MAX;
}

static void forget(struct timers *timers, struct timer *timer)
{
	*timer = timers->timers[--timers->n];
}

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

int timers_set(struct timers *timers, const char *key, uint64_t deadline_ns,
	       uint64_t interval_ns)
{
	size_t length = strnlen(key, ACTOR_TYPE_MAX + 1);
	struct timer *timer;

	if (length == 0 || length > ACTOR_TYPE_MAX)
		return -EINVAL;
	timer = find(timers, key);
	if (!timer) {
		if (timers->n == TIMERS_MAX)
			return -ENOSPC;
		timer = &timers->timers[timers->n++];
		memcpy(timer->key, key, length + 1);
	}
	timer->deadline_ns = deadline_ns;
	timer->interval_ns = interval_ns;
	refresh(timers);

	return 0;
}

int timers_cancel(struct timers *timers, const char *key)
{
	struct timer *timer = find(timers, key);

	if (!timer)
		return -ENOENT;
	forget(timers, timer);
	refresh(timers);

	return 0;
}

bool timers_take_due(struct timers *timers, uint64_t now_ns,
		     char ret_key[ACTOR_TYPE_MAX + 1])
{
	struct timer *timer = earliest(timers);

	if (!timer || timer->deadline_ns > now_ns)
		return false;
	memcpy(ret_key, timer->key, sizeof(timer->key));
	if (timer->interval_ns)
		timer->deadline_ns = add_saturated(now_ns, timer->interval_ns);
	else
		forget(timers, timer);
	refresh(timers);

	return true;
}

uint64_t timers_next_ns(const struct timers *timers)
{
	return timers->n ? timers->next_ns : UINT64_MAX;
}
