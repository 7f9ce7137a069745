/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_significance.c - whose end is that of its supervisor, as OTP has it.
 */
#include "supervisord/decide/significance.h"
#include "supervisord/decide/verdict.h"
#include "tests/harness/harness.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	enum spec_auto_shutdown auto_shutdown;
	enum spec_significance significant;
	unsigned int n_others;
	bool shuts_down;
} rows[] = {
	{ SPEC_NEVER, SPEC_INSIGNIFICANT, 0, false },
	{ SPEC_NEVER, SPEC_SIGNIFICANT, 0, false },
	{ SPEC_ANY_SIGNIFICANT, SPEC_INSIGNIFICANT, 0, false },
	{ SPEC_ANY_SIGNIFICANT, SPEC_SIGNIFICANT, 0, true },
	{ SPEC_ANY_SIGNIFICANT, SPEC_SIGNIFICANT, 2, true },
	{ SPEC_ALL_SIGNIFICANT, SPEC_INSIGNIFICANT, 0, false },
	{ SPEC_ALL_SIGNIFICANT, SPEC_SIGNIFICANT, 0, true },
	{ SPEC_ALL_SIGNIFICANT, SPEC_SIGNIFICANT, 1, false },
};

static void test_any_or_the_last_significant_child_shuts_down(void)
{
	size_t i;

	for (i = 0; i < LENGTH(rows); i++) {
		struct spec_node top = { .auto_shutdown =
						 rows[i].auto_shutdown };
		struct spec_node child = { .significant =
						   rows[i].significant };

		CU_ASSERT_EQUAL(significance_shuts_down(&top, &child,
							rows[i].n_others),
				rows[i].shuts_down);
	}
}

/* of the documentation: transient normally, temporary in any way */
static const struct {
	enum spec_restart restart;
	struct cause cause;
	enum verdict_what what;
} ends[] = {
	{ SPEC_TRANSIENT, { CAUSE_EXIT, 0, "" }, VERDICT_SHUT_DOWN },
	{ SPEC_TRANSIENT, { CAUSE_EXIT, 1, "" }, VERDICT_RESTART },
	{ SPEC_TRANSIENT, { CAUSE_SIGNAL, 9, "" }, VERDICT_RESTART },
	{ SPEC_TEMPORARY, { CAUSE_EXIT, 0, "" }, VERDICT_SHUT_DOWN },
	{ SPEC_TEMPORARY, { CAUSE_SIGNAL, 9, "" }, VERDICT_SHUT_DOWN },
	/* what a directive ends has ended too */
	{ SPEC_TRANSIENT, { CAUSE_SECCOMP, 0, "ptrace" }, VERDICT_SHUT_DOWN },
};

static void test_only_an_end_that_stays_one_shuts_down(void)
{
	size_t i;

	for (i = 0; i < LENGTH(ends); i++) {
		struct spec_node child = { .restart = ends[i].restart,
					   .significant = SPEC_SIGNIFICANT };
		struct spec_node *children[] = { &child, &child, &child };
		struct spec_node top = {
			.auto_shutdown = SPEC_ANY_SIGNIFICANT,
			.children = children, .n_children = 3,
		};
		struct verdict_input in = { .supervisor = &top, .failed = 1,
					    .cause = ends[i].cause,
					    .ready = true };
		struct intensity intensity;
		struct backoff backoff = {};
		struct verdict verdict;

		CU_ASSERT_EQUAL_FATAL(intensity_init(&intensity, 3, 5), 0);
		verdict = verdict_of(&in, &intensity, &backoff);
		CU_ASSERT_EQUAL(verdict.what, ends[i].what);
		if (verdict.what == VERDICT_SHUT_DOWN) {
			CU_ASSERT_EQUAL(verdict.first, 0);
			CU_ASSERT_EQUAL(verdict.last, 2);
			CU_ASSERT_EQUAL(verdict.count, 0);
		}
		intensity_deinit(&intensity);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_any_or_the_last_significant_child_shuts_down),
	HARNESS_TEST(test_only_an_end_that_stays_one_shuts_down),
};
HARNESS_MAIN(tests)
