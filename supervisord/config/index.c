/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * index.c - the nodes of a tree by their path.
 *
 * Sorted, not hashed: no file can make it slow. Pure.
 */
#include "supervisord/config/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void collect(struct spec_index *index, struct spec_node *node)
{
	size_t i;

	index->nodes[index->n_nodes++] = node;
	for (i = 0; i < node->n_templates; i++)
		index->nodes[index->n_nodes++] = node->templates[i];
	for (i = 0; i < node->n_children; i++)
		collect(index, node->children[i]);
}

static int by_place(struct spec_mark one, struct spec_mark other)
{
	if (one.line != other.line)
		return one.line < other.line ? -1 : 1;
	if (one.column != other.column)
		return one.column < other.column ? -1 : 1;

	return 0;
}

static int by_path(const void *one, const void *other)
{
	const struct spec_node *a = *(struct spec_node *const *)one;
	const struct spec_node *b = *(struct spec_node *const *)other;
	int order = strcmp(a->path, b->path);

	return order != 0 ? order : by_place(a->mark, b->mark);
}

int index_init(struct spec_index *index, struct spec_node *top,
	       size_t n_nodes)
{
	index->n_nodes = 0;
	index->nodes = calloc(n_nodes, sizeof(struct spec_node *));
	if (!index->nodes)
		return -ENOMEM;

	collect(index, top);
	qsort(index->nodes, n_nodes, sizeof(struct spec_node *), by_path);

	return 0;
}

void index_deinit(struct spec_index *index)
{
	free(index->nodes);
	index->nodes = NULL;
	index->n_nodes = 0;
}

size_t index_position(const struct spec_index *index, const char *path)
{
	size_t first = 0, last = index->n_nodes;

	while (first < last) {
		size_t middle = first + (last - first) / 2;

		if (strcmp(index->nodes[middle]->path, path) < 0)
			first = middle + 1;
		else
			last = middle;
	}
	if (first < index->n_nodes &&
	    strcmp(index->nodes[first]->path, path) != 0)
		return index->n_nodes;

	return first;
}

struct spec_node *index_find(const struct spec_index *index, const char *path)
{
	size_t position = index_position(index, path);

	return position < index->n_nodes ? index->nodes[position] : NULL;
}
