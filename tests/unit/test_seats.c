/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_seats.c - no two nodes have one uid, whatever file comes next.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "supervisord/decide/graft.h"
#include "supervisord/decide/seats.h"
#include "supervisord/decide/spawn.h"
#include "tests/unit/a_file.h"

static const char *const versions[] = {
	"children: [ { name: a, exec: a }, { name: b, exec: b }, { name: g, children: [ { name: c, exec: c } ] } ]",
	"children: [ { name: n, exec: n }, { name: b, exec: b }, { name: g, children: [ { name: d, exec: d }, { name: c, exec: c } ] } ]",
	"children: [ { name: g, templates: [ { name: t, exec: t } ], children: [ { name: c, exec: c } ] }, { name: b, exec: b } ]",
	"children: [ { name: x, exec: x }, { name: g, templates: [ { name: t, exec: t } ], children: [ { name: c, exec: c } ] }, { name: b, exec: b }, { name: y, exec: y } ]",
	"children: [ { name: b, exec: b } ]",
};

#define N_VERSIONS (sizeof(versions) / sizeof(versions[0]))

static struct spec_system *version(size_t i)
{
	char text[1024];

	snprintf(text, sizeof(text), "system: s\n%s\n", versions[i]);
	return file_read(text);
}

static bool has_seat(const struct spec_node *node, unsigned int seat,
		     const struct spec_node *but)
{
	if (node != but && seats_of(node) == seat)
		return true;
	for (size_t i = 0; i < node->n_children; i++)
		if (has_seat(node->children[i], seat, but))
			return true;
	return false;
}

static bool is_alone(const struct spec_node *node, const struct spec_node *top)
{
	if (has_seat(top, seats_of(node), node))
		return false;
	for (size_t i = 0; i < node->n_children; i++)
		if (!is_alone(node->children[i], top))
			return false;
	return true;
}

/* nobody has a seat that somebody else has or had just before */
static bool differ(const struct spec_node *new, const struct spec_node *old_top)
{
	const struct spec_node *before =
		spec_find((struct spec_node *)old_top, new->path);

	if (has_seat(old_top, seats_of(new), before))
		return false;
	for (size_t i = 0; i < new->n_children; i++)
		if (!differ(new->children[i], old_top))
			return false;
	return true;
}

static void spawn_into(struct spec_system *system)
{
	struct spec_node *g = spec_find(system->top, "/s/g");
	char name[64];

	for (int i = 0; g && g->n_templates && i < 20; i++)
		spawn_add(g, g->templates[0],
			  spawn_name(g, g->templates[0], name), spawn_slot(g));
}

static void test_nobody_ever_has_the_uid_of_somebody_else(void)
{
	for (size_t i = 0; i < N_VERSIONS * N_VERSIONS; i++) {
		struct spec_system *old = version(i / N_VERSIONS), *new;

		seats_take(old->top);
		spawn_into(old);
		for (size_t k = 0; k < 3; k++) {
			new = version((i + k) % N_VERSIONS);
			CU_ASSERT_EQUAL_FATAL(graft(old->top, new->top), 0);
			CU_ASSERT_EQUAL_FATAL(seats_keep(old->top, new->top),
					      0);
			CU_ASSERT(is_alone(new->top, new->top));
			CU_ASSERT(differ(new->top, old->top));
			spec_system_free(old);
			old = new;
		}
		spec_system_free(old);
	}
}

static void test_who_goes_on_keeps_it(void)
{
	struct spec_system *old = version(0), *new = version(1);

	seats_take(old->top);
	CU_ASSERT_EQUAL_FATAL(seats_keep(old->top, new->top), 0);
	CU_ASSERT_EQUAL(seats_of(spec_find(new->top, "/s/b")),
			seats_of(spec_find(old->top, "/s/b")));
	CU_ASSERT_EQUAL(seats_of(spec_find(new->top, "/s/g/c")),
			seats_of(spec_find(old->top, "/s/g/c")));
	spec_system_free(old);
	spec_system_free(new);
}

/* reload after reload, and they do not run out */
static void test_gaps_are_used_again(void)
{
	struct spec_system *old = version(0), *new;

	seats_take(old->top);
	for (int i = 1; i < 1000; i++) {
		new = version((size_t)i % 2);
		CU_ASSERT_EQUAL_FATAL(seats_keep(old->top, new->top), 0);
		spec_system_free(old);
		old = new;
		CU_ASSERT(seats_of(spec_find(old->top, "/s/b")) < 20);
		CU_ASSERT(seats_of(old->top->children[0]) < 20);
	}
	spec_system_free(old);
}

/* of which each has templates: 97 have room, beside what else there is */
static struct spec_system *many(unsigned int n)
{
	char *text = NULL;
	size_t n_bytes;
	FILE *stream = open_memstream(&text, &n_bytes);
	struct spec_system *system;

	fputs("system: s\nchildren:\n", stream);
	for (unsigned int i = 0; i < n; i++)
		fprintf(stream, "  - { name: g%u, templates: [ { name: t, exec: t } ] }\n",
			i);
	fclose(stream);
	system = file_read(text);
	free(text);
	return system;
}

static void test_more_than_there_are_is_no_tree(void)
{
	struct spec_system *few = many(97), *new = many(97), *more = many(98);

	CU_ASSERT(seats_count(few->top) <= SEATS_MAX);
	CU_ASSERT(seats_count(more->top) > SEATS_MAX);
	seats_take(few->top);
	CU_ASSERT_EQUAL(seats_keep(few->top, new->top), 0);
	CU_ASSERT_EQUAL(seats_keep(few->top, more->top), -ENOSPC);
	spec_system_free(few);
	spec_system_free(new);
	spec_system_free(more);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_more_than_there_are_is_no_tree),
	HARNESS_TEST(test_nobody_ever_has_the_uid_of_somebody_else),
	HARNESS_TEST(test_who_goes_on_keeps_it),
	HARNESS_TEST(test_gaps_are_used_again),
};
HARNESS_MAIN(tests)
