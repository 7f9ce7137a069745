/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_class.c - which actors are forked from one process, and how many filters
 * that saves.
 */
#include "supervisord/decide/ceiling.h"
#include "supervisord/decide/class.h"
#include "tests/harness/harness.h"

#define N 5

static char exec[] = "x", group[] = "w";

/** struct family - N instances, a template, and N that were spawned of it */
struct family {
	struct spec_node top;
	struct spec_node instances[N];
	struct spec_node template;
	struct spec_node spawned[N];
	struct spec_node *children[2 * N];
	struct spec_node *templates[1];
};

static void family_make(struct family *f, const struct spec_node *like)
{
	*f = (struct family){ .template = *like };
	f->top.children = f->children;
	f->top.n_children = 2 * N;
	f->top.templates = f->templates;
	f->top.n_templates = 1;
	f->templates[0] = &f->template;
	f->template.is_template = true;
	f->template.template_max = 7;
	for (size_t i = 0; i < N; i++) {
		f->instances[i] = *like;
		f->instances[i].group = group;
		f->instances[i].n_instances = N;
		f->instances[i].model = i ? &f->instances[0] : NULL;
		f->spawned[i] = *like;
		f->spawned[i].template = &f->template;
		f->children[i] = &f->instances[i];
		f->children[N + i] = &f->spawned[i];
	}
}

static void test_instances_and_what_is_spawned_are_classes(void)
{
	const struct spec_node like = { .exec = exec };
	struct family f;

	family_make(&f, &like);
	for (size_t i = 0; i < N; i++) {
		CU_ASSERT_PTR_EQUAL(class_of(&f.instances[i]),
				    &f.instances[0]);
		CU_ASSERT_PTR_EQUAL(class_of(&f.spawned[i]), &f.template);
	}
	CU_ASSERT_EQUAL(class_size(&f.instances[0]), N);
	CU_ASSERT_EQUAL(class_size(&f.template), 7);
	CU_ASSERT_STRING_EQUAL(class_name(&f.instances[0]), "w");
	CU_ASSERT_EQUAL(ceiling_filters(&f.top), 2);
	CU_ASSERT_EQUAL(ceiling_processes(&f.top), 2 * N);
	/* those have an edge when they want one */
	CU_ASSERT_EQUAL(ceiling_letters(&f.top), 1);
}

static void test_the_root_holds_arenas_and_both_ends_of_edges(void)
{
	static const struct declared_edge edges[] = {
		{ .holder = "/s/a", .target = "/s/b" },
		{ .holder = "/s/", .target = "/system/dead-letters" },
	};
	const struct spec_node like = { .exec = exec };
	struct family f;
	size_t n;

	family_make(&f, &like);
	n = ceiling_descriptors(&f.top, NULL, 0);
	CU_ASSERT(n >= 2 * N);
	/* memory that both share is one more */
	CU_ASSERT_EQUAL(ceiling_descriptors(&f.top, edges, 1), n + 3);
	CU_ASSERT_EQUAL(ceiling_descriptors(&f.top, edges, 2), n + 5);
}

/* none of these can share a process, or is to */
static void test_others_are_of_none(void)
{
	const struct spec_node others[] = {
		{ .exec = exec, .kind = SPEC_PROGRAM },
		{ .exec = exec, .isolate = SPEC_ISOLATE_INSTANCE },
		{ .exec = exec, .standby = 1 },
	};
	struct family f;

	for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
		family_make(&f, &others[k]);
		for (size_t i = 0; i < N; i++) {
			CU_ASSERT_PTR_NULL(class_of(&f.instances[i]));
			CU_ASSERT_PTR_NULL(class_of(&f.spawned[i]));
		}
		CU_ASSERT_EQUAL(ceiling_filters(&f.top),
				2 * N * (1 + others[k].standby));
	}
}

static void test_who_is_alone_has_a_process_of_its_own(void)
{
	struct spec_node actor = { .exec = exec }, one = actor;

	one.group = group;
	one.n_instances = 1;
	CU_ASSERT_PTR_NULL(class_of(&actor));
	CU_ASSERT_PTR_NULL(class_of(&one));
	CU_ASSERT_EQUAL(ceiling_filters(&one), 1);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_instances_and_what_is_spawned_are_classes),
	HARNESS_TEST(test_the_root_holds_arenas_and_both_ends_of_edges),
	HARNESS_TEST(test_others_are_of_none),
	HARNESS_TEST(test_who_is_alone_has_a_process_of_its_own),
};
HARNESS_MAIN(tests)
