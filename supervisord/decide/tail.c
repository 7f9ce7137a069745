/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tail.c - the last lines that somebody printed.
 *
 * Whole lines only: of what is too much the oldest go. Pure.
 */
#include <string.h>

#include "supervisord/decide/tail.h"

static void drop_oldest(struct tail *tail)
{
	size_t n = strcspn(tail->text, "\n");

	n += tail->text[n] == '\n';
	memmove(tail->text, tail->text + n, tail->n_bytes - n + 1);
	tail->n_bytes -= n;
	tail->n_lines--;
}

void tail_add(struct tail *tail, const char *line)
{
	size_t n = strnlen(line, TAIL_BYTES - 1);

	while (tail->n_lines >= TAIL_LINES ||
	       (tail->n_lines > 0 && tail->n_bytes + 1 + n > TAIL_BYTES))
		drop_oldest(tail);
	if (tail->n_lines > 0)
		tail->text[tail->n_bytes++] = '\n';
	memcpy(tail->text + tail->n_bytes, line, n);
	tail->n_bytes += n;
	tail->text[tail->n_bytes] = '\0';
	tail->n_lines++;
}
