/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * metrics.c - OpenMetrics text, as a strict collector reads it.
 *
 * Of the specification what gauges and counters need; nothing else is let pass.
 */
#include "tests/harness/metrics.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 128
#define FAMILIES_MAX 256

/** struct reading - where it is; @samples: of this family there are some */
struct reading {
	char families[FAMILIES_MAX][NAME_BYTES];
	size_t n_families;
	bool counter;
	bool samples;
	const char **series;
	size_t n_series;
};

static char fault[512];

static const char *wrong(const char *what, const char *line)
{
	snprintf(fault, sizeof(fault), "%s: %.*s", what,
		 (int)strcspn(line, "\n"), line);
	return fault;
}

static size_t name_length(const char *at)
{
	size_t n = 0;

	if (isdigit((unsigned char)*at))
		return 0;
	while (isalnum((unsigned char)at[n]) || at[n] == '_' || at[n] == ':')
		n++;
	return n;
}

static bool is_family(const char *at, size_t n, const char *name)
{
	return strlen(name) == n && !strncmp(at, name, n);
}

static const char *read_type(struct reading *r, const char *line)
{
	const char *name = line + strlen("# TYPE ");
	size_t n = name_length(name);

	if (n == 0 || n >= NAME_BYTES || name[n] != ' ')
		return wrong("a family without a name", line);
	for (size_t i = 0; i < r->n_families; i++)
		if (is_family(name, n, r->families[i]))
			return wrong("a family twice", line);
	if (r->n_families == FAMILIES_MAX)
		return wrong("too many families", line);
	if (!strncmp(name + n, " counter\n", 9))
		r->counter = true;
	else if (!strncmp(name + n, " gauge\n", 7))
		r->counter = false;
	else
		return wrong("an unknown type", line);
	snprintf(r->families[r->n_families++], NAME_BYTES, "%.*s", (int)n,
		 name);
	r->samples = false;
	return NULL;
}

/* of the family that is read, before its samples */
static const char *read_about(struct reading *r, const char *line)
{
	bool unit = !strncmp(line, "# UNIT ", 7);
	const char *name = line + 7, *end;
	size_t n = name_length(name), n_unit;

	if (r->n_families == 0 || r->samples ||
	    !is_family(name, n, r->families[r->n_families - 1]))
		return wrong("not of this family", line);
	if (name[n] != ' ' || name[n + 1] == '\n')
		return wrong("nothing is said", line);
	if (!unit)
		return NULL;
	end = name + n + 1;
	n_unit = strcspn(end, "\n");
	if (n <= n_unit || strncmp(name + n - n_unit, end, n_unit) ||
	    name[n - n_unit - 1] != '_')
		return wrong("the name does not end with its unit", line);
	return NULL;
}

static const char *skip_value(const char *at)
{
	if (*at++ != '"')
		return NULL;
	for (; *at != '"'; at++) {
		if (*at == '\n' || *at == '\0')
			return NULL;
		if (*at == '\\' && !strchr("\\\"n", *++at))
			return NULL;
	}
	return at + 1;
}

/* Return: behind the brace; NULL: they are no labels */
static const char *skip_labels(const char *at)
{
	size_t n;

	for (at++;; at++) {
		n = name_length(at);
		if (n == 0 || at[n] != '=')
			return NULL;
		at = skip_value(at + n + 1);
		if (!at)
			return NULL;
		if (*at != ',')
			break;
	}
	return *at == '}' ? at + 1 : NULL;
}

static bool is_sample_of(const struct reading *r, const char *name, size_t n)
{
	char expected[NAME_BYTES + 8];

	if (r->n_families == 0)
		return false;
	snprintf(expected, sizeof(expected), "%s%s",
		 r->families[r->n_families - 1], r->counter ? "_total" : "");
	return is_family(name, n, expected);
}

static const char *read_sample(struct reading *r, const char *line)
{
	size_t n = name_length(line);
	const char *at = line + n;
	const char **more;
	char *end;

	if (!is_sample_of(r, line, n))
		return wrong("a sample of another family", line);
	if (*at == '{')
		at = skip_labels(at);
	if (!at || *at != ' ')
		return wrong("wrong labels", line);
	if (strtod(at + 1, &end) < 0 || end == at + 1 || *end != '\n')
		return wrong("no number, or one below 0", line);
	more = reallocarray(r->series, r->n_series + 1, sizeof(*more));
	if (!more)
		return wrong("no memory", line);
	r->series = more;
	r->series[r->n_series++] = line;
	r->samples = true;
	return NULL;
}

static const char *read_line(struct reading *r, const char *line)
{
	if (!strncmp(line, "# TYPE ", 7))
		return read_type(r, line);
	if (!strncmp(line, "# UNIT ", 7) || !strncmp(line, "# HELP ", 7))
		return read_about(r, line);
	if (*line == '#' || *line == '\n')
		return wrong("neither a sample nor about a family", line);
	return read_sample(r, line);
}

static size_t series_length(const char *line)
{
	const char *at = line + name_length(line);

	return (size_t)((*at == '{' ? skip_labels(at) : at) - line);
}

static int by_series(const void *a, const void *b)
{
	const char *one = *(const char *const *)a;
	const char *other = *(const char *const *)b;
	size_t n = series_length(one), m = series_length(other);
	int order = strncmp(one, other, n < m ? n : m);

	return order ? order : n < m ? -1 : n > m;
}

static const char *find_twice(struct reading *r)
{
	qsort(r->series, r->n_series, sizeof(*r->series), by_series);
	for (size_t i = 1; i < r->n_series; i++)
		if (by_series(&r->series[i - 1], &r->series[i]) == 0)
			return wrong("a series twice", r->series[i]);
	return NULL;
}

static const char *read_all(struct reading *r, const char *line)
{
	const char *what;

	for (; strncmp(line, "# EOF\n", 6); line = strchr(line, '\n') + 1) {
		if (!strchr(line, '\n'))
			return wrong("no end", line);
		what = read_line(r, line);
		if (what)
			return what;
	}
	if (line[6])
		return wrong("something behind the end", line + 6);
	return r->n_series ? find_twice(r) : NULL;
}

const char *metrics_fault(const char *text)
{
	struct reading *r = calloc(1, sizeof(*r));
	const char *what = r ? read_all(r, text) : "no memory";

	if (r)
		free(r->series);
	free(r);
	return what;
}

double metrics_value(const char *text, const char *series)
{
	size_t n = strlen(series);

	for (; text && *text; text = strchr(text, '\n') + 1) {
		if (!strncmp(text, series, n) && text[n] == ' ')
			return strtod(text + n + 1, NULL);
		if (!strchr(text, '\n'))
			break;
	}
	return -1;
}
