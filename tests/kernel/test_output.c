/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_output.c - what a child prints becomes lines, whatever it prints.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "supervisord/decide/line.h"
#include "supervisord/output.h"
#include "tests/harness/harness.h"

static sd_event *event;
static struct output *output;
static int write_fd;
static char lines[8192];
static unsigned int n_lines;
static unsigned int last_priority;

static void on_line(void *data, unsigned int priority, const char *line)
{
	(void)data;
	n_lines++;
	last_priority = priority;
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

static void test_long_lines_are_cut_and_each_cut_is_marked(void)
{
	char text[3000], first[LINE_BYTES + 16];

	memset(text, 'x', sizeof(text));
	memset(first, 'x', LINE_BYTES);
	strcpy(first + LINE_BYTES, "\u2026|\u2026x");
	begin();
	print(text, sizeof(text));
	print("\nnext\n", 6);
	CU_ASSERT_EQUAL(n_lines, 4);
	CU_ASSERT_EQUAL(strncmp(lines, first, strlen(first)), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(lines, "x|next|"));
	end();
}

static void test_a_character_is_never_cut_in_two(void)
{
	char text[LINE_BYTES + 4];

	memset(text, 'x', sizeof(text));
	memcpy(text + LINE_BYTES - 1, "\u20ac\ny", 5);
	begin();
	print(text, sizeof(text));
	CU_ASSERT_EQUAL(n_lines, 2);
	CU_ASSERT_PTR_NOT_NULL(strstr(lines, "x\u2026|\u2026\u20ac|"));
	end();
}

static void test_a_character_may_come_in_pieces(void)
{
	begin();
	print("a\xe2", 2);
	print("\x82\xac\n", 3);
	CU_ASSERT_STRING_EQUAL(lines, "a\u20ac|");
	end();
}

static void test_a_terminal_is_not_told_anything(void)
{
	begin();
	print("\033[2J\0\a\x7f ok\xff\xe2\x82\n", 14);
	CU_ASSERT_STRING_EQUAL(lines,
		"\\x1b[2J\\x00\\x07\\x7f ok\\xff\\xe2\\x82|");
	end();
}

static void test_a_line_may_begin_with_its_priority(void)
{
	static const struct {
		const char *line;
		const char *text;
		unsigned int priority;
	} rows[] = {
		{ "<3>bad\n", "bad|", 3 },
		{ "plain\n", "plain|", 6 },
		{ "<0>worst\n", "worst|", 0 },
		{ "<7>details\n", "details|", 7 },
		{ "<8>no such\n", "<8>no such|", 6 },
		{ "<11>a facility\n", "<11>a facility|", 6 },
		{ "a <3> inside\n", "a <3> inside|", 6 },
		{ "<3>\n<", "", 6 },
		{ "4>in pieces\n", "in pieces|", 4 },
	};

	begin();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		lines[0] = '\0';
		last_priority = 6;
		print(rows[i].line, strlen(rows[i].line));
		CU_ASSERT_STRING_EQUAL(lines, rows[i].text);
		CU_ASSERT_EQUAL(last_priority, rows[i].priority);
	}
	end();
}

static void test_all_of_a_long_line_has_its_priority(void)
{
	char text[2000];

	memset(text, 'x', sizeof(text));
	memcpy(text, "<2>", 3);
	text[sizeof(text) - 1] = '\n';
	begin();
	print(text, sizeof(text));
	CU_ASSERT_EQUAL(n_lines, 2);
	CU_ASSERT_EQUAL(last_priority, 2);
	end();
}

static void test_a_flood_of_lines_is_counted(void)
{
	char text[3 * 1100];

	for (size_t i = 0; i < sizeof(text); i += 3)
		memcpy(text + i, i + 3 < sizeof(text) ? "xy\n" : "z!\n", 3);
	begin();
	CU_ASSERT_EQUAL(write(write_fd, text, sizeof(text)),
			(ssize_t)sizeof(text));
	/* in one turn, whose second is not over before the next one */
	CU_ASSERT(sd_event_run(event, 0) > 0);
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
	HARNESS_TEST(test_long_lines_are_cut_and_each_cut_is_marked),
	HARNESS_TEST(test_a_character_is_never_cut_in_two),
	HARNESS_TEST(test_a_character_may_come_in_pieces),
	HARNESS_TEST(test_a_terminal_is_not_told_anything),
	HARNESS_TEST(test_a_line_may_begin_with_its_priority),
	HARNESS_TEST(test_all_of_a_long_line_has_its_priority),
	HARNESS_TEST(test_a_flood_of_lines_is_counted),
};
HARNESS_MAIN(tests)
