/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_values.c - durations, sizes, counts, factors, intensities and words.
 */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "supervisord/config/values.h"
#include "tests/harness/harness.h"

#define N(rows) (sizeof(rows) / sizeof((rows)[0]))

#define US UINT64_C(1000)
#define MS (1000 * US)
#define S (1000 * MS)

struct number_row {
	const char *text;
	int result;
	uint64_t value;
};

static const struct number_row durations[] = {
	{ "0",				0,	  0 },
	{ "000",			0,	  0 },
	{ "0s",				0,	  0 },
	{ "1ns",			0,	  1 },
	{ "7us",			0,	  7 * US },
	{ "500ms",			0,	  500 * MS },
	{ "5s",				0,	  5 * S },
	{ "1min",			0,	  60 * S },
	{ "2h",				0,	  7200 * S },
	{ "1d",				0,	  86400 * S },
	{ "007s",			0,	  7 * S },
	{ "5",				-ENOMSG,  0 },
	{ "",				-EINVAL,  0 },
	{ "s",				-EINVAL,  0 },
	{ "-5s",			-EINVAL,  0 },
	{ "+5s",			-EINVAL,  0 },
	{ " 5s",			-EINVAL,  0 },
	{ "5 s",			-EINVAL,  0 },
	{ "5S",				-EINVAL,  0 },
	{ "5sec",			-EINVAL,  0 },
	{ "1.5s",			-EINVAL,  0 },
	{ "1e3s",			-EINVAL,  0 },
	{ "0x5s",			-EINVAL,  0 },
	{ "5m",				-EINVAL,  0 },
	{ "18446744073709551615ns",	0,	  UINT64_MAX },
	{ "18446744073709551616ns",	-ERANGE,  0 },
	{ "99999999999999999999999s",	-ERANGE,  0 },
	{ "18446744073709551615s",	-ERANGE,  0 },
};

static const struct number_row sizes[] = {
	{ "0",				0,	  0 },
	{ "65536",			0,	  65536 },
	{ "64K",			0,	  65536 },
	{ "1M",				0,	  1048576 },
	{ "2G",				0,	  UINT64_C(2) << 30 },
	{ "64k",			-EINVAL,  0 },
	{ "64KB",			-EINVAL,  0 },
	{ "64 K",			-EINVAL,  0 },
	{ "K",				-EINVAL,  0 },
	{ "",				-EINVAL,  0 },
	{ "-1",				-EINVAL,  0 },
	{ "17179869184G",		-ERANGE,  0 },
};

static const struct number_row counts[] = {
	{ "0",				0,	  0 },
	{ "12",				0,	  12 },
	{ "18446744073709551615",	0,	  UINT64_MAX },
	{ "18446744073709551616",	-ERANGE,  0 },
	{ "",				-EINVAL,  0 },
	{ "1 ",				-EINVAL,  0 },
	{ "-1",				-EINVAL,  0 },
	{ "three",			-EINVAL,  0 },
};

/* an output is written on success alone */
static void check_numbers(const struct number_row *rows, size_t n,
			  int (*parse)(const char *, uint64_t *))
{
	const uint64_t untouched = 0x5a5a;
	size_t i;

	for (i = 0; i < n; i++) {
		uint64_t value = untouched;
		uint64_t wanted = rows[i].result < 0 ? untouched :
						       rows[i].value;
		int r = parse(rows[i].text, &value);

		if (r != rows[i].result || value != wanted)
			harness_note("\"%s\": %d", rows[i].text, r);
		CU_ASSERT_EQUAL(r, rows[i].result);
		CU_ASSERT_EQUAL(value, wanted);
	}
}

static void test_durations_have_units(void)
{
	check_numbers(durations, N(durations), value_duration_parse);
}

static void test_sizes_may_have_units(void)
{
	check_numbers(sizes, N(sizes), value_size_parse);
}

static void test_counts_are_digits(void)
{
	check_numbers(counts, N(counts), value_count_parse);
}

static void test_durations_are_written_as_they_are_read(void)
{
	static const char *const texts[] = {
		"0", "1ns", "1us", "100ms", "1500ms", "5s", "90s", "1min",
		"2h", "1d", "36h", "18446744073709551615ns",
	};
	char buffer[VALUE_TEXT_MAX];
	uint64_t ns;
	size_t i;

	for (i = 0; i < N(texts); i++) {
		CU_ASSERT_EQUAL(value_duration_parse(texts[i], &ns), 0);
		CU_ASSERT_STRING_EQUAL(value_duration_format(ns, buffer),
				       texts[i]);
	}
}

static void test_sizes_are_written_as_they_are_read(void)
{
	static const char *const texts[] = { "0", "1", "1023", "4K", "3M",
					     "1025K", "2G" };
	char buffer[VALUE_TEXT_MAX];
	uint64_t bytes;
	size_t i;

	for (i = 0; i < N(texts); i++) {
		CU_ASSERT_EQUAL(value_size_parse(texts[i], &bytes), 0);
		CU_ASSERT_STRING_EQUAL(value_size_format(bytes, buffer),
				       texts[i]);
	}
}

static void test_factors_may_have_a_point(void)
{
	static const struct {
		const char *text;
		int result;
		double value;
	} rows[] = {
		{ "2",			0,	 2 },
		{ "1.5",		0,	 1.5 },
		{ "1.05",		0,	 1.05 },
		{ "0.25",		0,	 0.25 },
		{ "1.",			-EINVAL, 0 },
		{ ".5",			-EINVAL, 0 },
		{ "1,5",		-EINVAL, 0 },
		{ "1.5.5",		-EINVAL, 0 },
		{ "-1",			-EINVAL, 0 },
		{ "nan",		-EINVAL, 0 },
		{ "inf",		-EINVAL, 0 },
		{ "1e9",		-EINVAL, 0 },
		{ "1.0000000001",	-ERANGE, 0 },
		{ "99999999999999999999", -ERANGE, 0 },
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		double value = 0;

		CU_ASSERT_EQUAL(value_factor_parse(rows[i].text, &value),
				rows[i].result);
		CU_ASSERT_DOUBLE_EQUAL(value, rows[i].value, 1e-12);
	}
}

static void test_an_intensity_is_a_count_in_a_period(void)
{
	static const struct {
		const char *text;
		int result;
		unsigned int restarts;
		uint64_t period_ns;
	} rows[] = {
		{ "5 in 30s",		0,	 5, 30 * S },
		{ "0 in 1h",		0,	 0, 3600 * S },
		{ "5 in 30",		-ENOMSG, 0, 0 },
		{ "5 per 30s",		-EINVAL, 0, 0 },
		{ "5/30s",		-EINVAL, 0, 0 },
		{ "5  in 30s",		-EINVAL, 0, 0 },
		{ "in 30s",		-EINVAL, 0, 0 },
		{ "5",			-EINVAL, 0, 0 },
		{ "",			-EINVAL, 0, 0 },
		{ "5 in ",		-EINVAL, 0, 0 },
		{ "4294967296 in 1s",	-ERANGE, 0, 0 },
	};
	size_t i;

	for (i = 0; i < N(rows); i++) {
		struct spec_intensity intensity = { 0, 0, 0 };

		CU_ASSERT_EQUAL(value_intensity_parse(rows[i].text, &intensity),
				rows[i].result);
		CU_ASSERT_EQUAL(intensity.restarts, rows[i].restarts);
		CU_ASSERT_EQUAL(intensity.period_ns, rows[i].period_ns);
	}
}

static void test_words_are_read_as_they_are_named(void)
{
	unsigned int word = 99;

	CU_ASSERT_EQUAL(value_word_parse(&value_strategies, "rest_for_one",
					 &word), 0);
	CU_ASSERT_EQUAL(word, SPEC_REST_FOR_ONE);
	CU_ASSERT_STRING_EQUAL(spec_strategy_name(SPEC_REST_FOR_ONE),
			       "rest_for_one");
	CU_ASSERT_EQUAL(value_word_parse(&value_directives, "escalate", &word),
			0);
	CU_ASSERT_EQUAL(word, SPEC_DIRECTIVE_ESCALATE);
	CU_ASSERT_EQUAL(value_word_parse(&value_directives, "Escalate", &word),
			-EINVAL);
	CU_ASSERT_EQUAL(value_word_parse(&value_kinds, "", &word), -EINVAL);
	CU_ASSERT_EQUAL(word, SPEC_DIRECTIVE_ESCALATE);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_durations_have_units),
	HARNESS_TEST(test_sizes_may_have_units),
	HARNESS_TEST(test_counts_are_digits),
	HARNESS_TEST(test_durations_are_written_as_they_are_read),
	HARNESS_TEST(test_sizes_are_written_as_they_are_read),
	HARNESS_TEST(test_factors_may_have_a_point),
	HARNESS_TEST(test_an_intensity_is_a_count_in_a_period),
	HARNESS_TEST(test_words_are_read_as_they_are_named),
};
HARNESS_MAIN(tests)
