/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * intensity_spec.c - reads `intensity:`, "5 in 30s" or a mapping. Pure.
 */
#include "supervisord/config/intensity_spec.h"

#include <errno.h>

#define MS UINT64_C(1000000)
#define DAY (UINT64_C(86400) * 1000 * MS)
#define RESTARTS_MAX 10000

enum { ROW_RESTARTS, ROW_PERIOD };

static const struct key rows[] = {
	[ROW_RESTARTS] =
	{ .name = "restarts", .type = "count", .fallback = "3",
	  .meaning = "so many automatic restarts are fine, one more is not",
	  .read = key_read_count,
	  .offset = offsetof(struct spec_intensity, restarts),
	  .min = 0, .max = RESTARTS_MAX },
	[ROW_PERIOD] =
	{ .name = "period", .type = "duration", .fallback = "5s",
	  .meaning = "within a time of this length",
	  .read = key_read_duration,
	  .offset = offsetof(struct spec_intensity, period_ns),
	  .min = MS, .max = DAY },
	{ .name = "scope", .type = "group|child", .fallback = "group",
	  .meaning = "counted for all children together, or for each alone",
	  .read = key_read_word,
	  .offset = offsetof(struct spec_intensity, scope),
	  .words = &value_scopes },
};

const struct key_table keys_of_intensity = KEY_TABLE("an intensity", rows);

static bool is_in_range(const struct key *key, uint64_t number)
{
	return number >= key->min && number <= key->max;
}

static void read_text(struct reading *r, const struct yaml_value *value,
		      struct spec_intensity *ret)
{
	struct spec_intensity intensity = *ret;
	struct quoted quoted;
	int e;

	e = value_intensity_parse(value->text, &intensity);
	if (e == -ENOMSG)
		reading_refuse(r, value->mark,
			       "the period of %s has no unit, like \"5 in 30s\"",
			       reading_quote(&quoted, value->text));
	else if (e == -EINVAL)
		reading_refuse(r, value->mark,
			       "%s is not an intensity, like \"5 in 30s\"",
			       reading_quote(&quoted, value->text));
	else if (e < 0 || !is_in_range(&rows[ROW_RESTARTS],
				       intensity.restarts) ||
		 !is_in_range(&rows[ROW_PERIOD], intensity.period_ns))
		reading_refuse(r, value->mark,
			       "an intensity is 0 to %d restarts in 1ms to 1d",
			       RESTARTS_MAX);
	else
		*ret = intensity;
}

KEY_READER(intensity_spec_read)
{
	if (value->kind == YAML_KIND_MAP)
		key_read_inside(r, key, value, ret);
	else if (reading_expects(r, value, YAML_KIND_TEXT,
				 "an intensity, like 5 in 30s"))
		read_text(r, value, ret);
}
