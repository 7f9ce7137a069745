/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_records.c - lists of FIELD=value, whoever wrote them. */
#include <errno.h>
#include <string.h>

#include "actors/system/records.h"
#include "tests/harness/harness.h"

#define BYTES(text) text, sizeof(text)

static void test_a_list_may_begin_with_a_verb(void)
{
	struct record record;
	uint64_t n;

	CU_ASSERT_EQUAL(records_read(&record, BYTES("list\0PATH=/a=b\0N=7")),
			0);
	CU_ASSERT_STRING_EQUAL(record.verb, "list");
	CU_ASSERT_EQUAL(record.n_fields, 2);
	CU_ASSERT_STRING_EQUAL(records_get(&record, "PATH"), "/a=b");
	CU_ASSERT_PTR_NULL(records_get(&record, "PAT"));
	CU_ASSERT_EQUAL(records_get_u64(&record, "N", &n), 0);
	CU_ASSERT_EQUAL(n, 7);
	CU_ASSERT_EQUAL(records_get_u64(&record, "PATH", &n), -EBADMSG);
	CU_ASSERT_EQUAL(records_get_u64(&record, "M", &n), -ENOENT);
}

static void test_what_is_no_list_is_refused(void)
{
	static const struct {
		const char *bytes;
		size_t n;
	} rows[] = {
		{ "", 0 },
		{ "A=b", 3 },			/* no NUL at the end */
		{ BYTES("list\0oops") },
		{ BYTES("list\0=x") },
		{ BYTES("list\0a=x") },
		{ BYTES("list\0A B=x") },
		{ BYTES("list\0_A=x") },
		{ BYTES("list\0A=1\0A=2") },
		{ BYTES("list\0A=1\0") },	/* an empty string behind */
	};
	struct record record;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		CU_ASSERT_EQUAL(records_read(&record, rows[i].bytes,
					     rows[i].n), -EBADMSG);
}

static void test_too_many_fields_are_refused(void)
{
	char bytes[1024];
	struct records_writer w;
	struct record record;
	char name[3] = "A";

	records_begin(&w, bytes, sizeof(bytes), "");
	for (int i = 0; i <= ACTOR_FIELDS_MAX; i++) {
		name[0] = (char)('A' + i / 26);
		name[1] = (char)('A' + i % 26);
		records_put(&w, name, "");
		CU_ASSERT_EQUAL(records_read(&record, bytes, w.length_bytes),
				i < ACTOR_FIELDS_MAX ? 0 : -EBADMSG);
	}
}

static void test_numbers_end_where_64_bits_do(void)
{
	struct record record;
	uint64_t n = 0;

	records_read(&record, BYTES("A=18446744073709551615\0"
				    "B=18446744073709551616\0C=\0D=-1"));
	CU_ASSERT_EQUAL(records_get_u64(&record, "A", &n), 0);
	CU_ASSERT_EQUAL(n, UINT64_MAX);
	CU_ASSERT_EQUAL(records_get_u64(&record, "B", &n), -EBADMSG);
	CU_ASSERT_EQUAL(records_get_u64(&record, "C", &n), -EBADMSG);
	CU_ASSERT_EQUAL(records_get_u64(&record, "D", &n), -EBADMSG);
}

static void test_a_sequence_is_walked_to_its_end(void)
{
	static const char bytes[] = "A=1\0B=2\0\0A=3\0\0A=4";
	struct record record;
	size_t cursor = 0;

	CU_ASSERT_EQUAL(records_next(&record, BYTES(bytes), &cursor), 1);
	CU_ASSERT_EQUAL(record.n_fields, 2);
	CU_ASSERT_EQUAL(records_next(&record, BYTES(bytes), &cursor), 1);
	CU_ASSERT_STRING_EQUAL(records_get(&record, "A"), "3");
	CU_ASSERT_EQUAL(records_next(&record, BYTES(bytes), &cursor), 1);
	CU_ASSERT_STRING_EQUAL(records_get(&record, "A"), "4");
	CU_ASSERT_EQUAL(records_next(&record, BYTES(bytes), &cursor), 0);
}

static void test_what_does_not_fit_leaves_a_whole_list(void)
{
	char bytes[16];
	struct records_writer w;
	struct record record;

	records_begin(&w, bytes, sizeof(bytes), "v");
	records_put(&w, "A", "12345");
	records_put(&w, "B", "1234567890");
	CU_ASSERT_TRUE(w.overflow);
	records_put(&w, "C", "1");
	CU_ASSERT_EQUAL(records_read(&record, bytes, w.length_bytes), 0);
	CU_ASSERT_EQUAL(record.n_fields, 2);
	CU_ASSERT_STRING_EQUAL(records_get(&record, "C"), "1");
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_list_may_begin_with_a_verb),
	HARNESS_TEST(test_what_is_no_list_is_refused),
	HARNESS_TEST(test_too_many_fields_are_refused),
	HARNESS_TEST(test_numbers_end_where_64_bits_do),
	HARNESS_TEST(test_a_sequence_is_walked_to_its_end),
	HARNESS_TEST(test_what_does_not_fit_leaves_a_whole_list),
};
HARNESS_MAIN(tests)
