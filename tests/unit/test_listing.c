/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* test_listing.c - dead letters kept in a ring and shown in pieces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actors/system/dead-letters/listing.h"
#include "actors/system/records.h"
#include "actors/system/timestamp.h"
#include "tests/harness/harness.h"

static void put(struct ring *ring, uint64_t time_us, const char *path,
		const char *reason)
{
	char bytes[2048];
	struct records_writer w;

	records_begin(&w, bytes, sizeof(bytes), "write");
	records_put(&w, "MESSAGE", "text");
	records_put(&w, "MESSAGE_ID", "0");
	records_put(&w, "ACTOR_PATH", path);
	records_put(&w, "ACTOR_REASON", reason);
	records_put(&w, "ACTOR_MESSAGE_SIZE", "7");
	CU_ASSERT_EQUAL(ring_put(ring, time_us, bytes, w.length_bytes), 0);
}

static json_t *list(const struct ring *ring, const char *path,
		    const char *reason, uint64_t since_us, uint64_t limit)
{
	const struct listing_query query = {
		.path = path, .reason = reason, .since_us = since_us,
		.limit = limit, .before = UINT64_MAX, .max_bytes = 100000,
	};

	return listing_json(ring, &query);
}

static size_t count(const struct ring *ring, const char *path,
		    const char *reason, uint64_t since_us, uint64_t limit)
{
	json_t *json = list(ring, path, reason, since_us, limit);
	size_t n = json_array_size(json_object_get(json, "letters"));

	json_decref(json);
	return n;
}

static void test_letters_are_found_by_path_reason_and_time(void)
{
	struct ring ring;

	ring_init(&ring);
	put(&ring, 10, "/vpn/a", "crashed");
	put(&ring, 20, "/vpn/a/b", "expired");
	put(&ring, 30, "/vpn/ab", "expired");
	CU_ASSERT_EQUAL(count(&ring, NULL, NULL, 0, 100), 3);
	CU_ASSERT_EQUAL(count(&ring, "/vpn/a", NULL, 0, 100), 2);
	CU_ASSERT_EQUAL(count(&ring, "/vpn/", NULL, 0, 100), 3);
	CU_ASSERT_EQUAL(count(&ring, NULL, "expired", 0, 100), 2);
	CU_ASSERT_EQUAL(count(&ring, NULL, NULL, 20, 100), 2);
	CU_ASSERT_EQUAL(count(&ring, NULL, NULL, 0, 1), 1);
	ring_deinit(&ring);
}

static void test_a_letter_is_shown_in_plain_names(void)
{
	json_t *json, *letter;
	struct ring ring;

	ring_init(&ring);
	put(&ring, 1500000, "/vpn/a", "crashed");
	json = list(&ring, NULL, NULL, 0, 9);
	letter = json_array_get(json_object_get(json, "letters"), 0);
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(letter,
				"time")), "1970-01-01T00:00:01.500000Z");
	CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(letter,
				"path")), "/vpn/a");
	CU_ASSERT_EQUAL(json_integer_value(json_object_get(letter, "size")),
			7);
	CU_ASSERT_PTR_NULL(json_object_get(letter, "message_id"));
	CU_ASSERT_TRUE(json_is_null(json_object_get(json, "before")));
	json_decref(json);
	ring_deinit(&ring);
}

static void test_pieces_join_without_gap_or_repetition(void)
{
	struct listing_query query = {
		.limit = 1000, .before = UINT64_MAX, .max_bytes = 1000,
	};
	uint64_t expected = 50, n_pieces = 0;
	struct ring ring;

	ring_init(&ring);
	for (uint64_t i = 1; i <= 50; i++)
		put(&ring, i, "/vpn/a", "crashed");
	while (query.before != 0) {
		json_t *json = listing_json(&ring, &query), *letter;
		size_t i;

		json_array_foreach(json_object_get(json, "letters"), i, letter)
			CU_ASSERT_EQUAL((uint64_t)json_integer_value(
					json_object_get(letter, "time_us")),
					expected--);
		query.before = (uint64_t)json_integer_value(
				json_object_get(json, "before"));
		json_decref(json);
		n_pieces++;
	}
	CU_ASSERT_EQUAL(expected, 0);
	CU_ASSERT(n_pieces > 5);
	ring_deinit(&ring);
}

static void test_the_oldest_go_when_there_are_too_many(void)
{
	struct ring ring;

	ring_init(&ring);
	for (uint64_t i = 1; i <= RING_LETTERS_MAX + 10; i++)
		put(&ring, i, "/vpn/a", "crashed");
	CU_ASSERT_EQUAL(ring.n, RING_LETTERS_MAX);
	CU_ASSERT_EQUAL(ring_newest(&ring, 0)->time_us,
			RING_LETTERS_MAX + 10);
	CU_ASSERT_EQUAL(ring_newest(&ring, RING_LETTERS_MAX - 1)->time_us, 11);
	CU_ASSERT_PTR_NULL(ring_newest(&ring, RING_LETTERS_MAX));
	ring_deinit(&ring);
}

static void test_the_oldest_go_when_they_are_too_large(void)
{
	static char bytes[100000] = "write";
	struct ring ring;

	ring_init(&ring);
	for (uint64_t i = 0; i < 100; i++)
		ring_put(&ring, i, bytes, sizeof(bytes));
	CU_ASSERT_EQUAL(ring.n, RING_BYTES_MAX / sizeof(bytes));
	CU_ASSERT(ring.n_bytes <= RING_BYTES_MAX);
	ring_deinit(&ring);
}

static void test_moments_are_those_of_the_calendar(void)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00.000000Z" },
		{ 951782399, "2000-02-28T23:59:59.000000Z" },
		{ 951782400, "2000-02-29T00:00:00.000000Z" },
		{ 951868800, "2000-03-01T00:00:00.000000Z" },
		{ 1709164800, "2024-02-29T00:00:00.000000Z" },
		{ 1735689599, "2024-12-31T23:59:59.000000Z" },
		{ 4107542400, "2100-03-01T00:00:00.000000Z" },
	};
	char buffer[TIMESTAMP_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		CU_ASSERT_STRING_EQUAL(
			timestamp_format(buffer, rows[i].seconds * 1000000),
			rows[i].text);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_letters_are_found_by_path_reason_and_time),
	HARNESS_TEST(test_a_letter_is_shown_in_plain_names),
	HARNESS_TEST(test_pieces_join_without_gap_or_repetition),
	HARNESS_TEST(test_the_oldest_go_when_there_are_too_many),
	HARNESS_TEST(test_the_oldest_go_when_they_are_too_large),
	HARNESS_TEST(test_moments_are_those_of_the_calendar),
};
HARNESS_MAIN(tests)
