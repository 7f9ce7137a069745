/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_catalog.c - each kind of record is explained, and nothing else is. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libactorproc/messages.h"
#include "tests/harness/harness.h"

static const struct {
	const char *name;
	const char *id;
	int priority;
} kinds[] = {
#define X(symbol, name, id, priority) { name, id, priority },
	ACTOR_RECORD_KINDS(X)
#undef X
};

#define N_KINDS (sizeof(kinds) / sizeof(*kinds))

static size_t n_entries[N_KINDS];
static size_t n_foreign;

static void count_entry(const char *id)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (!strcmp(kinds[i].id, id)) {
			n_entries[i]++;
			return;
		}

	harness_note("%s is no kind of record", id);
	n_foreign++;
}

static void read_catalog(void)
{
	const char *source = getenv("ACTORPROC_SOURCE");
	char path[4096], line[512], id[33];
	FILE *file;

	snprintf(path, sizeof(path), "%s/configs/actorproc.catalog",
		 source ? source : ".");
	file = fopen(path, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "-- %32[0-9a-f]", id) == 1)
			count_entry(id);
	fclose(file);
}

static void test_each_kind_has_one_entry_and_no_other_exists(void)
{
	read_catalog();
	CU_ASSERT_EQUAL(n_foreign, 0);
	for (size_t i = 0; i < N_KINDS; i++) {
		CU_ASSERT_EQUAL(n_entries[i], 1);
		if (n_entries[i] != 1)
			harness_note("%s has %zu entries", kinds[i].name,
				     n_entries[i]);
	}
}

static void test_kinds_differ_in_name_and_id(void)
{
	for (size_t i = 0; i < N_KINDS; i++) {
		CU_ASSERT_EQUAL(strlen(kinds[i].id), 32);
		CU_ASSERT(kinds[i].priority >= 0 && kinds[i].priority <= 7);
		for (size_t j = 0; j < i; j++) {
			CU_ASSERT_STRING_NOT_EQUAL(kinds[i].id, kinds[j].id);
			CU_ASSERT_STRING_NOT_EQUAL(kinds[i].name,
						   kinds[j].name);
		}
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_each_kind_has_one_entry_and_no_other_exists),
	HARNESS_TEST(test_kinds_differ_in_name_and_id),
};
HARNESS_MAIN(tests)
