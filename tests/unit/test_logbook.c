/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_logbook.c - a book that is cut or changed anywhere is never taken for
 * another one.
 */
#include <stdlib.h>
#include <string.h>

#include "supervisord/decide/logbook.h"
#include "tests/harness/harness.h"

#define SEQUENCE 7

/** struct page - a book being written, as a file would be */
struct page {
	_Alignas(8) char bytes[8192];
	size_t n;
};

static void page_head(struct page *p, bool closed)
{
	const struct logbook_head head = logbook_head(SEQUENCE, p->n, closed);

	memcpy(p->bytes, &head, sizeof(head));
}

static void page_add(struct page *p, const struct logbook_entry *entry)
{
	char bytes[LOGBOOK_ENTRY_MAX];
	size_t n = logbook_write(bytes, SEQUENCE, p->n, entry);

	CU_ASSERT_FATAL(n > 0 && p->n + n <= sizeof(p->bytes));
	memcpy(p->bytes + p->n, bytes, n);
	p->n += n;
	page_head(p, false);
}

static const struct logbook_entry rows[] = {
	{ .text = "START", .n_text = 6 },
	{ .text = "EDGE\0ID=7", .n_text = 10, .bundle = 4, .n_files = 3,
	  .files = { 11, UINT64_MAX, 13 } },
	{ .text = "x", .n_text = 2, .bundle = UINT32_MAX, .n_files = 1,
	  .files = { 1 } },
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void write_rows(struct page *p)
{
	memset(p, 0, sizeof(*p));
	p->n = sizeof(struct logbook_head);
	page_head(p, false);
	for (size_t i = 0; i < N_ROWS; i++)
		page_add(p, &rows[i]);
}

static bool same(const struct logbook_entry *a, const struct logbook_entry *b)
{
	return a->n_text == b->n_text && a->bundle == b->bundle &&
	       a->n_files == b->n_files &&
	       !memcmp(a->text, b->text, a->n_text) &&
	       !memcmp(a->files, b->files, a->n_files * sizeof(a->files[0]));
}

static void test_what_was_written_is_read(void)
{
	struct logbook_entry entry;
	struct logbook book;
	struct page page;

	write_rows(&page);
	CU_ASSERT_EQUAL_FATAL(logbook_open(&book, page.bytes, page.n),
			      LOGBOOK_OPEN);
	CU_ASSERT_EQUAL(book.sequence, SEQUENCE);
	for (size_t i = 0; i < N_ROWS; i++) {
		CU_ASSERT_FATAL(logbook_next(&book, &entry));
		CU_ASSERT(same(&entry, &rows[i]));
	}
	CU_ASSERT_FALSE(logbook_next(&book, &entry));
}

static void test_a_book_without_an_entry_is_one(void)
{
	struct logbook_entry entry;
	struct logbook book;
	struct page page = { .n = sizeof(struct logbook_head) };

	page_head(&page, false);
	CU_ASSERT_EQUAL_FATAL(logbook_open(&book, page.bytes, page.n),
			      LOGBOOK_OPEN);
	CU_ASSERT_FALSE(logbook_next(&book, &entry));
}

/* its writer was killed between the entry and the head, or within the entry */
static void test_what_the_head_does_not_count_is_not_there(void)
{
	struct logbook_entry entry;
	struct logbook book;
	struct page page;
	size_t whole, n = 0;

	write_rows(&page);
	whole = page.n;
	page_add(&page, &rows[1]);
	for (size_t cut = whole; cut <= page.n; cut++) {
		struct page killed = page;

		killed.n = whole;
		page_head(&killed, false);
		CU_ASSERT_EQUAL_FATAL(logbook_open(&book, killed.bytes, cut),
				      LOGBOOK_OPEN);
		for (n = 0; logbook_next(&book, &entry); n++)
			;
		CU_ASSERT_EQUAL(n, N_ROWS);
	}
}

static void test_a_book_that_is_cut_anywhere_is_none(void)
{
	struct logbook book;
	struct page page;

	write_rows(&page);
	for (size_t n = 0; n < page.n; n++)
		CU_ASSERT_NOT_EQUAL(logbook_open(&book, page.bytes, n),
				    LOGBOOK_OPEN);
	CU_ASSERT_EQUAL(logbook_open(&book, page.bytes, 0), LOGBOOK_FOREIGN);
	CU_ASSERT_EQUAL(logbook_open(&book, page.bytes, page.n - 1),
			LOGBOOK_GARBLED);
}

static void test_a_bit_that_is_flipped_anywhere_is_found(void)
{
	struct logbook book;
	struct page page;

	write_rows(&page);
	for (size_t i = 0; i < page.n * 8; i++) {
		page.bytes[i / 8] ^= (char)(1 << i % 8);
		CU_ASSERT_NOT_EQUAL(logbook_open(&book, page.bytes, page.n),
				    LOGBOOK_OPEN);
		page.bytes[i / 8] ^= (char)(1 << i % 8);
	}
	CU_ASSERT_EQUAL(logbook_open(&book, page.bytes, page.n), LOGBOOK_OPEN);
}

static void test_an_entry_in_another_place_or_book_is_none(void)
{
	struct logbook book;
	struct page page;
	size_t n;

	write_rows(&page);
	n = logbook_write(page.bytes + page.n, SEQUENCE + 1, page.n, &rows[0]);
	page.n += n;
	page_head(&page, false);
	CU_ASSERT_EQUAL(logbook_open(&book, page.bytes, page.n),
			LOGBOOK_GARBLED);
	write_rows(&page);
	n = logbook_write(page.bytes + page.n, SEQUENCE, page.n + 8, &rows[0]);
	page.n += n;
	page_head(&page, false);
	CU_ASSERT_EQUAL(logbook_open(&book, page.bytes, page.n),
			LOGBOOK_GARBLED);
}

static void test_a_closed_book_is_said_to_be_closed(void)
{
	struct logbook book;
	struct page page;

	write_rows(&page);
	page_head(&page, true);
	CU_ASSERT_EQUAL(logbook_open(&book, page.bytes, page.n),
			LOGBOOK_CLOSED);
}

static void test_what_never_was_a_book_is_foreign(void)
{
	static const char text[64] = "something else, that somebody has put there";
	struct logbook book;

	CU_ASSERT_EQUAL(logbook_open(&book, text, sizeof(text)),
			LOGBOOK_FOREIGN);
}

static void test_what_is_too_large_is_not_written(void)
{
	static char text[ACTOR_CONTROL_MAX + 1], at[2 * LOGBOOK_ENTRY_MAX];
	struct logbook_entry entry = { .text = text };

	CU_ASSERT_EQUAL(logbook_write(at, 1, 48, &entry), 0);
	entry.n_text = ACTOR_CONTROL_MAX + 1;
	CU_ASSERT_EQUAL(logbook_write(at, 1, 48, &entry), 0);
	entry.n_text = ACTOR_CONTROL_MAX;
	entry.n_files = LOGBOOK_FILES_MAX + 1;
	CU_ASSERT_EQUAL(logbook_write(at, 1, 48, &entry), 0);
	entry.n_files = LOGBOOK_FILES_MAX;
	CU_ASSERT(logbook_write(at, 1, 48, &entry) <= LOGBOOK_ENTRY_MAX);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_was_written_is_read),
	HARNESS_TEST(test_a_book_without_an_entry_is_one),
	HARNESS_TEST(test_what_the_head_does_not_count_is_not_there),
	HARNESS_TEST(test_a_book_that_is_cut_anywhere_is_none),
	HARNESS_TEST(test_a_bit_that_is_flipped_anywhere_is_found),
	HARNESS_TEST(test_an_entry_in_another_place_or_book_is_none),
	HARNESS_TEST(test_a_closed_book_is_said_to_be_closed),
	HARNESS_TEST(test_what_never_was_a_book_is_foreign),
	HARNESS_TEST(test_what_is_too_large_is_not_written),
};
HARNESS_MAIN(tests)
