/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * excerpt.c - a line of a file with a caret under one of its characters.
 *
 * Two walks over the line: one finds the cell of the caret, one writes the
 * cells of the window around it. Pure.
 */
#include "supervisord/config/excerpt.h"

#include <string.h>

#include "supervisord/config/utf8.h"

#define TAB 8
#define CUT "…"

/* one character as it is shown: @text in @columns cells from @cell on */
struct glyph {
	const char *text;
	size_t n_bytes;
	size_t cell;
	unsigned int columns;
};

/* the character of the line at @offset. Return: the offset of the next one */
static size_t glyph_at(struct glyph *ret, const char *line, size_t n_bytes,
		       size_t offset, size_t cell)
{
	uint32_t c;
	size_t n = utf8_next(line + offset, n_bytes - offset, &c);

	*ret = (struct glyph){ "?", 1, cell, 1 };
	if (n > 0 && c == '\t') {
		*ret = (struct glyph){ "        ", 0, cell, 0 };
		ret->columns = TAB - cell % TAB;
		ret->n_bytes = ret->columns;
	} else if (n > 0 && utf8_printable(c)) {
		*ret = (struct glyph){ line + offset, n, cell,
				       utf8_columns(c) };
	}

	return offset + (n > 0 ? n : 1);
}

/* the cells before @column (from 1), and of the whole line */
static size_t find_cell(const char *line, size_t n_bytes, unsigned int column,
			size_t *ret_cells)
{
	size_t offset = 0, cell = 0, found = 0;
	unsigned int at;
	struct glyph glyph;

	for (at = 1; offset < n_bytes; at++) {
		if (at == column)
			found = cell;
		offset = glyph_at(&glyph, line, n_bytes, offset, cell);
		cell += glyph.columns;
	}
	*ret_cells = cell;

	return column < at ? found : cell;
}

static void append(char *to, size_t size_bytes, const char *text,
		   size_t n_bytes)
{
	size_t length = strlen(to);

	if (length + n_bytes >= size_bytes)
		return;
	memcpy(to + length, text, n_bytes);
	to[length + n_bytes] = '\0';
}

/* the cells from @first to before @last */
static void write_window(struct excerpt *ret, const char *line, size_t n_bytes,
			 size_t first, size_t last)
{
	size_t offset = 0, cell = 0;
	struct glyph glyph;

	while (offset < n_bytes && cell < last) {
		offset = glyph_at(&glyph, line, n_bytes, offset, cell);
		cell += glyph.columns;
		if (glyph.cell >= first && cell <= last)
			append(ret->line, sizeof(ret->line), glyph.text,
			       glyph.n_bytes);
		else if (cell > first)	/* half of it is outside */
			append(ret->line, sizeof(ret->line), "       ",
			       (cell < last ? cell : last) -
			       (glyph.cell > first ? glyph.cell : first));
	}
}

void excerpt_cut(struct excerpt *ret, const char *line, size_t n_bytes,
		 unsigned int column)
{
	size_t n_cells, first = 0, last;
	size_t caret = find_cell(line, n_bytes, column, &n_cells);

	ret->line[0] = '\0';
	ret->caret[0] = '\0';

	if (caret >= EXCERPT_COLUMNS * 3 / 4)
		first = caret - EXCERPT_COLUMNS / 2;
	if (n_cells <= EXCERPT_COLUMNS)
		first = 0;
	last = first + EXCERPT_COLUMNS;

	if (first > 0)
		append(ret->line, sizeof(ret->line), CUT, strlen(CUT));
	write_window(ret, line, n_bytes, first, last);
	if (n_cells > last)
		append(ret->line, sizeof(ret->line), CUT, strlen(CUT));

	memset(ret->caret, ' ', caret - first + (first > 0));
	memcpy(ret->caret + (caret - first) + (first > 0), "^", 2);
}
