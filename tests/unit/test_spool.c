/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_spool.c - what is kept is what comes back, whatever lies in the file. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "actors/system/dead-letters/spool.h"
#include "actors/system/records.h"
#include "tests/harness/harness.h"

#define RECORD(text) text, sizeof(text)

static char buffer[SPOOL_RECORD_MAX];

static int open_file(const char *content, size_t n)
{
	int fd = memfd_create("spool", MFD_CLOEXEC);

	CU_ASSERT_EQUAL(write(fd, content, n), (ssize_t)n);
	return fd;
}

static const char *peek(struct spool *spool, off_t *at, const char *name)
{
	static struct record record;
	ssize_t n = spool_peek(spool, at, buffer, sizeof(buffer));

	if (n <= 0 || records_read(&record, buffer, (size_t)n) < 0)
		return "none";

	return records_get(&record, name);
}

static void test_a_record_comes_back_with_its_time(void)
{
	int fd = open_file("", 0);
	struct spool spool;
	off_t at = 0;

	spool_init(&spool, fd);
	CU_ASSERT_EQUAL(spool_append(&spool, 1700000000123456,
		RECORD("write\0MESSAGE=a \"b\"\nc\0ACTOR_PATH=/a")), 0);
	CU_ASSERT_STRING_EQUAL(peek(&spool, &at, "MESSAGE"), "a \"b\"\nc");
	at = 0;
	CU_ASSERT_STRING_EQUAL(peek(&spool, &at, "ACTOR_TIME"),
			       "2023-11-14T22:13:20.123456Z");
	CU_ASSERT_EQUAL(at, spool.end);
	CU_ASSERT_STRING_EQUAL(peek(&spool, &at, "MESSAGE"), "none");
	close(fd);
}

static void test_bytes_that_are_no_text_are_written_out(void)
{
	int fd = open_file("", 0);
	struct spool spool;
	off_t at = 0;

	spool_init(&spool, fd);
	CU_ASSERT_EQUAL(spool_append(&spool, 0, RECORD("write\0A=\xff\x01z")),
			0);
	CU_ASSERT_STRING_EQUAL(peek(&spool, &at, "A"), "\\xff\x01z");
	close(fd);
}

static void test_torn_and_foreign_lines_are_skipped_and_counted(void)
{
	static const char content[] =
		"{\"A\":\"1\"}\n"
		"rubbish\n"
		"[1]\n"
		"{}\n"
		"{\"A\":1}\n"
		"\n"
		"{\"A\":\"2\"}\n"
		"{\"A\":\"torn";
	int fd = open_file(content, sizeof(content) - 1);
	struct spool spool;
	off_t at = 0;

	spool_init(&spool, fd);
	spool_append(&spool, 0, RECORD("write\0A=3"));
	CU_ASSERT_STRING_EQUAL(peek(&spool, &at, "A"), "1");
	CU_ASSERT_STRING_EQUAL(peek(&spool, &at, "A"), "2");
	CU_ASSERT_STRING_EQUAL(peek(&spool, &at, "A"), "3");
	CU_ASSERT_STRING_EQUAL(peek(&spool, &at, "A"), "none");
	CU_ASSERT_EQUAL(spool.n_skipped, 6);
	close(fd);
}

static void test_a_line_longer_than_any_of_ours_is_skipped(void)
{
	static char line[3 * SPOOL_LINE_MAX];
	struct spool spool;
	off_t at = 0;
	int fd;

	memset(line, 'x', sizeof(line));
	fd = open_file(line, sizeof(line));
	spool_init(&spool, fd);
	spool_append(&spool, 0, RECORD("write\0A=1"));
	CU_ASSERT_STRING_EQUAL(peek(&spool, &at, "A"), "1");
	close(fd);
}

static void test_the_file_is_emptied_when_all_is_sent(void)
{
	int fd = open_file("", 0);
	struct spool spool;
	off_t first = 0, second;

	spool_init(&spool, fd);
	spool_append(&spool, 0, RECORD("write\0A=1"));
	spool_append(&spool, 0, RECORD("write\0A=2"));
	peek(&spool, &first, "A");
	second = first;
	peek(&spool, &second, "A");
	CU_ASSERT_EQUAL(spool_sent(&spool, first), 0);
	CU_ASSERT_FALSE(spool_is_empty(&spool));
	CU_ASSERT(lseek(fd, 0, SEEK_END) > 0);
	CU_ASSERT_EQUAL(spool_sent(&spool, second), 0);
	CU_ASSERT_TRUE(spool_is_empty(&spool));
	CU_ASSERT_EQUAL(lseek(fd, 0, SEEK_END), 0);
	close(fd);
}

static const char *last(struct spool *spool, const char *field)
{
	static struct record record;
	ssize_t n = spool_last(spool, field, buffer, sizeof(buffer));

	if (n <= 0 || records_read(&record, buffer, (size_t)n) < 0)
		return "none";

	return records_get(&record, field);
}

static void test_the_last_record_with_a_field_is_found(void)
{
	static const char content[] =
		"{\"A\":\"1\"}\n"
		"{\"A\":\"2\",\"C\":\"3\"}\n"
		"{\"B\":\"1\"}\n"
		"rubbish\n"
		"\n"
		"{\"A\":\"torn";
	int fd = open_file(content, sizeof(content) - 1);
	struct spool spool;

	spool_init(&spool, fd);
	CU_ASSERT_STRING_EQUAL(last(&spool, "A"), "2");
	CU_ASSERT_STRING_EQUAL(last(&spool, "B"), "1");
	CU_ASSERT_STRING_EQUAL(last(&spool, "D"), "none");
	close(fd);
	fd = open_file("{\"A\":\"1\"}", 9);
	spool_init(&spool, fd);
	CU_ASSERT_STRING_EQUAL(last(&spool, "A"), "1");
	close(fd);
}

/* of a long file its end alone is read, which begins within a line */
static void test_the_last_record_of_a_long_file_is_found(void)
{
	int fd = open_file("", 0);
	struct spool spool;

	spool_init(&spool, fd);
	CU_ASSERT_EQUAL(spool_append(&spool, 0, RECORD("write\0A=1")), 0);
	for (int i = 0; i < SPOOL_LINE_MAX / 32; i++)
		CU_ASSERT_EQUAL(spool_append(&spool, 0,
					     RECORD("write\0B=2")), 0);
	CU_ASSERT_STRING_EQUAL(last(&spool, "B"), "2");
	CU_ASSERT_STRING_EQUAL(last(&spool, "A"), "none");
	close(fd);
}

static void test_a_full_file_refuses_and_stays_as_it_is(void)
{
	int fd = open_file("", 0);
	struct spool spool;

	CU_ASSERT_EQUAL(ftruncate(fd, SPOOL_BYTES_MAX - 4), 0);
	spool_init(&spool, fd);
	CU_ASSERT_EQUAL(spool_append(&spool, 0, RECORD("write\0A=1")),
			-ENOSPC);
	close(fd);
}

static void test_without_a_file_nothing_is_kept(void)
{
	struct spool spool;
	off_t at = 0;

	CU_ASSERT_EQUAL(spool_init(&spool, -1), 0);
	CU_ASSERT_EQUAL(spool_append(&spool, 0, RECORD("write\0A=1")), -EBADF);
	CU_ASSERT_STRING_EQUAL(peek(&spool, &at, "A"), "none");
	CU_ASSERT_STRING_EQUAL(last(&spool, "A"), "none");
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_record_comes_back_with_its_time),
	HARNESS_TEST(test_bytes_that_are_no_text_are_written_out),
	HARNESS_TEST(test_torn_and_foreign_lines_are_skipped_and_counted),
	HARNESS_TEST(test_a_line_longer_than_any_of_ours_is_skipped),
	HARNESS_TEST(test_the_file_is_emptied_when_all_is_sent),
	HARNESS_TEST(test_the_last_record_with_a_field_is_found),
	HARNESS_TEST(test_the_last_record_of_a_long_file_is_found),
	HARNESS_TEST(test_a_full_file_refuses_and_stays_as_it_is),
	HARNESS_TEST(test_without_a_file_nothing_is_kept),
};
HARNESS_MAIN(tests)
