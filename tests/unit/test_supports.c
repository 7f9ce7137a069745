/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_supports.c - what a grant stood on is gone: what falls, what stays?
 */
#include "supervisord/decide/supports.h"
#include "tests/harness/harness.h"

#define EDGES_MAX 5
#define SUPPORTS_MAX 2

struct row {
	const char *what;
	struct {
		uint64_t id;
		bool declared;
		struct support supports[SUPPORTS_MAX];
		size_t n;
		bool standing;
		struct actor_limits limits;
	} edges[EDGES_MAX];
};

#define DECLARED(id_) { .id = (id_), .declared = true, .standing = true }
/* granted from that one, with these limits */
#define ON(parent_, ...) { .parent = (parent_), .limits = { __VA_ARGS__ } }
#define BY(...) .supports = { __VA_ARGS__ }
#define STANDS(...) .standing = true, .limits = { __VA_ARGS__ }

static const struct row rows[] = {
	{ "declared", { DECLARED(1) } },
	{ "of nobody", { { .id = 1 } } },
	{ "granted from a declared one", {
		DECLARED(1),
		{ .id = 2, BY(ON(1, 0)), .n = 1, STANDS(0) } } },
	{ "granted on, in any order", {
		{ .id = 3, BY(ON(2, 0)), .n = 1, STANDS(0) },
		{ .id = 2, BY(ON(1, 0)), .n = 1, STANDS(0) },
		DECLARED(1) } },
	{ "what it stood on is gone, and what stood on that falls too", {
		{ .id = 2, BY(ON(1, 0)), .n = 1 },
		{ .id = 3, BY(ON(2, 0)), .n = 1 },
		{ .id = 4, BY(ON(3, 0)), .n = 1 } } },
	{ "its giver's declared one is gone with the giver", {
		{ .id = 2, BY(ON(0, 0)), .n = 1, STANDS(0) },
		{ .id = 3, BY(ON(2, 0)), .n = 1, STANDS(0) } } },
	{ "two who gave it, one is gone", {
		DECLARED(1),
		{ .id = 3, BY(ON(9, 0), ON(1, 0)), .n = 2, STANDS(0) } } },
	{ "two that stand on each other", {
		{ .id = 2, BY(ON(3, 0)), .n = 1 },
		{ .id = 3, BY(ON(2, 0)), .n = 1 } } },
	{ "one that stands on itself", {
		{ .id = 2, BY(ON(2, 0)), .n = 1 } } },
	{ "a circle with a foot on the ground", {
		{ .id = 2, BY(ON(3, 0), ON(1, 0)), .n = 2, STANDS(0) },
		{ .id = 3, BY(ON(2, 0)), .n = 1, STANDS(0) },
		DECLARED(1) } },
	{ "none allows more than its parent", {
		{ .id = 3, BY(ON(2, .bytes = 9)), .n = 1,
		  STANDS(.rate = 5, .bytes = 9, .no_grants = true) },
		{ .id = 2, BY(ON(1, .rate = 5, .no_grants = true)), .n = 1,
		  STANDS(.rate = 5, .no_grants = true) },
		DECLARED(1) } },
	{ "the wider of each", {
		DECLARED(1),
		{ .id = 2, BY(ON(1, .rate = 5, .bytes = 9),
			      ON(1, .rate = 7, .bytes = 3)), .n = 2,
		  STANDS(.rate = 7, .bytes = 9) } } },
	{ "one without limits", {
		DECLARED(1),
		{ .id = 2, BY(ON(1, .rate = 5), ON(1, 0)), .n = 2,
		  STANDS(0) } } },
	{ "the wider one is gone, for who stands on it as well", {
		DECLARED(1),
		{ .id = 2, BY(ON(1, .rate = 5), ON(8, 0)), .n = 2,
		  STANDS(.rate = 5) },
		{ .id = 3, BY(ON(2, 0)), .n = 1, STANDS(.rate = 5) } } },
	{ "a declared one has no limits, whatever was granted besides", {
		DECLARED(1),
		{ .id = 2, .declared = true, BY(ON(1, .rate = 5)), .n = 1,
		  STANDS(0) } } },
};

static size_t fill(const struct row *row, struct supported *edges)
{
	size_t n;

	for (n = 0; n < EDGES_MAX && row->edges[n].id; n++)
		edges[n] = (struct supported){
			.id = row->edges[n].id,
			.declared = row->edges[n].declared,
			.supports = row->edges[n].supports,
			.n_supports = row->edges[n].n,
		};
	return n;
}

static void expect(const struct row *row, size_t at,
		   const struct supported *edges, size_t n)
{
	bool right = false;

	for (size_t k = 0; k < n; k++)
		right |= edges[k].id == row->edges[at].id &&
			 edges[k].standing == row->edges[at].standing &&
			 limits_equal(&edges[k].limits,
				      &row->edges[at].limits);
	if (!right)
		harness_note("%s: edge %llu", row->what,
			     (unsigned long long)row->edges[at].id);
	CU_ASSERT(right);
}

static void test_what_stands_and_what_falls(void)
{
	struct supported edges[EDGES_MAX];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = fill(&rows[i], edges);

		supports_settle(edges, n);
		for (size_t k = 0; k < n; k++)
			expect(&rows[i], k, edges, n);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_stands_and_what_falls),
};
HARNESS_MAIN(tests)
