/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_pages.c - rows of an answer come in the order of the file, and all of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/decide/pages.h"
#include "tests/harness/harness.h"

#define N_MANY 10000

static char exec[] = "x";
static struct spec_node
	a = { .path = (char []){ "/s/a" }, .exec = exec },
	n_x = { .path = (char []){ "/s/n/x" }, .exec = exec },
	b = { .path = (char []){ "/s/b" }, .exec = exec };
static struct spec_node *of_n[] = { &n_x };
static struct spec_node
	node_n = { .path = (char []){ "/s/n" }, .exec = exec, .children = of_n,
	      .n_children = 1 };
static struct spec_node *of_s[] = { &b, &node_n, &a };
static struct spec_node
	s = { .path = (char []){ "/s" }, .children = of_s, .n_children = 3 };
static struct spec_node *of_root[] = { &s };
static struct spec_node
	root = { .path = (char []){ "" }, .children = of_root,
		 .n_children = 1 };

static struct row *row_new(const char *path, const char *text)
{
	size_t n_bytes = strlen(text) + 2;
	struct row *row = calloc(1, sizeof(*row) + n_bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(row);
	row->path = strdup(path);
	row->n_bytes = n_bytes;
	memcpy(row->bytes, text, n_bytes - 2);
	return row;
}

/* "PATH TEXT" each, and NULL */
static struct row *rows_new(const char *const *rows)
{
	struct row *first = NULL, **tail = &first;
	char path[64], text[64];

	for (; *rows; rows++) {
		CU_ASSERT_EQUAL(sscanf(*rows, "%63s %63s", path, text), 2);
		*tail = row_new(path, text);
		tail = &(*tail)->next;
	}
	return first;
}

/* all strings with a space between, rows with a line's end */
static void expect(struct row *rows, const char *expected)
{
	char text[512] = "";
	const char *at;

	for (const struct row *row = rows; row; row = row->next) {
		for (at = row->bytes; *at; at += strlen(at) + 1) {
			strcat(text, at);
			strcat(text, " ");
		}
		CU_ASSERT_EQUAL((size_t)(at + 1 - row->bytes), row->n_bytes);
		strcat(text, "\n");
	}
	CU_ASSERT_STRING_EQUAL(text, expected);
	pages_free(rows);
}

static const char *const came[] = {
	"/s/n/x x", "/s/n of-above", "/s/a a", "/s/ own", "/s s", "/s/n/ of-n",
	"/s/b b", "/s/n of-itself", "/s/gone gone", "/s/b again", NULL,
};

static void test_decisions_are_in_the_order_of_time(void)
{
	static const char *const decisions[] = {
		"/s/n TIME_US=10", "/s/n TIME_US=30", "/s/n TIME_US=200",
		"/s/n TIME_US=9", "/s/n/x TIME_US=30", "/s/n TIME_US=31", NULL,
	};

	expect(pages_in_time(rows_new(decisions)),
	       "TIME_US=9 \nTIME_US=10 \nTIME_US=30 \nTIME_US=30 \n"
	       "TIME_US=31 \nTIME_US=200 \n");
	CU_ASSERT_PTR_NULL(pages_in_time(NULL));
}

static void test_they_are_in_the_order_of_the_file(void)
{
	expect(pages_in_order(rows_new(came), &root, ""),
	       "own s \nb \nof-n of-itself \nx \na \n");
	expect(pages_in_order(rows_new(came), &root, "/s/n"),
	       "of-n of-itself \nx \n");
	expect(pages_in_order(rows_new(came), &root, "/s/none"), "");
	expect(pages_in_order(NULL, &root, ""), "");
}

/* two that each fit and do not together: the one that says more of the node */
static void test_a_row_is_better_than_none(void)
{
	char text[PAGES_BYTES / 2 + 100];
	struct row *rows;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	rows = row_new("/s", text);
	rows->next = row_new("/s/", text);
	rows = pages_in_order(rows, &root, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(rows);
	CU_ASSERT_PTR_NULL(rows->next);
	CU_ASSERT_EQUAL(rows->n_bytes, strlen(text) + 2);
	pages_free(rows);
}

/* ---- many --------------------------------------------------------------- */

static struct spec_node *many_new(void)
{
	struct spec_node *all = calloc(N_MANY + 1, sizeof(*all));
	struct spec_node **children = calloc(N_MANY, sizeof(*children));

	CU_ASSERT_PTR_NOT_NULL_FATAL(all);
	CU_ASSERT_PTR_NOT_NULL_FATAL(children);
	for (size_t i = 0; i < N_MANY; i++) {
		all[i] = (struct spec_node){ .exec = exec };
		CU_ASSERT(asprintf(&all[i].path, "/s/w-%zu", i + 1) > 0);
		children[i] = &all[i];
	}
	all[N_MANY] = (struct spec_node){
		.path = strdup("/s"),
		.children = children,
		.n_children = N_MANY,
	};
	return all;
}

static void many_free(struct spec_node *all)
{
	free(all[N_MANY].children);
	for (size_t i = 0; i <= N_MANY; i++)
		free(all[i].path);
	free(all);
}

/* what one page leaves out the next one has, and nothing comes twice */
static size_t count_paged(const struct row *rows)
{
	static struct pages p;
	uint64_t cursor = 0;
	size_t n = 0, at;

	do {
		p = (struct pages){ .cursor = cursor };
		for (const struct row *row = rows; row; row = row->next)
			pages_add(&p, row);
		CU_ASSERT_FATAL(!p.full || p.cursor > cursor);
		for (at = 0; at < p.n_bytes; at += strlen(p.bytes + at) + 2)
			CU_ASSERT_EQUAL(strtoul(p.bytes + at, NULL, 10), ++n);
		cursor = p.cursor;
	} while (p.full);
	return n;
}

/* backwards: the last one is first in what came. Looking for each among all of
 * them would be felt */
static void test_ten_thousand_are_found_by_halves(void)
{
	struct spec_node *all = many_new();
	struct row *rows = NULL, *row;
	char number[16];

	for (size_t i = 0; i < N_MANY; i++) {
		snprintf(number, sizeof(number), "%zu", i + 1);
		row = row_new(all[i].path, number);
		row->next = rows;
		rows = row;
	}
	rows = pages_in_order(rows, &all[N_MANY], "");
	CU_ASSERT_EQUAL(count_paged(rows), N_MANY);
	pages_free(rows);
	many_free(all);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_they_are_in_the_order_of_the_file),
	HARNESS_TEST(test_decisions_are_in_the_order_of_time),
	HARNESS_TEST(test_a_row_is_better_than_none),
	HARNESS_TEST(test_ten_thousand_are_found_by_halves),
};
HARNESS_MAIN(tests)
