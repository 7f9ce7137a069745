/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_table.c - what actorctl shows: columns, trees, strange bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/duration.h"
#include "actorctl/table.h"
#include "actorctl/terminal.h"
#include "actorctl/tree_view.h"
#include "tests/harness/harness.h"

static void check_text(char *text, const char *expected)
{
	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	CU_ASSERT_STRING_EQUAL(text, expected);
	if (strcmp(text, expected))
		harness_note("%s", text);
	free(text);
}

static void test_columns_are_as_wide_as_their_widest_cell(void)
{
	static const char *const rows[][3] = {
		{ "a", "bbbb", "c" },
		{ "├─ aaa", "b", "c" },
		{ "", NULL, "c" },
		{ "a head", "whose last cell is as wide as it likes" },
	};
	struct table table = { .n_rows = 0 };

	for (size_t i = 0; i < 4; i++)
		table_add(&table, rows[i], i == 3 ? 2 : 3);
	check_text(table_format(&table),
		   "a       bbbb  c\n"
		   "├─ aaa  b     c\n"
		   "              c\n"
		   "a head  whose last cell is as wide as it likes\n");
	table_clear(&table);
}

static void test_a_column_nobody_has_takes_no_room(void)
{
	static const char *const row[] = { "a", "", "c" };
	struct table table = { .n_rows = 0 };

	table_add(&table, row, 3);
	check_text(table_format(&table), "a  c\n");
	table_clear(&table);
}

static void test_nothing_moves_the_cursor(void)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool lines;
		const char *text;
	} rows[] = {
		{ "\033[2J", 4, true, "\\x1b[2J" },
		{ "a\nb\tc", 5, true, "a\nb\tc" },
		{ "a\nb\r", 4, false, "a\\x0ab\\x0d" },
		{ "\0", 1, true, "\\x00" },
		{ "\x7f\xc2\x9b", 3, true, "\\x7f\\xc2\\x9b" },
		{ "\xe2\x80\xae", 3, true, "\\xe2\\x80\\xae" },
		{ "\xff\xc0\x80", 3, true, "\\xff\\xc0\\x80" },
		{ "\xed\xa0\x80", 3, true, "\\xed\\xa0\\x80" },
		{ "grün", 5, true, "grün" },
		{ "\xf0\x9f\x98", 3, true, "\\xf0\\x9f\\x98" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_text(terminal_escape(rows[i].bytes, rows[i].n,
					   rows[i].lines), rows[i].text);
	check_text(terminal_escape_bytes("a\\\n\xc3\xbc", 5),
		   "a\\\\\\x0a\\xc3\\xbc");
}

static void test_durations_need_units(void)
{
	static const struct {
		const char *text;
		int r;
		uint64_t us;
	} rows[] = {
		{ "0", 0, 0 },
		{ "500ms", 0, 500000 },
		{ "5s", 0, 5000000 },
		{ "1min", 0, 60000000 },
		{ "1h30min", 0, 5400000000 },
		{ "5", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
		{ "s", -EINVAL, 0 },
		{ "5s ", -EINVAL, 0 },
		{ "-5s", -EINVAL, 0 },
		{ "99999999999999999999s", -EINVAL, 0 },
		{ "999999999999999d", -EINVAL, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t us = 0;

		CU_ASSERT_EQUAL(duration_parse(rows[i].text, &us), rows[i].r);
		CU_ASSERT_EQUAL(us, rows[i].us);
	}
}

static void test_durations_are_short(void)
{
	static const struct {
		uint64_t us;
		const char *text;
	} rows[] = {
		{ 0, "0ms" },
		{ 12400000, "12.4s" },
		{ 30000000, "30s" },
		{ 185000000, "3min 5s" },
		{ 7260000000, "2h 1min" },
		{ 90000000000, "1d 1h" },
	};
	char buffer[DURATION_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		CU_ASSERT_STRING_EQUAL(duration_format(buffer, rows[i].us),
				       rows[i].text);
}

static void test_moments_are_counted_back_from_now(void)
{
	uint64_t us = 0;

	CU_ASSERT_EQUAL(duration_parse_since("-1h", 3700000000, &us), 0);
	CU_ASSERT_EQUAL(us, 100000000);
	CU_ASSERT_EQUAL(duration_parse_since("2h", 3700000000, &us), 0);
	CU_ASSERT_EQUAL(us, 0);
	CU_ASSERT_EQUAL(duration_parse_since("@12", 0, &us), 0);
	CU_ASSERT_EQUAL(us, 12000000);
	CU_ASSERT_EQUAL(duration_parse_since("yesterday", 0, &us), -EINVAL);
}

static json_t *vpn(void)
{
	return json_loads(
	"[{\"path\":\"/system\",\"kind\":\"supervisor\",\"strategy\":\"one_for_one\"},"
	"{\"path\":\"/system/control\",\"kind\":\"actor\",\"state\":\"running\"},"
	"{\"path\":\"/vpn\",\"kind\":\"supervisor\",\"state\":\"running\","
	" \"strategy\":\"rest_for_one\",\"count\":1,\"limit\":5,\"period_ms\":30000},"
	"{\"path\":\"/vpn/api\",\"kind\":\"actor\",\"state\":\"running\",\"pid\":4102,"
	" \"generation\":0,\"mailbox\":0},"
	"{\"path\":\"/vpn/tunnel\",\"kind\":\"actor\",\"state\":\"running\",\"pid\":7,"
	" \"generation\":0,\"mailbox\":0,\"strategy\":\"one_for_one\",\"count\":0,"
	" \"limit\":3,\"period_ms\":5000},"
	"{\"path\":\"/vpn/tunnel/mon\",\"kind\":\"actor\",\"state\":\"stopped\","
	" \"generation\":0,\"mailbox\":0,\"cause\":\"exit:3\"},"
	"{\"path\":\"/vpn/relays\",\"kind\":\"actor\",\"state\":\"backing-off\","
	" \"delay_ms\":12400,\"generation\":3,\"mailbox\":2,"
	" \"cause\":\"signal:SEGV\"},"
	"{\"path\":\"/vpn/late\",\"kind\":\"actor\",\"state\":\"starting\","
	" \"paused\":true,\"pid\":9,\"generation\":0,\"mailbox\":0},"
	"{\"path\":\"/vpn/group\",\"kind\":\"supervisor\","
	" \"state\":\"backing-off\",\"delay_ms\":2000,"
	" \"strategy\":\"one_for_all\",\"limit\":3,\"period_ms\":5000}]", 0, NULL);
}

static char *draw(const char *path, bool all)
{
	json_t *json = vpn(), *selected = tree_view_select(json, path, all);
	char *text = tree_view_format(selected);

	json_decref(selected);
	json_decref(json);
	return text;
}

static void test_a_tree_is_drawn(void)
{
	check_text(draw("", false),
"vpn        supervisor  rest_for_one  1/5 in 30s\n"
"├─ api     running  pid 4102        gen 0  mailbox 0\n"
"├─ tunnel  running  pid 7           gen 0  mailbox 0"
"  supervisor  one_for_one  0/3 in 5s\n"
"│  └─ mon  stopped                  gen 0  mailbox 0  exit: status 3\n"
"├─ relays  backing off 12.4s        gen 3  mailbox 2  exit: signal SEGV\n"
"├─ late    starting, paused  pid 9  gen 0  mailbox 0\n"
"└─ group   supervisor  one_for_all  0/3 in 5s  backing off 2s\n");
}

static void test_a_part_of_a_tree_is_drawn(void)
{
	check_text(draw("/vpn/api", false),
		   "/vpn/api  running  pid 4102  gen 0  mailbox 0\n");
	check_text(draw("/system", false),
		   "system      supervisor  one_for_one  0/0 in 0ms\n"
		   "└─ control  running  gen 0  mailbox 0\n");
}

static void test_the_bundled_actors_are_shown_on_request(void)
{
	char *text = draw("", true);

	CU_ASSERT_PTR_NOT_NULL(strstr(text, "control"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "relays"));
	free(text);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_columns_are_as_wide_as_their_widest_cell),
	HARNESS_TEST(test_a_column_nobody_has_takes_no_room),
	HARNESS_TEST(test_nothing_moves_the_cursor),
	HARNESS_TEST(test_durations_need_units),
	HARNESS_TEST(test_durations_are_short),
	HARNESS_TEST(test_moments_are_counted_back_from_now),
	HARNESS_TEST(test_a_tree_is_drawn),
	HARNESS_TEST(test_a_part_of_a_tree_is_drawn),
	HARNESS_TEST(test_the_bundled_actors_are_shown_on_request),
};
HARNESS_MAIN(tests)
