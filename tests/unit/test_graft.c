/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_graft.c - what of a tree that runs goes on in the one of a file.
 */
#include "supervisord/decide/edges.h"
#include "supervisord/decide/graft.h"
#include "supervisord/decide/reload.h"
#include "supervisord/decide/spawn.h"
#include "tests/unit/a_file.h"

static struct spec_node *spawn(struct spec_system *system, const char *path,
			       const char *template, const char *name)
{
	struct spec_node *parent = spec_find(system->top, path);
	struct spec_node *child = spawn_add(parent,
		spawn_template(parent, template), name, spawn_slot(parent));

	CU_ASSERT_PTR_NOT_NULL_FATAL(child);
	return child;
}

static void test_spawned_children_go_on(void)
{
	struct spec_system *old = file_read(
		"system: s\nchildren:\n"
		"  - { name: g, templates: [ { name: t, exec: t }, { name: u, exec: u } ] }\n");
	struct spec_system *new = file_read(
		"system: s\nchildren:\n"
		"  - { name: g, templates: [ { name: t, exec: t, args: [x] } ],\n"
		"      children: [ { name: c, exec: c }, { name: t-3, exec: c } ] }\n");
	const struct spec_node *child;

	spawn(old, "/s/g", "u", "u-1");
	spawn(old, "/s/g", "t", "t-1");
	spawn(old, "/s/g", "t", "t-2");
	spawn(old, "/s/g", "t", "t-3");
	spec_find(old->top, "/s/g/t-1")->leaves = true;
	CU_ASSERT_EQUAL_FATAL(graft(old->top, new->top), 0);
	child = spec_find(new->top, "/s/g/t-2");
	CU_ASSERT_PTR_NOT_NULL_FATAL(child);
	CU_ASSERT_EQUAL(child->slot, 2);
	CU_ASSERT_STRING_EQUAL(child->template->name, "t");
	CU_ASSERT_STRING_EQUAL(child->args[0], "x");
	CU_ASSERT_PTR_NULL(spec_find(new->top, "/s/g/u-1"));
	CU_ASSERT_PTR_NULL(spec_find(new->top, "/s/g/t-1"));
	CU_ASSERT_PTR_NULL(spec_find(new->top, "/s/g/t-3")->template);
	spec_system_free(old);
	spec_system_free(new);
}

static bool declares(const struct declared_edge *edges, size_t n,
		     const char *holder, const char *target, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(edges[i].holder, holder) &&
		    !strcmp(edges[i].target, target) &&
		    !strcmp(edges[i].name, name))
			return true;
	return false;
}

/* as when it was spawned: see edges_enter() */
static void test_a_head_still_knows_what_it_has_spawned(void)
{
	static const char text[] =
		"system: s\nchildren: [ { name: g, exec: g, templates: [ { name: t, exec: t } ] } ]\n";
	struct spec_system *old = file_read(text), *new = file_read(text);
	struct declared_edge *edges;
	size_t n;

	spawn(old, "/s/g", "t", "kid");
	CU_ASSERT_EQUAL_FATAL(graft(old->top, new->top), 0);
	CU_ASSERT_EQUAL_FATAL(edges_declared(&new->top, 1, &edges, &n), 0);
	CU_ASSERT_EQUAL(n, 1);
	CU_ASSERT(declares(edges, n, "/s/g", "/s/g/kid", "kid"));
	edges_free(edges, n);
	spec_system_free(old);
	spec_system_free(new);
}

static const char *const versions[] = {
	"system: s\nstrategy: one_for_all\nchildren:\n"
	"  - { name: w, exec: a, instances: 2, directives: { oom: stop } }\n",
	"system: s\nstrategy: rest_for_one\nchildren:\n"
	"  - { name: w, exec: a, instances: 2, directives: { oom: escalate } }\n",
	"system: s\nstrategy: one_for_all\nchildren:\n"
	"  - { name: w, exec: a, instances: 3 }\n",
};

static struct spec_system *next(struct spec_system *old, const char *text)
{
	struct spec_system *new = file_read(text);

	CU_ASSERT_EQUAL_FATAL(graft(old->top, new->top), 0);
	spec_system_free(old);
	return new;
}

static void test_what_is_fixed_for_a_life_waits_for_its_end(void)
{
	struct spec_system *system = file_read(versions[0]);
	struct spec_node *first, *second;

	system = next(system, versions[1]);
	first = spec_find(system->top, "/s/w-1");
	second = spec_find(system->top, "/s/w-2");
	CU_ASSERT_EQUAL(system->top->strategy, SPEC_ONE_FOR_ALL);
	CU_ASSERT_EQUAL(first->directives[0].directive, SPEC_DIRECTIVE_STOP);
	CU_ASSERT_EQUAL(second->directives[0].directive, SPEC_DIRECTIVE_STOP);
	graft_begin_anew(second);
	graft_begin_anew(second);
	graft_begin_anew(system->top);
	CU_ASSERT_EQUAL(system->top->strategy, SPEC_REST_FOR_ONE);
	CU_ASSERT_EQUAL(first->directives[0].directive, SPEC_DIRECTIVE_STOP);
	CU_ASSERT_EQUAL(second->directives[0].directive,
			SPEC_DIRECTIVE_ESCALATE);
	system = next(system, versions[2]);
	first = spec_find(system->top, "/s/w-1");
	second = spec_find(system->top, "/s/w-2");
	CU_ASSERT_EQUAL(system->top->strategy, SPEC_REST_FOR_ONE);
	CU_ASSERT_EQUAL(first->directives[0].directive, SPEC_DIRECTIVE_STOP);
	CU_ASSERT_EQUAL(second->directives[0].directive,
			SPEC_DIRECTIVE_ESCALATE);
	CU_ASSERT_EQUAL(spec_find(system->top, "/s/w-3")->n_directives, 0);
	graft_begin_anew(first);
	CU_ASSERT_EQUAL(first->n_directives, 0);
	spec_system_free(system);
}

/* back to what is in force, before the other came to be */
static void test_a_change_of_mind_leaves_nothing_to_wait_for(void)
{
	struct spec_system *system = file_read(versions[0]);

	system = next(system, versions[1]);
	system = next(system, versions[0]);
	CU_ASSERT_EQUAL(system->top->strategy, SPEC_ONE_FOR_ALL);
	graft_begin_anew(system->top);
	CU_ASSERT_EQUAL(system->top->strategy, SPEC_ONE_FOR_ALL);
	system = next(system, versions[0]);
	CU_ASSERT_PTR_NULL(system->top->later);
	spec_system_free(system);
}

/* as who goes on as another program, and has only the file of now */
static void test_what_is_in_force_can_be_said(void)
{
	struct spec_system *system = file_read(versions[1]);
	struct spec_node *first = spec_find(system->top, "/s/w-1");
	struct spec_node *second = spec_find(system->top, "/s/w-2");
	struct spec_directive_row row = {
		.pattern.cause.kind = CAUSE_OOM,
		.directive = SPEC_DIRECTIVE_STOP,
	};
	const struct spec_later kept = {
		.require = first->require, .learning = first->learning,
		.strategy = first->strategy, .directives = &row,
		.n_directives = 1,
	};

	CU_ASSERT_EQUAL_FATAL(graft_keep(first, &kept), 0);
	CU_ASSERT_TRUE(graft_is_later(first));
	CU_ASSERT_FALSE(graft_is_later(second));
	CU_ASSERT_EQUAL(first->directives[0].directive, SPEC_DIRECTIVE_STOP);
	CU_ASSERT_EQUAL(second->directives[0].directive,
			SPEC_DIRECTIVE_ESCALATE);
	system = next(system, versions[2]);
	first = spec_find(system->top, "/s/w-1");
	CU_ASSERT_EQUAL(first->directives[0].directive, SPEC_DIRECTIVE_STOP);
	graft_begin_anew(first);
	CU_ASSERT_EQUAL(first->n_directives, 0);
	spec_system_free(system);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_spawned_children_go_on),
	HARNESS_TEST(test_a_head_still_knows_what_it_has_spawned),
	HARNESS_TEST(test_what_is_fixed_for_a_life_waits_for_its_end),
	HARNESS_TEST(test_a_change_of_mind_leaves_nothing_to_wait_for),
	HARNESS_TEST(test_what_is_in_force_can_be_said),
};
HARNESS_MAIN(tests)
