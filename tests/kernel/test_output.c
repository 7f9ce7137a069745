/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_output.c - what a child prints becomes lines, whatever it prints.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/output.h"
#include "tests/harness/harness.h"

static sd_event *event;
static struct output *output;
static int write_fd;
static char lines[8192];
static unsigned int n_lines;

static void on_line(void *data, const char *line)
{
	(void)data;
	n_lines++;
	strncat(lines, line, sizeof(lines) - strlen(lines) - 2);
	strcat(lines, "|");
}

static void begin(void)
{
	CU_ASSERT_FATAL(sd_event_new(&event) >= 0);
	CU_ASSERT_EQUAL_FATAL(output_new(&output, event, &write_fd, on_line,
					 NULL), 0);
}

static void print(const char *bytes, size_t n)
{
	CU_ASSERT_EQUAL(write(write_fd, bytes, n), (ssize_t)n);
	while (sd_event_run(event, 0) > 0)
		;
}

static void end(void)
{
	close(write_fd);
	output_free(output);
	sd_event_unref(event);
}

static void test_lines_come_one_by_one(void)
{
	begin();
	print("one\ntwo\nth", 10);
	CU_ASSERT_STRING_EQUAL(lines, "one|two|");
	print("ree\n\n", 5);
	CU_ASSERT_STRING_EQUAL(lines, "one|two|three|");
	end();
}

static void test_the_last_line_needs_no_end(void)
{
	begin();
	print("last words", 10);
	CU_ASSERT_EQUAL(n_lines, 0);
	end();
	CU_ASSERT_STRING_EQUAL(lines, "last words|");
}

static void test_what_is_in_the_pipe_is_read_at_the_end(void)
{
	begin();
	CU_ASSERT_EQUAL(write(write_fd, "a\nb\n", 4), 4);
	end();
	CU_ASSERT_STRING_EQUAL(lines, "a|b|");
}

static void test_long_lines_are_cut(void)
{
	char text[3000];

	memset(text, 'x', sizeof(text));
	begin();
	print(text, sizeof(text));
	end();
	CU_ASSERT_EQUAL(n_lines, 3);
}

static void test_a_terminal_is_not_told_anything(void)
{
	begin();
	print("\033[2J\0\a\x7f ok\n", 11);
	CU_ASSERT_STRING_EQUAL(lines, "?[2J??? ok|");
	end();
}

static void test_a_flood_of_lines_is_counted(void)
{
	char text[3 * 1100];

	for (size_t i = 0; i < sizeof(text); i += 3)
		memcpy(text + i, i + 3 < sizeof(text) ? "xy\n" : "z!\n", 3);
	begin();
	print(text, sizeof(text));
	CU_ASSERT_EQUAL(n_lines, OUTPUT_LINES_A_SECOND);
	lines[0] = '\0';
	end();
	CU_ASSERT_STRING_EQUAL(lines,
		"(100 lines left out: more than 1000 in a second)|z!|");
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_lines_come_one_by_one),
	HARNESS_TEST(test_the_last_line_needs_no_end),
	HARNESS_TEST(test_what_is_in_the_pipe_is_read_at_the_end),
	HARNESS_TEST(test_long_lines_are_cut),
	HARNESS_TEST(test_a_terminal_is_not_told_anything),
	HARNESS_TEST(test_a_flood_of_lines_is_counted),
};
HARNESS_MAIN(tests)
