/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_restart.c - every restart type against every kind of cause.
 */
#include <signal.h>

#include "supervisord/decide/restart.h"
#include "tests/harness/harness.h"

static void test_each_type_comes_back_as_it_should(void)
{
	static const struct {
		struct cause cause;
		bool permanent, transient, temporary;
	} rows[] = {
		{ { .kind = CAUSE_EXIT, .number = 0 }, true, false, false },
		{ { .kind = CAUSE_EXIT, .number = 1 }, true, true, false },
		{ { .kind = CAUSE_SIGNAL, .number = SIGKILL },
		  true, true, false },
		{ { .kind = CAUSE_SECCOMP }, true, true, false },
		{ { .kind = CAUSE_OOM }, true, true, false },
		{ { .kind = CAUSE_WATCHDOG }, true, true, false },
		{ { .kind = CAUSE_START_TIMEOUT }, true, true, false },
		{ { .kind = CAUSE_START_FAILED }, true, true, false },
		{ { .kind = CAUSE_PROTOCOL }, true, true, false },
		{ { .kind = CAUSE_REPORTED }, true, true, false },
		{ { .kind = CAUSE_SUPERVISOR }, true, true, false },
		{ { .kind = CAUSE_ESCALATED }, true, true, false },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct cause *cause = &rows[i].cause;

		CU_ASSERT_EQUAL(restart_wanted(SPEC_PERMANENT, cause),
				rows[i].permanent);
		CU_ASSERT_EQUAL(restart_wanted(SPEC_TRANSIENT, cause),
				rows[i].transient);
		CU_ASSERT_EQUAL(restart_wanted(SPEC_TEMPORARY, cause),
				rows[i].temporary);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_each_type_comes_back_as_it_should),
};
HARNESS_MAIN(tests)
