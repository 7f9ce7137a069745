/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pages.c - rows of an answer, in order, as payloads of a size.
 *
 * There can be ten thousand of them: each is found by halves. Pure but for memory.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/decide/pages.h"

void pages_add(struct pages *p, const struct row *row)
{
	if (p->full || p->n_rows++ < p->cursor)
		return;
	if (p->n_bytes + row->n_bytes > PAGES_BYTES) {
		p->full = true;
		p->cursor = p->n_rows - 1;
		return;
	}
	memcpy(p->bytes + p->n_bytes, row->bytes, row->n_bytes);
	p->n_bytes += row->n_bytes;
}

struct row *pages_free(struct row *rows)
{
	struct row *row;

	while ((row = rows)) {
		rows = row->next;
		free(row->path);
		free(row);
	}
	return NULL;
}

/* ---- in order ----------------------------------------------------------- */

/** struct place - a row, and the how manieth it came */
struct place {
	const struct row *row;
	size_t came;
};

/**
 * struct ordering - @places: by path, and of one path as they came
 * @first, @tail: what was put in order
 */
struct ordering {
	struct place *places;
	size_t n;
	const char *path;
	struct row *first, **tail;
	bool short_of_memory;
};

static int compare(const void *one, const void *other)
{
	const struct place *a = one, *b = other;
	int order = strcmp(a->row->path, b->row->path);

	return order ? order : a->came < b->came ? -1 : a->came > b->came;
}

static bool list_places(struct ordering *o, const struct row *rows)
{
	size_t n = 0;

	for (const struct row *row = rows; row; row = row->next)
		n++;
	o->places = calloc(n + 1, sizeof(*o->places));
	for (; o->places && rows; rows = rows->next) {
		o->places[o->n] = (struct place){ rows, o->n };
		o->n++;
	}
	if (o->places)
		qsort(o->places, o->n, sizeof(*o->places), compare);
	return o->places;
}

/* Return: the first one, or @o->n */
static size_t find(const struct ordering *o, const char *path)
{
	size_t low = 0, high = o->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (strcmp(o->places[middle].row->path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < o->n && !strcmp(o->places[low].row->path, path) ? low
								     : o->n;
}

static const struct row *row_at(const struct ordering *o, size_t i,
				const char *path)
{
	return i < o->n && !strcmp(o->places[i].row->path, path) ?
	       o->places[i].row : NULL;
}

/* @more: of the same node; its strings stand in front, if there is room */
static void put(struct ordering *o, const struct row *row,
		const struct row *more)
{
	size_t n_more = more ? more->n_bytes - 1 : 0;
	struct row *both;

	if (row->n_bytes + n_more > PAGES_BYTES)
		n_more = 0;	/* a row is better than none */
	both = malloc(sizeof(*both) + n_more + row->n_bytes);
	if (!both || !(both->path = strdup(row->path))) {
		free(both);
		o->short_of_memory = true;
		return;
	}
	if (n_more)
		memcpy(both->bytes, more->bytes, n_more);
	memcpy(both->bytes + n_more, row->bytes, row->n_bytes);
	both->n_bytes = n_more + row->n_bytes;
	both->next = NULL;
	*o->tail = both;
	o->tail = &both->next;
}

/* a supervisor's row is said by who is above it, and then by its own head */
static void put_node(struct ordering *o, const struct spec_node *node)
{
	size_t i = find(o, node->path);
	const struct row *row = row_at(o, i, node->path), *head = NULL;
	const struct row *more = NULL;
	char own[PATH_MAX];

	if (!row)
		return;
	if (spec_is_supervisor(node)) {
		head = row_at(o, i + 1, node->path);
		snprintf(own, sizeof(own), "%s/", node->path);
		more = row_at(o, find(o, own), own);
	}
	put(o, head ? head : row, more);
}

static void put_tree(struct ordering *o, const struct spec_node *node)
{
	if (path_is_within(node->path, o->path))
		put_node(o, node);
	for (size_t i = 0; i < node->n_children; i++)
		put_tree(o, node->children[i]);
}

struct row *pages_in_order(struct row *rows, const struct spec_node *root,
			   const char *path)
{
	struct ordering o = { .path = path };

	o.tail = &o.first;
	if (!list_places(&o, rows))
		return rows;
	put_tree(&o, root);
	free(o.places);
	if (o.short_of_memory) {
		pages_free(o.first);
		return rows;
	}
	pages_free(rows);
	return o.first;
}

/* ---- in time ------------------------------------------------------------ */

static uint64_t time_of(const struct row *row)
{
	for (const char *at = row->bytes; *at; at += strlen(at) + 1)
		if (!strncmp(at, "TIME_US=", 8))
			return strtoull(at + 8, NULL, 10);
	return 0;
}

/* they are a few, and in order but for one place */
struct row *pages_in_time(struct row *rows)
{
	struct row *first = NULL, *row, **at;

	while ((row = rows)) {
		rows = row->next;
		at = &first;
		while (*at && time_of(*at) <= time_of(row))
			at = &(*at)->next;
		row->next = *at;
		*at = row;
	}
	return first;
}
