/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * duration.c - lengths of time as people type and read them. Pure.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actorctl/duration.h"

/* the longer of two that begin alike comes first */
static const struct unit {
	const char *name;
	uint64_t us;
} units[] = {
	{ "ms",		UINT64_C(1000) },
	{ "us",		UINT64_C(1) },
	{ "min",	UINT64_C(60000000) },
	{ "s",		UINT64_C(1000000) },
	{ "h",		UINT64_C(3600000000) },
	{ "d",		UINT64_C(86400000000) },
};

static const struct unit *unit_at(const char *text)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strncmp(text, units[i].name, strlen(units[i].name)))
			return &units[i];

	return NULL;
}

static const char *parse_number(const char *text, uint64_t *ret)
{
	uint64_t n = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (n > UINT64_MAX / 100)
			return NULL;
		n = n * 10 + (uint64_t)(*at - '0');
	}

	*ret = n;
	return at > text ? at : NULL;
}

int duration_parse(const char *text, uint64_t *ret_us)
{
	uint64_t total = 0, n, part;
	const struct unit *unit;

	if (!strcmp(text, "0")) {
		*ret_us = 0;
		return 0;
	}
	if (!*text)
		return -EINVAL;

	while (*text) {
		text = parse_number(text, &n);
		unit = text ? unit_at(text) : NULL;
		if (!unit || __builtin_mul_overflow(n, unit->us, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return -EINVAL;
		text += strlen(unit->name);
	}

	*ret_us = total;
	return 0;
}

const char *duration_format(char buffer[static DURATION_BYTES], uint64_t us)
{
	uint64_t seconds = us / 1000000;

	if (us < 1000000)
		snprintf(buffer, DURATION_BYTES, "%" PRIu64 "ms", us / 1000);
	else if (seconds < 60 && us % 1000000 >= 100000)
		snprintf(buffer, DURATION_BYTES, "%" PRIu64 ".%" PRIu64 "s",
			 seconds, us % 1000000 / 100000);
	else if (seconds < 60)
		snprintf(buffer, DURATION_BYTES, "%" PRIu64 "s", seconds);
	else if (seconds < 3600)
		snprintf(buffer, DURATION_BYTES, "%" PRIu64 "min %" PRIu64 "s",
			 seconds / 60, seconds % 60);
	else if (seconds < 86400)
		snprintf(buffer, DURATION_BYTES, "%" PRIu64 "h %" PRIu64 "min",
			 seconds / 3600, seconds / 60 % 60);
	else
		snprintf(buffer, DURATION_BYTES, "%" PRIu64 "d %" PRIu64 "h",
			 seconds / 86400, seconds / 3600 % 24);

	return buffer;
}

int duration_parse_since(const char *text, uint64_t now_us, uint64_t *ret_us)
{
	const char *end;
	uint64_t us;

	if (!strcmp(text, "now")) {
		*ret_us = now_us;
		return 0;
	}
	if (text[0] == '@') {
		end = parse_number(text + 1, &us);
		if (!end || *end || us > UINT64_MAX / 1000000)
			return -EINVAL;
		*ret_us = us * 1000000;
		return 0;
	}

	if (duration_parse(text + (text[0] == '-'), &us) < 0)
		return -EINVAL;

	*ret_us = us < now_us ? now_us - us : 0;
	return 0;
}
