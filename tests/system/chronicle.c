/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * chronicle.c - what the system wrote of itself, for who reads a failure.
 *
 * Reads the spool of the dead-letters actor. Judges nothing.
 */
#include "tests/system/chronicle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "tests/harness/harness.h"

static const char *field(const json_t *record, const char *name)
{
	const char *value = json_string_value(json_object_get(record, name));

	return value ? value : "";
}

static bool is_of_interest(const json_t *record)
{
	const char *kind = field(record, "ACTOR_RECORD");

	return *kind && strcmp(kind, "dead-letter") != 0 &&
	       strcmp(kind, "suppressed") != 0 &&
	       !strstr(field(record, "MESSAGE"), "stopped: shutdown");
}

/* "2026-11-22T03:52:54.404382Z": of that, what changes */
static const char *clock_of(const json_t *record)
{
	const char *time = strchr(field(record, "time"), 'T');

	return time ? time + 1 : "";
}

static char *line_of(const char *text)
{
	json_t *record = json_loads(text, 0, NULL);
	char *line = NULL;

	if (is_of_interest(record) &&
	    asprintf(&line, "%s %s: %s", clock_of(record),
		     field(record, "ACTOR_RECORD"),
		     field(record, "MESSAGE")) < 0)
		line = NULL;
	json_decref(record);
	return line;
}

void chronicle_tell(const struct tree *tree, size_t n)
{
	char path[512], *text = NULL, *line, **last;
	size_t size = 0, at = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/state/%s/dead-letters.jsonl",
		 tree->directory, tree->system);
	file = fopen(path, "re");
	last = calloc(n, sizeof(*last));
	while (last && file && getline(&text, &size, file) > 0) {
		line = line_of(text);
		if (!line)
			continue;
		free(last[at % n]);
		last[at++ % n] = line;
	}
	for (size_t i = 0; last && i < n; i++) {
		if (last[(at + i) % n])
			harness_note("%s", last[(at + i) % n]);
		free(last[(at + i) % n]);
	}
	free(last);
	free(text);
	if (file)
		fclose(file);
}
