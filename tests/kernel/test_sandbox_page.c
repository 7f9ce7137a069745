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

/* sorted, each once */
static size_t names_of(unsigned int group, bool fails,
		       const char *names[static NAMES_MAX])
{
	size_t n_rows, n = 0, kept = 0;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n_rows);

	for (size_t i = 0; i < n_rows && n < NAMES_MAX; i++)
		if (rows[i].groups & group && (rows[i].error != 0) == fails)
			names[n++] = rows[i].name;
	qsort(names, n, sizeof(*names), by_name);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			names[kept++] = names[i];
	return kept;
}

/* with all arguments, in that group? */
static bool is_whole(unsigned int group, const char *name)
{
	size_t n_rows;
	const struct sandbox_syscall *rows = sandbox_syscalls(&n_rows);

	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].groups & group && rows[i].error == 0 &&
		    rows[i].n_arguments == 0 && !strcmp(rows[i].name, name))
			return true;
	return false;
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

static void expect_calls(const char *page, const char *name,
			 unsigned int group, bool fails)
{
	const char *names[NAMES_MAX];
	size_t n = names_of(group, fails, names), size_bytes, column = 0;
	char *text = NULL, word[64];
	FILE *stream = open_memstream(&text, &size_bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	CU_ASSERT(n > 0);
	for (size_t i = 0; i < n; i++) {
		snprintf(word, sizeof(word), "%s%s%s", names[i],
			 fails || is_whole(group, names[i]) ? "" : "*",
			 i + 1 < n ? "," : ".");
		put_word(stream, &column, word);
	}
	fputc('\n', stream);
	fclose(stream);
	compare(page, name, text);
	free(text);
}

static void test_the_page_lists_the_calls_of_each_profile(void)
{
	static const struct {
		const char *name;
		unsigned int group;
	} groups[] = {
		{ "base", SANDBOX_BASE }, { "files", SANDBOX_FILES },
		{ "network", SANDBOX_NETWORK }, { "memfd", SANDBOX_MEMFD },
		{ "zygote", SANDBOX_ZYGOTE }, { "bundled", SANDBOX_BUNDLED },
		{ "program", SANDBOX_PROGRAM },
	};
	char *page = read_page();

	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		expect_calls(page, groups[i].name, groups[i].group, false);
	expect_calls(page, "fails", ~0u, true);
	free(page);
}

static void test_the_page_says_how_many_there_are(void)
{
#ifdef __x86_64__
	char *page = read_page(), text[128];

	snprintf(text, sizeof(text), "%u of them on x86-64, a program %u.\n",
		 sandbox_profile_calls(SANDBOX_BASE),
		 sandbox_profile_calls(SANDBOX_BASE | SANDBOX_FILES |
				       SANDBOX_PROGRAM));
	harness_note("%s", text);
	CU_ASSERT_PTR_NOT_NULL(strstr(page, text));
	snprintf(text, sizeof(text), "\n.It system calls Ta %u Ta ",
		 sandbox_profile_calls(SANDBOX_BASE));
	CU_ASSERT_PTR_NOT_NULL(strstr(page, text));
	free(page);
#else
	HARNESS_SKIP("the page counts those of x86-64");
#endif
}

static void test_a_profile_has_words_and_calls(void)
{
	char words[SANDBOX_PROFILE_BYTES];
	unsigned int all = SANDBOX_PROFILES - 1;

	CU_ASSERT_STRING_EQUAL(sandbox_profile_words(0, words), "");
	CU_ASSERT_STRING_EQUAL(sandbox_profile_words(
		SANDBOX_BASE | SANDBOX_NETWORK, words), "base network");
	CU_ASSERT_STRING_EQUAL(sandbox_profile_words(all, words),
		"base files network bundled program memfd zygote streams "
		"learning");
	CU_ASSERT_TRUE(sandbox_profile_allows(SANDBOX_BASE, "read"));
	CU_ASSERT_FALSE(sandbox_profile_allows(SANDBOX_BASE, "socket"));
	CU_ASSERT_TRUE(sandbox_profile_allows(SANDBOX_NETWORK, "socket"));
	/* it is there to fail */
	CU_ASSERT_FALSE(sandbox_profile_allows(all, "mlock"));
	CU_ASSERT_FALSE(sandbox_profile_allows(all, "mount"));
	CU_ASSERT_EQUAL(sandbox_profile_calls(0), 0);
	CU_ASSERT(sandbox_profile_calls(SANDBOX_BASE) <
		  sandbox_profile_calls(all));
}

/* ---- checks -------------------------------------------------------------- */

static void test_the_page_lists_every_check_with_its_weight(void)
{
	char *page = read_page(), *text = NULL;
	size_t size_bytes;
	FILE *stream = open_memstream(&text, &size_bytes);

	CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
	for (size_t i = 0; i < N_EXPOSURE_CHECKS; i++)
		fprintf(stream, ".It %s Ta %u Ta %s Ta %s\n",
			exposure_checks[i].id, exposure_checks[i].weight,
			exposure_checks[i].looks_at,
			exposure_checks[i].key ? exposure_checks[i].key : "-");
	fclose(stream);
	compare(page, "checks", text);
	free(text);
	free(page);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_page_lists_the_calls_of_each_profile),
	HARNESS_TEST(test_the_page_says_how_many_there_are),
	HARNESS_TEST(test_a_profile_has_words_and_calls),
	HARNESS_TEST(test_the_page_lists_every_check_with_its_weight),
};
HARNESS_MAIN(tests)
