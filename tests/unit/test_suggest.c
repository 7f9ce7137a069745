/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_suggest.c - "did you mean" finds what a person meant, and no nonsense.
 */
#include <string.h>

#include "supervisord/config/suggest.h"
#include "tests/harness/harness.h"

static const struct {
	const char *one, *other;
	size_t limit, distance;
} distances[] = {
	{ "",		"",		3, 0 },
	{ "",		"abc",		3, 3 },
	{ "abc",	"",		3, 3 },
	{ "abc",	"abc",		3, 0 },
	{ "abc",	"abd",		3, 1 },
	{ "abc",	"abcd",		3, 1 },
	{ "abcd",	"abc",		3, 1 },
	{ "bcd",	"abcd",		3, 1 },
	{ "abcd",	"bcd",		3, 1 },
	{ "abc",	"bac",		3, 1 },
	{ "restrat",	"restart",	3, 1 },
	{ "strategi",	"strategy",	3, 1 },
	{ "kitten",	"sitting",	3, 3 },
	{ "abcdef",	"ghijkl",	3, 4 },
	{ "abcdef",	"ghijkl",	1, 2 },
	{ "a",		"abcdefgh",	3, 4 },
	{ "abc",	"abd",		0, 1 },
	{ "abcxyz",	"xyzabc",	3, 4 },
};

static void test_distances_are_counted(void)
{
	size_t i;

	for (i = 0; i < sizeof(distances) / sizeof(distances[0]); i++) {
		size_t d = suggest_distance(distances[i].one,
					    distances[i].other,
					    distances[i].limit);

		if (d != distances[i].distance)
			harness_note("%s %s: %zu", distances[i].one,
				     distances[i].other, d);
		CU_ASSERT_EQUAL(d, distances[i].distance);
	}
}

static void test_a_distance_is_the_same_both_ways(void)
{
	static const char *const words[] = {
		"", "a", "ab", "ba", "restart", "restrat", "strategy", "start",
		"stop_timeout", "start_timeout", "sandbox", "sandbax",
	};
	size_t n = sizeof(words) / sizeof(words[0]);
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < n; j++)
			CU_ASSERT_EQUAL(suggest_distance(words[i], words[j], 3),
					suggest_distance(words[j], words[i], 3));
	}
}

static const char *const keys[] = {
	"name", "exec", "refs", "restart", "sandbox", "stop_timeout",
	"start_timeout", NULL
};

static const struct {
	const char *word, *nearest;
} suggestions[] = {
	{ "nam",		"name" },
	{ "nmae",		"name" },
	{ "excec",		"exec" },
	{ "sandbx",		"sandbox" },
	{ "stop_timout",	"stop_timeout" },
	{ "starttimeout",	"start_timeout" },
	{ "restart",		"restart" },
	{ "network",		NULL },
	{ "x",			NULL },
	{ "",			NULL },
	{ "ref",		"refs" },
	{ "rf",			NULL },
};

static void test_the_nearest_word_is_suggested(void)
{
	size_t i;

	for (i = 0; i < sizeof(suggestions) / sizeof(suggestions[0]); i++) {
		const char *nearest = suggest_from(keys, suggestions[i].word);

		if (!suggestions[i].nearest)
			CU_ASSERT_PTR_NULL(nearest);
		if (suggestions[i].nearest)
			CU_ASSERT_STRING_EQUAL(nearest ? nearest : "nothing",
					       suggestions[i].nearest);
	}
}

static void test_the_first_of_equally_near_words_is_suggested(void)
{
	static const char *const words[] = { "cart", "dart", NULL };

	CU_ASSERT_STRING_EQUAL(suggest_from(words, "bart"), "cart");
}

static void test_a_very_long_word_is_not_searched_for(void)
{
	char word[SUGGEST_WORD_MAX + 2];

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	CU_ASSERT_PTR_NULL(suggest_from((const char *const[]){ word, NULL },
					word));
}

static void test_no_words_suggest_nothing(void)
{
	CU_ASSERT_PTR_NULL(suggest_from(NULL, "name"));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_distances_are_counted),
	HARNESS_TEST(test_a_distance_is_the_same_both_ways),
	HARNESS_TEST(test_the_nearest_word_is_suggested),
	HARNESS_TEST(test_the_first_of_equally_near_words_is_suggested),
	HARNESS_TEST(test_a_very_long_word_is_not_searched_for),
	HARNESS_TEST(test_no_words_suggest_nothing),
};
HARNESS_MAIN(tests)
