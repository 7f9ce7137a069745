/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_custody.c - the table of what a supervisor holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/custody.h"
#include "tests/harness/harness.h"

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int some_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	CU_ASSERT_FATAL(fd >= 0);
	return fd;
}

static void test_an_edge_is_found_by_its_id_and_by_its_ends(void)
{
	struct custody c = { 0 };
	struct custody_edge *edge;

	edge = custody_edge_new(&c, 7, "/s/a", "/s/b", "b");
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	CU_ASSERT_PTR_EQUAL(custody_edge(&c, 7), edge);
	CU_ASSERT_PTR_NULL(custody_edge(&c, 8));
	CU_ASSERT_PTR_EQUAL(custody_edge_between(&c, "/s/a", "/s/b"), edge);
	CU_ASSERT_PTR_NULL(custody_edge_between(&c, "/s/b", "/s/a"));
	custody_deinit(&c);
}

static void test_a_closed_edge_is_not_between_anybody(void)
{
	struct custody c = { 0 };
	struct custody_edge *edge;

	edge = custody_edge_new(&c, 7, "/s/a", "/s/b", NULL);
	edge->closed = true;
	CU_ASSERT_PTR_NULL(custody_edge_between(&c, "/s/a", "/s/b"));
	CU_ASSERT_PTR_EQUAL(custody_edge(&c, 7), edge);
	edge->closed = false;
	edge->left = true;
	CU_ASSERT_PTR_NULL(custody_edge_between(&c, "/s/a", "/s/b"));
	custody_deinit(&c);
}

static void test_dropping_an_edge_closes_its_ends_and_keeps_the_order(void)
{
	struct custody c = { 0 };
	struct custody_edge *edge;
	int fd = some_fd();

	custody_edge_new(&c, 1, "/s/a", "/s/b", NULL);
	edge = custody_edge_new(&c, 2, "/s/a", "/s/c", NULL);
	edge->holder_fd = fd;
	custody_edge_new(&c, 3, "/s/a", "/s/d", NULL);
	custody_edge_drop(&c, edge);
	CU_ASSERT_FALSE(is_open(fd));
	CU_ASSERT_EQUAL_FATAL(c.n_edges, 2);
	CU_ASSERT_EQUAL(c.edges[0]->id, 1);
	CU_ASSERT_EQUAL(c.edges[1]->id, 3);
	custody_deinit(&c);
}

static bool grant(struct custody_edge *edge, uint64_t via, uint64_t number,
		  uint64_t parent)
{
	const struct custody_alias alias = {
		.via = via,
		.grant = number,
		.parent = parent,
		.to = 5,
		.supports = true,
	};

	return custody_edge_alias(edge, &alias);
}

static void test_a_grant_means_one_edge_of_one_holder(void)
{
	struct custody c = { 0 };
	struct custody_edge *edge;

	edge = custody_edge_new(&c, 1, "/s/a", "/s/b", NULL);
	CU_ASSERT_TRUE(grant(edge, 10, 20, 0));
	CU_ASSERT_FALSE(grant(edge, 10, 20, 0));
	CU_ASSERT_TRUE(grant(edge, 10, 21, 0));
	CU_ASSERT_PTR_EQUAL(custody_granted(&c, "/s/a", 10, 21), edge);
	CU_ASSERT_PTR_NULL(custody_granted(&c, "/s/x", 10, 21));
	CU_ASSERT_PTR_NULL(custody_granted(&c, "/s/a", 11, 21));
	custody_deinit(&c);
}

static void test_a_grant_is_changed_and_forgotten(void)
{
	struct custody c = { 0 };
	struct custody_edge *edge;

	edge = custody_edge_new(&c, 1, "/s/a", "/s/b", NULL);
	CU_ASSERT_TRUE(grant(edge, 10, 20, 3));
	CU_ASSERT_TRUE(grant(edge, 10, 20, 4));
	CU_ASSERT_EQUAL(edge->n_aliases, 1);
	CU_ASSERT_FALSE(custody_edge_unalias(edge, 10, 21));
	CU_ASSERT_TRUE(custody_edge_unalias(edge, 10, 20));
	CU_ASSERT_PTR_NULL(custody_granted(&c, "/s/a", 10, 20));
	for (uint64_t i = 0; i < CUSTODY_ALIASES_MAX + 5; i++)
		CU_ASSERT_TRUE(grant(edge, 10, i, 3));
	CU_ASSERT_EQUAL(edge->n_aliases, CUSTODY_ALIASES_MAX);
	CU_ASSERT_PTR_NULL(custody_granted(&c, "/s/a", 10, 4));
	CU_ASSERT_PTR_EQUAL(custody_granted(&c, "/s/a", 10, 5), edge);
	custody_deinit(&c);
}

static void test_a_number_names_an_edge_and_its_limits(void)
{
	const struct actor_limits some = { .rate = 7 };
	struct actor_limits limits = { 0 };
	struct custody c = { 0 };
	struct custody_edge *edge;
	uint64_t number = limits_number(1, &some);

	edge = custody_edge_new(&c, 1, "/s/a", "/s/b", NULL);
	CU_ASSERT_PTR_NULL(custody_numbered(&c, "/s/a", number, &limits));
	CU_ASSERT_EQUAL(custody_edge_facet(edge, &some), 0);
	CU_ASSERT_EQUAL(custody_edge_facet(edge, &some), 0);
	CU_ASSERT_EQUAL(edge->n_facets, 1);
	CU_ASSERT_PTR_EQUAL(custody_numbered(&c, "/s/a", number, &limits),
			    edge);
	CU_ASSERT_EQUAL(limits.rate, 7);
	CU_ASSERT_PTR_NULL(custody_numbered(&c, "/s/b", number, &limits));
	CU_ASSERT_PTR_EQUAL(custody_numbered(&c, "/s/a", 1, &limits), edge);
	CU_ASSERT(limits_none(&limits));
	for (uint32_t i = 100; i < 100 + CUSTODY_FACETS_MAX; i++)
		custody_edge_facet(edge, &(struct actor_limits){ .rate = i });
	CU_ASSERT_EQUAL(edge->n_facets, CUSTODY_FACETS_MAX);
	CU_ASSERT_PTR_NULL(custody_numbered(&c, "/s/a", number, &limits));
	custody_deinit(&c);
}

static void test_what_was_taken_back_can_be_given_again(void)
{
	struct custody c = { 0 };
	struct custody_edge *edge;

	edge = custody_edge_new(&c, 1, "/s/a", "/s/b", NULL);
	custody_undo(edge, 5, 1);
	custody_undo(edge, 5, 1);
	CU_ASSERT_EQUAL(edge->n_undone, 1);
	CU_ASSERT_TRUE(custody_is_undone(edge, 5, 1));
	CU_ASSERT_FALSE(custody_is_undone(edge, 6, 1));
	custody_redo(edge, 5, 1);
	CU_ASSERT_FALSE(custody_is_undone(edge, 5, 1));
	for (uint64_t i = 0; i <= CUSTODY_UNDONE_MAX; i++)
		custody_undo(edge, 5, i);
	CU_ASSERT_EQUAL(edge->n_undone, CUSTODY_UNDONE_MAX);
	custody_deinit(&c);
}

/* a (edge 1) gave it to b (edge 2), who gave it to d (edge 3), and is gone */
static void test_what_a_dead_one_gave_stands_on_who_gave_it_that(void)
{
	const struct actor_limits slow = { .rate = 7 };
	struct custody c = { 0 };
	struct custody_edge *b, *d;

	b = custody_edge_new(&c, 2, "/s/b", "/s/t", NULL);
	d = custody_edge_new(&c, 3, "/s/d", "/s/t", NULL);
	b->limits = slow;
	CU_ASSERT_TRUE(grant(b, 10, 1, 1));
	CU_ASSERT_TRUE(grant(d, 11, 2, 2));
	custody_inherit(&c, b);
	CU_ASSERT_EQUAL_FATAL(d->n_aliases, 2);
	CU_ASSERT_FALSE(d->aliases[0].supports);
	CU_ASSERT_PTR_EQUAL(custody_granted(&c, "/s/d", 11, 2), d);
	CU_ASSERT_TRUE(d->aliases[1].supports);
	CU_ASSERT_EQUAL(d->aliases[1].parent, 1);
	CU_ASSERT_EQUAL(d->aliases[1].grant, 1);
	CU_ASSERT_TRUE(limits_equal(&d->aliases[1].limits, &slow));
	custody_deinit(&c);
}

static void test_what_a_dead_one_gave_that_declared_it_stands_by_itself(void)
{
	struct custody c = { 0 };
	struct custody_edge *b, *d;

	b = custody_edge_new(&c, 2, "/s/b", "/s/t", "t");
	d = custody_edge_new(&c, 3, "/s/d", "/s/t", NULL);
	CU_ASSERT_TRUE(grant(d, 11, 2, 2));
	custody_inherit(&c, b);
	CU_ASSERT_EQUAL_FATAL(d->n_aliases, 1);
	CU_ASSERT_TRUE(d->aliases[0].supports);
	CU_ASSERT_EQUAL(d->aliases[0].parent, 0);
	custody_deinit(&c);
}

/* by path, whatever the order in which they came and went */
static void test_each_of_many_mailboxes_is_found(void)
{
	struct custody c = { 0 };
	char path[32];

	for (unsigned int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "/s/m-%u", i * 37 % 100);
		custody_mailbox_put(&c, path, i * 37 % 100, 0, -1);
	}
	CU_ASSERT_EQUAL(c.n_mailboxes, 100);
	for (unsigned int i = 0; i < 100; i += 2) {
		snprintf(path, sizeof(path), "/s/m-%u", i);
		custody_mailbox_drop(&c, path);
		custody_mailbox_drop(&c, path);
	}
	CU_ASSERT_EQUAL(c.n_mailboxes, 50);
	for (unsigned int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "/s/m-%u", i);
		if (i % 2 == 0) {
			CU_ASSERT_PTR_NULL(custody_mailbox(&c, path));
			continue;
		}
		CU_ASSERT_PTR_NOT_NULL_FATAL(custody_mailbox(&c, path));
		CU_ASSERT_EQUAL(custody_mailbox(&c, path)->life, i);
	}
	custody_deinit(&c);
}

static void test_a_mailbox_is_replaced_with_its_arena(void)
{
	struct custody c = { 0 };
	struct custody_mailbox *m;
	int first = some_fd(), second = some_fd();

	m = custody_mailbox_put(&c, "/s/a", 5, 0, first);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_PTR_EQUAL(custody_mailbox_put(&c, "/s/a", 5, 1, second), m);
	CU_ASSERT_FALSE(is_open(first));
	CU_ASSERT_TRUE(is_open(second));
	CU_ASSERT_EQUAL(m->generation, 1);
	custody_mailbox_drop(&c, "/s/a");
	CU_ASSERT_FALSE(is_open(second));
	CU_ASSERT_PTR_NULL(custody_mailbox(&c, "/s/a"));
	custody_deinit(&c);
}

static void test_everything_is_closed_at_the_end(void)
{
	struct custody c = { 0 };
	int fd = some_fd();

	CU_ASSERT_EQUAL(custody_descriptor_put(&c, "/s/a", "spool", fd), 0);
	for (uint64_t i = 1; i < 100; i++)
		custody_edge_new(&c, i, "/s/a", "/s/b", NULL)->target_fd =
			some_fd();
	custody_deinit(&c);
	CU_ASSERT_FALSE(is_open(fd));
	CU_ASSERT_EQUAL(c.n_edges, 0);
}

static void test_what_came_of_ended_edges_is_known_for_a_while(void)
{
	struct custody c = { 0 };

	custody_taken_put(&c, "/s/a", 2, 5);
	CU_ASSERT_EQUAL(custody_taken(&c, 2), 5);
	CU_ASSERT_EQUAL(custody_taken(&c, 3), 0);
	/* said once more, by who knew it earlier */
	custody_taken_put(&c, "/s/a", 2, 4);
	CU_ASSERT_EQUAL(custody_taken(&c, 2), 5);
	for (uint64_t i = 0; i < CUSTODY_TAKEN_MAX; i++)
		custody_taken_put(&c, "/s/a", 10 + i, 1);
	CU_ASSERT_EQUAL(custody_taken(&c, 2), 0);
	CU_ASSERT_EQUAL(custody_taken(&c, 10), 1);
	custody_deinit(&c);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_edge_is_found_by_its_id_and_by_its_ends),
	HARNESS_TEST(test_a_closed_edge_is_not_between_anybody),
	HARNESS_TEST(test_dropping_an_edge_closes_its_ends_and_keeps_the_order),
	HARNESS_TEST(test_a_grant_means_one_edge_of_one_holder),
	HARNESS_TEST(test_a_grant_is_changed_and_forgotten),
	HARNESS_TEST(test_a_number_names_an_edge_and_its_limits),
	HARNESS_TEST(test_what_was_taken_back_can_be_given_again),
	HARNESS_TEST(test_what_a_dead_one_gave_stands_on_who_gave_it_that),
	HARNESS_TEST(
		test_what_a_dead_one_gave_that_declared_it_stands_by_itself),
	HARNESS_TEST(test_each_of_many_mailboxes_is_found),
	HARNESS_TEST(test_a_mailbox_is_replaced_with_its_arena),
	HARNESS_TEST(test_everything_is_closed_at_the_end),
	HARNESS_TEST(test_what_came_of_ended_edges_is_known_for_a_while),
};
HARNESS_MAIN(tests)
