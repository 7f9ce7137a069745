/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * text.c - is this the text that a config file may be?
 *
 * What passes looks the same to a person, to the YAML parser and to whoever
 * counts lines and columns here: one kind of line end (CR only before LF), no
 * other line separators, nothing that reorders what is shown. Pure.
 */
#include "supervisord/config/text.h"

#include <stdint.h>
#include <string.h>

#include "supervisord/config/errors.h"
#include "supervisord/config/utf8.h"

/* lines with a bad character; a binary file has thousands */
#define LINES_MAX 10

struct text {
	const char *text;
	size_t n_bytes;
	size_t offset;
	struct spec_mark mark;
	uint32_t character;		/* of the last step */
};

enum text_step { TEXT_END, TEXT_FINE, TEXT_BAD_BYTE, TEXT_BAD_CHARACTER };

static bool is_fine(const struct text *t, size_t n)
{
	if (t->character == '\n' || t->character == '\t')
		return true;
	if (t->character == '\r')
		return t->offset + n < t->n_bytes &&
		       t->text[t->offset + n] == '\n';

	return utf8_printable(t->character);
}

/* judges the next character, without moving */
static enum text_step text_look(struct text *t, size_t *ret_bytes)
{
	size_t n;

	if (t->offset >= t->n_bytes)
		return TEXT_END;
	n = utf8_next(t->text + t->offset, t->n_bytes - t->offset,
		      &t->character);
	*ret_bytes = n > 0 ? n : 1;
	if (n == 0)
		return TEXT_BAD_BYTE;

	return is_fine(t, n) ? TEXT_FINE : TEXT_BAD_CHARACTER;
}

static void text_move(struct text *t, size_t n)
{
	t->mark.column++;
	if (t->text[t->offset] == '\n') {
		t->mark.line++;
		t->mark.column = 1;
	}
	t->offset += n;
}

static void text_skip_line(struct text *t)
{
	const char *end = memchr(t->text + t->offset, '\n',
				 t->n_bytes - t->offset);

	if (!end) {
		t->offset = t->n_bytes;
		return;
	}
	t->offset = (size_t)(end - t->text);
	text_move(t, 1);
}

static int report(struct text *t, enum text_step step,
		  struct config_errors *errors)
{
	unsigned int byte = (unsigned char)t->text[t->offset];

	if (step == TEXT_BAD_BYTE)
		return config_errors_add(errors, t->mark,
					 "byte 0x%02x is not UTF-8 text", byte);
	if (t->character == 0)
		return config_errors_add(errors, t->mark,
					 "a NUL byte: this is not a text file");
	if (t->character == 0xfeff && t->offset == 0)
		return config_errors_add(errors, t->mark,
			"the file begins with a byte order mark: save it as UTF-8 without one");
	if (t->character == '\r')
		return config_errors_add(errors, t->mark,
			"a carriage return inside of a line: lines end with LF or CR LF");

	return config_errors_add(errors, t->mark,
		"character U+%04X is invisible or a control character: not allowed",
		t->character);
}

int text_check(const char *text, size_t n_bytes, struct config_errors *errors,
	       bool *ret_clean)
{
	struct text t = { text, n_bytes, 0, { 1, 1 }, 0 };
	struct spec_mark begin = { 1, 1 };
	unsigned int n_bad = 0;
	enum text_step step;
	size_t n = 0;
	int r;

	*ret_clean = false;
	if (n_bytes > CONFIG_BYTES_MAX)
		return config_errors_add(errors, begin,
					 "the file is larger than 1 MiB");

	while ((step = text_look(&t, &n)) != TEXT_END && n_bad < LINES_MAX) {
		if (step == TEXT_FINE) {
			text_move(&t, n);
			continue;
		}
		r = report(&t, step, errors);
		if (r < 0)
			return r;
		text_skip_line(&t);
		n_bad++;
	}
	*ret_clean = n_bad == 0;

	return 0;
}
