/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_fields.c - what was written is read, what was not is refused.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libactorproc/fields.h"
#include "tests/harness/harness.h"

#define BYTES(literal) { literal, sizeof(literal) }

static void test_what_is_written_is_read(void)
{
	struct fields_writer w;
	struct fields f;
	char buffer[256];
	uint64_t n = 0;

	fields_begin(&w, buffer, sizeof(buffer), "setup");
	fields_put(&w, "PATH", "/vpn/api");
	fields_put(&w, "EMPTY", "");
	fields_put(&w, "ABSENT", NULL);
	fields_put(&w, "TEXT", "a=b\nc \xc3\xa4");
	fields_put_u64(&w, "LIFE", UINT64_MAX);
	fields_put_format(&w, "STEP_2", "%s:%d", "exec", 13);
	CU_ASSERT_FALSE(w.overflow);

	CU_ASSERT_EQUAL_FATAL(fields_parse(&f, buffer, w.length_bytes), 0);
	CU_ASSERT_STRING_EQUAL(f.verb, "setup");
	CU_ASSERT_EQUAL(f.n, 5);
	CU_ASSERT_STRING_EQUAL(fields_get(&f, "PATH"), "/vpn/api");
	CU_ASSERT_STRING_EQUAL(fields_get(&f, "EMPTY"), "");
	CU_ASSERT_PTR_NULL(fields_get(&f, "ABSENT"));
	CU_ASSERT_PTR_NULL(fields_get(&f, "PAT"));
	CU_ASSERT_STRING_EQUAL(fields_get(&f, "TEXT"), "a=b\nc \xc3\xa4");
	CU_ASSERT_STRING_EQUAL(fields_get(&f, "STEP_2"), "exec:13");
	CU_ASSERT_EQUAL(fields_get_u64(&f, "LIFE", &n), 0);
	CU_ASSERT_EQUAL(n, UINT64_MAX);
}

static void test_a_record_has_an_empty_verb(void)
{
	struct fields_writer w;
	struct fields f;
	char buffer[32];

	fields_begin(&w, buffer, sizeof(buffer), "");
	fields_put(&w, "KIND", "log");
	CU_ASSERT_EQUAL_FATAL(fields_parse(&f, buffer, w.length_bytes), 0);
	CU_ASSERT_STRING_EQUAL(f.verb, "");
	CU_ASSERT_STRING_EQUAL(fields_get(&f, "KIND"), "log");
}

static void test_malformed_lists_are_refused(void)
{
	static const struct {
		const char *bytes;
		size_t n_bytes;
	} rows[] = {
		{ "", 0 },
		{ "verb", 4 },
		{ "verb\0A=1", 8 },
		BYTES("verb\0A"),
		BYTES("verb\0=1"),
		BYTES("verb\0a=1"),
		BYTES("verb\0" "1A=1"),
		BYTES("verb\0_A=1"),
		BYTES("verb\0A-B=1"),
		BYTES("verb\0A=1\0"),
		BYTES("verb\0A=1\0A=2"),
		BYTES("verb\0\0A=1"),
		BYTES("A=1"),
		BYTES("two words"),
	};
	struct fields f;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(fields_parse(&f, rows[i].bytes,
					     rows[i].n_bytes), -EBADMSG);
}

static void test_one_field_too_many_is_refused(void)
{
	struct fields_writer w;
	struct fields f;
	char buffer[1024];
	char name[8];
	int i;

	fields_begin(&w, buffer, sizeof(buffer), "v");
	for (i = 0; i < ACTOR_FIELDS_MAX; i++) {
		snprintf(name, sizeof(name), "F%d", i);
		fields_put(&w, name, "x");
	}
	CU_ASSERT_FALSE(w.overflow);
	CU_ASSERT_EQUAL(fields_parse(&f, buffer, w.length_bytes), 0);
	CU_ASSERT_EQUAL(f.n, ACTOR_FIELDS_MAX);

	memcpy(buffer + w.length_bytes, "MORE=x", 7);
	CU_ASSERT_EQUAL(fields_parse(&f, buffer, w.length_bytes + 7),
			-EBADMSG);
	fields_put(&w, "MORE", "x");
	CU_ASSERT_TRUE(w.overflow);
}

static void test_a_writer_notices_what_cannot_be_read(void)
{
	static const char *const names[] = { "", "a", "A=", "1A", "A B", "TWICE" };
	struct fields_writer w;
	char buffer[64];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		fields_begin(&w, buffer, sizeof(buffer), "v");
		fields_put(&w, "TWICE", "1");
		fields_put(&w, names[i], "x");
		CU_ASSERT_TRUE(w.overflow);
	}
	fields_begin(&w, buffer, sizeof(buffer), "A=1");
	CU_ASSERT_TRUE(w.overflow);
}

/* Every size of buffer: it fits and can be read, or it says that it does not. */
static void test_a_writer_never_writes_beyond_its_buffer(void)
{
	struct fields_writer w;
	struct fields f;
	char buffer[64];
	size_t size;

	for (size = 0; size < sizeof(buffer); size++) {
		memset(buffer, '#', sizeof(buffer));
		fields_begin(&w, buffer, size, "verb");
		fields_put(&w, "NAME", "value");
		fields_put_u64(&w, "NUMBER", 12345);
		fields_put_format(&w, "FORMAT", "%d", 12345);
		CU_ASSERT_EQUAL(w.overflow, size < 42);
		CU_ASSERT_EQUAL(buffer[size], '#');
		if (!w.overflow)
			CU_ASSERT_EQUAL(fields_parse(&f, buffer,
						     w.length_bytes), 0);
	}
}

static void test_numbers_are_digits_alone(void)
{
	static const struct {
		const char *value;
		int result;
		uint64_t number;
	} rows[] = {
		{ "0", 0, 0 },
		{ "007", 0, 7 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "18446744073709551616", -EBADMSG, 0 },
		{ "99999999999999999999", -EBADMSG, 0 },
		{ "", -EBADMSG, 0 },
		{ "-1", -EBADMSG, 0 },
		{ "+1", -EBADMSG, 0 },
		{ " 1", -EBADMSG, 0 },
		{ "1 ", -EBADMSG, 0 },
		{ "0x1", -EBADMSG, 0 },
	};
	struct fields_writer w;
	struct fields f;
	char buffer[64];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t n = 0;

		fields_begin(&w, buffer, sizeof(buffer), "v");
		fields_put(&w, "N", rows[i].value);
		CU_ASSERT_EQUAL_FATAL(fields_parse(&f, buffer,
						   w.length_bytes), 0);
		CU_ASSERT_EQUAL(fields_get_u64(&f, "N", &n), rows[i].result);
		CU_ASSERT_EQUAL(n, rows[i].number);
		CU_ASSERT_EQUAL(fields_get_u64(&f, "M", &n), -ENOENT);
	}
}

static void test_a_whole_entry_of_another_list_is_put(void)
{
	static const char *const refused[] = {
		"", "NAME", "name=1", "=1", "PATH=again",
		"TEXT=longer than what is left",
	};
	struct fields_writer w;
	struct fields f;
	char buffer[24];
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		fields_begin(&w, buffer, sizeof(buffer), "v");
		fields_put_entry(&w, "PATH=/a=b");
		CU_ASSERT_FALSE(w.overflow);
		CU_ASSERT_EQUAL_FATAL(fields_parse(&f, buffer,
						   w.length_bytes), 0);
		CU_ASSERT_STRING_EQUAL(fields_get(&f, "PATH"), "/a=b");
		fields_put_entry(&w, refused[i]);
		CU_ASSERT_TRUE(w.overflow);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_is_written_is_read),
	HARNESS_TEST(test_a_record_has_an_empty_verb),
	HARNESS_TEST(test_malformed_lists_are_refused),
	HARNESS_TEST(test_one_field_too_many_is_refused),
	HARNESS_TEST(test_a_writer_notices_what_cannot_be_read),
	HARNESS_TEST(test_a_writer_never_writes_beyond_its_buffer),
	HARNESS_TEST(test_numbers_are_digits_alone),
	HARNESS_TEST(test_a_whole_entry_of_another_list_is_put),
};
HARNESS_MAIN(tests)
