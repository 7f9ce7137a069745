/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_reload.c - read the file of a running system again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/client.h"
#include "actorctl/table.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"
#include "libactorproc/path.h"

#define LINE_BYTES 2048

static const char *text_of(const json_t *record, const char *name)
{
	const char *text = json_string_value(json_object_get(record, name));

	return text ? text : "";
}

/* ---- a file that is wrong ---- */

static void print_error(const json_t *record)
{
	const char *shown = text_of(record, "shown");
	char *text = terminal_escape(shown, strlen(shown), true);

	fputs(text ? text : "actorctl: out of memory\n", stderr);
	free(text);
}

static size_t print_errors(const json_t *records)
{
	const json_t *record;
	size_t i, n = 0;

	json_array_foreach(records, i, record) {
		if (!json_object_get(record, "error"))
			continue;
		print_error(record);
		n++;
	}
	if (n > 0)
		fprintf(stderr, "actorctl: nothing was changed\n");

	return n;
}

/* ---- who is stopped ---- */

/* @above: by a supervisor above it */
static bool is_stopped(const json_t *tree, const char *path, bool above)
{
	const json_t *row;
	size_t i;

	json_array_foreach(tree, i, row)
		if (!strcmp(text_of(row, "state"), "stopped") &&
		    path_is_within(path, text_of(row, "path")) &&
		    !strcmp(path, text_of(row, "path")) != above)
			return true;

	return false;
}

/* a life that is over is not begun by a reload, and what is below it neither; the
 * plan is made of two files, which do not know of that */
static void tell_stopped(const json_t *tree, const json_t *records)
{
	const char *path, *why;
	json_t *record;
	size_t i;

	json_array_foreach(records, i, record) {
		path = text_of(record, "path");
		if (!strcmp(text_of(record, "action"), "restart") &&
		    is_stopped(tree, path, false))
			why = "it is stopped: its next start has it";
		else if ((!strcmp(text_of(record, "action"), "restart") ||
			  !strcmp(text_of(record, "action"), "start")) &&
			 is_stopped(tree, path, true))
			why = "its supervisor is stopped: its next start has it";
		else
			continue;
		json_object_set_new(record, "action", json_string("change"));
		json_object_set_new(record, "why", json_string(why));
	}
}

/* ---- what is done ---- */

static void add_step(struct table *table, const json_t *record)
{
	const char *keys = text_of(record, "keys");
	const char *why = text_of(record, "why");
	char line[LINE_BYTES];
	const char *cells[] = {
		text_of(record, "action"), text_of(record, "path"), line,
	};

	snprintf(line, sizeof(line), "%s%s%s", keys,
		 *keys && *why ? ": " : "", why);
	table_add(table, cells, 3);
}

/* behind all that was to be done */
static void add_failure(struct table *table, const json_t *record)
{
	const char *cells[] = {
		"FAILED", text_of(record, "path"), text_of(record, "failed"),
	};

	table_add(table, cells, 3);
}

static bool is_incomplete(const json_t *records)
{
	const json_t *record;
	size_t i;

	json_array_foreach(records, i, record)
		if (json_object_get(record, "incomplete"))
			return true;

	return false;
}

static int print_steps(const json_t *records)
{
	struct table table = { .n_rows = 0 };
	json_int_t n_unchanged = 0;
	const json_t *record;
	char *text;
	size_t i;

	json_array_foreach(records, i, record) {
		if (json_object_get(record, "action"))
			add_step(&table, record);
		else if (json_object_get(record, "failed"))
			add_failure(&table, record);
		n_unchanged += json_integer_value(
			json_object_get(record, "unchanged"));
	}
	if (table.n_rows == 0)
		printf("nothing changes\n");
	text = table_format(&table);
	table_clear(&table);
	if (!text)
		return client_no_memory();
	fputs(text, stdout);
	free(text);
	printf("unchanged: %lld\n", (long long)n_unchanged);
	if (is_incomplete(records))
		fprintf(stderr, "actorctl: a supervisor ended meanwhile; what became of it: actorctl tree\n");

	return EXIT_DONE;
}

static bool any_failed(const json_t *records)
{
	const json_t *record;
	size_t i;

	json_array_foreach(records, i, record)
		if (json_object_get(record, "error") ||
		    json_object_get(record, "failed"))
			return true;

	return is_incomplete(records);
}

static int run(const struct request *request)
{
	const char *mode = request->option[VERB_OPTION_PLAN] ? "plan" : "";
	struct client client = { .bus = NULL };
	json_t *tree = NULL, *records = NULL;
	int r = client_open(&client, request, NULL);

	/* before: who does not come back from it is told of as such */
	if (r == 0)
		r = client_call_json(&client, "Tree", "", &tree);
	if (r == 0)
		r = client_call_json(&client, "Reload", mode, &records);
	if (r == 0)
		tell_stopped(tree, records);
	if (r == 0 && request_json(request))
		client_print_json(records);
	else if (r == 0 && print_errors(records) == 0)
		r = print_steps(records);
	if (r == 0 && any_failed(records))
		r = EXIT_FAILED;

	json_decref(tree);
	json_decref(records);
	client_close(&client);
	return r;
}

const struct verb verb_reload = {
	.name = "reload",
	.usage = "[--plan]",
	.summary = "read its file again, and do what that changes",
	.max = 0,
	.options = 1u << VERB_OPTION_PLAN,
	.run = run,
};
