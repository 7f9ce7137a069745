/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ledger.c - what was counted at one end of an edge, or at many, as a sum.
 *
 * It alone turns the numbers of an arena into these. Pure.
 */
#include "supervisord/ledger.h"

#include <string.h>

static struct ledger ledger_of_counts(const struct arena_edge_counts *counts)
{
	return (struct ledger){
		.packets = counts->packets_taken,
		.accepted = counts->frames_accepted,
		.sent = counts->frames_sent,
		.unsent = counts->frames_unsent,
		.buried = counts->frames_buried,
		.taken = counts->frames_taken,
		.waiting = counts->frames_waiting,
		.dead = counts->frames_dead,
		.lost = counts->frames_lost,
	};
}

struct ledger ledger_of_edge(const struct arena *a, uint64_t key)
{
	struct arena_edge_counts counts;

	if (arena_edge_counts(a, key, &counts) < 0)
		return (struct ledger){ 0 };
	return ledger_of_counts(&counts);
}

struct ledger ledger_of_past(const struct arena *a)
{
	struct arena_edge_counts counts;

	arena_past_counts(a, &counts);
	return ledger_of_counts(&counts);
}

struct ledger ledger_of_life(const struct arena *a, uint64_t left_out)
{
	struct ledger sum, one = ledger_of_edge(a, left_out);
	struct arena_edge_counts counts;

	arena_life_counts(a, &counts);
	sum = ledger_of_counts(&counts);
#define X(member, name) sum.member -= one.member;
	LEDGER_COUNTS(X)
#undef X
	return sum;
}

void ledger_add(struct ledger *to, const struct ledger *counts)
{
#define X(member, name) to->member += counts->member;
	LEDGER_COUNTS(X)
#undef X
}

bool ledger_equal(const struct ledger *one, const struct ledger *other)
{
	return !memcmp(one, other, sizeof(*one));
}

void ledger_put(const struct ledger *counts, struct fields_writer *w)
{
#define X(member, name) fields_put_u64(w, name, counts->member);
	LEDGER_COUNTS(X)
#undef X
}

struct ledger ledger_get(const struct fields *f)
{
	struct ledger counts = { 0 };

#define X(member, name) fields_get_u64(f, name, &counts.member);
	LEDGER_COUNTS(X)
#undef X
	return counts;
}
