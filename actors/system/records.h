/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * records.h - lists of FIELD=value as the system's messages carry them.
 *
 * Written from <actorproc/protocol.h> alone, as an outsider would: a list is
 * NUL-terminated strings, perhaps a verb first, then FIELD=value; a sequence
 * is lists without a verb, each ended by an empty string. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <actorproc/protocol.h>

#define RECORDS_NAME_MAX 48

/**
 * struct record - one checked list; points into the bytes it was read from
 * @verb: what came before the first field, "" when nothing did
 * @n_names: how many bytes of each are its name
 */
struct record {
	const char *verb;
	size_t n_fields;
	const char *fields[ACTOR_FIELDS_MAX];	/* "NAME=value" */
	unsigned char n_names[ACTOR_FIELDS_MAX];
};

/**
 * records_read() - the one list that fills @bytes, from anybody
 *
 * Return: 0; -EBADMSG: empty, no NUL at the end, a bad or a second name, too
 * many fields.
 */
int records_read(struct record *ret, const void *bytes, size_t n_bytes);
/**
 * records_next() - the next list of a sequence
 * @cursor: 0 at first; advanced
 *
 * Return: 1 and a record; 0 at the end; -EBADMSG.
 */
int records_next(struct record *ret, const void *bytes, size_t n_bytes,
		 size_t *cursor);
/** records_get() - the value of a field, or NULL */
const char *records_get(const struct record *record, const char *name);
/** records_get_u64() - Return: 0; -ENOENT; -EBADMSG: not decimal, too large */
int records_get_u64(const struct record *record, const char *name,
		    uint64_t *ret_value);
/** records_name_valid() - [A-Z][A-Z0-9_]*, all of it */
bool records_name_valid(const char *name);

/**
 * struct records_writer - builds a list in the caller's buffer
 * @overflow: something did not fit; what did is still a whole list
 */
struct records_writer {
	char *buffer;
	size_t size_bytes;
	size_t length_bytes;
	bool overflow;
};

void records_begin(struct records_writer *w, void *buffer, size_t size_bytes,
		   const char *verb);
/** records_put() - append NAME=value; a NULL value appends nothing */
void records_put(struct records_writer *w, const char *name,
		 const char *value);
/** records_put_cut() - the same with at most @max_bytes of the value */
void records_put_cut(struct records_writer *w, const char *name,
		     const char *value, size_t max_bytes);
void records_put_u64(struct records_writer *w, const char *name,
		     uint64_t value);
/** records_put_whole() - append "NAME=value" as it is */
void records_put_whole(struct records_writer *w, const char *field);
