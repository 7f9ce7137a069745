/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listing.c - dead letters as the JSON that `actorctl dead-letters` shows.
 *
 * Pure but for memory.
 */
#include <stdio.h>
#include <string.h>

#include "actors/system/dead-letters/letter.h"
#include "actors/system/dead-letters/listing.h"
#include "actors/system/record_json.h"
#include "actors/system/timestamp.h"

/* what the journal calls otherwise, or what nobody needs here: "" */
static const struct name_row {
	const char *journal;
	const char *name;
} names[] = {
	{ "ACTOR_MESSAGE_TYPE", "TYPE" },
	{ "ACTOR_MESSAGE_SIZE", "SIZE" },
	{ "ACTOR_RECORD", "" },
	{ "ACTOR_SYSTEM", "" },
	{ "MESSAGE_ID", "" },
	{ "SYSLOG_IDENTIFIER", "" },
	{ "PRIORITY", "" },
};

static const char *listing_name(const char *journal)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i].journal, journal))
			return names[i].name;

	return strncmp(journal, "ACTOR_", 6) ? journal : journal + 6;
}

static void put_field(struct records_writer *w, const char *field)
{
	const char *value = strchr(field, '=') + 1;
	char journal[RECORDS_NAME_MAX + 1];
	const char *name;

	snprintf(journal, sizeof(journal), "%.*s", (int)(value - field - 1),
		 field);
	name = listing_name(journal);
	if (*name)
		records_put(w, name, value);
}

static void put_time(struct records_writer *w, uint64_t time_us)
{
	char time[TIMESTAMP_BYTES];

	records_put(w, "TIME", timestamp_format(time, time_us));
	records_put_u64(w, "TIME_US", time_us);
}

static json_t *letter_json(const struct ring_letter *letter)
{
	static char bytes[LETTER_BYTES_MAX + 256];
	struct records_writer w;
	struct record from, to;

	if (records_read(&from, letter->bytes, letter->n_bytes) < 0)
		return json_null();

	records_begin(&w, bytes, sizeof(bytes), "letter");
	put_time(&w, letter->time_us);
	for (size_t i = 0; i < from.n_fields; i++)
		put_field(&w, from.fields[i]);
	if (records_read(&to, bytes, w.length_bytes) < 0)
		return json_null();

	return record_json(&to);
}

static bool is_within(const char *path, const char *node)
{
	size_t n = strlen(node);

	while (n > 0 && node[n - 1] == '/')
		n--;

	return !strncmp(path, node, n) &&
	       (path[n] == '\0' || path[n] == '/');
}

static bool matches(const struct ring_letter *letter,
		    const struct listing_query *query)
{
	struct record record;
	const char *path, *reason;

	if (letter->time_us < query->since_us ||
	    records_read(&record, letter->bytes, letter->n_bytes) < 0)
		return false;

	path = records_get(&record, "ACTOR_PATH");
	reason = records_get(&record, "ACTOR_REASON");
	if (query->path && (!path || !is_within(path, query->path)))
		return false;

	return !query->reason || (reason && !strcmp(reason, query->reason));
}

static size_t json_bytes(const json_t *json)
{
	return json_dumpb(json, NULL, 0, JSON_COMPACT) + 1;
}

json_t *listing_json(const struct ring *ring,
		     const struct listing_query *query)
{
	json_t *letters = json_array(), *before = json_null();
	const struct ring_letter *letter;
	size_t n_bytes = 0;

	for (size_t i = 0; (letter = ring_newest(ring, i)); i++) {
		json_t *json;

		if (letter->sequence >= query->before ||
		    !matches(letter, query))
			continue;
		if (json_array_size(letters) == query->limit)
			break;

		json = letter_json(letter);
		n_bytes += json ? json_bytes(json) : 0;
		if (n_bytes > query->max_bytes && json_array_size(letters)) {
			json_decref(json);
			before = json_integer((json_int_t)letter->sequence + 1);
			break;
		}
		json_array_append_new(letters, json);
	}

	return json_pack("{s:o, s:o}", "letters", letters, "before", before);
}
