/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fields.h - lists of NUL-terminated strings: a verb, then FIELD=value.
 *
 * The form of every control message and journal record, see protocol.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libactorproc/protocol.h"

/**
 * struct fields_writer - builds a list in the caller's buffer
 * @overflow: something did not fit or was not allowed; the list is unusable
 */
struct fields_writer {
	char *buffer;
	size_t size_bytes;
	size_t length_bytes;
	bool overflow;
};

/** fields_begin() - start a list with a verb ("" for a record without one) */
void fields_begin(struct fields_writer *w, void *buffer, size_t size_bytes,
		  const char *verb);
/** fields_put() - append NAME=value; a NULL value appends nothing */
void fields_put(struct fields_writer *w, const char *name, const char *value);
/** fields_put_entry() - append a whole NAME=value of another list */
void fields_put_entry(struct fields_writer *w, const char *entry);
void fields_put_u64(struct fields_writer *w, const char *name, uint64_t value);
/** fields_put_format() - append NAME=printf(…) */
void fields_put_format(struct fields_writer *w, const char *name,
		       const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * struct fields - a checked list; points into the bytes it was parsed from
 */
struct fields {
	const char *verb;
	size_t n;
	const char *entry[ACTOR_FIELDS_MAX];	/* "NAME=value" */
};

/**
 * fields_parse() - check a list that came from anybody
 *
 * Return: 0; -EBADMSG empty, not NUL-terminated, bad name, a name twice, too many.
 */
int fields_parse(struct fields *ret, const void *bytes, size_t n_bytes);
/** fields_get() - the value of a field, or NULL */
const char *fields_get(const struct fields *f, const char *name);
/** fields_get_u64() - Return: 0; -ENOENT; -EBADMSG for anything but digits */
int fields_get_u64(const struct fields *f, const char *name,
		   uint64_t *ret_value);
