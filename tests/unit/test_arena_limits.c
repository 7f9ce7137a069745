/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_arena_limits.c - the limits with which references were passed on outlive
 * who said them.
 */
#include "tests/unit/an_arena.h"

static struct arena_limit limit_of(uint64_t key, uint64_t rate)
{
	return (struct arena_limit){ .key = key, .rate = rate, .bytes = 9 };
}

static void say(uint64_t key, uint64_t rate)
{
	const struct arena_limit limit = limit_of(key, rate);

	arena_limit_say(a, &limit);
}

static size_t count(uint64_t key, uint64_t rate)
{
	struct arena_limit limit;
	size_t cursor = 0, n = 0;

	while (arena_limit_next(a, &cursor, &limit))
		n += limit.key == key && (!rate || limit.rate == rate) &&
		     limit.bytes == 9;
	return n;
}

static void test_what_was_said_is_noted_once(void)
{
	begin();
	say(out, 1);
	say(out, 2);
	say(in, 1);
	say(out, 1);
	CU_ASSERT_EQUAL(count(out, 0), 2);
	CU_ASSERT_EQUAL(count(out, 1), 1);
	CU_ASSERT_EQUAL(count(in, 1), 1);
	end();
}

static void test_the_newest_are_kept(void)
{
	begin();
	for (uint64_t i = 1; i <= ARENA_LIMITS_MAX + 3; i++)
		say(out, i);
	CU_ASSERT_EQUAL(count(out, 0), ARENA_LIMITS_MAX);
	CU_ASSERT_EQUAL(count(out, 3), 0);
	CU_ASSERT_EQUAL(count(out, 4), 1);
	CU_ASSERT_EQUAL(count(out, ARENA_LIMITS_MAX + 3), 1);
	end();
}

static void test_limits_end_with_their_edge(void)
{
	begin();
	say(out, 1);
	say(in, 2);
	say(out, 3);
	arena_edge_end(a, out);
	CU_ASSERT_EQUAL(count(out, 0), 0);
	CU_ASSERT_EQUAL(count(in, 2), 1);
	end();
}

static void test_a_recovered_copy_has_them(void)
{
	struct arena *to = calloc(1, ARENA_BYTES), *was;
	size_t cursor = 0, offset, n_bytes;
	struct arena_remains remains;

	begin();
	say(out, 1);
	say(in, 2);
	CU_ASSERT_FATAL(to != NULL);
	while (arena_used(a, &cursor, &offset, &n_bytes))
		memcpy((uint8_t *)to + offset, (uint8_t *)a + offset, n_bytes);
	was = a;
	a = to;
	free(was);
	arena_recover(a, 0, &remains);
	CU_ASSERT_EQUAL(count(out, 1), 1);
	CU_ASSERT_EQUAL(count(in, 2), 1);
	end();
}

static void test_any_contents_do_no_harm(void)
{
	begin();
	memset(a->limits, 0xff, sizeof(a->limits));
	a->limits_made = UINT64_MAX;
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
	CU_ASSERT_EQUAL(count(out, 0), 0);
	say(out, 1);
	say(out, 2);
	CU_ASSERT_EQUAL(count(out, 0), 2);
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_was_said_is_noted_once),
	HARNESS_TEST(test_the_newest_are_kept),
	HARNESS_TEST(test_limits_end_with_their_edge),
	HARNESS_TEST(test_a_recovered_copy_has_them),
	HARNESS_TEST(test_any_contents_do_no_harm),
};
HARNESS_MAIN(tests)
