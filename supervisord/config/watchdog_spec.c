/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watchdog_spec.c - reads `watchdog:`, "30s" or a mapping. Pure.
 */
#include "supervisord/config/watchdog_spec.h"

#define MS UINT64_C(1000000)
#define DAY (UINT64_C(86400) * 1000 * MS)
#define MISSES_MAX 100

enum { ROW_LOOP, ROW_MESSAGE, ROW_MISSES };

static const struct key rows[] = {
	[ROW_LOOP] =
	{ .name = "loop", .type = "duration", .fallback = "off",
	  .meaning = "how long one handler may take; a program to say that it lives",
	  .read = key_read_duration,
	  .offset = offsetof(struct spec_watchdog, loop_ns),
	  .min = 100 * MS, .max = DAY },
	[ROW_MESSAGE] =
	{ .name = "message", .type = "duration", .fallback = "off",
	  .meaning = "how long a message may wait while it runs",
	  .read = key_read_duration,
	  .offset = offsetof(struct spec_watchdog, message_ns),
	  .min = 100 * MS, .max = DAY },
	[ROW_MISSES] =
	{ .name = "misses", .type = "count", .fallback = "3",
	  .meaning = "the first is reported, this one kills it",
	  .read = key_read_count,
	  .offset = offsetof(struct spec_watchdog, misses),
	  .min = 1, .max = MISSES_MAX },
};

const struct key_table keys_of_watchdog = KEY_TABLE("a watchdog", rows);

KEY_READER(watchdog_spec_read)
{
	struct spec_watchdog *watchdog = ret;
	struct key loop = rows[ROW_LOOP];

	/* what is wrong with it is said of the key that is in the file */
	loop.name = key->name;
	watchdog->set = true;
	if (value->kind == YAML_KIND_MAP)
		key_read_inside(r, key, value, ret);
	else
		key_read_duration(r, &loop, value, &watchdog->loop_ns);
}
