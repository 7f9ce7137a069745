/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * table.c - rows of text in aligned columns.
 *
 * Pure but for memory.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/table.h"
#include "actorctl/terminal.h"

int table_add(struct table *table, const char *const *cells, size_t n_cells)
{
	struct table_row *rows, *row;

	rows = reallocarray(table->rows, table->n_rows + 1, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	table->rows = rows;

	row = &rows[table->n_rows++];
	memset(row, 0, sizeof(*row));
	row->n_cells = n_cells < TABLE_COLUMNS_MAX ? n_cells
						   : TABLE_COLUMNS_MAX;
	for (size_t i = 0; i < row->n_cells; i++)
		if (cells[i])
			row->cells[i] = terminal_escape(cells[i],
							strlen(cells[i]),
							false);
	return 0;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = 0; i < table->n_rows; i++) {
		const struct table_row *row = &table->rows[i];
		const char *cell = row->cells[column];

		if (cell && column + 1 < row->n_cells &&
		    terminal_width(cell) > width)
			width = terminal_width(cell);
	}

	return width;
}

static size_t last_cell(const struct table_row *row)
{
	size_t last = 0;

	for (size_t i = 0; i < row->n_cells; i++)
		if (row->cells[i] && *row->cells[i])
			last = i;

	return last;
}

static void print_row(FILE *to, const struct table_row *row,
		      const size_t *widths)
{
	size_t last = last_cell(row);

	for (size_t i = 0; i <= last; i++) {
		const char *cell = row->cells[i] ? row->cells[i] : "";
		size_t pad = 0;

		/* nobody has anything in that column */
		if (widths[i] == 0 && i < last)
			continue;
		if (i < last)
			pad = widths[i] - terminal_width(cell) + 2;
		fprintf(to, "%s%*s", cell, (int)pad, "");
	}
	fputc('\n', to);
}

char *table_format(const struct table *table)
{
	size_t widths[TABLE_COLUMNS_MAX], n;
	char *text = NULL;
	FILE *to = open_memstream(&text, &n);

	if (!to)
		return NULL;

	for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++)
		widths[i] = column_width(table, i);
	for (size_t i = 0; i < table->n_rows; i++)
		print_row(to, &table->rows[i], widths);

	if (fclose(to) != 0) {
		free(text);
		return NULL;
	}

	return text;
}

void table_clear(struct table *table)
{
	for (size_t i = 0; i < table->n_rows; i++)
		for (size_t j = 0; j < TABLE_COLUMNS_MAX; j++)
			free(table->rows[i].cells[j]);
	free(table->rows);
	*table = (struct table) { .n_rows = 0 };
}
