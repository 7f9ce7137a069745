/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * openmetrics.c - what is measured of a system, as OpenMetrics text.
 *
 * A table of families: each says where its samples come from. Node exporter reads
 * it too: there are no types that Prometheus' own older text has not. Pure but for
 * memory.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/openmetrics.h"

#define FAILED "failed_"

/** struct family - @put: its samples; @field: of a row, or of what it is about */
struct family {
	const char *name;
	const char *type;
	const char *unit;
	const char *help;
	void (*put)(FILE *out, const struct family *family,
		    const json_t *metrics);
	const char *field;
};

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text ? text : "";
}

/* ---- samples ------------------------------------------------------------ */

static void put_escaped(FILE *out, const char *text)
{
	for (; *text; text++)
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '"' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
}

static void put_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, ",%s=\"", name);
	put_escaped(out, value);
	fputc('"', out);
}

static void begin(FILE *out, const struct family *family,
		  const json_t *metrics)
{
	fprintf(out, "%s%s{system=\"", family->name,
		strcmp(family->type, "counter") ? "" : "_total");
	put_escaped(out, text_of(metrics, "system"));
	fputc('"', out);
}

static void end(FILE *out, json_int_t value)
{
	fprintf(out, "} %" JSON_INTEGER_FORMAT "\n", value);
}

static void begin_row(FILE *out, const struct family *family,
		      const json_t *metrics, const json_t *row)
{
	begin(out, family, metrics);
	/* the system's own row is of no path */
	if (!json_object_get(row, "series"))
		return;
	put_label(out, "path", text_of(row, "series"));
	put_label(out, "kind", text_of(row, "kind"));
}

/* of each row that has it */
static void put_rows(FILE *out, const struct family *family,
		     const json_t *metrics)
{
	const json_t *row, *value;
	size_t i;

	json_array_foreach(json_object_get(metrics, "rows"), i, row) {
		value = json_object_get(row, family->field);
		if (!json_is_integer(value))
			continue;
		begin_row(out, family, metrics, row);
		end(out, json_integer_value(value));
	}
}

static void put_failures_of(FILE *out, const struct family *family,
			    const json_t *metrics, const json_t *row)
{
	const char *name;
	const json_t *value;

	json_object_foreach((json_t *)row, name, value) {
		if (strncmp(name, FAILED, strlen(FAILED)))
			continue;
		begin_row(out, family, metrics, row);
		put_label(out, "cause", name + strlen(FAILED));
		end(out, json_integer_value(value));
	}
}

static void put_failures(FILE *out, const struct family *family,
			 const json_t *metrics)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(metrics, "rows"), i, row)
		put_failures_of(out, family, metrics, row);
}

static void put_layers(FILE *out, const struct family *family,
		       const json_t *metrics)
{
	char name[64];
	const char *at = "";
	const json_t *row;
	size_t i, n;

	json_array_foreach(json_object_get(metrics, "rows"), i, row)
		if (json_object_get(row, family->field))
			at = text_of(row, family->field);
	for (; *at; at += n + (at[n] == ' ')) {
		n = strcspn(at, " ");
		snprintf(name, sizeof(name), "%.*s", (int)n, at);
		begin(out, family, metrics);
		put_label(out, "layer", name);
		end(out, 1);
	}
}

static void put_build(FILE *out, const struct family *family,
		      const json_t *metrics)
{
	begin(out, family, metrics);
	put_label(out, "version", text_of(metrics, family->field));
	end(out, 1);
}

bool openmetrics_is_complete(const json_t *metrics)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(metrics, "rows"), i, row)
		if (json_object_get(row, "incomplete"))
			return false;
	return true;
}

static void put_complete(FILE *out, const struct family *family,
			 const json_t *metrics)
{
	begin(out, family, metrics);
	end(out, openmetrics_is_complete(metrics));
}

static void put_reasons(FILE *out, const struct family *family,
			const json_t *metrics)
{
	json_t *reasons = json_object_get(json_object_get(metrics, "letters"),
					  family->field);
	const char *reason;
	const json_t *value;

	json_object_foreach(reasons, reason, value) {
		begin(out, family, metrics);
		put_label(out, "reason", reason);
		end(out, json_integer_value(value));
	}
}

static void put_letters(FILE *out, const struct family *family,
			const json_t *metrics)
{
	const json_t *letters = json_object_get(metrics, "letters");
	const json_t *value = json_object_get(letters, family->field);

	if (!value)
		value = json_object_get(json_object_get(letters, "journal"),
					family->field);
	if (!json_is_integer(value))
		return;
	begin(out, family, metrics);
	end(out, json_integer_value(value));
}

static void put_journal_up(FILE *out, const struct family *family,
			   const json_t *metrics)
{
	const json_t *journal = json_object_get(
		json_object_get(metrics, "letters"), "journal");

	if (!journal)
		return;
	begin(out, family, metrics);
	end(out, !strcmp(text_of(journal, family->field), "up"));
}

/* ---- families ----------------------------------------------------------- */

#define COUNTER "counter"
#define GAUGE "gauge"

static const struct family families[] = {
	{ "actorproc_build_info", GAUGE, NULL,
	  "The version that runs", put_build, "version" },
	{ "actorproc_complete", GAUGE, NULL,
	  "Whether all supervisors have answered", put_complete, NULL },
	{ "actorproc_sandbox_level", GAUGE, NULL,
	  "What the sandboxes of this host are worth, 3 (all) to 0",
	  put_rows, "level" },
	{ "actorproc_sandbox_degraded", GAUGE, NULL,
	  "A layer of the sandbox that is not in force", put_layers,
	  "degraded" },
	{ "actorproc_instances", GAUGE, NULL,
	  "Actors, programs or supervisors that are told of by this path",
	  put_rows, "instances" },
	{ "actorproc_up", GAUGE, NULL,
	  "Those of them that are ready, or wait for a message without a process",
	  put_rows, "up" },
	{ "actorproc_generation", GAUGE, NULL,
	  "The highest number of a process in its life", put_rows,
	  "generation" },
	{ "actorproc_restarts", COUNTER, NULL,
	  "Restarts within a life: after a failure, with others, or by hand",
	  put_rows, "restarts" },
	{ "actorproc_failures", COUNTER, NULL,
	  "Failures, by cause", put_failures, NULL },
	{ "actorproc_learning", GAUGE, NULL,
	  "Those of them that run outside of their sandbox, to be learned",
	  put_rows, "learning" },
	{ "actorproc_mailbox_messages", GAUGE, NULL,
	  "Messages that wait for it", put_rows, "queued" },
	{ "actorproc_mailbox_bytes", GAUGE, "bytes",
	  "Bytes of packets that wait in its sockets", put_rows,
	  "queued_bytes" },
	{ "actorproc_messages_accepted", COUNTER, NULL,
	  "Messages that it sent", put_rows, "accepted" },
	{ "actorproc_messages_handled", COUNTER, NULL,
	  "Messages that came to it and were handled", put_rows, "handled" },
	{ "actorproc_messages_dead", COUNTER, NULL,
	  "Messages to it, or in its outbox, that became dead letters",
	  put_rows, "dead" },
	{ "actorproc_messages_lost", COUNTER, NULL,
	  "Messages that never came out of its sockets: always 0", put_rows,
	  "lost" },
	{ "actorproc_supervisor_descriptors", GAUGE, NULL,
	  "Descriptors that a supervisor has open", put_rows,
	  "descriptors" },
	{ "actorproc_supervisor_descriptors_limit", GAUGE, NULL,
	  "Descriptors that it may have open", put_rows, "descriptors_max" },
	{ "actorproc_supervisor_memory_bytes", GAUGE, "bytes",
	  "Resident memory of a supervisor, with what it shares with others",
	  put_rows, "memory_bytes" },
	{ "actorproc_lives_ended", COUNTER, NULL,
	  "Lives that are over", put_rows, "lives_ended" },
	{ "actorproc_lives_unreadable", COUNTER, NULL,
	  "Those of them whose mailbox was damaged", put_rows,
	  "unreadable" },
	/* the receiver's word of a message takes the place of its sender's, and so
	 * one of another reason away: no counter may fall */
	{ "actorproc_dead_letters", GAUGE, NULL,
	  "Dead letters, by reason", put_reasons, "by_reason" },
	{ "actorproc_records", COUNTER, NULL,
	  "Records that are no dead letters", put_letters, "records" },
	{ "actorproc_journal_up", GAUGE, NULL,
	  "Whether the journal takes records", put_journal_up, "state" },
	{ "actorproc_journal_written", COUNTER, NULL,
	  "Records that the journal has", put_letters, "written" },
	{ "actorproc_journal_spooled", GAUGE, NULL,
	  "Records that wait in a file for the journal", put_letters,
	  "spooled" },
	{ "actorproc_journal_lost", COUNTER, NULL,
	  "Records that found no room there", put_letters, "lost" },
};

/* Return: false: no memory */
static bool put_family(FILE *out, const struct family *family,
		       const json_t *metrics)
{
	char *samples = NULL;
	size_t n_bytes = 0;
	FILE *to = open_memstream(&samples, &n_bytes);

	if (!to)
		return false;
	family->put(to, family, metrics);
	if (fclose(to) != 0) {
		free(samples);
		return false;
	}
	if (n_bytes > 0) {
		fprintf(out, "# TYPE %s %s\n", family->name, family->type);
		if (family->unit)
			fprintf(out, "# UNIT %s %s\n", family->name,
				family->unit);
		fprintf(out, "# HELP %s %s.\n%s", family->name, family->help,
			samples);
	}
	free(samples);
	return true;
}

char *openmetrics_format(const json_t *metrics)
{
	char *text = NULL;
	size_t n_bytes = 0;
	FILE *out = open_memstream(&text, &n_bytes);
	bool done = out;

	if (!out)
		return NULL;
	for (size_t i = 0; done && i < sizeof(families) / sizeof(*families);
	     i++)
		done = put_family(out, &families[i], metrics);
	fputs("# EOF\n", out);
	if (fclose(out) == 0 && done)
		return text;
	free(text);
	return NULL;
}
