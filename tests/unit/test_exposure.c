/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_exposure.c - the table of checks, and what their values come to.
 */
#include <string.h>

#include "actorctl/exposure.h"
#include "tests/harness/harness.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

/* all that is about that kind, as good as can be */
static struct exposure best_of(enum exposure_kind kind)
{
	struct exposure e;

	exposure_init(&e, kind);
	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++)
		exposure_set(&e, (enum exposure_check)i, 0);
	return e;
}

static struct exposure worst_of(enum exposure_kind kind)
{
	struct exposure e;

	exposure_init(&e, kind);
	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++)
		exposure_set(&e, (enum exposure_check)i, EXPOSURE_NO_LIMIT);
	return e;
}

static const enum exposure_kind kinds[] = {
	EXPOSURE_OF_ACTOR, EXPOSURE_OF_PROGRAM, EXPOSURE_OF_SUPERVISOR,
};

static void test_every_check_has_a_whole_row(void)
{
	static const char *const ids[] = {
#define X(symbol, id) id,
		EXPOSURE_CHECKS(X)
#undef X
	};

	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++) {
		const struct exposure_check_row *row = &exposure_checks[i];

		CU_ASSERT_PTR_NOT_NULL_FATAL(row->id);
		harness_note("%s", row->id);
		CU_ASSERT_STRING_EQUAL(row->id, ids[i]);
		CU_ASSERT(row->looks_at && *row->looks_at);
		CU_ASSERT(row->wrong && *row->wrong);
		CU_ASSERT(row->weight > 0);
		CU_ASSERT(row->bad > row->good);
		CU_ASSERT(row->kinds != 0);
		CU_ASSERT_EQUAL(!row->key, !row->mend);
		CU_ASSERT_EQUAL(exposure_find(row->id), i);
	}
}

static void test_what_is_no_check_is_not_found(void)
{
	CU_ASSERT_EQUAL(exposure_find(""), N_EXPOSURE_CHECKS);
	CU_ASSERT_EQUAL(exposure_find("uid"), N_EXPOSURE_CHECKS);
	CU_ASSERT_EQUAL(exposure_find("uid-root "), N_EXPOSURE_CHECKS);
}

static void test_the_best_is_zero_and_the_worst_is_ten(void)
{
	for (size_t i = 0; i < N(kinds); i++) {
		struct exposure best = best_of(kinds[i]);
		struct exposure worst = worst_of(kinds[i]);

		CU_ASSERT_EQUAL(exposure_tenths(&best), 0);
		CU_ASSERT_EQUAL(exposure_tenths(&worst), EXPOSURE_MAX);
	}
}

static void test_of_whom_nothing_is_known_all_is_feared(void)
{
	struct exposure e;

	exposure_init(&e, EXPOSURE_OF_ACTOR);
	CU_ASSERT_EQUAL(exposure_tenths(&e), EXPOSURE_MAX);
}

static void test_each_check_raises_it_and_its_part_is_told(void)
{
	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++) {
		struct exposure e = best_of(EXPOSURE_OF_ACTOR);
		enum exposure_check check = (enum exposure_check)i;
		bool about = exposure_checks[i].kinds & EXPOSURE_OF_ACTOR;

		exposure_set(&e, check, exposure_checks[i].bad);
		CU_ASSERT_EQUAL(exposure_tenths(&e) > 0, about);
		CU_ASSERT_EQUAL(exposure_part(&e, check) > 0, about);
	}
}

static void test_the_parts_are_the_sum(void)
{
	struct exposure e = worst_of(EXPOSURE_OF_PROGRAM);
	unsigned int sum = 0;

	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++)
		sum += exposure_part(&e, (enum exposure_check)i);
	CU_ASSERT(sum > 9950 && sum < 10050);
}

static void test_what_may_not_be_looked_at_is_the_worst(void)
{
	struct exposure closed = best_of(EXPOSURE_OF_ACTOR);
	struct exposure bad = best_of(EXPOSURE_OF_ACTOR);

	exposure_set(&closed, EXPOSURE_FILTER, EXPOSURE_UNREAD);
	exposure_set(&bad, EXPOSURE_FILTER, 1);
	CU_ASSERT_EQUAL(exposure_tenths(&closed), exposure_tenths(&bad));
	CU_ASSERT(exposure_tenths(&closed) > 0);
}

static void test_what_cannot_be_known_does_not_count(void)
{
	struct exposure e = best_of(EXPOSURE_OF_ACTOR);

	exposure_set(&e, EXPOSURE_DUMPABLE, EXPOSURE_NONE);
	CU_ASSERT_FALSE(exposure_counts(&e, EXPOSURE_DUMPABLE));
	CU_ASSERT_EQUAL(exposure_part(&e, EXPOSURE_DUMPABLE), 0);
	CU_ASSERT_EQUAL(exposure_tenths(&e), 0);
}

static void test_between_good_and_bad_it_rises(void)
{
	struct exposure e = best_of(EXPOSURE_OF_PROGRAM);
	unsigned int before = 0, part;

	for (int64_t n = 1; n <= 64; n += 21) {
		exposure_set(&e, EXPOSURE_PROCESSES, n);
		part = exposure_part(&e, EXPOSURE_PROCESSES);
		CU_ASSERT(n == 1 ? part == 0 : part > before);
		before = part;
	}
	exposure_set(&e, EXPOSURE_PROCESSES, 1000);
	CU_ASSERT_EQUAL(exposure_part(&e, EXPOSURE_PROCESSES), before);
}

static void test_a_little_is_more_than_nothing(void)
{
	struct exposure e = best_of(EXPOSURE_OF_ACTOR);

	exposure_set(&e, EXPOSURE_UMASK, 1);
	CU_ASSERT_EQUAL(exposure_tenths(&e), 1);
}

static void test_its_words_are_those_of_systemd(void)
{
	static const struct {
		unsigned int tenths;
		const char *word;
	} rows[] = {
		{ 0, "PERFECT" }, { 1, "SAFE" }, { 9, "SAFE" }, { 10, "OK" },
		{ 49, "OK" }, { 50, "MEDIUM" }, { 74, "MEDIUM" },
		{ 75, "EXPOSED" }, { 89, "EXPOSED" }, { 90, "UNSAFE" },
		{ 99, "UNSAFE" }, { 100, "DANGEROUS" },
	};

	for (size_t i = 0; i < N(rows); i++)
		CU_ASSERT_STRING_EQUAL(exposure_word(rows[i].tenths),
				       rows[i].word);
}

static void test_an_actor_is_not_told_to_be_one(void)
{
	struct exposure e;

	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++) {
		const char *mend;

		exposure_init(&e, EXPOSURE_OF_ACTOR);
		mend = exposure_mend(&e, (enum exposure_check)i);
		CU_ASSERT_PTR_NULL(mend ? strstr(mend, "kind: actor") : NULL);
	}
	CU_ASSERT_STRING_EQUAL(exposure_mend(&e, EXPOSURE_PROCESSES),
			       "pids: NUMBER");
	exposure_init(&e, EXPOSURE_OF_PROGRAM);
	CU_ASSERT_STRING_EQUAL(exposure_mend(&e, EXPOSURE_PROCESSES),
			       "pids: NUMBER, or kind: actor");
	CU_ASSERT_STRING_EQUAL(exposure_mend(&e, EXPOSURE_CALLS),
			       "kind: actor");
}

static void test_the_worst_that_a_key_mends_is_told_first(void)
{
	enum exposure_check worst[N_EXPOSURE_CHECKS];
	struct exposure e = best_of(EXPOSURE_OF_ACTOR);

	exposure_set(&e, EXPOSURE_UMASK, 1);	/* nothing mends that */
	exposure_set(&e, EXPOSURE_CPU, 1);
	exposure_set(&e, EXPOSURE_NS_NETWORK, 1);
	exposure_set(&e, EXPOSURE_MEMORY, 1);
	CU_ASSERT_EQUAL_FATAL(exposure_worst(&e, worst), 3);
	CU_ASSERT_EQUAL(worst[0], EXPOSURE_NS_NETWORK);
	CU_ASSERT_EQUAL(worst[1], EXPOSURE_MEMORY);
	CU_ASSERT_EQUAL(worst[2], EXPOSURE_CPU);
	CU_ASSERT_STRING_EQUAL(exposure_mend(&e, worst[0]), "network: none");
}

static void test_what_the_file_has_asked_for_is_not_advised(void)
{
	struct exposure e = best_of(EXPOSURE_OF_ACTOR);

	exposure_set(&e, EXPOSURE_MEMORY, 1);
	CU_ASSERT_STRING_EQUAL(exposure_mend(&e, EXPOSURE_MEMORY),
			       "memory: SIZE");
	e.values[EXPOSURE_MEMORY].asked = true;
	CU_ASSERT_PTR_NOT_NULL_FATAL(exposure_mend(&e, EXPOSURE_MEMORY));
	CU_ASSERT_PTR_NOT_NULL(strstr(exposure_mend(&e, EXPOSURE_MEMORY),
				      "cgroup"));
}

static void test_who_has_no_place_in_a_file_has_no_key(void)
{
	struct exposure bundled = worst_of(EXPOSURE_OF_ACTOR);
	struct exposure supervisor = worst_of(EXPOSURE_OF_SUPERVISOR);
	enum exposure_check worst[N_EXPOSURE_CHECKS];

	bundled.fixed = true;
	CU_ASSERT_PTR_NULL(exposure_mend(&bundled, EXPOSURE_MEMORY));
	CU_ASSERT_EQUAL(exposure_worst(&supervisor, worst), 0);
}

static void test_a_long_list_of_names_is_cut(void)
{
	struct exposure e = best_of(EXPOSURE_OF_ACTOR);
	struct exposure_value *v = &e.values[EXPOSURE_READ];
	char name[1000];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 1000; i++)
		exposure_count(&e, EXPOSURE_READ, name);
	CU_ASSERT_EQUAL(v->value, 1000);
	CU_ASSERT_EQUAL(strlen(v->detail), EXPOSURE_DETAIL_BYTES - 1);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_every_check_has_a_whole_row),
	HARNESS_TEST(test_what_is_no_check_is_not_found),
	HARNESS_TEST(test_the_best_is_zero_and_the_worst_is_ten),
	HARNESS_TEST(test_of_whom_nothing_is_known_all_is_feared),
	HARNESS_TEST(test_each_check_raises_it_and_its_part_is_told),
	HARNESS_TEST(test_the_parts_are_the_sum),
	HARNESS_TEST(test_what_may_not_be_looked_at_is_the_worst),
	HARNESS_TEST(test_what_cannot_be_known_does_not_count),
	HARNESS_TEST(test_between_good_and_bad_it_rises),
	HARNESS_TEST(test_a_little_is_more_than_nothing),
	HARNESS_TEST(test_its_words_are_those_of_systemd),
	HARNESS_TEST(test_an_actor_is_not_told_to_be_one),
	HARNESS_TEST(test_the_worst_that_a_key_mends_is_told_first),
	HARNESS_TEST(test_what_the_file_has_asked_for_is_not_advised),
	HARNESS_TEST(test_who_has_no_place_in_a_file_has_no_key),
	HARNESS_TEST(test_a_long_list_of_names_is_cut),
};
HARNESS_MAIN(tests)
