/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_attempt.c - what is said of a start that has failed.
 */
#include <errno.h>

#include "supervisord/decide/attempt.h"
#include "tests/harness/harness.h"

#define NS_A_SECOND UINT64_C(1000000000)

static const struct cause refused = {
	.kind = CAUSE_START_FAILED, .number = EACCES, .text = "start",
};

static const struct row {
	struct verdict verdict;
	bool rests;
	const char *next;
} rows[] = {
	{ { .what = VERDICT_RESTART }, false, "it is started again" },
	{ { .what = VERDICT_RESTART }, true,
	  "it is idle until a message comes" },
	{ { .what = VERDICT_RESTART, .delay_ns = 41460 * NS_A_SECOND }, true,
	  "it is backing off for 11h 31min" },
	{ { .what = VERDICT_RESTART, .delay_ns = 86400 * NS_A_SECOND }, false,
	  "it is backing off for 1d" },
	{ { .what = VERDICT_RESTART, .delay_ns = 61 * NS_A_SECOND }, false,
	  "it is backing off for 1min 1s" },
	{ { .what = VERDICT_RESTART, .delay_ns = 1 }, false,
	  "it is backing off for 1ms" },
	{ { .what = VERDICT_RESTART, .delay_ns = UINT64_MAX - 1000000 }, false,
	  "it is backing off for 213503d 23h" },
	{ { .what = VERDICT_STOP }, true, "it is stopped" },
	{ { .what = VERDICT_FAIL_START }, false,
	  "so its supervisor could not start" },
	{ { .what = VERDICT_GIVE_UP }, false, "its supervisor gave up" },
};

static void test_it_names_the_cause_and_what_happens_next(void)
{
	char text[ATTEMPT_TEXT_MAX], wanted[ATTEMPT_TEXT_MAX];
	struct attempt attempt = { .cause = &refused, .text = "its hook" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		attempt.verdict = &rows[i].verdict;
		attempt.rests = rows[i].rests;
		snprintf(wanted, sizeof(wanted),
			 "start_failed:start:EACCES: its hook; %s",
			 rows[i].next);
		CU_ASSERT_STRING_EQUAL(attempt_text(&attempt, text), wanted);
	}
}

static const struct wait_row {
	struct attempt_wait wait;
	const char *said;
} waits[] = {
	{ { "/s/a", &refused, "its hook", 61 * NS_A_SECOND },
	  "it waits for /s/a, which is backing off for 1min 1s: start_failed:start:EACCES: its hook" },
	{ { "/s/a", &refused, "", 0 },
	  "it waits for /s/a, which is started again: start_failed:start:EACCES" },
	{ { "/s/a", NULL, "of before", 1 },
	  "it waits for /s/a, which is backing off for 1ms" },
};

static void test_one_that_waits_for_another_names_it(void)
{
	char text[ATTEMPT_TEXT_MAX];

	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		CU_ASSERT_STRING_EQUAL(attempt_waits_text(&waits[i].wait, text),
				       waits[i].said);
}

static void test_a_long_path_and_text_are_cut(void)
{
	char text[ATTEMPT_TEXT_MAX], path[1024], more[1024];
	const struct attempt_wait wait = {
		path, &refused, more, NS_A_SECOND,
	};

	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	memcpy(more, path, sizeof(more));
	CU_ASSERT_EQUAL(strlen(attempt_waits_text(&wait, text)),
			ATTEMPT_TEXT_MAX - 1);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "p, which is backing off for 1s: "));
}

static void test_no_verdict_is_without_words(void)
{
	char text[ATTEMPT_TEXT_MAX];
	struct verdict v = { .what = 0 };
	const struct attempt attempt = {
		.cause = &refused, .text = "", .verdict = &v,
	};

	for (v.what = 0; v.what < N_VERDICTS; v.what++)
		CU_ASSERT_PTR_NULL(strstr(attempt_text(&attempt, text),
					  "null"));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_it_names_the_cause_and_what_happens_next),
	HARNESS_TEST(test_one_that_waits_for_another_names_it),
	HARNESS_TEST(test_a_long_path_and_text_are_cut),
	HARNESS_TEST(test_no_verdict_is_without_words),
};
HARNESS_MAIN(tests)
