/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * printout.c - text that grows, for what is printed elsewhere.
 *
 * One check at the end instead of one at every line: once memory is short it
 * stays broken. Pure.
 */
#include "supervisord/config/printout.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct printout *out, size_t n_bytes)
{
	size_t room = out->room_bytes ? out->room_bytes : 256;
	char *grown;

	while (room - out->n_bytes <= n_bytes)
		room *= 2;
	if (room == out->room_bytes)
		return true;

	grown = realloc(out->text, room);
	if (!grown)
		return false;
	out->text = grown;
	out->room_bytes = room;

	return true;
}

void printout_add_bytes(struct printout *out, const char *text, size_t n_bytes)
{
	if (out->broken || !make_room(out, n_bytes)) {
		out->broken = true;
		return;
	}
	memcpy(out->text + out->n_bytes, text, n_bytes);
	out->n_bytes += n_bytes;
	out->text[out->n_bytes] = '\0';
}

void printout_add(struct printout *out, const char *text)
{
	printout_add_bytes(out, text, strlen(text));
}

void printout_add_format(struct printout *out, const char *format, ...)
{
	va_list arguments;
	char *text;
	int n;

	va_start(arguments, format);
	n = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (n < 0) {
		out->broken = true;
		return;
	}
	printout_add_bytes(out, text, (size_t)n);
	free(text);
}

char *printout_take(struct printout *out)
{
	char *text;

	printout_add(out, "");
	text = out->text;
	if (out->broken) {
		free(text);
		text = NULL;
	}
	*out = (struct printout){ .broken = false };

	return text;
}
