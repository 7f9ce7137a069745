/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pages.h - rows of an answer, in order, as payloads of a size. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libactorproc/protocol.h"
#include "supervisord/config/spec.h"

/** PAGES_BYTES - of rows, in one packet */
#define PAGES_BYTES (ACTOR_PACKET_MAX - 512)

/** struct row - one row of an answer, as its strings with an empty one behind */
struct row {
	struct row *next;
	char *path;
	size_t n_bytes;
	char bytes[];
};

/** struct pages - rows as one payload, from a cursor on */
struct pages {
	char bytes[PAGES_BYTES + 64];
	size_t n_bytes;
	uint64_t cursor;
	uint64_t n_rows;
	bool full;
};

/** pages_add() - the next row, if it is not before the cursor and there is room */
void pages_add(struct pages *p, const struct row *row);
/**
 * pages_in_order() - rows in the order of the file, whatever order they came in
 * @rows: become the callee's
 * @path: nobody else's than those at and below it; "": all
 *
 * What a supervisor says of itself, and of its head, is one row.
 *
 * Return: the rows to show; without memory those that came, as they came.
 */
struct row *pages_in_order(struct row *rows, const struct spec_node *root,
			   const char *path);
/**
 * pages_in_time() - rows by their TIME_US, the oldest first, others as they came
 *
 * What a head's two supervisors have decided about it is one story.
 */
struct row *pages_in_time(struct row *rows);
/** pages_free() - a list of rows; returns NULL */
struct row *pages_free(struct row *rows);
