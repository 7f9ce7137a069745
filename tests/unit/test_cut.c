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

static void test_of_what_is_too_long_both_ends_are_left(void)
{
	static const struct {
		const char *text, *left;
	} rows[] = {
		{ "", "" },
		{ "abcdefghijklmno", "abcdefghijklmno" },
		{ "abcdefghijklmnop", "abcd\u2026ijklmnop" },
		{ "abcdefghijklmnopqrstuvwxyz", "abcd\u2026stuvwxyz" },
		{ "abc\u20acefghijklmnopqrst\u20acvwxyz", "abc\u2026t\u20acvwxyz" },
		{ "abcdefghijklmnopqr\u20acbcdefg", "abcd\u2026bcdefg" },
	};
	char text[16];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cut_middle(text, sizeof(text), rows[i].text);
		CU_ASSERT_STRING_EQUAL(text, rows[i].left);
	}
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_does_not_fit_ends_with_a_whole_word),
	HARNESS_TEST(test_of_what_is_too_long_both_ends_are_left),
};
HARNESS_MAIN(tests)
