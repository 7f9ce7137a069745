/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * extension.c - a program asks for more time: until when does it get it?
 *
 * Pure: the time comes in as an argument.
 */
#include <stddef.h>
#include <string.h>

#include "supervisord/decide/extension.h"

#define WORD "EXTEND_TIMEOUT_USEC="
#define NS_A_USEC 1000

bool extension_read(const char *line, uint64_t *ret_ns)
{
	const uint64_t most = EXTENSION_MAX_NS / NS_A_USEC;
	const char *digit = line + strlen(WORD);
	uint64_t usec = 0;

	if (strncmp(line, WORD, strlen(WORD)) || *digit < '0' || *digit > '9')
		return false;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		usec = usec * 10 + (uint64_t)(*digit - '0');
		if (usec > most)
			usec = most;
	}
	if (*digit && *digit != '\n')
		return false;
	*ret_ns = usec * NS_A_USEC;
	return true;
}

static uint64_t min_ns(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t extension_deadline_ns(const struct extension *e)
{
	uint64_t wanted_ns;

	wanted_ns = e->now_ns + min_ns(e->asked_ns, UINT64_MAX - e->now_ns);
	wanted_ns = min_ns(wanted_ns, e->limit_ns);
	return wanted_ns > e->deadline_ns ? wanted_ns : e->deadline_ns;
}
