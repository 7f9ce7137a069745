/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_spawn.c - which child may be made of a template, and what it is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/path.h"
#include "supervisord/decide/edges.h"
#include "supervisord/decide/spawn.h"
#include "tests/harness/harness.h"

#define DEAD "/system/dead-letters"

/** struct nest - a head with two templates and a child of the file */
struct nest {
	struct spec_node top, head, fixed, worker, program;
	struct spec_node *tops[1], *templates[2];
	struct spec_ref refs[1], worker_refs[1];
};

static void nest_begin(struct nest *n)
{
	memset(n, 0, sizeof(*n));
	n->refs[0] = (struct spec_ref){ .name = "store", .path = "/s/store" };
	n->worker_refs[0] = (struct spec_ref){ .name = "fixed",
					       .path = "/s/h/fixed" };
	n->top = (struct spec_node){ .path = "/s", .children = n->tops,
				     .n_children = 1 };
	n->tops[0] = &n->head;
	n->templates[0] = &n->worker;
	n->templates[1] = &n->program;
	n->head = (struct spec_node){
		.name = "h", .path = "/s/h", .exec = "x", .parent = &n->top,
		.refs = n->refs, .n_refs = 1, .templates = n->templates,
		.n_templates = 2,
	};
	n->head.children = calloc(1, sizeof(struct spec_node *));
	n->head.children[0] = &n->fixed;
	n->head.n_children = 1;
	n->fixed = (struct spec_node){ .name = "fixed", .path = "/s/h/fixed",
				       .exec = "x", .parent = &n->head };
	n->worker = (struct spec_node){
		.name = "worker", .exec = "w", .exec_path = "/bin/w",
		.parent = &n->head, .is_template = true, .template_max = 3,
		.refs = n->worker_refs, .n_refs = 1,
		.mailbox_per_edge = 4096,
	};
	n->program = (struct spec_node){
		.name = "program", .exec = "p", .exec_path = "/bin/p",
		.kind = SPEC_PROGRAM, .parent = &n->head, .is_template = true,
		.template_max = SPEC_CHILDREN_MAX,
	};
}

static void nest_end(struct nest *n)
{
	while (n->head.n_children > 1)
		spawn_remove(n->head.children[1]);
	free(n->head.children);
}

static struct spec_node *put(struct nest *n, struct spec_node *template,
			     const char *name)
{
	struct spec_node *node = spawn_add(&n->head, template, name,
					   spawn_slot(&n->head));

	CU_ASSERT_FATAL(node != NULL);
	return node;
}

static int judged(struct nest *n, const char *name)
{
	const char *why = NULL;
	int r = spawn_judge(&n->top, &n->head, &n->worker, name, &why);

	CU_ASSERT(r == 0 || why != NULL);
	return r;
}

static void test_a_child_is_its_template_with_a_name(void)
{
	struct spec_node *child;
	struct nest n;

	nest_begin(&n);
	CU_ASSERT_PTR_EQUAL(spawn_template(&n.head, "worker"), &n.worker);
	CU_ASSERT_PTR_NULL(spawn_template(&n.head, "fixed"));
	child = put(&n, &n.worker, "w");
	CU_ASSERT_STRING_EQUAL(child->path, "/s/h/w");
	CU_ASSERT_STRING_EQUAL(child->exec_path, "/bin/w");
	CU_ASSERT_STRING_EQUAL(child->refs[0].path, "/s/h/fixed");
	CU_ASSERT_EQUAL(child->mailbox_per_edge, 4096);
	CU_ASSERT_PTR_EQUAL(child->template, &n.worker);
	CU_ASSERT_FALSE(child->is_template);
	CU_ASSERT_PTR_EQUAL(spec_find(&n.top, "/s/h/w"), child);
	CU_ASSERT_EQUAL(edges_route(&n.head, "/s/h/w"), 1);
	spawn_remove(child);
	CU_ASSERT_PTR_NULL(spec_find(&n.top, "/s/h/w"));
	CU_ASSERT_EQUAL(n.head.n_children, 1);
	nest_end(&n);
}

static void test_names_are_in_use_or_no_names(void)
{
	static const struct {
		const char *name;
		int error;
	} rows[] = {
		{ "new",		0 },
		{ "w",			-EEXIST },	/* spawned */
		{ "fixed",		-EEXIST },	/* of the file */
		{ "store",		-EEXIST },	/* a ref of the head */
		{ "dead-letters",	-EEXIST },	/* everybody's */
		{ "worker",		0 },		/* of a template */
		{ "",			-EINVAL },
		{ "A",			-EINVAL },
		{ "a/b",		-EINVAL },
		{ "*worker",		-EINVAL },
	};
	struct nest n;

	nest_begin(&n);
	put(&n, &n.worker, "w");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(judged(&n, rows[i].name), rows[i].error);
	nest_end(&n);
}

static void test_the_system_chooses_names_that_are_free(void)
{
	char buffer[PATH_NAME_MAX + 1];
	struct nest n;

	nest_begin(&n);
	CU_ASSERT_STRING_EQUAL(spawn_name(&n.head, &n.worker, buffer),
			       "worker-1");
	put(&n, &n.worker, "worker-1");
	put(&n, &n.program, "worker-2");
	CU_ASSERT_STRING_EQUAL(spawn_name(&n.head, &n.worker, buffer),
			       "worker-3");
	spawn_remove(spec_find(&n.top, "/s/h/worker-1"));
	CU_ASSERT_STRING_EQUAL(spawn_name(&n.head, &n.worker, buffer),
			       "worker-1");
	nest_end(&n);
}

static void test_there_are_so_many_of_a_template_and_no_more(void)
{
	struct nest n;

	nest_begin(&n);
	put(&n, &n.worker, "a");
	put(&n, &n.program, "p");
	put(&n, &n.worker, "b");
	CU_ASSERT_EQUAL(judged(&n, "new"), 0);
	put(&n, &n.worker, "c");
	CU_ASSERT_EQUAL(judged(&n, "new"), -ENOSPC);
	spawn_remove(spec_find(&n.top, "/s/h/b"));
	CU_ASSERT_EQUAL(judged(&n, "new"), 0);
	nest_end(&n);
}

static void test_a_supervisor_has_so_many_children_and_no_more(void)
{
	struct nest n;
	char name[16];

	nest_begin(&n);
	n.head.exec = NULL;	/* else the system would be full before it */
	for (int i = 1; i < SPEC_CHILDREN_MAX; i++) {
		CU_ASSERT_EQUAL(judged(&n, "new"), 0);
		sprintf(name, "p%d", i);
		put(&n, &n.program, name);
	}
	CU_ASSERT_EQUAL(judged(&n, "new"), -ENOSPC);
	nest_end(&n);
}

/* a uid goes with each: it must be nobody else's */
static void test_slots_are_used_again_and_never_shared(void)
{
	struct nest n;

	nest_begin(&n);
	CU_ASSERT_EQUAL(put(&n, &n.worker, "a")->slot, 0);
	CU_ASSERT_EQUAL(put(&n, &n.program, "b")->slot, 1);
	CU_ASSERT_EQUAL(put(&n, &n.worker, "c")->slot, 2);
	spawn_remove(spec_find(&n.top, "/s/h/b"));
	CU_ASSERT_EQUAL(put(&n, &n.worker, "d")->slot, 1);
	CU_ASSERT_EQUAL(put(&n, &n.program, "e")->slot, 3);
	nest_end(&n);
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

static void test_its_edges_come_and_go_with_it(void)
{
	struct declared_edge first = { "/s/h", DEAD, "dead-letters", 0 };
	struct declared_edge *edges = &first;
	struct spec_node *child, *program;
	bool grown = false;
	size_t n_edges = 1;
	struct nest n;

	nest_begin(&n);
	child = put(&n, &n.worker, "w");
	program = put(&n, &n.program, "p");
	CU_ASSERT_EQUAL_FATAL(edges_enter(&edges, &n_edges, &grown, child), 0);
	CU_ASSERT_EQUAL_FATAL(edges_enter(&edges, &n_edges, &grown, program), 0);
	CU_ASSERT(grown && edges != &first);
	CU_ASSERT_EQUAL(n_edges, 3);
	CU_ASSERT(declares(edges, n_edges, "/s/h", "/s/h/w", "w"));
	CU_ASSERT(declares(edges, n_edges, "/s/h/w", "/s/h/fixed", "fixed"));
	/* of a class: it has one when it needs it */
	CU_ASSERT(!declares(edges, n_edges, "/s/h/w", DEAD, "dead-letters"));
	edges_leave(edges, &n_edges, "/s/h/w");
	CU_ASSERT_EQUAL(n_edges, 1);
	CU_ASSERT(declares(edges, n_edges, "/s/h", DEAD, "dead-letters"));
	free(edges);
	nest_end(&n);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_child_is_its_template_with_a_name),
	HARNESS_TEST(test_names_are_in_use_or_no_names),
	HARNESS_TEST(test_the_system_chooses_names_that_are_free),
	HARNESS_TEST(test_there_are_so_many_of_a_template_and_no_more),
	HARNESS_TEST(test_a_supervisor_has_so_many_children_and_no_more),
	HARNESS_TEST(test_slots_are_used_again_and_never_shared),
	HARNESS_TEST(test_its_edges_come_and_go_with_it),
};
HARNESS_MAIN(tests)
