/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * table.h - rows of text in aligned columns. Pure but for memory.
 */
#pragma once

#include <stddef.h>

#define TABLE_COLUMNS_MAX 12

struct table_row {
	char *cells[TABLE_COLUMNS_MAX];
	size_t n_cells;
};

/** struct table - zeroed to begin with */
struct table {
	struct table_row *rows;
	size_t n_rows;
};

/**
 * table_add() - one row; what is NULL or past its end stays empty
 * @cells: copied, made harmless for a terminal
 *
 * The last cell of a row may be as wide as it likes. Return: 0; -ENOMEM.
 */
int table_add(struct table *table, const char *const *cells, size_t n_cells);
/** table_format() - malloc'd text; NULL without memory */
char *table_format(const struct table *table);
void table_clear(struct table *table);
