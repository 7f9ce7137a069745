/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_tail.c - which lines are the last.
 */
#include <stdio.h>
#include <string.h>

#include "supervisord/decide/tail.h"
#include "tests/harness/harness.h"

static struct tail tail;

static void add_numbers(unsigned int first, unsigned int last)
{
	char line[16];

	for (; first <= last; first++) {
		snprintf(line, sizeof(line), "%u", first);
		tail_add(&tail, line);
	}
}

static void test_few_lines_are_all_kept(void)
{
	add_numbers(1, 3);
	CU_ASSERT_STRING_EQUAL(tail.text, "1\n2\n3");
}

static void test_of_many_lines_the_oldest_go(void)
{
	add_numbers(1, 25);
	CU_ASSERT_STRING_EQUAL(tail.text,
			       "16\n17\n18\n19\n20\n21\n22\n23\n24\n25");
	CU_ASSERT_EQUAL(tail.n_lines, TAIL_LINES);
}

static void test_of_long_lines_fewer_are_kept(void)
{
	char line[1001];

	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	add_numbers(1, 3);
	for (unsigned int i = 0; i < 20; i++) {
		line[0] = (char)('a' + i);
		tail_add(&tail, line);
		CU_ASSERT(tail.n_bytes <= TAIL_BYTES);
		CU_ASSERT_EQUAL(tail.n_bytes, strlen(tail.text));
	}
	CU_ASSERT_EQUAL(tail.n_lines, 4);
	CU_ASSERT_EQUAL(tail.text[0], 'q');
}

static void test_a_line_that_is_too_long_is_cut(void)
{
	static char line[3 * TAIL_BYTES];

	memset(line, 'x', sizeof(line) - 1);
	add_numbers(1, 2);
	tail_add(&tail, line);
	CU_ASSERT_EQUAL(tail.n_lines, 1);
	CU_ASSERT(strlen(tail.text) < TAIL_BYTES);
	tail_add(&tail, "end");
	CU_ASSERT_STRING_EQUAL(tail.text, "end");
}

static void test_an_empty_line_is_a_line(void)
{
	tail_add(&tail, "");
	tail_add(&tail, "a");
	CU_ASSERT_STRING_EQUAL(tail.text, "\na");
	CU_ASSERT_EQUAL(tail.n_lines, 2);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_few_lines_are_all_kept),
	HARNESS_TEST(test_of_many_lines_the_oldest_go),
	HARNESS_TEST(test_of_long_lines_fewer_are_kept),
	HARNESS_TEST(test_a_line_that_is_too_long_is_cut),
	HARNESS_TEST(test_an_empty_line_is_a_line),
};
HARNESS_MAIN(tests)
