/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_exit_status.c - an end is told as a shell tells it.
 */
#include <signal.h>

#include "supervisord/decide/exit_status.h"
#include "tests/harness/harness.h"

static const struct {
	struct cause cause;
	int status;
} rows[] = {
	{ { CAUSE_EXIT, 0, "" }, 0 },
	{ { CAUSE_EXIT, 3, "" }, 3 },
	{ { CAUSE_EXIT, 255, "" }, 255 },
	{ { CAUSE_SIGNAL, SIGTERM, "" }, 143 },
	{ { CAUSE_SIGNAL, SIGSEGV, "" }, 139 },
	{ { CAUSE_SIGNAL, 64, "" }, 192 },
	{ { CAUSE_SECCOMP, 0, "ptrace" }, 159 },
	{ { CAUSE_OOM, 0, "" }, 137 },
	{ { CAUSE_WATCHDOG, 0, "" }, 137 },
	{ { CAUSE_START_TIMEOUT, 0, "" }, 137 },
	{ { CAUSE_PROTOCOL, 0, "" }, 137 },
	{ { CAUSE_SUPERVISOR, 0, "" }, 137 },
	{ { CAUSE_START_FAILED, 2, "exec" }, 1 },
	{ { CAUSE_REPORTED, 5, "" }, 1 },
	{ { CAUSE_ESCALATED, 0, "" }, 1 },
};

static void test_each_cause_has_the_status_a_shell_would_show(void)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(exit_status_of(&rows[i].cause),
				rows[i].status);
}

static void test_nothing_but_a_good_end_is_zero(void)
{
	struct cause cause = { 0 };
	unsigned int kind;

	for (kind = 0; cause_kind_name(kind); kind++) {
		cause.kind = kind;
		cause.number = kind == CAUSE_SIGNAL ? SIGKILL : 0;
		CU_ASSERT_EQUAL(exit_status_of(&cause) == 0,
				kind == CAUSE_EXIT);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_each_cause_has_the_status_a_shell_would_show),
	HARNESS_TEST(test_nothing_but_a_good_end_is_zero),
};
HARNESS_MAIN(tests)
