/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * backoff_spec.c - the keys of `backoff:`: how long a restart waits.
 *
 * `{}` is a backoff with all defaults. Pure.
 */
#include "supervisord/config/backoff_spec.h"

#define MS UINT64_C(1000000)
#define S (1000 * MS)
#define YEAR (365 * 86400 * S)

static const struct key rows[] = {
	{ .name = "min", .type = "duration", .fallback = "100ms",
	  .meaning = "the longest delay of the first restart that waits",
	  .read = key_read_duration,
	  .offset = offsetof(struct spec_backoff, min_ns),
	  .min = MS, .max = YEAR },
	{ .name = "factor", .type = "number", .fallback = "2",
	  .meaning = "how much longer each further delay may be",
	  .read = key_read_factor,
	  .offset = offsetof(struct spec_backoff, factor),
	  .min = 1, .max = 100 },
	{ .name = "max", .type = "duration", .fallback = "30s",
	  .meaning = "no delay is longer",
	  .read = key_read_duration,
	  .offset = offsetof(struct spec_backoff, max_ns),
	  .min = MS, .max = YEAR },
	{ .name = "stable_after", .type = "duration", .fallback = "max",
	  .meaning = "after running so long, delays begin anew",
	  .read = key_read_duration,
	  .offset = offsetof(struct spec_backoff, stable_after_ns),
	  .min = MS, .max = YEAR },
};

const struct key_table keys_of_backoff = KEY_TABLE("a backoff", rows);

KEY_READER(backoff_spec_read)
{
	struct spec_backoff *backoff = ret;
	char min[VALUE_TEXT_MAX], max[VALUE_TEXT_MAX];

	key_read_inside(r, key, value, ret);
	if (value->kind != YAML_KIND_MAP)
		return;

	backoff->set = true;
	if (!yaml_value_find(value, "stable_after"))
		backoff->stable_after_ns = backoff->max_ns;
	if (backoff->min_ns > backoff->max_ns)
		reading_refuse(r, value->key_mark,
			       "\"min\" of %s is more than \"max\" of %s",
			       value_duration_format(backoff->min_ns, min),
			       value_duration_format(backoff->max_ns, max));
}
