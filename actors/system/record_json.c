/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record_json.c - records as JSON, for people's tools.
 *
 * Pure but for memory.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "actors/system/record_json.h"

/* the fields whose value is a quantity */
static const char *const quantities[] = {
	"ACCEPTED", "ATTEMPT", "BURIED", "CALLS", "CLASS_PID", "COLUMN",
	"CONNECTIONS", "COUNT", "CURSOR", "DEAD", "DELAY_MS", "DESCRIPTORS",
	"DESCRIPTORS_MAX", "ERRNO", "GENERATION", "HANDLED", "IDLE_STOP_MS",
	"INSTANCES", "IN_HAND_MS", "LANDLOCK", "LEARNING", "LEVEL", "LIMIT",
	"LINE", "LIVES", "LIVES_ENDED", "LOST", "MAILBOX", "MAILBOX_BYTES",
	"MAILBOX_DESCRIPTORS", "MAILBOX_MESSAGES", "MAILBOX_PAYLOAD",
	"MAILBOX_PER_EDGE", "MAILBOX_STASH", "MDWE", "MEMORY_BYTES",
	"PERIOD_MS",
	"PID", "PRIORITY", "QUEUED", "QUEUED_BYTES", "REDELIVER", "RESTARTS",
	"SENT", "SIZE", "SOCKET", "STAGE", "STANDBY_CALLS",
	"STANDBY_MDWE", "STANDBY_PID", "STANDBY_STAGE", "START_TIMEOUT_MS",
	"STOP_TIMEOUT_MS", "TAKEN", "TAKEN_BEFORE", "TIMES", "TIME_US", "UID",
	"UNCHANGED", "UNREADABLE", "UNSENT", "UP", "UPTIME_MS", "WAITING",
	"WATCHDOG_LOOP_MS", "WATCHDOG_MESSAGE_MS", "WATCHDOG_MISSES",
	"WINDOW_MS",
	NULL
};

/* "true" or "false" */
static const char *const truths[] = { "PAUSED", "SIGNIFICANT", NULL };

void record_json_init(void)
{
	size_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
		seed = 0;
	/* 0 means that it looks for itself */
	json_object_seed(seed);
}

/* length of the valid UTF-8 sequence at @s, 0 when it is none */
static size_t sequence_bytes(const unsigned char *s, size_t n)
{
	uint32_t code;
	size_t length;

	if (s[0] < 0x80)
		return 1;

	length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (s[0] < 0xc2 || s[0] > 0xf4 || length > n)
		return 0;

	code = s[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}

	/* overlong, surrogates, beyond Unicode */
	if ((length == 3 && code < 0x800) || (length == 4 && code < 0x10000) ||
	    (code >= 0xd800 && code < 0xe000) || code > 0x10ffff)
		return 0;

	return length;
}

char *record_json_utf8(const char *bytes, size_t n_bytes)
{
	char *text = malloc(n_bytes * 4 + 1), *to = text;

	if (!text)
		return NULL;

	for (size_t i = 0; i < n_bytes;) {
		const unsigned char *from = (const unsigned char *)bytes + i;
		size_t n = sequence_bytes(from, n_bytes - i);

		if (n == 0 || *from == '\0') {
			to += sprintf(to, "\\x%02x", *from);
			i++;
			continue;
		}
		memcpy(to, from, n);
		to += n;
		i += n;
	}

	*to = '\0';
	return text;
}

json_t *record_json_text(const char *bytes, size_t n_bytes)
{
	char *text = record_json_utf8(bytes, n_bytes);
	json_t *json = text ? json_string_nocheck(text) : NULL;

	free(text);
	return json;
}

/* @names: ends with NULL */
static bool is_one_of(const char *const *names, const char *name, size_t n)
{
	for (; *names; names++)
		if (!strncmp(*names, name, n) && !(*names)[n])
			return true;
	return false;
}

static bool is_quantity(const char *name, size_t n)
{
	/* and by cause how often */
	return is_one_of(quantities, name, n) ||
	       (n > strlen("FAILED_") &&
		!strncmp(name, "FAILED_", strlen("FAILED_")));
}

static json_t *value_json(const char *field, size_t n_name)
{
	const char *value = field + n_name + 1;
	char *end;
	long long number;

	if (is_quantity(field, n_name) && *value) {
		errno = 0;
		number = strtoll(value, &end, 10);
		if (errno == 0 && *end == '\0')
			return json_integer(number);
	}

	if (is_one_of(truths, field, n_name))
		return json_boolean(!strcmp(value, "true"));

	return record_json_text(value, strlen(value));
}

static int set_field(json_t *object, const char *field, size_t n)
{
	char name[RECORDS_NAME_MAX + 1];

	for (size_t i = 0; i < n; i++)
		name[i] = (char)tolower((unsigned char)field[i]);
	name[n] = '\0';

	return json_object_set_new_nocheck(object, name, value_json(field, n));
}

json_t *record_json(const struct record *record)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < record->n_fields; i++)
		if (set_field(object, record->fields[i],
			      record->n_names[i]) < 0) {
			json_decref(object);
			return NULL;
		}

	return object;
}

json_t *record_json_sequence(const void *bytes, size_t n_bytes)
{
	json_t *array = json_array();
	struct record record;
	size_t cursor = 0;
	int r = 0;

	while (array && (r = records_next(&record, bytes, n_bytes,
					  &cursor)) > 0)
		if (json_array_append_new(array, record_json(&record)) < 0)
			r = -ENOMEM;

	if (r < 0) {
		json_decref(array);
		return NULL;
	}

	return array;
}
