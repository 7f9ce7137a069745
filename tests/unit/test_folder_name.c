/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_folder_name.c - no two actors have one folder.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "supervisord/decide/folder_name.h"
#include "tests/harness/harness.h"

static const char *name_of(const char *path, const char *given)
{
	static char name[PATH_MAX];
	const struct spec_node node = {
		.path = (char *)path,
		.sandbox = { .state = (char *)given },
	};

	CU_ASSERT_EQUAL(folder_name(&node, name, sizeof(name)), 0);
	return name;
}

static void test_it_is_that_of_the_path_or_of_the_name_in_the_file(void)
{
	CU_ASSERT_STRING_EQUAL(name_of("/vpn/api", ""), "vpn:api");
	CU_ASSERT_STRING_EQUAL(name_of("/vpn/t/x-1", ""), "vpn:t:x-1");
	CU_ASSERT_STRING_EQUAL(name_of("/vpn/api", "keys"), "keys");
}

static void test_a_long_path_is_in_parts_that_folders_can_be_called(void)
{
	char path[1024] = "", other[1024];
	const char *name, *slash;

	for (size_t i = 0; i < 10; i++)
		strcat(path, "/abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz");
	strcpy(other, path);
	other[strlen(other) - 1] = 'a';
	name = name_of(path, "");
	for (slash = name; strchr(slash, '/'); slash = strchr(slash, '/') + 1)
		CU_ASSERT(strcspn(slash, "/") < NAME_MAX);
	CU_ASSERT(strlen(slash) < NAME_MAX);
	CU_ASSERT_PTR_NOT_NULL(strchr(name, '/'));
	strcpy(path, name);
	CU_ASSERT_NOT_EQUAL(strcmp(path, name_of(other, "")), 0);
}

static void test_what_has_no_room_is_refused(void)
{
	const struct spec_node node = {
		.path = (char []){ "/vpn/api" },
		.sandbox = { .state = (char []){ "" } },
	};
	char name[8];

	CU_ASSERT_EQUAL(folder_name(&node, name, sizeof(name)), -ENAMETOOLONG);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_it_is_that_of_the_path_or_of_the_name_in_the_file),
	HARNESS_TEST(test_a_long_path_is_in_parts_that_folders_can_be_called),
	HARNESS_TEST(test_what_has_no_room_is_refused),
};
HARNESS_MAIN(tests)
