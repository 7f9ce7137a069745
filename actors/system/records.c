/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * records.c - lists of FIELD=value as the system's messages carry them.
 *
 * Trusts nothing it reads, allocates nothing. Pure.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "actors/system/records.h"

/* how many bytes at its beginning are a name */
static size_t name_bytes(const char *text)
{
	size_t n = 0;

	if (*text < 'A' || *text > 'Z')
		return 0;
	while ((text[n] >= 'A' && text[n] <= 'Z') ||
	       (text[n] >= '0' && text[n] <= '9') || text[n] == '_')
		n++;

	return n <= RECORDS_NAME_MAX ? n : 0;
}

bool records_name_valid(const char *name)
{
	size_t n = name_bytes(name);

	return n > 0 && !name[n];
}

static const char *find(const struct record *record, const char *name,
			size_t n)
{
	for (size_t i = 0; i < record->n_fields; i++)
		if (record->n_names[i] == n &&
		    !memcmp(record->fields[i], name, n))
			return record->fields[i] + n + 1;

	return NULL;
}

static int add_field(struct record *record, const char *field)
{
	size_t n = name_bytes(field);

	if (!n || field[n] != '=' || find(record, field, n) ||
	    record->n_fields == ACTOR_FIELDS_MAX)
		return -EBADMSG;

	record->n_names[record->n_fields] = (unsigned char)n;
	record->fields[record->n_fields++] = field;
	return 0;
}

int records_read(struct record *ret, const void *bytes, size_t n_bytes)
{
	const char *at = bytes, *end = at + n_bytes;
	struct record record = { .verb = "" };

	if (n_bytes == 0 || end[-1] != '\0')
		return -EBADMSG;

	if (!strchr(at, '=')) {
		record.verb = at;
		at += strlen(at) + 1;
	}
	for (; at < end; at += strlen(at) + 1) {
		int r = add_field(&record, at);

		if (r < 0)
			return r;
	}

	*ret = record;
	return 0;
}

int records_next(struct record *ret, const void *bytes, size_t n_bytes,
		 size_t *cursor)
{
	const char *at = (const char *)bytes + *cursor;
	const char *end = (const char *)bytes + n_bytes;
	struct record record = { .verb = "" };

	if (*cursor >= n_bytes)
		return 0;
	if (end[-1] != '\0')
		return -EBADMSG;

	for (; at < end && *at; at += strlen(at) + 1) {
		int r = add_field(&record, at);

		if (r < 0)
			return r;
	}

	/* the empty string that ends it; the last one may leave it out */
	*cursor = (size_t)(at - (const char *)bytes) + (at < end);
	*ret = record;
	return 1;
}

const char *records_get(const struct record *record, const char *name)
{
	return find(record, name, strlen(name));
}

int records_get_u64(const struct record *record, const char *name,
		    uint64_t *ret_value)
{
	const char *text = records_get(record, name);
	uint64_t value = 0;

	if (!text)
		return -ENOENT;
	if (!*text)
		return -EBADMSG;

	for (; *text; text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*text < '0' || *text > '9' ||
		    value > (UINT64_MAX - digit) / 10)
			return -EBADMSG;
		value = value * 10 + digit;
	}

	*ret_value = value;
	return 0;
}

void records_begin(struct records_writer *w, void *buffer, size_t size_bytes,
		   const char *verb)
{
	*w = (struct records_writer) {
		.buffer = buffer,
		.size_bytes = size_bytes,
	};
	if (verb)
		records_put_whole(w, verb);
}

void records_put_whole(struct records_writer *w, const char *field)
{
	size_t n = strlen(field) + 1;

	if (n > w->size_bytes - w->length_bytes) {
		w->overflow = true;
		return;
	}

	memcpy(w->buffer + w->length_bytes, field, n);
	w->length_bytes += n;
}

void records_put_cut(struct records_writer *w, const char *name,
		     const char *value, size_t max_bytes)
{
	size_t n_name = strlen(name);
	size_t n_value;
	char *at = w->buffer + w->length_bytes;

	if (!value)
		return;

	n_value = strnlen(value, max_bytes);
	if (n_name + n_value + 2 > w->size_bytes - w->length_bytes) {
		w->overflow = true;
		return;
	}

	memcpy(at, name, n_name);
	at[n_name] = '=';
	memcpy(at + n_name + 1, value, n_value);
	at[n_name + 1 + n_value] = '\0';
	w->length_bytes += n_name + n_value + 2;
}

void records_put(struct records_writer *w, const char *name,
		 const char *value)
{
	records_put_cut(w, name, value, SIZE_MAX);
}

void records_put_u64(struct records_writer *w, const char *name,
		     uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	records_put(w, name, text);
}
