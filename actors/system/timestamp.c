/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * timestamp.c - a moment as people and tools write it, in UTC.
 *
 * Pure.
 */
#include <inttypes.h>
#include <stdio.h>

#include "actors/system/timestamp.h"

struct date {
	uint64_t year;
	unsigned int month;
	unsigned int day;
};

/*
 * The calendar repeats every 400 years of 146097 days; counted from a first of
 * March, the leap day is the last of its year.
 */
static struct date date_of(uint64_t days_since_1970)
{
	uint64_t days = days_since_1970 + 719468;
	uint64_t era = days / 146097;
	unsigned int of_era = (unsigned int)(days % 146097);
	unsigned int year = (of_era - of_era / 1460 + of_era / 36524 -
			     of_era / 146096) / 365;
	unsigned int of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned int month = (5 * of_year + 2) / 153;

	return (struct date) {
		.year = era * 400 + year + (month >= 10),
		.month = month < 10 ? month + 3 : month - 9,
		.day = of_year - (153 * month + 2) / 5 + 1,
	};
}

const char *timestamp_format(char buffer[static TIMESTAMP_BYTES],
			     uint64_t time_us)
{
	uint64_t seconds = time_us / 1000000;
	struct date date = date_of(seconds / 86400);
	unsigned int of_day = (unsigned int)(seconds % 86400);

	snprintf(buffer, TIMESTAMP_BYTES,
		 "%04" PRIu64 "-%02u-%02uT%02u:%02u:%02u.%06uZ", date.year,
		 date.month, date.day, of_day / 3600, of_day / 60 % 60,
		 of_day % 60, (unsigned int)(time_us % 1000000));
	return buffer;
}
