/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * counters.c - how many dead letters there were, by reason.
 *
 * Pure.
 */
#include <string.h>

#include "actors/system/dead-letters/counters.h"

static const char *const names[COUNTERS_N_REASONS] = {
#define X(symbol, name) [COUNTERS_##symbol] = name,
	COUNTERS_REASONS(X)
#undef X
};

const char *counters_reason_name(enum counters_reason reason)
{
	return names[reason];
}

enum counters_reason counters_reason(const char *name)
{
	for (int i = 0; i < COUNTERS_OTHER; i++)
		if (!strcmp(names[i], name))
			return (enum counters_reason)i;

	return COUNTERS_OTHER;
}

void counters_add(struct counters *counters, const char *reason,
		  uint64_t count)
{
	counters->total += count;
	counters->by_reason[counters_reason(reason)] += count;
}

void counters_take_back(struct counters *counters, enum counters_reason reason)
{
	counters->total--;
	counters->by_reason[reason]--;
}
