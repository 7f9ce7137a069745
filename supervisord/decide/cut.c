/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cut.c - a text for a place that may be too small for it.
 *
 * Pure.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "supervisord/decide/cut.h"

#define ELLIPSIS "\u2026"

static bool begins_character(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

void cut_words(char *buffer, size_t size, const char *text)
{
	size_t most = size - sizeof(" " ELLIPSIS), n = most;

	if (strlen(text) < size) {
		snprintf(buffer, size, "%s", text);
		return;
	}
	while (n > 0 && text[n] != ' ')
		n--;
	if (n == 0)		/* a single word */
		for (n = most; n > 0 && !begins_character(text[n]);)
			n--;
	snprintf(buffer, size, "%.*s " ELLIPSIS, (int)n, text);
}

void cut_middle(char *buffer, size_t size, const char *text)
{
	size_t length = strlen(text), n = size / 4, from;

	if (length < size) {
		snprintf(buffer, size, "%s", text);
		return;
	}
	while (n > 0 && !begins_character(text[n]))
		n--;
	from = length - (size - sizeof(ELLIPSIS) - n);
	while (!begins_character(text[from]))
		from++;
	snprintf(buffer, size, "%.*s" ELLIPSIS "%s", (int)n, text, text + from);
}
