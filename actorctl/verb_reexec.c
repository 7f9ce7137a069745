/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb_reexec.c - the supervisors go on as another program.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/client.h"
#include "actorctl/terminal.h"
#include "actorctl/verb.h"

static const char *text_of(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

/* whoever is still what it was is one that has failed */
static int status_of(const json_t *rows)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
		if (!text_of(row, "version"))
			return EXIT_FAILED;
	return EXIT_DONE;
}

static void print_row(const json_t *row)
{
	const char *path = text_of(row, "supervisor");
	const char *version = text_of(row, "version");
	const char *why = text_of(row, "text");
	char clean[TERMINAL_CLEAN_BYTES], more[4 * TERMINAL_CLEAN_BYTES];

	terminal_clean(clean, sizeof(clean), path ? path : "?");
	if (version)
		printf("%s goes on as version %s\n", clean,
		       terminal_clean(more, sizeof(more), version));
	else
		fprintf(stderr, "actorctl: %s is what it was: %s\n", clean,
			terminal_clean(more, sizeof(more), why ? why : "?"));
}

static int print(const struct request *request, const json_t *rows)
{
	size_t i;
	json_t *row;

	if (request_json(request)) {
		client_print_json(rows);
		return status_of(rows);
	}
	json_array_foreach(rows, i, row)
		print_row(row);
	return status_of(rows);
}

/* as seen from here; the supervisor is in another directory */
static int find_binary(const struct request *request, char path[PATH_MAX])
{
	*path = '\0';
	if (request->n_arguments == 0 || realpath(request->arguments[0], path))
		return 0;
	fprintf(stderr, "actorctl: %s: %s\n", request->arguments[0],
		strerror(errno));
	return EXIT_FAILED;
}

static int run(const struct request *request)
{
	struct client client = { .bus = NULL };
	char binary[PATH_MAX];
	json_t *rows = NULL;
	int r = find_binary(request, binary);

	if (r == 0)
		r = client_open(&client, request, NULL);
	if (r == 0)
		r = client_call_json(&client, "Reexec", binary, &rows);
	if (r == 0)
		r = print(request, rows);

	json_decref(rows);
	client_close(&client);
	return r;
}

const struct verb verb_reexec = {
	.name = "reexec",
	.usage = "[PROGRAM]",
	.summary = "the supervisors go on as another program, actors as they are",
	.max = 1,
	.run = run,
};
