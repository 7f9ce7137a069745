/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_directive.c - the most exact row speaks; without one, the default.
 */
#include <errno.h>
#include <signal.h>

#include "supervisord/decide/directive.h"
#include "tests/harness/harness.h"

#define EXIT(n) { .kind = CAUSE_EXIT, .number = (n) }
#define SIGNAL(n) { .kind = CAUSE_SIGNAL, .number = (n) }
#define REPORTED(n) { .kind = CAUSE_REPORTED, .number = (n) }

#define ROW(the_cause, is_whole, what)                                         \
	{ .pattern = { .cause = the_cause, .whole = (is_whole) },              \
	  .directive = SPEC_DIRECTIVE_##what }

static const struct spec_directive_row rows[] = {
	ROW(SIGNAL(0), true, STOP),
	ROW(SIGNAL(SIGSEGV), false, ESCALATE),
	ROW(EXIT(75), false, STOP),
	ROW(REPORTED(EAGAIN), false, RESUME),
	ROW(REPORTED(0), true, ESCALATE),
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void test_four_causes_get_their_own_directives(void)
{
	static const struct {
		struct cause cause;
		enum spec_directive directive;
	} cases[] = {
		{ SIGNAL(SIGSEGV), SPEC_DIRECTIVE_ESCALATE },
		{ SIGNAL(SIGABRT), SPEC_DIRECTIVE_STOP },
		{ EXIT(75), SPEC_DIRECTIVE_STOP },
		{ EXIT(1), SPEC_DIRECTIVE_RESTART },
		{ EXIT(0), SPEC_DIRECTIVE_RESTART },
		{ REPORTED(EAGAIN), SPEC_DIRECTIVE_RESUME },
		{ REPORTED(EIO), SPEC_DIRECTIVE_ESCALATE },
		{ { .kind = CAUSE_OOM }, SPEC_DIRECTIVE_RESTART },
		{ { .kind = CAUSE_SECCOMP, .text = "openat" },
		  SPEC_DIRECTIVE_STOP },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CU_ASSERT_EQUAL(directive_for(rows, N_ROWS, &cases[i].cause),
				cases[i].directive);
}

static void test_the_default_is_restart_but_seccomp_stops(void)
{
	int kind;

	for (kind = CAUSE_EXIT; kind <= CAUSE_ESCALATED; kind++) {
		struct cause cause = { .kind = (enum cause_kind)kind };

		CU_ASSERT_EQUAL(directive_for(NULL, 0, &cause),
				kind == CAUSE_SECCOMP
					? SPEC_DIRECTIVE_STOP
					: SPEC_DIRECTIVE_RESTART);
		CU_ASSERT_PTR_NULL(directive_row(NULL, 0, &cause));
	}
}

static void test_the_file_may_restart_after_seccomp(void)
{
	static const struct spec_directive_row row[] = {
		{ .pattern = { .cause = { .kind = CAUSE_SECCOMP },
			       .whole = true },
		  .directive = SPEC_DIRECTIVE_RESTART },
	};
	struct cause cause = { .kind = CAUSE_SECCOMP, .text = "ptrace" };

	CU_ASSERT_EQUAL(directive_for(row, 1, &cause), SPEC_DIRECTIVE_RESTART);
	CU_ASSERT_PTR_EQUAL(directive_row(row, 1, &cause), row);
}

static void test_only_a_reported_failure_resumes(void)
{
	static const struct spec_directive_row row[] = {
		ROW(SIGNAL(SIGSEGV), false, RESUME),
		ROW(SIGNAL(0), true, ESCALATE),
	};
	struct cause cause = SIGNAL(SIGSEGV);

	CU_ASSERT_EQUAL(directive_for(row, 1, &cause), SPEC_DIRECTIVE_RESTART);
	CU_ASSERT_EQUAL(directive_for(row, 2, &cause), SPEC_DIRECTIVE_ESCALATE);
}

static void test_among_equals_the_first_counts(void)
{
	static const struct spec_directive_row row[] = {
		ROW(EXIT(3), false, ESCALATE),
		ROW(EXIT(3), false, STOP),
	};
	struct cause cause = EXIT(3);

	CU_ASSERT_EQUAL(directive_for(row, 2, &cause), SPEC_DIRECTIVE_ESCALATE);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_four_causes_get_their_own_directives),
	HARNESS_TEST(test_the_default_is_restart_but_seccomp_stops),
	HARNESS_TEST(test_the_file_may_restart_after_seccomp),
	HARNESS_TEST(test_only_a_reported_failure_resumes),
	HARNESS_TEST(test_among_equals_the_first_counts),
};
HARNESS_MAIN(tests)
