/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * moment.c - points in time in the time zone of who reads them.
 */
#include <stdio.h>
#include <time.h>

#include "actorctl/moment.h"

const char *moment_format(char buffer[static MOMENT_BYTES], uint64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	struct tm tm;
	size_t n = 0;

	if (localtime_r(&seconds, &tm))
		n = strftime(buffer, MOMENT_BYTES, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buffer + n, MOMENT_BYTES - n, ".%03u",
		 (unsigned int)(time_us / 1000 % 1000));
	return buffer;
}

uint64_t moment_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
