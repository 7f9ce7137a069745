/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_yaml.c - the strict subset of YAML: what is read, what is refused where.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/errors.h"
#include "supervisord/config/yaml.h"
#include "tests/harness/harness.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

/* a text and all errors in it, each ended by a newline */
struct row {
	const char *text;
	const char *errors;
};

/* what the errors are, as @row has them */
static void list_errors(const struct config_errors *errors, char *buffer,
			size_t size)
{
	size_t i, n = 0;

	buffer[0] = '\0';
	for (i = 0; i < errors->n_errors && n < size; i++)
		n += (size_t)snprintf(buffer + n, size - n, "%u:%u: %s\n",
				      errors->errors[i].mark.line,
				      errors->errors[i].mark.column,
				      errors->errors[i].message);
}

static void check_bytes(const char *text, size_t n_bytes, const char *wanted)
{
	struct config_errors errors = { .n_errors = 0 };
	struct yaml_value *value;
	char said[4096];

	CU_ASSERT_EQUAL(yaml_value_parse(text, n_bytes, &errors, &value), 0);
	config_errors_sort(&errors);
	list_errors(&errors, said, sizeof(said));
	if (strcmp(said, wanted) != 0)
		harness_note("of:\n%.*s\nsays:\n%snot:\n%s", (int)n_bytes, text,
			     said, wanted);
	CU_ASSERT_STRING_EQUAL(said, wanted);
	config_errors_clear(&errors);
	yaml_value_free(value);
}

static void check_rows(const struct row *rows, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		check_bytes(rows[i].text, strlen(rows[i].text), rows[i].errors);
}

static const struct row fine[] = {
	{ "a: 1\n", "" },
	{ "a: 1", "" },
	{ "---\na: 1\n...\n", "" },
	{ "# only\na: [1, 2, { b: c }]\n", "" },
	{ "a: |\n  one\n  two\nb: >\n  three\n", "" },
	{ "a: 'it''s'\nb: \"\\t\\u263a\"\n", "" },
	{ "a: 1\r\nb: 2\r\n", "" },
	{ "gr\303\274n: \360\237\246\200\n", "" },
	{ "\"<<\": quoted\n", "" },
	{ "? a\n: 1\n", "" },
};

static void test_the_subset_is_read(void)
{
	check_rows(fine, N(fine));
}

#define WRITE_AGAIN " are not part of this format: write the value again\n"

static const struct row outside[] = {
	{ "a: &x 1\n",
	  "1:4: anchors (&…)" WRITE_AGAIN },
	{ "a: *x\n",
	  "1:4: aliases (*…)" WRITE_AGAIN },
	{ "a: &x [1]\nb: &y { c: 1 }\nc: [*x, *y]\n",
	  "1:4: anchors (&…)" WRITE_AGAIN
	  "2:4: anchors (&…)" WRITE_AGAIN
	  "3:5: aliases (*…)" WRITE_AGAIN
	  "3:9: aliases (*…)" WRITE_AGAIN },
	{ "a: !!int 1\n",
	  "1:4: tags (!…) are not part of this format: values need none\n" },
	{ "a: ! 1\n",
	  "1:4: tags (!…) are not part of this format: values need none\n" },
	{ "<<: { a: 1 }\n",
	  "1:1: merge keys (<<) are not part of this format\n" },
	{ "*x : 1\n",
	  "1:1: aliases (*…) are not part of this format\n" },
	{ "&x a: 1\n",
	  "1:1: anchors (&…)" WRITE_AGAIN },
	{ "? [a]\n: 1\n? { b: c }\n: 2\n",
	  "1:3: a key must be text\n"
	  "3:3: a key must be text\n" },
	{ "%YAML 1.1\n---\na: 1\n",
	  "1:1: directives (%…) are not part of this format\n" },
	{ "%TAG ! tag:x,2000:\n---\na: 1\n",
	  "1:1: directives (%…) are not part of this format\n" },
	{ "%FOO\n---\na: 1\n",
	  "1:5: directives (%…) are not part of this format\n" },
	{ "%YAML 2.0\n---\na: 1\n",
	  "1:1: directives (%…) are not part of this format\n" },
	{ "a: 1\n---\nb: 2\n",
	  "2:1: a second document (---): one file has one\n" },
	{ "a: \"\\0\"\n\"b\\0\": 1\n",
	  "1:4: text cannot hold a NUL byte\n"
	  "2:1: text cannot hold a NUL byte\n" },
	{ "",
	  "1:1: the file is empty\n" },
	{ "# nothing\n",
	  "2:1: the file is empty\n" },
};

static void test_the_rest_of_yaml_is_refused_and_read_over(void)
{
	check_rows(outside, N(outside));
}

static const struct row twice[] = {
	{ "a: 1\nb: 2\na: 3\n",
	  "3:1: key \"a\" is there twice, first in line 1\n" },
	{ "a: 1\n\"a\": 2\n'a': 3\n",
	  "2:1: key \"a\" is there twice, first in line 1\n"
	  "3:1: key \"a\" is there twice, first in line 1\n" },
	{ "x: { a: 1, a: 2 }\ny: { a: 1 }\n",
	  "1:12: key \"a\" is there twice, first in line 1\n" },
	{ "\"\\u0061\": 1\na: 2\n",
	  "2:1: key \"a\" is there twice, first in line 1\n" },
};

static void test_a_key_is_there_once(void)
{
	check_rows(twice, N(twice));
}

static const struct row broken[] = {
	{ "a: [1, 2\n",
	  "2:1: expected \",\" or \"]\" (in what began in line 1)\n" },
	{ "a: { b: 1\nc: 2\n",
	  "2:2: expected \",\" or \"}\" (in what began in line 1)\n" },
	{ "a: 1\n  b: 2\n",
	  "2:4: a \":\" cannot stand here: is the indentation right, or are quotes missing?\n" },
	{ "a: 1\n\tb: 2\n",
	  "2:1: a tab cannot indent: use spaces (in what began in line 1)\n" },
	{ "\ta: 1\n",
	  "1:1: a tab cannot indent: use spaces\n" },
	{ "a: @x\n",
	  "1:4: text cannot begin with \"@\": quote it\n" },
	{ "a: \"b\n",
	  "2:1: a quote is never closed (in what began in line 1)\n" },
	{ "a: \"\\q\"\n",
	  "1:5: unknown escape in quotes: write \\\\ for a backslash, or use '…'\n" },
	{ "a:\n  - 1\n b: 2\n",
	  "3:2: expected a key here: is the indentation right? (in what began in line 1)\n" },
	{ "- a\nb: 1\n",
	  "2:1: expected \"- \" here: is the indentation right? (in what began in line 1)\n" },
	{ "a: b: c\n",
	  "1:5: a \":\" cannot stand here: is the indentation right, or are quotes missing?\n" },
	{ "a: - b\n",
	  "1:4: a \"- \" cannot stand here: a list begins on a line of its own\n" },
	{ "a: 1\nb\nc: 2\n",
	  "3:1: expected \":\" after the key (in what began in line 2)\n" },
	{ "a: ]\n",
	  "1:4: expected a value here\n" },
	{ "a: &x 1\nb: [\n",
	  "1:4: anchors (&…)" WRITE_AGAIN
	  "3:1: expected a value here\n" },
};

static void test_what_is_not_yaml_is_explained(void)
{
	check_rows(broken, N(broken));
}

#define BAD(text, errors) { text, sizeof(text) - 1, errors }

static const struct {
	const char *text;
	size_t n_bytes;
	const char *errors;
} bytes[] = {
	BAD("a: 1\0\n",
	    "1:5: a NUL byte: this is not a text file\n"),
	BAD("\357\273\277a: 1\n",
	    "1:1: the file begins with a byte order mark: save it as UTF-8 without one\n"),
	BAD("a\357\273\277: 1\n",
	    "1:2: character U+FEFF is invisible or a control character: not allowed\n"),
	BAD("\376\377\0a",
	    "1:1: byte 0xfe is not UTF-8 text\n"),
	BAD("a: \"\033[31m\"\n",
	    "1:5: character U+001B is invisible or a control character: not allowed\n"),
	BAD("a: 1\rb: 2\n",
	    "1:5: a carriage return inside of a line: lines end with LF or CR LF\n"),
	BAD("a: 1\r",
	    "1:5: a carriage return inside of a line: lines end with LF or CR LF\n"),
	BAD("a: \302\205b\n",
	    "1:4: character U+0085 is invisible or a control character: not allowed\n"),
	BAD("a: \342\200\250b\n",
	    "1:4: character U+2028 is invisible or a control character: not allowed\n"),
	BAD("a: \342\200\256b\n",
	    "1:4: character U+202E is invisible or a control character: not allowed\n"),
	BAD("\303\274: \300\200\n",
	    "1:4: byte 0xc0 is not UTF-8 text\n"),
	BAD("a: \355\240\200\n",
	    "1:4: byte 0xed is not UTF-8 text\n"),
	BAD("a: \364\220\200\200\n",
	    "1:4: byte 0xf4 is not UTF-8 text\n"),
	BAD("a: \342\202",
	    "1:4: byte 0xe2 is not UTF-8 text\n"),
	BAD("a: \200\200\nb: \200\nc: 1\n",
	    "1:4: byte 0x80 is not UTF-8 text\n"
	    "2:4: byte 0x80 is not UTF-8 text\n"),
};

static void test_bytes_that_are_no_plain_text_are_refused(void)
{
	size_t i;

	for (i = 0; i < N(bytes); i++)
		check_bytes(bytes[i].text, bytes[i].n_bytes, bytes[i].errors);
}

/* @n times @unit, then @rest; malloc'd */
static char *repeat(const char *unit, size_t n, const char *rest)
{
	size_t n_unit = strlen(unit);
	char *text = malloc(n * n_unit + strlen(rest) + 1);
	size_t i;

	if (!text)
		abort();
	for (i = 0; i < n; i++)
		memcpy(text + i * n_unit, unit, n_unit);
	strcpy(text + n * n_unit, rest);

	return text;
}

static void check_repeated(const char *unit, size_t n, const char *rest,
			   const char *errors)
{
	char *text = repeat(unit, n, rest);

	check_bytes(text, strlen(text), errors);
	free(text);
}

static void test_nesting_ends_at_64(void)
{
	char closing[65];

	memset(closing, ']', sizeof(closing) - 1);
	closing[sizeof(closing) - 1] = '\0';
	check_repeated("[", CONFIG_DEPTH_MAX, closing, "");
	check_repeated("[", CONFIG_DEPTH_MAX + 1, "",
		       "1:65: nested more than 64 levels deep\n");
	check_repeated("[", 100000, "",
		       "1:65: nested more than 64 levels deep\n");
	check_repeated("- ", 100000, "",
		       "1:129: nested more than 64 levels deep\n");
}

static void test_a_file_ends_at_one_mebibyte(void)
{
	check_repeated("a", CONFIG_BYTES_MAX, "", "");
	check_repeated("a", CONFIG_BYTES_MAX, "a",
		       "1:1: the file is larger than 1 MiB\n");
}

static struct yaml_value *read_text(const char *text)
{
	struct config_errors errors = { .n_errors = 0 };
	struct yaml_value *value = NULL;

	CU_ASSERT_EQUAL(yaml_value_parse(text, strlen(text), &errors, &value),
			0);
	CU_ASSERT_EQUAL(errors.n_errors, 0);
	config_errors_clear(&errors);
	if (!value)
		abort();

	return value;
}

static void test_values_know_where_they_stood(void)
{
	struct yaml_value *map = read_text("# c\nn\303\244m: \303\266\n"
					   "list:\n  - {x: }\n");
	const struct yaml_value *list = yaml_value_find(map, "list");
	const struct yaml_value *x;

	CU_ASSERT_EQUAL(map->kind, YAML_KIND_MAP);
	CU_ASSERT_EQUAL(map->n_values, 2);
	CU_ASSERT_EQUAL(map->mark.line, 2);
	CU_ASSERT_EQUAL(map->first->mark.column, 6);
	CU_ASSERT_STRING_EQUAL(map->first->text, "\303\266");
	CU_ASSERT_EQUAL(list->kind, YAML_KIND_LIST);
	CU_ASSERT_EQUAL(list->key_mark.line, 3);
	CU_ASSERT_EQUAL(list->first->mark.line, 4);
	CU_ASSERT_EQUAL(list->first->mark.column, 5);
	x = yaml_value_find(list->first, "x");
	CU_ASSERT(x->empty);
	CU_ASSERT_PTR_NULL(yaml_value_find(map, "x"));
	yaml_value_free(map);
}

/* types are ours: nothing is a number, a boolean or null by itself */
static void test_all_text_is_text(void)
{
	static const char *const texts[] = { "yes", "no", "1e3", "~", "null",
					     "0o17", "2001-01-01" };
	struct yaml_value *list =
		read_text("[yes, no, 1e3, ~, null, 0o17, 2001-01-01]");
	const struct yaml_value *item = list->first;
	size_t i;

	for (i = 0; i < N(texts); i++, item = item->next) {
		CU_ASSERT_EQUAL(item->kind, YAML_KIND_TEXT);
		CU_ASSERT_STRING_EQUAL(item->text, texts[i]);
		CU_ASSERT_FALSE(item->empty);
	}
	CU_ASSERT_PTR_NULL(item);
	yaml_value_free(list);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_subset_is_read),
	HARNESS_TEST(test_the_rest_of_yaml_is_refused_and_read_over),
	HARNESS_TEST(test_a_key_is_there_once),
	HARNESS_TEST(test_what_is_not_yaml_is_explained),
	HARNESS_TEST(test_bytes_that_are_no_plain_text_are_refused),
	HARNESS_TEST(test_nesting_ends_at_64),
	HARNESS_TEST(test_a_file_ends_at_one_mebibyte),
	HARNESS_TEST(test_values_know_where_they_stood),
	HARNESS_TEST(test_all_text_is_text),
};
HARNESS_MAIN(tests)
