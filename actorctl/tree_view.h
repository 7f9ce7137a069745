/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * tree_view.h - the rows of a tree as a person reads them. Pure but for memory.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

/**
 * tree_view_select() - the rows that are meant
 * @rows: an array of objects with "path", in the order of the tree
 * @path: of a node: it and what is below; "" for the whole tree
 * @all: of the whole tree also /system and the root supervisor
 *
 * Return: a new array; NULL without memory.
 */
json_t *tree_view_select(const json_t *rows, const char *path, bool all);
/** tree_view_format() - malloc'd text of selected rows; NULL without memory */
char *tree_view_format(const json_t *rows);
