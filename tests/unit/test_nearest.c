/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_nearest.c - a mistyped word finds what was meant, nonsense finds nothing.
 */
#include "actorctl/nearest.h"
#include "tests/harness/harness.h"

static const char *const words[] = { "tree", "start", "restart", "why", NULL };

static const struct {
	const char *word, *nearest;
} rows[] = {
	{ "tre",	"tree" },
	{ "trees",	"tree" },
	{ "strat",	"start" },
	{ "restrat",	"restart" },
	{ "whz",	"why" },
	{ "tree",	"tree" },
	{ "mailbox",	NULL },
	{ "",		NULL },
};

static void test_what_was_meant_is_at_most_two_letters_away(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *nearest = nearest_of(words, rows[i].word);
		const char *wanted = rows[i].nearest;

		CU_ASSERT_STRING_EQUAL(nearest ? nearest : "nothing",
				       wanted ? wanted : "nothing");
	}
}

static void test_the_first_of_equals_is_taken(void)
{
	static const char *const equals[] = { "cart", "dart", NULL };

	CU_ASSERT_STRING_EQUAL(nearest_of(equals, "bart"), "cart");
}

static void test_without_words_there_is_none(void)
{
	static const char *const none[] = { NULL };

	CU_ASSERT_PTR_NULL(nearest_of(none, "tree"));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_was_meant_is_at_most_two_letters_away),
	HARNESS_TEST(test_the_first_of_equals_is_taken),
	HARNESS_TEST(test_without_words_there_is_none),
};
HARNESS_MAIN(tests)
