/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * errors.c - what is wrong with a file, collected and shown.
 *
 * Whatever the file holds, a message is one printable line: a config may be
 * written to take over the terminal of who checks it. Pure.
 */
#include "supervisord/config/errors.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/excerpt.h"
#include "supervisord/config/printout.h"
#include "supervisord/config/utf8.h"

/* in place: what is not printable becomes '?' */
static void make_printable(char *text)
{
	char *to = text;

	while (*text != '\0') {
		uint32_t c;
		size_t n = utf8_next(text, strlen(text), &c);

		if (n > 0 && utf8_printable(c)) {
			memmove(to, text, n);
			to += n;
			text += n;
		} else {
			*to++ = '?';
			text += n > 0 ? n : 1;
		}
	}
	*to = '\0';
}

int config_errors_add_list(struct config_errors *errors,
			   struct spec_mark mark, const char *format,
			   va_list arguments)
{
	char message[ERRORS_MESSAGE_MAX];
	struct config_error *grown;
	char *copy;

	if (errors->n_errors >= CONFIG_ERRORS_MAX) {
		errors->n_dropped++;
		return 0;
	}

	vsnprintf(message, sizeof(message), format, arguments);
	make_printable(message);
	copy = strdup(message);
	if (!copy)
		return -ENOMEM;
	grown = reallocarray(errors->errors, errors->n_errors + 1,
			     sizeof(*grown));
	if (!grown) {
		free(copy);
		return -ENOMEM;
	}

	errors->errors = grown;
	grown[errors->n_errors].mark = mark;
	grown[errors->n_errors].message = copy;
	errors->n_errors++;

	return 0;
}

int config_errors_add(struct config_errors *errors, struct spec_mark mark,
		      const char *format, ...)
{
	va_list arguments;
	int r;

	va_start(arguments, format);
	r = config_errors_add_list(errors, mark, format, arguments);
	va_end(arguments);

	return r;
}

static bool comes_before(struct spec_mark one, struct spec_mark other)
{
	if (one.line != other.line)
		return one.line < other.line;

	return one.column < other.column;
}

/* stable, and there are at most CONFIG_ERRORS_MAX */
void config_errors_sort(struct config_errors *errors)
{
	struct config_error *rows = errors->errors;
	size_t i, j;

	for (i = 1; i < errors->n_errors; i++) {
		struct config_error row = rows[i];

		for (j = i; j > 0 && comes_before(row.mark, rows[j - 1].mark);
		     j--)
			rows[j] = rows[j - 1];
		rows[j] = row;
	}
}

void config_errors_clear(struct config_errors *errors)
{
	size_t i;

	for (i = 0; i < errors->n_errors; i++)
		free(errors->errors[i].message);
	free(errors->errors);
	*errors = (struct config_errors){ 0 };
}

/* walks down the text once, as the errors are in order */
struct place {
	const char *text;
	size_t n_left;
	unsigned int line;
};

static bool place_find(struct place *place, unsigned int line)
{
	while (place->line < line) {
		const char *end = memchr(place->text, '\n', place->n_left);

		if (!end)
			return false;
		place->n_left -= (size_t)(end + 1 - place->text);
		place->text = end + 1;
		place->line++;
	}

	return place->line == line;
}

static size_t place_line_bytes(const struct place *place)
{
	const char *end = memchr(place->text, '\n', place->n_left);
	size_t n_bytes = end ? (size_t)(end - place->text) : place->n_left;

	if (n_bytes > 0 && place->text[n_bytes - 1] == '\r')
		n_bytes--;

	return n_bytes;
}

static void add_excerpt(struct printout *out, struct place *place,
			const struct spec_mark *mark)
{
	struct excerpt excerpt;

	if (!place->text || mark->line == 0 || !place_find(place, mark->line))
		return;

	excerpt_cut(&excerpt, place->text, place_line_bytes(place),
		    mark->column);
	printout_add_format(out, "%5u | %s\n", mark->line, excerpt.line);
	printout_add_format(out, "      | %s\n", excerpt.caret);
}

/* a file's name is as hostile as its text */
static void add_name(struct printout *out, const char *name)
{
	char *copy = strdup(name);

	if (!copy) {
		out->broken = true;
		return;
	}
	make_printable(copy);
	printout_add(out, copy);
	free(copy);
}

static void add_error(struct printout *out, const char *name,
		      const struct config_error *error)
{
	add_name(out, name);
	if (error->mark.line > 0)
		printout_add_format(out, ":%u:%u", error->mark.line,
				    error->mark.column);
	printout_add_format(out, ": error: %s\n", error->message);
}

char *config_errors_format(const struct config_source *source,
			   const struct config_errors *errors)
{
	struct place place = { source->text, source->n_bytes, 1 };
	struct printout out = { .broken = false };
	size_t i;

	for (i = 0; i < errors->n_errors; i++) {
		add_error(&out, source->name, &errors->errors[i]);
		add_excerpt(&out, &place, &errors->errors[i].mark);
	}
	if (errors->n_dropped > 0) {
		add_name(&out, source->name);
		printout_add_format(&out, ": error: and %zu more, not shown\n",
				    errors->n_dropped);
	}

	return printout_take(&out);
}
