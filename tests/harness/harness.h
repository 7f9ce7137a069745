/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * harness.h - one process for each test, results as TAP.
 *
 * A test is a function without arguments that uses CUnit's CU_ASSERT*():
 *
 *	static void test_an_empty_frame_is_refused(void)
 *	{
 *		CU_ASSERT_EQUAL(frame_parse(NULL, 0), -EBADMSG);
 *	}
 *
 *	static const struct harness_test tests[] = {
 *		HARNESS_TEST(test_an_empty_frame_is_refused),
 *	};
 *	HARNESS_MAIN(tests)
 *
 * It runs in a process of its own. It has failed when an assertion did, when
 * it crashed, took longer than HARNESS_TIMEOUT_S, left a descriptor open, left
 * a process behind, or left a file in $TMPDIR, a directory of its own.
 *
 * Environment: HARNESS_ONLY=PATTERN runs the tests whose names match (see
 * fnmatch(3)), the others are not even counted; HARNESS_TIMEOUT_S=N changes the
 * limit; HARNESS_KEEP=1 keeps the files; HARNESS_LONG=1 runs what takes long.
 */
#pragma once

#include <stddef.h>

#include <CUnit/CUnit.h>

/* much longer than any takes on a machine that is twenty times slower, and than what
 * a test itself waits for: that says more */
#define HARNESS_TIMEOUT_S 1200

/**
 * struct harness_test - a row of a test program
 * @name: a sentence, with _ for spaces
 * @run: the test
 * @timeout_s: seconds for this one, 0: the default
 */
struct harness_test {
	const char *name;
	void (*run)(void);
	unsigned int timeout_s;
};

#define HARNESS_TEST(function) { .name = #function, .run = (function) }

/** harness_main() - run them all. Return: what main() should return. */
int harness_main(const char *suite, const struct harness_test *tests,
		 size_t n_tests);

#define HARNESS_MAIN(tests)                                                    \
	int main(void)                                                         \
	{                                                                      \
		return harness_main(__FILE__, (tests),                         \
				    sizeof(tests) / sizeof((tests)[0]));       \
	}

/**
 * harness_skip() - end this test here: it cannot run on this host
 * @why: a person reads it in the summary: what is missing
 *
 * Only from the test's own process, not from a child of it. Does not return.
 */
void harness_skip(const char *why) __attribute__((noreturn));
#define HARNESS_SKIP(why) harness_skip(why)

/**
 * harness_only_long() - skip, but in `scripts/check --long` (HARNESS_LONG=1)
 */
void harness_only_long(void);

/** harness_note() - a line for who reads the log of this test */
void harness_note(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/**
 * harness_awaits() - what it waits for now; said when the test takes too long
 * harness_does() - the same of what it does itself; NULL: it waits for nothing
 *                  either
 * harness_log() - a file whose end is shown then; NULL: none
 */
void harness_awaits(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
void harness_does(const char *what);
void harness_log(const char *path);

/**
 * harness_keep_descriptor() - this one may stay open after the test
 *
 * For what a library opens once and never closes.
 */
void harness_keep_descriptor(int fd);

/** harness_remove() - a folder of a test, with all that is in it */
void harness_remove(const char *directory);
