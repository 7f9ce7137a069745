/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_held.c - numbers outlive who counted, and a file may hold anything. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "actors/system/dead-letters/held.h"
#include "tests/harness/harness.h"

#define N_PLACES 8
#define PLACE_BYTES 2048

static const struct seen_key one = { .edge = 7, .number = 1 };
static const struct seen_key other = { .edge = 7, .number = 2 };

/* what a limiter says, of a key that it has never heard of */
static struct limiter_held hold(struct limiter *limiter, const char *path,
				uint64_t count)
{
	const struct limiter_key key = { path, "t", "expired", "/s" };

	CU_ASSERT_EQUAL(limiter_take(limiter, &key, 0, count, 1),
			LIMITER_HOLD);
	return limiter_held(limiter);
}

static unsigned int n_left(const struct held *held)
{
	static struct held_entry entry;
	unsigned int n = 0;

	for (unsigned int i = 0; i < N_PLACES; i++)
		n += held_left(held, i, &entry);
	return n;
}

static void test_what_was_held_back_is_known_to_the_next_process(void)
{
	int fd = memfd_create("held", MFD_CLOEXEC);
	struct limiter *limiter = limiter_new(1000);
	static struct held_entry entry;
	struct held held, next;
	struct limiter_held what;

	held_init(&held, fd, N_PLACES);
	what = hold(limiter, "/a", 3);
	CU_ASSERT(what.first);
	held_note(&held, what.place, &what, &one);
	what = hold(limiter, "/a", 2);
	CU_ASSERT_FALSE(what.first);
	held_note(&held, what.place, &what, &other);
	held_init(&next, fd, N_PLACES);
	CU_ASSERT_EQUAL(n_left(&next), 1);
	CU_ASSERT_FATAL(held_left(&next, what.place, &entry));
	CU_ASSERT_EQUAL(entry.count, 5);
	CU_ASSERT_STRING_EQUAL(entry.key.path, "/a");
	CU_ASSERT_STRING_EQUAL(entry.key.type, "t");
	CU_ASSERT_STRING_EQUAL(entry.key.reason, "expired");
	CU_ASSERT_STRING_EQUAL(entry.key.sender, "/s");
	CU_ASSERT(held_has(&next, &other));
	CU_ASSERT_FALSE(held_has(&next, &one));
	limiter_free(limiter);
	close(fd);
}

static void test_what_was_told_is_not_left(void)
{
	int fd = memfd_create("held", MFD_CLOEXEC);
	struct limiter *limiter = limiter_new(1000);
	struct held held, next;
	struct limiter_held a, b;

	held_init(&held, fd, N_PLACES);
	a = hold(limiter, "/a", 1);
	held_note(&held, a.place, &a, NULL);
	b = hold(limiter, "/b", 1);
	CU_ASSERT_NOT_EQUAL(a.place, b.place);
	held_note(&held, b.place, &b, &one);
	held_told(&held, a.place);
	held_init(&next, fd, N_PLACES);
	CU_ASSERT_EQUAL(n_left(&next), 1);
	held_empty(&next);
	CU_ASSERT_EQUAL(n_left(&next), 0);
	/* but which message it was is known to the one after that, too */
	held_init(&next, fd, N_PLACES);
	CU_ASSERT(held_has(&next, &one));
	limiter_free(limiter);
	close(fd);
}

/* no fault is found in what is there, or it is not there */
static void test_a_file_may_hold_anything(void)
{
	static unsigned char bytes[PLACE_BYTES], sound[PLACE_BYTES];
	int fd = memfd_create("held", MFD_CLOEXEC);
	struct limiter *limiter = limiter_new(1000);
	static struct held_entry entry;
	struct limiter_held what;
	struct held held;

	held_init(&held, fd, N_PLACES);
	what = hold(limiter, "/a", 3);
	held_note(&held, 0, &what, &one);
	CU_ASSERT_EQUAL(pread(fd, sound, sizeof(sound), 0),
			(ssize_t)sizeof(sound));
	for (size_t i = 0; i < 96; i++) {
		for (int bit = 0; bit < 8; bit++) {
			memcpy(bytes, sound, sizeof(bytes));
			bytes[i] ^= (unsigned char)(1 << bit);
			CU_ASSERT_EQUAL(pwrite(fd, bytes, sizeof(bytes), 0),
					(ssize_t)sizeof(bytes));
			held_init(&held, fd, N_PLACES);
			if (held_left(&held, 0, &entry)) {
				CU_ASSERT(strlen(entry.key.path) +
					  strlen(entry.key.type) +
					  strlen(entry.key.reason) <
					  HELD_TEXT_MAX);
			}
		}
	}
	for (off_t n = 0; n < 128; n++) {
		CU_ASSERT_EQUAL(ftruncate(fd, n), 0);
		held_init(&held, fd, N_PLACES);
		n_left(&held);
	}
	limiter_free(limiter);
	close(fd);
}

static void test_without_a_file_there_is_nothing_left(void)
{
	struct limiter *limiter = limiter_new(1000);
	struct limiter_held what = hold(limiter, "/a", 3);
	struct held held;

	held_init(&held, -1, N_PLACES);
	held_note(&held, what.place, &what, &one);
	held_told(&held, what.place);
	held_empty(&held);
	CU_ASSERT_EQUAL(n_left(&held), 0);
	limiter_free(limiter);
}

/* more keys than there are entries: who made room has its place until told of */
static void test_no_two_keys_have_one_place(void)
{
	static bool taken[LIMITER_PLACES];
	struct limiter *limiter = limiter_new(1000);
	struct limiter_summary summary;
	struct limiter_held what;
	char path[16];

	for (unsigned int i = 0; i < 3 * LIMITER_ENTRIES_MAX; i++) {
		snprintf(path, sizeof(path), "/%u", i);
		what = hold(limiter, path, 1);
		CU_ASSERT_FATAL(what.place < LIMITER_PLACES);
		CU_ASSERT_FALSE(taken[what.place]);
		taken[what.place] = true;
		while (limiter_due(limiter, 1, &summary)) {
			CU_ASSERT(taken[summary.place]);
			taken[summary.place] = false;
			limiter_summary_clear(&summary);
		}
	}
	limiter_free(limiter);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_was_held_back_is_known_to_the_next_process),
	HARNESS_TEST(test_what_was_told_is_not_left),
	HARNESS_TEST(test_a_file_may_hold_anything),
	HARNESS_TEST(test_without_a_file_there_is_nothing_left),
	HARNESS_TEST(test_no_two_keys_have_one_place),
};
HARNESS_MAIN(tests)
