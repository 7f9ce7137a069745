/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * standby.c - when is there a process that stands by, and when is it made?
 *
 * Pure. It is made behind its child: while that one runs, and not in the instant
 * in which it begins to, when all of its group need the processors. It is there
 * for the next process of the same life, so it stays as long as there can be one
 * at once, and no longer.
 */
#include "supervisord/decide/standby.h"

#define MS UINT64_C(1000000)
#define DELAY_NS (50 * MS)
#define DELAY_MAX_NS (30000 * MS)

/* clang-format off */
static const enum standby_what what[N_CHILD_STATES] = {
	[CHILD_STOPPED]		= STANDBY_END,
	[CHILD_WAITING]		= STANDBY_KEEP,
	[CHILD_IDLE]		= STANDBY_END,
	[CHILD_STARTING]	= STANDBY_KEEP,
	[CHILD_RUNNING]		= STANDBY_MAKE,
	[CHILD_SUSPENDED]	= STANDBY_KEEP,
	[CHILD_PAUSED]		= STANDBY_END,
	[CHILD_STOPPING]	= STANDBY_END,
	[CHILD_TERMINATING]	= STANDBY_END,
	[CHILD_KILLING]		= STANDBY_END,
	[CHILD_FAILING]		= STANDBY_KEEP,
	[CHILD_UNKILLABLE]	= STANDBY_END,
};
/* clang-format on */

static bool is_a_stop(enum child_state state)
{
	return state == CHILD_STOPPING || state == CHILD_TERMINATING ||
	       state == CHILD_KILLING;
}

enum standby_what standby_of(enum child_state state, bool comes_back)
{
	return comes_back && is_a_stop(state) ? STANDBY_KEEP : what[state];
}

uint64_t standby_delay_ns(unsigned int n_lost)
{
	uint64_t delay_ns = DELAY_NS;

	for (; n_lost > 0 && delay_ns < DELAY_MAX_NS; n_lost--)
		delay_ns *= 2;
	return delay_ns < DELAY_MAX_NS ? delay_ns : DELAY_MAX_NS;
}

bool standby_lasted(uint64_t ran_ns)
{
	return ran_ns >= DELAY_MAX_NS;
}
