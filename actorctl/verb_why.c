/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_why.c - what was decided about an actor, and why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/client.h"
#include "actorctl/duration.h"
#include "actorctl/moment.h"
#include "actorctl/table.h"
#include "actorctl/verb.h"

static const char *text_of(const json_t *record, const char *name)
{
	const char *text = json_string_value(json_object_get(record, name));

	return text ? text : "";
}

/* "2/3, 4.2s left, after 200ms" */
static void format_window(const json_t *record, char *text, size_t size_bytes)
{
	const json_t *limit = json_object_get(record, "limit");
	const json_t *delay = json_object_get(record, "delay_ms");
	const json_t *left = json_object_get(record, "window_ms");
	char duration[DURATION_BYTES];
	int n = 0;

	text[0] = '\0';
	if (json_is_integer(limit))
		n = snprintf(text, size_bytes, "%" JSON_INTEGER_FORMAT "/%"
			     JSON_INTEGER_FORMAT,
			     json_integer_value(json_object_get(record,
								"count")),
			     json_integer_value(limit));
	if (n && json_integer_value(left) > 0)
		n += snprintf(text + n, size_bytes - (size_t)n, ", %s left",
			      duration_format(duration, (uint64_t)
				json_integer_value(left) * 1000));
	if (json_integer_value(delay) > 0)
		snprintf(text + n, size_bytes - (size_t)n, "%safter %s",
			 n ? ", " : "",
			 duration_format(duration, (uint64_t)
				json_integer_value(delay) * 1000));
}

/* the sentence, whom it concerns, and the number they have in common */
static void format_text(const json_t *record, char *text, size_t size_bytes)
{
	const char *siblings = text_of(record, "siblings");
	const char *because_of = text_of(record, "because_of");
	const char *group = text_of(record, "group");
	size_t n;

	snprintf(text, size_bytes, "%s", text_of(record, "text"));
	n = strlen(text);
	if (*siblings || *because_of)
		snprintf(text + n, size_bytes - n, " (%s %s, group %s)",
			 *siblings ? "with" : "because of",
			 *siblings ? siblings : because_of, group);
}

static void add_row(struct table *table, const json_t *record)
{
	char text[2048], time[MOMENT_BYTES], window[128], decision[160];
	const char *directive = text_of(record, "directive");
	const char *decided = text_of(record, "decision");
	bool both = *directive && *decided && strcmp(directive, decided);
	const char *cells[] = {
		time, text_of(record, "cause"), decision, window,
		text,
	};

	moment_format(time, (uint64_t)
		      json_integer_value(json_object_get(record, "time_us")));
	snprintf(decision, sizeof(decision), "%s%s%s", directive,
		 both ? " → " : "", both || !*directive ? decided : "");
	format_window(record, window, sizeof(window));
	format_text(record, text, sizeof(text));
	table_add(table, cells, 5);
}

/* what it printed before the newest failure, each line made harmless */
static void add_output(struct table *table, const char *output)
{
	char line[2048];
	const char *cells[] = { line };
	size_t n;

	for (; *output; output += n + (output[n] == '\n')) {
		n = strcspn(output, "\n");
		snprintf(line, sizeof(line), "  %.*s", (int)n, output);
		table_add(table, cells, 1);
	}
}

static int print_output(const char *output)
{
	struct table table = { .n_rows = 0 };
	char *text;

	if (!*output)
		return EXIT_DONE;
	add_output(&table, output);
	text = table_format(&table);
	table_clear(&table);
	if (!text)
		return client_no_memory();

	printf("\nIt printed last, before the newest failure:\n%s", text);
	free(text);
	return EXIT_DONE;
}

static int print(json_t *records)
{
	struct table table = { .n_rows = 0 };
	const char *output = "";
	json_t *record;
	char *text;
	size_t i;

	json_array_foreach(records, i, record) {
		add_row(&table, record);
		if (*text_of(record, "cause"))
			output = text_of(record, "output");
	}
	text = table_format(&table);
	table_clear(&table);
	if (!text)
		return client_no_memory();

	fputs(text, stdout);
	free(text);
	if (json_array_size(records) == 0)
		fprintf(stderr, "actorctl: nothing was decided about it yet\n");
	return print_output(output);
}

static int run(const struct request *request)
{
	return client_look(request, "Why", print);
}

const struct verb verb_why = {
	.name = "why",
	.usage = "PATH",
	.summary = "what was decided about it lately, newest last",
	.min = 1,
	.max = 1,
	.run = run,
};
