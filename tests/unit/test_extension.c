/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_extension.c - who asks for more time gets it, and not for ever.
 */
#include "supervisord/decide/extension.h"
#include "tests/harness/harness.h"

#define USEC "EXTEND_TIMEOUT_USEC="

static const struct word {
	const char *line;
	bool is_one;
	uint64_t ns;
} words[] = {
	{ USEC "1", true, 1000 },
	{ USEC "2000000", true, 2000000000 },
	{ USEC "2000000\nREADY=1", true, 2000000000 },
	{ USEC "0", true, 0 },
	{ USEC "00001", true, 1000 },
	{ USEC "3600000000", true, EXTENSION_MAX_NS },
	{ USEC "3600000001", true, EXTENSION_MAX_NS },
	{ USEC "18446744073709551615", true, EXTENSION_MAX_NS },
	{ USEC "18446744073709551616", true, EXTENSION_MAX_NS },
	{ USEC "99999999999999999999999999999999", true, EXTENSION_MAX_NS },
	{ USEC, false, 7 },
	{ USEC "\n1", false, 7 },
	{ USEC "-1", false, 7 },
	{ USEC "+1", false, 7 },
	{ USEC " 1", false, 7 },
	{ USEC "1s", false, 7 },
	{ USEC "1 ", false, 7 },
	{ USEC "infinity", false, 7 },
	{ "EXTEND_TIMEOUT_USEC", false, 7 },
	{ "EXTEND_TIMEOUT=1", false, 7 },
	{ "WATCHDOG_USEC=1", false, 7 },
	{ "", false, 7 },
};

static void test_a_word_is_read_whole_and_clipped(void)
{
	uint64_t ns;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		ns = 7;
		CU_ASSERT_EQUAL(extension_read(words[i].line, &ns),
				words[i].is_one);
		if (ns != words[i].ns)
			harness_note("\"%s\": %llu", words[i].line,
				     (unsigned long long)ns);
		CU_ASSERT_EQUAL(ns, words[i].ns);
	}
}

static const struct row {
	struct extension extension;	/* now, asked, deadline, limit */
	uint64_t deadline_ns;
} rows[] = {
	{ { 100, 50, 120, UINT64_MAX }, 150 },
	/* less than it has already takes nothing away */
	{ { 100, 10, 120, UINT64_MAX }, 120 },
	{ { 100, 0, 120, UINT64_MAX }, 120 },
	/* each word is from now on: they do not add up */
	{ { 140, 50, 150, UINT64_MAX }, 190 },
	/* who else waits */
	{ { 100, 50, 120, 130 }, 130 },
	{ { 100, 50, 120, 120 }, 120 },
	{ { 100, 50, 120, 0 }, 120 },
	/* too late: it is ended as it was to be */
	{ { 200, 0, 120, UINT64_MAX }, 200 },
	{ { UINT64_MAX - 5, 50, 120, UINT64_MAX }, UINT64_MAX },
};

static void test_the_deadline_is_later_or_as_it_was(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CU_ASSERT_EQUAL(extension_deadline_ns(&rows[i].extension),
				rows[i].deadline_ns);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_word_is_read_whole_and_clipped),
	HARNESS_TEST(test_the_deadline_is_later_or_as_it_was),
};
HARNESS_MAIN(tests)
