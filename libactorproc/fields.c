/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fields.c - lists of strings to bytes and back.
 *
 * The only writer and the only parser of control messages and records. What
 * the fields mean is for others to say. Pure.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libactorproc/fields.h"

static size_t name_length(const char *entry)
{
	size_t n = 0;

	if (entry[0] < 'A' || entry[0] > 'Z')
		return 0;
	while ((entry[n] >= 'A' && entry[n] <= 'Z') ||
	       (entry[n] >= '0' && entry[n] <= '9') || entry[n] == '_')
		n++;

	return n;
}

/* NULL: it has another name than that, or than that other entry. Most differ in
 * the first byte: to call strncmp() for each would cost more than to look */
static const char *value_of(const char *entry, const char *name)
{
	for (; *name && *name != '=' && *entry == *name; name++)
		entry++;

	return (!*name || *name == '=') && *entry == '=' ? entry + 1 : NULL;
}

static bool verb_valid(const char *verb)
{
	for (; *verb; verb++)
		if (*verb <= ' ' || *verb > '~' || *verb == '=')
			return false;

	return true;
}

/* ---- writing ---------------------------------------------------------- */

void fields_begin(struct fields_writer *w, void *buffer, size_t size_bytes,
		  const char *verb)
{
	size_t length = strlen(verb);

	*w = (struct fields_writer){
		.buffer = buffer,
		.size_bytes = size_bytes,
		.overflow = length >= size_bytes || !verb_valid(verb),
	};
	if (w->overflow)
		return;

	memcpy(w->buffer, verb, length + 1);
	w->length_bytes = length + 1;
}

/* May a field of that name be put? Not twice, and not one too many. */
static bool name_is_free(const struct fields_writer *w, const char *name)
{
	size_t at = strlen(w->buffer) + 1;
	size_t n = 0;

	for (; at < w->length_bytes; at += strlen(w->buffer + at) + 1, n++)
		if (value_of(w->buffer + at, name))
			return false;

	return n < ACTOR_FIELDS_MAX;
}

/* Return: where in the buffer its value belongs; 0: nowhere */
static size_t put_name(struct fields_writer *w, const char *name)
{
	size_t length = name_length(name);

	if (w->overflow)
		return 0;
	if (!length || name[length] || !name_is_free(w, name) ||
	    length + 2 > w->size_bytes - w->length_bytes) {
		w->overflow = true;
		return 0;
	}

	memcpy(w->buffer + w->length_bytes, name, length);
	w->buffer[w->length_bytes + length] = '=';
	return w->length_bytes + length + 1;
}

void fields_put(struct fields_writer *w, const char *name, const char *value)
{
	size_t at = value ? put_name(w, name) : 0, length;

	if (!at)
		return;

	length = strlen(value);
	if (length >= w->size_bytes - at) {
		w->overflow = true;
		return;
	}

	memcpy(w->buffer + at, value, length + 1);
	w->length_bytes = at + length + 1;
}

void fields_put_entry(struct fields_writer *w, const char *entry)
{
	size_t n_name = name_length(entry), n_bytes = strlen(entry) + 1;

	if (w->overflow)
		return;
	if (!n_name || entry[n_name] != '=' || !name_is_free(w, entry) ||
	    n_bytes > w->size_bytes - w->length_bytes) {
		w->overflow = true;
		return;
	}

	memcpy(w->buffer + w->length_bytes, entry, n_bytes);
	w->length_bytes += n_bytes;
}

void fields_put_u64(struct fields_writer *w, const char *name, uint64_t value)
{
	char digits[24], *first = digits + sizeof(digits) - 1;

	/* most of what is said is numbers: snprintf() would be the most of it */
	*first = '\0';
	do
		*--first = (char)('0' + value % 10);
	while (value /= 10);
	fields_put(w, name, first);
}

void fields_put_format(struct fields_writer *w, const char *name,
		       const char *format, ...)
{
	size_t at = put_name(w, name);
	va_list ap;
	int n;

	if (!at)
		return;

	va_start(ap, format);
	n = vsnprintf(w->buffer + at, w->size_bytes - at, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= w->size_bytes - at) {
		w->overflow = true;
		return;
	}

	w->length_bytes = at + (size_t)n + 1;
}

/* ---- reading ---------------------------------------------------------- */

static bool entry_valid(const struct fields *f, const char *entry)
{
	size_t length = name_length(entry);
	size_t i;

	if (!length || entry[length] != '=' || f->n == ACTOR_FIELDS_MAX)
		return false;
	for (i = 0; i < f->n; i++)
		if (value_of(f->entry[i], entry))
			return false;

	return true;
}

int fields_parse(struct fields *ret, const void *bytes, size_t n_bytes)
{
	const char *at = bytes;
	const char *end = at + n_bytes;
	struct fields f;

	if (!n_bytes || end[-1] || !verb_valid(at))
		return -EBADMSG;

	f.verb = at;
	f.n = 0;
	for (at += strlen(at) + 1; at < end; at += strlen(at) + 1) {
		if (!entry_valid(&f, at))
			return -EBADMSG;
		f.entry[f.n++] = at;
	}

	*ret = f;
	return 0;
}

const char *fields_get(const struct fields *f, const char *name)
{
	const char *value = NULL;
	size_t i;

	for (i = 0; i < f->n && !value; i++)
		value = value_of(f->entry[i], name);

	return value;
}

int fields_get_u64(const struct fields *f, const char *name,
		   uint64_t *ret_value)
{
	const char *digits = fields_get(f, name);
	uint64_t value = 0;

	if (!digits)
		return -ENOENT;
	if (!*digits)
		return -EBADMSG;
	for (; *digits; digits++) {
		if (*digits < '0' || *digits > '9')
			return -EBADMSG;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *digits - '0', &value))
			return -EBADMSG;
	}

	*ret_value = value;
	return 0;
}
