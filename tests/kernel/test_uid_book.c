/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_uid_book.c - a uid whose files may be left is nobody else's.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/uid_book.h"
#include "tests/harness/harness.h"

#define FIRST 5000u
#define N 100u
#define N_BESIDE 4

static char base[] = "/tmp/actorproc-book-XXXXXX";

static void setup(void)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(base));
}

static void teardown(void)
{
	harness_remove(base);
	memcpy(base + strlen(base) - 6, "XXXXXX", 6);
}

static FILE *book(const char *mode)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/" UID_BOOK_NAME, base);
	file = fopen(path, mode);
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	return file;
}

static uid_t uid_of(const char *owner)
{
	const char *why;
	uid_t uid = 0;

	CU_ASSERT_EQUAL(uid_book_find(base, FIRST, N, owner, &uid, &why), 0);
	CU_ASSERT_PTR_NULL(why);
	return uid;
}

static void expect_none_for(const char *owner, const char *said)
{
	const char *why = NULL;
	uid_t uid = 7;

	CU_ASSERT_EQUAL(uid_book_find(base, FIRST, N, owner, &uid, &why),
			-ENOSPC);
	CU_ASSERT_EQUAL(uid, 7);
	CU_ASSERT_PTR_NOT_NULL_FATAL(why);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, said));
}

static void test_a_name_has_its_uid_for_good(void)
{
	setup();
	CU_ASSERT_EQUAL(uid_of("s /s/a"), FIRST);
	CU_ASSERT_EQUAL(uid_of("s /s/a-1"), FIRST + 1);
	CU_ASSERT_EQUAL(uid_of("t /s/a"), FIRST + 2);
	CU_ASSERT_EQUAL(uid_of("s /s/a"), FIRST);
	CU_ASSERT_EQUAL(uid_of("s /s/a-1"), FIRST + 1);
	teardown();
}

static void test_another_block_has_its_own(void)
{
	const char *why;
	uid_t uid = 0;

	setup();
	CU_ASSERT_EQUAL(uid_of("s /s/a"), FIRST);
	CU_ASSERT_EQUAL(uid_book_find(base, FIRST + N, N, "s /s/a", &uid, &why),
			0);
	CU_ASSERT_EQUAL(uid, FIRST + N);
	/* and its way back */
	CU_ASSERT_EQUAL(uid_of("s /s/a"), FIRST);
	teardown();
}

static void test_what_is_no_line_is_nobodys_and_takes_nothing_away(void)
{
	FILE *file;

	setup();
	file = book("w");
	fprintf(file, "nonsense\n\n%u s /s/torn off\n%u", FIRST + 1, FIRST + 2);
	fclose(file);
	CU_ASSERT_EQUAL(uid_of("s /s/a"), FIRST);
	CU_ASSERT_EQUAL(uid_of("s /s/b"), FIRST + 3);
	CU_ASSERT_EQUAL(uid_of("s /s/a"), FIRST);
	CU_ASSERT_EQUAL(uid_of("s /s/b"), FIRST + 3);
	teardown();
}

static void test_when_none_is_left_it_says_what_to_do(void)
{
	char owner[32];

	setup();
	for (unsigned int i = 0; i < N; i++) {
		snprintf(owner, sizeof(owner), "s /s/w-%u", i);
		CU_ASSERT_EQUAL(uid_of(owner), FIRST + i);
	}
	expect_none_for("s /s/x", "take out the lines");
	/* who has one goes on */
	CU_ASSERT_EQUAL(uid_of("s /s/w-42"), FIRST + 42);
	teardown();
}

/* who spawns children names them, and templates may have children themselves */
static void test_a_head_leaves_uids_for_others(void)
{
	char owner[32];

	setup();
	CU_ASSERT_EQUAL(uid_of("s /s/h/w*"), FIRST);
	for (unsigned int i = 1; i <= N / 2; i++) {
		snprintf(owner, sizeof(owner), "s /s/h/w-%u%s", i,
			 i % 2 ? "" : "/x");
		CU_ASSERT_EQUAL(uid_of(owner), FIRST + i);
	}
	expect_none_for("s /s/h/more", "below its supervisor");
	CU_ASSERT_EQUAL(uid_of("s /s/h/w-7"), FIRST + 7);
	CU_ASSERT_EQUAL(uid_of("s /s/h"), FIRST + N / 2 + 1);
	CU_ASSERT_EQUAL(uid_of("s /s/hb/w-1"), FIRST + N / 2 + 2);
	teardown();
}

static void test_a_book_that_others_may_write_is_none(void)
{
	const char *why;
	uid_t uid;

	setup();
	CU_ASSERT_EQUAL(chmod(base, 0777), 0);
	CU_ASSERT_EQUAL(uid_book_find(base, FIRST, N, "s /s/a", &uid, &why),
			-EPERM);
	CU_ASSERT_PTR_NOT_NULL(why);
	teardown();
}

static void ask_for_all(unsigned int who)
{
	char owner[32];
	const char *why;
	uid_t uid;

	for (unsigned int i = 0; i < N / N_BESIDE; i++) {
		snprintf(owner, sizeof(owner), "s /s/w-%u-%u", who, i);
		if (uid_book_find(base, FIRST, N, owner, &uid, &why) < 0)
			_exit(1);
	}
	_exit(0);
}

static void test_two_at_a_time_get_two(void)
{
	bool seen[N] = { false };
	unsigned int uid;
	char line[64];
	int status;
	FILE *file;

	setup();
	for (unsigned int i = 0; i < N_BESIDE; i++)
		if (fork() == 0)
			ask_for_all(i);
	for (unsigned int i = 0; i < N_BESIDE; i++) {
		CU_ASSERT(wait(&status) > 0);
		CU_ASSERT_EQUAL(status, 0);
	}
	file = book("r");
	while (fgets(line, sizeof(line), file)) {
		uid = (unsigned int)strtoul(line, NULL, 10) - FIRST;
		CU_ASSERT_FATAL(uid < N);
		CU_ASSERT_FALSE(seen[uid]);
		seen[uid] = true;
	}
	fclose(file);
	for (unsigned int i = 0; i < N; i++)
		CU_ASSERT(seen[i]);
	teardown();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_name_has_its_uid_for_good),
	HARNESS_TEST(test_another_block_has_its_own),
	HARNESS_TEST(test_what_is_no_line_is_nobodys_and_takes_nothing_away),
	HARNESS_TEST(test_when_none_is_left_it_says_what_to_do),
	HARNESS_TEST(test_a_head_leaves_uids_for_others),
	HARNESS_TEST(test_a_book_that_others_may_write_is_none),
	HARNESS_TEST(test_two_at_a_time_get_two),
};
HARNESS_MAIN(tests)
