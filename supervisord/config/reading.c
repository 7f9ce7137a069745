/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reading.c - one reading of a file: what all readers of keys share.
 *
 * Errors and a lack of memory are noted here, so that readers go on and need
 * not answer for either. Pure.
 */
#include "supervisord/config/reading.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/utf8.h"

void reading_refuse(struct reading *r, struct spec_mark mark,
		    const char *format, ...)
{
	va_list arguments;
	int e;

	va_start(arguments, format);
	e = config_errors_add_list(r->errors, mark, format, arguments);
	va_end(arguments);
	if (e < 0)
		r->error = e;
}

bool reading_is_full(const struct reading *r)
{
	return r->errors->n_errors >= CONFIG_ERRORS_MAX;
}

char *reading_copy(struct reading *r, const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		r->error = -ENOMEM;

	return copy;
}

void *reading_allocate(struct reading *r, size_t n, size_t size_bytes)
{
	void *memory = calloc(n, size_bytes);

	if (!memory)
		r->error = -ENOMEM;

	return memory;
}

char *reading_join(struct reading *r, const char *one, char between,
		   const char *other)
{
	size_t n_one = strlen(one), n_other = strlen(other);
	char *text = reading_allocate(r, n_one + n_other + 2, 1);

	if (!text)
		return NULL;
	memcpy(text, one, n_one);
	text[n_one] = between;
	memcpy(text + n_one + 1, other, n_other);

	return text;
}

bool reading_expects(struct reading *r, const struct yaml_value *value,
		     enum yaml_kind kind, const char *what)
{
	struct quoted quoted;

	if (value->kind == YAML_KIND_REFUSED)
		return false;
	if (value->kind == kind && !value->empty)
		return true;

	if (value->empty && value->key)
		reading_refuse(r, value->key_mark, "%s has no value, expected %s",
			       reading_quote(&quoted, value->key), what);
	else if (value->empty)
		reading_refuse(r, value->mark, "nothing here, expected %s", what);
	else if (value->key)
		reading_refuse(r, value->mark, "%s must be %s, not %s",
			       reading_quote(&quoted, value->key), what,
			       yaml_kind_name(value->kind));
	else
		reading_refuse(r, value->mark, "expected %s, not %s", what,
			       yaml_kind_name(value->kind));

	return false;
}

/* whole characters of the text that fit in @max_bytes */
static size_t fitting(const char *text, size_t n_bytes, size_t max_bytes)
{
	size_t length = 0;
	uint32_t c;

	while (length < n_bytes) {
		size_t n = utf8_next(text + length, n_bytes - length, &c);

		if (length + (n > 0 ? n : 1) > max_bytes)
			break;
		length += n > 0 ? n : 1;
	}

	return length;
}

const char *reading_quote(struct quoted *buffer, const char *text)
{
	size_t n_bytes = strlen(text);
	size_t n_shown = fitting(text, n_bytes, ERRORS_QUOTE_MAX);
	char *to = buffer->text;

	*to++ = '"';
	memcpy(to, text, n_shown);
	strcpy(to + n_shown, n_shown < n_bytes ? "…\"" : "\"");

	return buffer->text;
}
