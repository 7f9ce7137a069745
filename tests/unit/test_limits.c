// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_limits.c - limits only narrow, and have a number of their own.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/limits.h"
#include "tests/harness/harness.h"

static const struct actor_limits none = { 0 };

static const struct {
	struct actor_limits a, b, narrower, wider;
} rows[] = {
	{ { 0 }, { 0 }, { 0 }, { 0 } },
	{ { .rate = 5 }, { 0 }, { .rate = 5 }, { 0 } },
	{ { .rate = 5 }, { .rate = 7 }, { .rate = 5 }, { .rate = 7 } },
	{ { .rate = 5, .bytes = 9 }, { .rate = 7, .bytes = 3 },
	  { .rate = 5, .bytes = 3 }, { .rate = 7, .bytes = 9 } },
	{ { .rate = 5 }, { .bytes = 3 }, { .rate = 5, .bytes = 3 }, { 0 } },
	{ { .no_grants = true }, { .rate = 1 },
	  { .rate = 1, .no_grants = true }, { 0 } },
	{ { .no_grants = true }, { .no_grants = true },
	  { .no_grants = true }, { .no_grants = true } },
	{ { .bytes = UINT64_MAX }, { .bytes = 1 },
	  { .bytes = 1 }, { .bytes = UINT64_MAX } },
};

static void test_both_of_two_limits_and_either_of_them(void)
{
	struct actor_limits got;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		got = limits_narrower(&rows[i].a, &rows[i].b);
		CU_ASSERT(limits_equal(&got, &rows[i].narrower));
		got = limits_narrower(&rows[i].b, &rows[i].a);
		CU_ASSERT(limits_equal(&got, &rows[i].narrower));
		got = limits_wider(&rows[i].a, &rows[i].b);
		CU_ASSERT(limits_equal(&got, &rows[i].wider));
		got = limits_wider(&rows[i].b, &rows[i].a);
		CU_ASSERT(limits_equal(&got, &rows[i].wider));
	}
}

static void test_no_limits_have_the_number_of_the_edge(void)
{
	CU_ASSERT_EQUAL(limits_number(77, &none), 77);
	CU_ASSERT(limits_none(&none));
}

static void test_each_limit_makes_another_number(void)
{
	const struct actor_limits some[] = {
		{ .rate = 1 }, { .rate = 2 }, { .bytes = 1 }, { .bytes = 2 },
		{ .no_grants = true }, { .rate = 1, .bytes = 1 },
		{ .rate = 1, .no_grants = true },
	};
	const size_t n = sizeof(some) / sizeof(some[0]);
	size_t i, k;

	for (i = 0; i < n; i++) {
		CU_ASSERT_FALSE(limits_none(&some[i]));
		CU_ASSERT_NOT_EQUAL(limits_number(77, &some[i]), 77);
		CU_ASSERT_NOT_EQUAL(limits_number(77, &some[i]),
				    limits_number(78, &some[i]));
		for (k = 0; k < i; k++)
			CU_ASSERT_NOT_EQUAL(limits_number(77, &some[i]),
					    limits_number(77, &some[k]));
	}
}

static int read_back(const char *text, size_t n_bytes,
		     struct actor_limits *ret)
{
	struct fields f;

	CU_ASSERT_EQUAL_FATAL(fields_parse(&f, text, n_bytes), 0);
	return limits_get(&f, ret);
}

static void test_they_travel_as_fields(void)
{
	const struct actor_limits all = {
		.rate = UINT32_MAX, .bytes = UINT64_MAX, .no_grants = true,
	};
	struct actor_limits got = all;
	struct fields_writer w;
	char bytes[128];

	fields_begin(&w, bytes, sizeof(bytes), "EDGE");
	limits_put(&w, &all);
	CU_ASSERT_EQUAL(read_back(bytes, w.length_bytes, &got), 0);
	CU_ASSERT(limits_equal(&got, &all));
	fields_begin(&w, bytes, sizeof(bytes), "EDGE");
	limits_put(&w, &none);
	CU_ASSERT_EQUAL(read_back(bytes, w.length_bytes, &got), 0);
	CU_ASSERT(limits_none(&got));
}

/* what cannot be read is never read as no limit */
static void test_nonsense_is_refused(void)
{
	static const char *const nonsense[] = {
		"EDGE\0RATE=4294967296", "EDGE\0RATE=-1", "EDGE\0BYTES=x",
		"EDGE\0BYTES=18446744073709551616", "EDGE\0NO_GRANTS=2",
		"EDGE\0RATE=",
	};
	struct actor_limits got = { .rate = 1 };
	size_t i;

	for (i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++)
		CU_ASSERT_EQUAL(read_back(nonsense[i],
					  6 + strlen(nonsense[i] + 5), &got),
				-EBADMSG);
	CU_ASSERT_EQUAL(got.rate, 1);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_both_of_two_limits_and_either_of_them),
	HARNESS_TEST(test_no_limits_have_the_number_of_the_edge),
	HARNESS_TEST(test_each_limit_makes_another_number),
	HARNESS_TEST(test_they_travel_as_fields),
	HARNESS_TEST(test_nonsense_is_refused),
};
HARNESS_MAIN(tests)
