/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exposure_view.c - exposures as a person or a program reads them.
 *
 * Pure but for memory.
 */
#include "actorctl/exposure_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/table.h"
#include "actorctl/terminal.h"

#define ADVICE_BYTES 512
#define NAME_BYTES 1200
#define TOLD_MAX 3	/* of what would help */

static const char *const kinds[] = {
	[EXPOSURE_OF_ACTOR] = "actor",
	[EXPOSURE_OF_PROGRAM] = "program",
	[EXPOSURE_OF_SUPERVISOR] = "supervisor",
};

/* several checks are mended by one key: said once, with all it would take away */
struct advice {
	const char *mend;
	unsigned int part;
};

static size_t advice_of(const struct exposure *exposure,
			struct advice advice[static N_EXPOSURE_CHECKS])
{
	enum exposure_check worst[N_EXPOSURE_CHECKS];
	size_t n_worst = exposure_worst(exposure, worst), n = 0, at;

	for (size_t i = 0; i < n_worst; i++) {
		const char *mend = exposure_mend(exposure, worst[i]);

		for (at = 0; at < n && strcmp(advice[at].mend, mend); at++)
			continue;
		if (at == n)
			advice[n++] = (struct advice){ mend, 0 };
		advice[at].part += exposure_part(exposure, worst[i]);
		for (; at > 0 && advice[at - 1].part < advice[at].part; at--) {
			struct advice lower = advice[at - 1];

			advice[at - 1] = advice[at];
			advice[at] = lower;
		}
	}

	return n;
}

static void format_advice(const struct exposure *exposure, size_t max,
			  char text[ADVICE_BYTES])
{
	struct advice advice[N_EXPOSURE_CHECKS];
	size_t n = advice_of(exposure, advice), used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < n && i < max && used < ADVICE_BYTES; i++)
		used += (size_t)snprintf(text + used, ADVICE_BYTES - used,
					 "%s%s (-%u.%02u)", i ? ", " : "",
					 advice[i].mend,
					 advice[i].part / 1000,
					 advice[i].part % 1000 / 10);
}

static void format_name(const struct exposure_view_row *row,
			char text[NAME_BYTES])
{
	snprintf(text, NAME_BYTES, "%s%s%s%s", row->path, row->role ? " (" : "",
		 row->role ? row->role : "", row->role ? ")" : "");
}

static void format_tenths(unsigned int tenths, char text[16])
{
	snprintf(text, 16, "%u.%u", tenths / 10, tenths % 10);
}

/* empty: nobody has counted; without a filter it is any */
static void format_calls(const struct exposure *exposure, char text[24])
{
	int64_t n = exposure->values[EXPOSURE_CALLS].value;

	text[0] = '\0';
	if (n == INT64_MAX)
		strcpy(text, "any");
	else if (n >= 0)
		snprintf(text, 24, "%" PRId64, n);
}

/* ---- a line each --------------------------------------------------------- */

static int add_known(struct table *table, const struct exposure_view_row *row)
{
	unsigned int tenths = exposure_tenths(row->exposure);
	char name[NAME_BYTES], number[16], pid[24] = "", calls[24];
	char advice[ADVICE_BYTES];
	const char *cells[] = { name, number, exposure_word(tenths),
				kinds[row->exposure->kind], pid,
				calls, advice };

	format_name(row, name);
	format_tenths(tenths, number);
	if (row->pid > 0)
		snprintf(pid, sizeof(pid), "%d", row->pid);
	format_calls(row->exposure, calls);
	if (!*calls)
		strcpy(calls, "-");
	format_advice(row->exposure, TOLD_MAX, advice);
	if (row->exposure->kind == EXPOSURE_OF_SUPERVISOR)
		strcpy(advice, "trusted: it makes the sandboxes below it");

	return table_add(table, cells, sizeof(cells) / sizeof(*cells));
}

static int add_unknown(struct table *table,
		       const struct exposure_view_row *row)
{
	char name[NAME_BYTES];
	const char *cells[] = { name, "-", row->note };

	format_name(row, name);
	return table_add(table, cells, sizeof(cells) / sizeof(*cells));
}

char *exposure_view_table(const struct exposure_view_row *rows, size_t n_rows)
{
	static const char *const head[] = {
		"PATH", "EXPOSURE", "", "KIND", "PID", "CALLS",
		"WHAT WOULD LOWER IT MOST",
	};
	struct table table = { .n_rows = 0 };
	char *text = NULL;
	int r = table_add(&table, head, sizeof(head) / sizeof(*head));

	for (size_t i = 0; i < n_rows && r == 0; i++)
		r = rows[i].note ? add_unknown(&table, &rows[i]) :
				   add_known(&table, &rows[i]);
	if (r == 0)
		text = table_format(&table);
	table_clear(&table);
	return text;
}

/* ---- all of one ---------------------------------------------------------- */

static void format_finding(const struct exposure *exposure,
			   enum exposure_check check, char *text,
			   size_t size_bytes)
{
	const struct exposure_check_row *row = &exposure_checks[check];
	const struct exposure_value *v = &exposure->values[check];
	const char *what = exposure_part(exposure, check) ? row->wrong :
							   row->looks_at;
	const char *why = v->value == EXPOSURE_UNREAD ?
			  ": it could not be looked at" : "";

	if (v->value == EXPOSURE_NONE)
		snprintf(text, size_bytes, "%s: not to be seen", row->looks_at);
	else if (*v->detail)
		snprintf(text, size_bytes, "%s: %s", what, v->detail);
	else if (v->value > 1 && v->value != EXPOSURE_NO_LIMIT)
		snprintf(text, size_bytes, "%s%s: %" PRId64, what, why,
			 v->value);
	else
		snprintf(text, size_bytes, "%s%s", what, why);
}

static int add_check(struct table *table, const struct exposure *exposure,
		     enum exposure_check check)
{
	unsigned int part = exposure_part(exposure, check);
	const struct exposure_value *v = &exposure->values[check];
	char finding[1024], text[1100], number[16] = "";
	const char *mark = v->value == EXPOSURE_NONE ? "·" :
			   part ? "✗" : "✓";
	const char *mend = part ? exposure_mend(exposure, check) : NULL;
	const char *cells[] = { mark, exposure_checks[check].id, number, text,
				mend };

	if (!(exposure_checks[check].kinds & (unsigned int)exposure->kind))
		return 0;
	format_finding(exposure, check, finding, sizeof(finding));
	snprintf(text, sizeof(text), "%s%s", finding,
		 v->said ? " (as its supervisor says)" : "");
	if (part)
		snprintf(number, sizeof(number), "%u.%02u", part / 1000,
			 part % 1000 / 10);

	return table_add(table, cells, sizeof(cells) / sizeof(*cells));
}

/* the last lines: the sum, and what to do */
static char *conclude(const struct exposure_view_row *row, char *text)
{
	unsigned int tenths = exposure_tenths(row->exposure);
	char name[NAME_BYTES], clean[NAME_BYTES], advice[ADVICE_BYTES];
	char calls[24], *all = NULL;

	format_name(row, name);
	format_advice(row->exposure, N_EXPOSURE_CHECKS, advice);
	format_calls(row->exposure, calls);
	if (asprintf(&all, "%s\n%s: exposure %u.%u %s%s%s%s\n%s%s%s",
		     text,
		     terminal_clean(clean, sizeof(clean), name), tenths / 10,
		     tenths % 10, exposure_word(tenths), *calls ? ", " : "",
		     calls, *calls ? " system calls" : "",
		     *advice ? "lowered most by: " : "", advice,
		     *advice ? "\n" : "") < 0)
		all = NULL;
	free(text);
	return all;
}

char *exposure_view_all(const struct exposure_view_row *row)
{
	struct table table = { .n_rows = 0 };
	char *text = NULL;
	int r = 0;

	if (row->note)
		return exposure_view_table(row, 1);
	for (size_t i = 0; i < N_EXPOSURE_CHECKS && r == 0; i++)
		r = add_check(&table, row->exposure, (enum exposure_check)i);
	if (r == 0)
		text = table_format(&table);
	table_clear(&table);

	return text ? conclude(row, text) : NULL;
}

/* ---- for programs -------------------------------------------------------- */

/* names may have bytes that are no text */
static json_t *text_json(const char *text)
{
	char *clean = terminal_escape(text, strlen(text), false);
	json_t *json = clean ? json_string(clean) : NULL;

	free(clean);
	return json;
}

static json_t *optional_json(const char *text)
{
	return text ? text_json(text) : json_null();
}

static json_t *value_json(int64_t value)
{
	return value >= 0 && value != EXPOSURE_NO_LIMIT ?
	       json_integer(value) : json_null();
}

static json_t *check_json(const struct exposure *exposure,
			  enum exposure_check check)
{
	const struct exposure_check_row *row = &exposure_checks[check];
	const struct exposure_value *v = &exposure->values[check];
	unsigned int part = exposure_part(exposure, check);
	char text[1024];

	format_finding(exposure, check, text, sizeof(text));
	return json_pack("{s:s, s:s, s:o, s:b, s:b, s:b, s:i, s:f, s:o, s:o, s:o}",
			 "id", row->id, "looks_at", row->looks_at,
			 "value", value_json(v->value),
			 "known", v->value != EXPOSURE_NONE &&
				  v->value != EXPOSURE_UNREAD,
			 "said", v->said, "wrong", part > 0,
			 "weight", (int)row->weight, "adds", part / 1000.0,
			 "text", text_json(text),
			 "key", optional_json(row->key),
			 "mend", optional_json(part ?
					       exposure_mend(exposure, check) :
					       NULL));
}

static json_t *checks_json(const struct exposure *exposure)
{
	json_t *array = json_array();

	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++)
		if (exposure_checks[i].kinds & (unsigned int)exposure->kind)
			json_array_append_new(array,
				check_json(exposure, (enum exposure_check)i));

	return array;
}

static json_t *advice_json(const struct exposure *exposure)
{
	struct advice advice[N_EXPOSURE_CHECKS];
	size_t n = advice_of(exposure, advice);
	json_t *array = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(array,
			json_pack("{s:s, s:f}", "mend", advice[i].mend,
				  "lowers", advice[i].part / 1000.0));

	return array;
}

static json_t *row_json(const struct exposure_view_row *row)
{
	unsigned int tenths;
	json_t *object = json_pack("{s:o, s:o, s:s}",
				   "path", text_json(row->path),
				   "role", optional_json(row->role),
				   "kind", kinds[row->exposure->kind]);

	if (row->pid > 0)
		json_object_set_new(object, "pid", json_integer(row->pid));
	if (row->note) {
		json_object_set_new(object, "note", text_json(row->note));
		return object;
	}

	tenths = exposure_tenths(row->exposure);
	json_object_set_new(object, "exposure", json_real(tenths / 10.0));
	json_object_set_new(object, "word",
			    json_string(exposure_word(tenths)));
	json_object_set_new(object, "calls",
		value_json(row->exposure->values[EXPOSURE_CALLS].value));
	json_object_set_new(object, "checks", checks_json(row->exposure));
	json_object_set_new(object, "advice", advice_json(row->exposure));
	return object;
}

json_t *exposure_view_json(const struct exposure_view_row *rows, size_t n_rows)
{
	json_t *array = json_array();

	for (size_t i = 0; i < n_rows; i++)
		if (json_array_append_new(array, row_json(&rows[i])) < 0) {
			json_decref(array);
			return NULL;
		}

	return array;
}
