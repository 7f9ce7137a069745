/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supports.c - which of the edges to one actor still have a reason to be, and
 * what they allow.
 *
 * Begins with nothing standing and adds what stands on something that does,
 * until nothing changes. So a circle of grants does not hold itself up. Every
 * round widens something, and widths are those of the grants, so it ends. Pure.
 */
#include <stdlib.h>

#include "supervisord/decide/supports.h"

static int compare(const void *one, const void *other)
{
	const struct supported *a = one, *b = other;

	return a->id < b->id ? -1 : a->id > b->id;
}

static const struct supported *find(const struct supported *edges, size_t n,
				    uint64_t id)
{
	const struct supported key = { .id = id };

	return bsearch(&key, edges, n, sizeof(*edges), compare);
}

/* returns true when the edge stands by this now, or wider than before */
static bool stand_on(struct supported *edge, const struct actor_limits *limits)
{
	struct actor_limits wider = *limits;

	if (edge->standing)
		wider = limits_wider(&edge->limits, limits);
	if (edge->standing && limits_equal(&wider, &edge->limits))
		return false;
	edge->standing = true;
	edge->limits = wider;
	return true;
}

static bool hold_up(struct supported *edges, size_t n, struct supported *edge,
		    const struct support *support)
{
	const struct supported *parent;
	struct actor_limits limits;

	if (!support->parent)
		return stand_on(edge, &support->limits);
	parent = find(edges, n, support->parent);
	if (!parent || !parent->standing)
		return false;
	limits = limits_narrower(&support->limits, &parent->limits);
	return stand_on(edge, &limits);
}

static bool settle_once(struct supported *edges, size_t n)
{
	bool changed = false;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < edges[i].n_supports; k++)
			changed |= hold_up(edges, n, &edges[i],
					   &edges[i].supports[k]);
	return changed;
}

void supports_settle(struct supported *edges, size_t n)
{
	if (n == 0)
		return;
	qsort(edges, n, sizeof(*edges), compare);
	for (size_t i = 0; i < n; i++) {
		edges[i].standing = edges[i].declared;
		edges[i].limits = (struct actor_limits){ 0 };
	}
	while (settle_once(edges, n))
		;
}
