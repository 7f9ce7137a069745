/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_sandbox_page.c - the lists in actor-sandbox(7) are those of the tables.
 *
 * Each stands between two comments of the page; when one is not as the table has
 * it, the log has what should stand there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actorctl/exposure.h"
#include "supervisord/act/sandbox_profile.h"
#include "tests/harness/harness.h"

#define PLAIN (SANDBOX_BASE | SANDBOX_CLOSES)
#define NAMES_MAX 512
#define LINE_MAX_COLUMNS 76

/* ---- the page ------------------------------------------------------------ */

static char *read_page(void)
{
	const char *source = getenv("ACTORPROC_SOURCE");
	char path[4096], *text = NULL;
	size_t size_bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/man/actor-sandbox.7",
		 source ? source : "../../..");
	file = fopen(path, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_FATAL(getdelim(&text, &size_bytes, '\0', file) > 0);
	fclose(file);
	return text;
}

/* what stands behind the comment `.\" table NAME` up to the next such comment */
static char *block_of(const char *page, const char *name)
{
	char begin[64];
	const char *at, *end;

	snprintf(begin, sizeof(begin), ".\\\" table %s\n", name);
	at = strstr(page, begin);
	if (!at)
		return strdup("");
	at += strlen(begin);
	end = strstr(at, ".\\\" table");
	return strndup(at, end ? (size_t)(end - at) : strlen(at));
}

static void compare(const char *page, const char *name, const char *expected)
{
	char *block = block_of(page, name);

	if (strcmp(block, expected) != 0)
		harness_note("the page should say of %s:\n%s", name, expected);
	CU_ASSERT_STRING_EQUAL(block, expected);
	free(block);
}

/* ---- system calls -------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/** struct part - of the table: what a group has in one stage, or what fails */
struct part {
	const char *name;
	unsigned int groups;
	enum sandbox_stage stage;
	bool fails;
};

static bool is_in(const struct part *part, const struct sandbox_syscall *row)
{
	return row->groups & part->groups && (row->error != 0) == part->fails &&
	       (part->fails || row->stage == part->stage);
}

/* sorted, each once */
static size_t names_of(const struct part *part,
		       const char *names[static NAMES_MAX])
{
	size_t n_rows, n = 0, kept = 0;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n_rows);

	for (size_t i = 0; i < n_rows && n < NAMES_MAX; i++)
		if (is_in(part, &rows[i]))
			names[n++] = rows[i].name;
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			names[kept++] = names[i];
	return kept;
}

/* the second stage refuses some of it */
static bool is_narrowed(const char *name)
{
	size_t n_rows;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n_rows);

	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].stage == SANDBOX_SECOND_STAGE &&
		    !strcmp(rows[i].name, name))
			return true;
	return false;
}

/* with all arguments, in that part? */
static bool is_whole(const struct part *part, const char *name)
{
	size_t n_rows;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n_rows);

	if (!part->fails && is_narrowed(name))
		return false;
	for (size_t i = 0; i < n_rows; i++)
		if (is_in(part, &rows[i]) && rows[i].n_arguments == 0 &&
		    !strcmp(rows[i].name, name))
			return true;
	return part->fails;
}

/* of all its rows, each once */
static void put_reasons(FILE *stream, const struct part *part, const char *name)
{
	const char *reasons[32];
	size_t n_rows, n = 0, k;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n_rows);

	for (size_t i = 0; i < n_rows && n < 32; i++) {
		if (!is_in(part, &rows[i]) || strcmp(rows[i].name, name) != 0)
			continue;
		for (k = 0; k < n && strcmp(reasons[k], rows[i].reason); k++)
			;
		if (k < n)
			continue;
		fprintf(stream, "%s%s", n ? "; " : "", rows[i].reason);
		reasons[n++] = rows[i].reason;
	}
}

static void expect_reasons(const char *page, const struct part *part)
{
	const char *names[NAMES_MAX];
	size_t n = names_of(part, names), size_bytes;
	char *text = NULL;
	FILE *stream = open_memstream(&text, &size_bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	for (size_t i = 0; i < n; i++) {
		fprintf(stream, ".It %s%s Ta ", names[i],
			is_whole(part, names[i]) ? "" : "*");
		put_reasons(stream, part, names[i]);
		fputc('\n', stream);
	}
	fclose(stream);
	compare(page, part->name, text);
	free(text);
}

static void put_word(FILE *stream, size_t *column, const char *word)
{
	size_t n = strlen(word);

	if (*column > 0 && *column + 1 + n > LINE_MAX_COLUMNS) {
		fputc('\n', stream);
		*column = 0;
	}
	if (*column > 0)
		*column += (size_t)fprintf(stream, " ");
	*column += (size_t)fprintf(stream, "%s", word);
}

static void expect_calls(const char *page, const struct part *part)
{
	const char *names[NAMES_MAX];
	size_t n = names_of(part, names), size_bytes, column = 0;
	char *text = NULL, word[64];
	FILE *stream = open_memstream(&text, &size_bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	CU_ASSERT(n > 0);
	for (size_t i = 0; i < n; i++) {
		snprintf(word, sizeof(word), "%s%s%s", names[i],
			 is_whole(part, names[i]) ? "" : "*",
			 i + 1 < n ? "," : ".");
		put_word(stream, &column, word);
	}
	fputc('\n', stream);
	fclose(stream);
	compare(page, part->name, text);
	free(text);
}

static void test_the_page_has_both_stages_with_their_reasons(void)
{
	static const struct part stages[] = {
		{ "base", SANDBOX_BASE, SANDBOX_BOTH_STAGES, false },
		{ "start", SANDBOX_BASE | SANDBOX_CLOSES, SANDBOX_FIRST_STAGE,
		  false },
	};
	char *page = read_page();

	for (size_t i = 0; i < sizeof(stages) / sizeof(*stages); i++)
		expect_reasons(page, &stages[i]);
	free(page);
}

static void test_the_page_lists_the_calls_of_each_profile(void)
{
	static const struct part parts[] = {
		{ "read", SANDBOX_READ, SANDBOX_BOTH_STAGES, false },
		{ "files", SANDBOX_FILES, SANDBOX_BOTH_STAGES, false },
		{ "network", SANDBOX_NETWORK, SANDBOX_BOTH_STAGES, false },
		{ "memfd", SANDBOX_MEMFD, SANDBOX_BOTH_STAGES, false },
		{ "threads", SANDBOX_THREADS, SANDBOX_BOTH_STAGES, false },
		{ "zygote", SANDBOX_ZYGOTE, SANDBOX_BOTH_STAGES, false },
		{ "edges", SANDBOX_EDGES, SANDBOX_BOTH_STAGES, false },
		{ "journal", SANDBOX_JOURNAL, SANDBOX_BOTH_STAGES, false },
		{ "control", SANDBOX_CONTROL, SANDBOX_BOTH_STAGES, false },
		{ "keeper", SANDBOX_KEEPER, SANDBOX_BOTH_STAGES, false },
		{ "program", SANDBOX_PROGRAM, SANDBOX_BOTH_STAGES, false },
		{ "signals", SANDBOX_SIGNALS, SANDBOX_BOTH_STAGES, false },
		{ "fails", ~0u, SANDBOX_BOTH_STAGES, true },
	};
	char *page = read_page();

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		expect_calls(page, &parts[i]);
	free(page);
}

static unsigned int calls_of(unsigned int groups, enum sandbox_stage stage)
{
	const struct sandbox_profile profile = { groups, NULL };

	return sandbox_profile_calls(&profile, stage);
}

static void test_the_page_says_how_many_there_are(void)
{
#ifdef __x86_64__
	char *page = read_page(), text[128];

	snprintf(text, sizeof(text),
		 "%u of them on x86-64, before that %u; a program %u.\n",
		 calls_of(PLAIN, SANDBOX_SECOND_STAGE),
		 calls_of(PLAIN, SANDBOX_FIRST_STAGE),
		 calls_of(SANDBOX_BASE | SANDBOX_FILES | SANDBOX_PROGRAM |
			  SANDBOX_SIGNALS,
			  SANDBOX_FIRST_STAGE));
	harness_note("%s", text);
	CU_ASSERT_PTR_NOT_NULL(strstr(page, text));
	snprintf(text, sizeof(text), "\n.It system calls Ta %u Ta ",
		 calls_of(PLAIN, SANDBOX_SECOND_STAGE));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, text));
	free(page);
#else
	HARNESS_SKIP("the page counts those of x86-64");
#endif
}

static bool allows(unsigned int groups, const char *name)
{
	const struct sandbox_profile profile = { groups, NULL };

	return sandbox_profile_allows(&profile, SANDBOX_SECOND_STAGE, name);
}

static void test_a_profile_has_words_and_calls(void)
{
	char words[SANDBOX_PROFILE_BYTES];
	unsigned int all = SANDBOX_PROFILES - 1;

	CU_ASSERT_STRING_EQUAL(sandbox_profile_words(0, words), "");
	CU_ASSERT_STRING_EQUAL(sandbox_profile_words(
		SANDBOX_BASE | SANDBOX_NETWORK, words), "base network");
	CU_ASSERT_STRING_EQUAL(sandbox_profile_words(all, words),
		"base files network journal control keeper program memfd "
		"zygote read threads streams signals edges");
	CU_ASSERT_TRUE(allows(SANDBOX_BASE, "read"));
	CU_ASSERT_FALSE(allows(SANDBOX_BASE, "socket"));
	CU_ASSERT_TRUE(allows(SANDBOX_NETWORK, "socket"));
	CU_ASSERT_TRUE(allows(SANDBOX_READ, "open"));
	/* it is there to fail */
	CU_ASSERT_FALSE(allows(all, "mlock"));
	CU_ASSERT_FALSE(allows(all, "mount"));
	CU_ASSERT_EQUAL(calls_of(0, SANDBOX_FIRST_STAGE), 0);
	CU_ASSERT(calls_of(PLAIN, SANDBOX_SECOND_STAGE) <
		  calls_of(PLAIN, SANDBOX_FIRST_STAGE));
	CU_ASSERT(calls_of(PLAIN, SANDBOX_FIRST_STAGE) <
		  calls_of(all, SANDBOX_FIRST_STAGE));
}

/* ---- checks -------------------------------------------------------------- */

static void test_the_page_lists_every_check_with_its_weight(void)
{
	char *page = read_page(), *text = NULL;
	size_t size_bytes;
	FILE *stream = open_memstream(&text, &size_bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	for (const struct exposure_check_row *row = exposure_checks;
	     row < exposure_checks + N_EXPOSURE_CHECKS; row++)
		fprintf(stream, ".It %s Ta %u Ta %s%s%s%s\n", row->id,
			row->weight, row->looks_at, row->key ? " (" : "",
			row->key ? row->key : "", row->key ? ")" : "");
	fclose(stream);
	compare(page, "checks", text);
	free(text);
	free(page);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_page_has_both_stages_with_their_reasons),
	HARNESS_TEST(test_the_page_lists_the_calls_of_each_profile),
	HARNESS_TEST(test_the_page_says_how_many_there_are),
	HARNESS_TEST(test_a_profile_has_words_and_calls),
	HARNESS_TEST(test_the_page_lists_every_check_with_its_weight),
};
HARNESS_MAIN(tests)
