/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_restart.c - every restart type against every kind of cause, and what can
 * go wrong on the way.
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

static const struct cause well = { .kind = CAUSE_EXIT, .number = 0 };
static const struct cause status = { .kind = CAUSE_EXIT, .number = 1 };
static const struct cause crash = { .kind = CAUSE_SIGNAL, .number = SIGSEGV };
static const struct cause killed = { .kind = CAUSE_SIGNAL, .number = SIGKILL };
static const struct cause unnamed = { .kind = CAUSE_SECCOMP };
static const struct cause reported = { .kind = CAUSE_REPORTED, .number = 5 };
static const struct cause forbidden = { .kind = CAUSE_SECCOMP, .text = "bpf" };
static const struct cause protocol = { .kind = CAUSE_PROTOCOL };

static void test_what_fails_on_its_way_to_a_restart_is_told_apart(void)
{
	static const struct {
		enum child_state state;
		const struct cause *known, *end;
		bool failed;
	} rows[] = {
		/* one that reported a failure, and its last hooks */
		{ CHILD_STOPPING, &reported, &well, false },
		{ CHILD_STOPPING, &reported, &status, true },
		{ CHILD_STOPPING, &reported, &crash, true },
		/* they took too long: that was us */
		{ CHILD_TERMINATING, &reported, &crash, false },
		{ CHILD_KILLING, &reported, &killed, false },
		/* a sibling of one that failed */
		{ CHILD_STOPPING, NULL, &well, false },
		{ CHILD_STOPPING, NULL, &crash, false },
		{ CHILD_KILLING, NULL, &killed, false },
		/* whoever it is */
		{ CHILD_STOPPING, NULL, &unnamed, true },
		{ CHILD_KILLING, &forbidden, &killed, true },
		{ CHILD_KILLING, &protocol, &killed, true },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(restart_failed(rows[i].state, rows[i].known,
					       rows[i].end), rows[i].failed);
}

static void test_what_ends_by_itself_is_not_stopped_in_good_order(void)
{
	static const struct cause
		refused = { .kind = CAUSE_EXIT, .number = 3 },
		term = { .kind = CAUSE_SIGNAL, .number = SIGTERM };
	static const struct {
		enum child_state state;
		const struct cause *end;
		bool asked_by_signal, failed;
	} rows[] = {
		{ CHILD_RUNNING, &killed, false, true },
		{ CHILD_RUNNING, &well, false, false },
		{ CHILD_RUNNING, &term, true, true },
		{ CHILD_STARTING, &refused, false, true },
		{ CHILD_PAUSED, &killed, false, true },
		{ CHILD_SUSPENDED, &killed, false, true },
		{ CHILD_FAILING, &killed, false, true },
		{ CHILD_STOPPING, &killed, false, true },
		{ CHILD_STOPPING, &refused, false, true },
		{ CHILD_STOPPING, &well, false, false },
		{ CHILD_STOPPING, &term, true, false },
		{ CHILD_STOPPING, &term, false, true },
		/* that was us */
		{ CHILD_TERMINATING, &term, false, false },
		{ CHILD_KILLING, &killed, false, false },
		{ CHILD_UNKILLABLE, &killed, false, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(restart_failed_too(rows[i].state, rows[i].end,
						   rows[i].asked_by_signal),
				rows[i].failed);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_ends_by_itself_is_not_stopped_in_good_order),
	HARNESS_TEST(test_what_fails_on_its_way_to_a_restart_is_told_apart),
	HARNESS_TEST(test_each_type_comes_back_as_it_should),
};
HARNESS_MAIN(tests)
