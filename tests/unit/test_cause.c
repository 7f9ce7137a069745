/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_cause.c - causes are written, read and matched.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "supervisord/config/cause.h"
#include "tests/harness/harness.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

/* written as @text, and read from it as a pattern that matches */
static const struct {
	struct cause cause;
	const char *text;
} written[] = {
	{ { CAUSE_EXIT, 0, "" },		"exit:0" },
	{ { CAUSE_EXIT, 75, "" },		"exit:75" },
	{ { CAUSE_SIGNAL, SIGSEGV, "" },	"signal:SEGV" },
	{ { CAUSE_SIGNAL, SIGKILL, "" },	"signal:KILL" },
	{ { CAUSE_SIGNAL, 40, "" },		"signal:40" },
	{ { CAUSE_SECCOMP, 0, "" },		"seccomp" },
	{ { CAUSE_SECCOMP, 0, "openat" },	"seccomp:openat" },
	{ { CAUSE_OOM, 0, "" },			"oom" },
	{ { CAUSE_WATCHDOG, 0, "" },		"watchdog" },
	{ { CAUSE_START_TIMEOUT, 0, "" },	"start_timeout" },
	{ { CAUSE_START_FAILED, EPERM, "mount" }, "start_failed:mount:EPERM" },
	{ { CAUSE_START_FAILED, 0, "mount" },	"start_failed:mount" },
	{ { CAUSE_PROTOCOL, 0, "" },		"protocol" },
	{ { CAUSE_REPORTED, EIO, "" },		"reported:EIO" },
	{ { CAUSE_REPORTED, 4000, "" },		"reported:4000" },
	{ { CAUSE_SUPERVISOR, 0, "" },		"supervisor" },
	{ { CAUSE_ESCALATED, 0, "" },		"escalated" },
};

static void test_causes_are_written_and_read_back(void)
{
	char text[CAUSE_TEXT_MAX];
	struct cause_pattern pattern;
	size_t i;

	for (i = 0; i < N(written); i++) {
		CU_ASSERT_STRING_EQUAL(cause_format(&written[i].cause, text,
						    sizeof(text)),
				       written[i].text);
		CU_ASSERT_EQUAL(cause_pattern_parse(&pattern, text), 0);
		CU_ASSERT(cause_matches(&pattern, &written[i].cause));
	}
}

static const char *const refused[] = {
	"", "crash", "Exit:1", "exit:", "exit:256", "exit:-1", "exit: 1",
	"exit:1x", "exit:99999999999", "signal:", "signal:SEGF", "signal:0",
	"signal:65", "signal:segv", "oom:1", "protocol:", "reported:",
	"reported:EFOO", "reported:0", "reported:5000", "seccomp:",
	"seccomp:Open", "seccomp:a_name_that_is_far_too_long_for_us",
	"start_failed:", "start_failed::EPERM", "start_failed:mount:",
	"start_failed:mount:EPERM:x", "supervisor:1", ":", "exit:1:2",
};

static void test_what_is_no_cause_is_refused(void)
{
	struct cause_pattern pattern = { .whole = true };
	size_t i;

	for (i = 0; i < N(refused); i++) {
		int r = cause_pattern_parse(&pattern, refused[i]);

		if (r != -EINVAL)
			harness_note("\"%s\" is accepted", refused[i]);
		CU_ASSERT_EQUAL(r, -EINVAL);
	}
	CU_ASSERT(pattern.whole);
}

static const struct {
	const char *pattern, *cause;
	bool matches;
} matches[] = {
	{ "exit",		"exit:0",	true },
	{ "exit",		"exit:7",	true },
	{ "exit:7",		"exit:7",	true },
	{ "exit:7",		"exit:8",	false },
	{ "exit",		"signal:SEGV",	false },
	{ "signal",		"signal:SEGV",	true },
	{ "signal:SIGSEGV",	"signal:SEGV",	true },
	{ "signal:11",		"signal:SEGV",	true },
	{ "signal:BUS",		"signal:SEGV",	false },
	{ "seccomp",		"seccomp:open",	true },
	{ "seccomp:open",	"seccomp:open",	true },
	{ "seccomp:open",	"seccomp:openat", false },
	{ "seccomp:open",	"seccomp",	false },
	{ "reported",		"reported:EIO",	true },
	{ "reported:EIO",	"reported:EIO",	true },
	{ "reported:5",		"reported:EIO",	true },
	{ "reported:EPERM",	"reported:EIO",	false },
	{ "reported:EWOULDBLOCK", "reported:EAGAIN", true },
	{ "start_failed",	"start_failed:mount:EPERM", true },
	{ "start_failed:mount",	"start_failed:mount:EPERM", true },
	{ "start_failed:exec",	"start_failed:mount:EPERM", false },
	{ "start_failed:mount:EIO", "start_failed:mount:EPERM", false },
	{ "oom",		"oom",		true },
	{ "oom",		"watchdog",	false },
};

static void test_patterns_match_what_they_name(void)
{
	struct cause_pattern pattern, cause;
	size_t i;

	for (i = 0; i < N(matches); i++) {
		CU_ASSERT_EQUAL(cause_pattern_parse(&pattern,
						    matches[i].pattern), 0);
		CU_ASSERT_EQUAL(cause_pattern_parse(&cause, matches[i].cause),
				0);
		CU_ASSERT_EQUAL(cause_matches(&pattern, &cause.cause),
				matches[i].matches);
	}
}

static void test_wait_results_become_causes(void)
{
	struct cause cause = cause_from_wait(CLD_EXITED, 3);

	CU_ASSERT_EQUAL(cause.kind, CAUSE_EXIT);
	CU_ASSERT_EQUAL(cause.number, 3);

	cause = cause_from_wait(CLD_KILLED, SIGKILL);
	CU_ASSERT_EQUAL(cause.kind, CAUSE_SIGNAL);
	CU_ASSERT_EQUAL(cause.number, SIGKILL);

	cause = cause_from_wait(CLD_DUMPED, SIGSEGV);
	CU_ASSERT_EQUAL(cause.kind, CAUSE_SIGNAL);
	CU_ASSERT_EQUAL(cause.number, SIGSEGV);

	cause = cause_from_wait(CLD_KILLED, SIGSYS);
	CU_ASSERT_EQUAL(cause.kind, CAUSE_SECCOMP);
	CU_ASSERT_STRING_EQUAL(cause.text, "");
}

static void test_a_cause_is_cut_to_its_buffer(void)
{
	struct cause cause = { CAUSE_START_FAILED, EPERM, "mount" };
	char text[8];

	CU_ASSERT_STRING_EQUAL(cause_format(&cause, text, sizeof(text)),
			       "start_f");
}

static void test_a_text_without_an_end_is_kept_inside(void)
{
	struct cause cause = { .kind = CAUSE_SECCOMP };
	char text[CAUSE_TEXT_MAX];

	memset(cause.text, 'x', sizeof(cause.text));
	CU_ASSERT_EQUAL(strlen(cause_format(&cause, text, sizeof(text))),
			strlen("seccomp:") + sizeof(cause.text));
}

static void test_kinds_that_are_none_have_no_name(void)
{
	struct cause cause = { .kind = (enum cause_kind)99 };
	char text[CAUSE_TEXT_MAX];

	CU_ASSERT_STRING_EQUAL(cause_format(&cause, text, sizeof(text)),
			       "unknown");
	CU_ASSERT_PTR_NULL(cause_kind_name(CAUSE_ESCALATED + 1));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_causes_are_written_and_read_back),
	HARNESS_TEST(test_what_is_no_cause_is_refused),
	HARNESS_TEST(test_patterns_match_what_they_name),
	HARNESS_TEST(test_wait_results_become_causes),
	HARNESS_TEST(test_a_cause_is_cut_to_its_buffer),
	HARNESS_TEST(test_a_text_without_an_end_is_kept_inside),
	HARNESS_TEST(test_kinds_that_are_none_have_no_name),
};
HARNESS_MAIN(tests)
