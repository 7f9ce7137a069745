/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_show.c - everything about one actor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/client.h"
#include "actorctl/duration.h"
#include "actorctl/table.h"
#include "actorctl/verb.h"

/* what is a length of time: shown with a unit, and without the _ms */
static bool is_duration(const char *name)
{
	size_t n = strlen(name);

	return n > 3 && !strcmp(name + n - 3, "_ms");
}

static void add_row(struct table *table, const char *name,
		    const json_t *value)
{
	char label[64], text[DURATION_BYTES];
	const char *cells[] = { label, text };
	size_t n = strlen(name);

	if (is_duration(name))
		n -= 3;
	snprintf(label, sizeof(label), "%.*s", (int)n, name);
	for (char *c = label; *c; c++)
		if (*c == '_')
			*c = ' ';

	if (json_is_boolean(value))
		cells[1] = json_is_true(value) ? "yes" : "no";
	else if (!json_is_integer(value))
		cells[1] = json_string_value(value);
	else if (is_duration(name))
		duration_format(text,
				(uint64_t)json_integer_value(value) * 1000);
	else
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));

	if (cells[1] && *cells[1])
		table_add(table, cells, 2);
}

static int print(json_t *object)
{
	struct table table = { .n_rows = 0 };
	const char *name;
	json_t *value;
	char *text;

	json_object_foreach(object, name, value)
		add_row(&table, name, value);
	text = table_format(&table);
	table_clear(&table);
	if (!text)
		return client_no_memory();

	fputs(text, stdout);
	free(text);
	return EXIT_DONE;
}

static int run(const struct request *request)
{
	return client_look(request, "Show", print);
}

const struct verb verb_show = {
	.name = "show",
	.usage = "PATH",
	.summary = "everything about one actor or supervisor",
	.min = 1,
	.max = 1,
	.run = run,
};
