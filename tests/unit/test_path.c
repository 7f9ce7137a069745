/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_path.c - what is a path, and which is below which.
 */
#include "libactorproc/path.h"
#include "tests/harness/harness.h"

#define NAME63 "a23456789012345678901234567890123456789012345678901234567890123"

static void test_names_are_short_and_plain(void)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
		{ "a", true },
		{ "0", true },
		{ "monitor-1", true },
		{ "a_b.c-d", true },
		{ NAME63, true },
		{ NAME63 "4", false },
		{ "", false },
		{ ".", false },
		{ "..", false },
		{ "-a", false },
		{ "_a", false },
		{ "A", false },
		{ "aB", false },
		{ "a b", false },
		{ "a/b", false },
		{ "\xc3\xa4", false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(path_name_valid(rows[i].name), rows[i].valid);
}

static void test_paths_are_absolute_and_not_too_deep(void)
{
	static const struct {
		const char *path;
		bool valid;
		bool supervisor;
	} rows[] = {
		{ "/", true, true },
		{ "/vpn", true, false },
		{ "/vpn/", true, true },
		{ "/vpn/tunnel/monitor-1", true, false },
		{ "/1/2/3/4/5/6/7/8/9/10/11/12", true, false },
		{ "/1/2/3/4/5/6/7/8/9/10/11/12/", true, true },
		{ "/1/2/3/4/5/6/7/8/9/10/11/12/13", false, false },
		{ "/" NAME63, true, false },
		{ "/" NAME63 "4", false, false },
		{ "", false, false },
		{ "vpn", false, false },
		{ "//", false, true },
		{ "//vpn", false, false },
		{ "/vpn//", false, true },
		{ "/vpn//a", false, false },
		{ "/vpn/../a", false, false },
		{ "/Vpn", false, false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CU_ASSERT_EQUAL(path_valid(rows[i].path), rows[i].valid);
		CU_ASSERT_EQUAL(path_is_supervisor(rows[i].path),
				rows[i].supervisor);
	}
}

static void test_a_node_holds_itself_and_what_is_below(void)
{
	static const struct {
		const char *path;
		const char *node;
		bool within;
	} rows[] = {
		{ "/vpn", "/vpn", true },
		{ "/vpn/", "/vpn", true },
		{ "/vpn", "/vpn/", true },
		{ "/vpn/api", "/vpn", true },
		{ "/vpn/api/x", "/vpn", true },
		{ "/vpn2", "/vpn", false },
		{ "/vp", "/vpn", false },
		{ "/", "/vpn", false },
		{ "/", "/", true },
		{ "/vpn", "/", true },
		{ "/vpn/", "/", true },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(path_is_within(rows[i].path, rows[i].node),
				rows[i].within);
}

static void test_the_last_component(void)
{
	CU_ASSERT_STRING_EQUAL(path_last("/vpn/tunnel"), "tunnel");
	CU_ASSERT_STRING_EQUAL(path_last("/vpn"), "vpn");
	CU_ASSERT_STRING_EQUAL(path_last("/vpn/"), "vpn/");
	CU_ASSERT_STRING_EQUAL(path_last("/"), "/");
	CU_ASSERT_STRING_EQUAL(path_last("name"), "name");
	CU_ASSERT_STRING_EQUAL(path_last(""), "");
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_names_are_short_and_plain),
	HARNESS_TEST(test_paths_are_absolute_and_not_too_deep),
	HARNESS_TEST(test_a_node_holds_itself_and_what_is_below),
	HARNESS_TEST(test_the_last_component),
};
HARNESS_MAIN(tests)
