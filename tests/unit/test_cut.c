/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_cut.c - what is left of a text in a place that is too small.
 */
#include "supervisord/decide/cut.h"
#include "tests/harness/harness.h"

static void test_what_does_not_fit_ends_with_a_whole_word(void)
{
	static const struct {
		const char *text, *left;
	} rows[] = {
		{ "", "" },
		{ "one two three", "one two three" },
		{ "one two three f", "one two three f" },
		{ "one two three fo", "one two \u2026" },
		{ "one two thre four five", "one two \u2026" },
		{ "one two thr four five", "one two thr \u2026" },
		{ "onetwothreefourfive", "onetwothree \u2026" },
		{ "onetwothre\u20acfourfive", "onetwothre \u2026" },
	};
	char text[16];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cut_words(text, sizeof(text), rows[i].text);
		CU_ASSERT_STRING_EQUAL(text, rows[i].left);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_does_not_fit_ends_with_a_whole_word),
};
HARNESS_MAIN(tests)
