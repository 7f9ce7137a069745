/* SPDX-License-Identifier: 0BSD */
/*
 * retry.c - when to try a failed download again.
 *
 * Pure: chance comes in as an argument. Jitter over the whole delay keeps a
 * crowd of clients from coming back together.
 */
#include "retry.h"

#define SECOND_NS UINT64_C(1000000000)

static const uint64_t limits_s[] = { 16, 128, 1024, 7200 };

#define N_LIMITS (sizeof(limits_s) / sizeof(limits_s[0]))

uint64_t retry_delay_ns(unsigned int n_failures, uint32_t chance,
			unsigned int time_factor)
{
	unsigned int step = n_failures > 0 ? n_failures - 1 : 0;
	uint64_t limit_ns;

	if (step >= N_LIMITS)
		step = N_LIMITS - 1;
	limit_ns = limits_s[step] * SECOND_NS / (time_factor ? time_factor : 1);

	return (uint64_t)((unsigned __int128)limit_ns * chance >> 32) + 1;
}
