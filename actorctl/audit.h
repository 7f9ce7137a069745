/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * audit.h - does every message that was accepted have its place? Pure but for
 * memory.
 */
#pragma once

#include <stdbool.h>

#include <jansson.h>

struct audit_view;

/**
 * audit_view_new() - one look at a system: the ends of edges, joined
 * @rows: of the methods Mailbox and Audit; kept
 * @path: only edges with an end exactly there; NULL: all
 *
 * Return: for audit_view_free(); NULL without memory.
 */
struct audit_view *audit_view_new(json_t *rows, const char *path);
/** audit_view_free() - NULL is fine; returns NULL */
struct audit_view *audit_view_free(struct audit_view *view);

/**
 * audit_is_settled() - is another look of no use?
 * @before: an earlier look, or NULL
 *
 * The two ends of an edge are not read at one instant. What adds up and did not
 * move is right; what does not add up and was the same in two looks is wrong.
 */
bool audit_is_settled(const struct audit_view *before,
		      const struct audit_view *now);
/**
 * audit_judge() - the sums, and each direction of each edge
 *
 * What moves is judged by what cannot be: that less has arrived later than had
 * been sent before, or more before than was sent later. The rest of it counts
 * as queued.
 *
 * Return: an object for audit_is_right(); NULL without memory.
 */
json_t *audit_judge(const struct audit_view *before,
		    const struct audit_view *now);
/** audit_is_right() - nothing is lost, nothing too much, and all was seen */
bool audit_is_right(const json_t *judged);
