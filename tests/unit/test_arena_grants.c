/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_arena_grants.c - what was said of grants outlives who said it, until it
 * is known above.
 */
#include <setjmp.h>

static void step_here(void);
#define ARENA_STEP() step_here()

/* its own copy, with a hook in every store */
#include "libactorproc/arena_grants.c"

#include "tests/unit/an_arena.h"

static const uint64_t other = 30 << 1 | EDGE_TARGET;

static size_t n_rows(const struct arena *of)
{
	struct arena_grant grant;
	size_t cursor = 0, n = 0;

	while (arena_grant_next(of, &cursor, &grant))
		n++;
	return n;
}

static bool has(const struct arena *of, uint64_t key, uint64_t number,
		uint64_t said)
{
	struct arena_grant grant;
	size_t cursor = 0;

	while (arena_grant_next(of, &cursor, &grant))
		if (grant.key == key && grant.number == number)
			return grant.said == said;
	return false;
}

/* ---- what is noted ------------------------------------------------------- */

static void test_what_is_said_is_noted_until_it_is_known(void)
{
	uint64_t first, second;

	begin();
	CU_ASSERT_EQUAL(n_rows(a), 0);
	first = arena_grant_say(a, out, 7);
	second = arena_grant_say(a, in, 8);
	CU_ASSERT(first && first < second);
	CU_ASSERT(has(a, out, 7, first));
	CU_ASSERT(has(a, in, 8, second));
	arena_grant_known(a, arena_key_id(out), 8, first);
	arena_grant_known(a, arena_key_id(in), 7, first);
	CU_ASSERT_EQUAL(n_rows(a), 2);
	arena_grant_known(a, arena_key_id(out), 7, first);
	CU_ASSERT_EQUAL(n_rows(a), 1);
	CU_ASSERT(has(a, in, 8, second));
	end();
}

static void test_an_old_word_is_not_about_what_was_said_later(void)
{
	uint64_t first, second;

	begin();
	first = arena_grant_say(a, out, 7);
	second = arena_grant_say(a, out, 7);
	CU_ASSERT_EQUAL(n_rows(a), 1);
	arena_grant_known(a, arena_key_id(out), 7, first);
	CU_ASSERT(has(a, out, 7, second));
	arena_grant_known(a, arena_key_id(out), 7, second);
	CU_ASSERT_EQUAL(n_rows(a), 0);
	end();
}

static void test_what_is_taken_back_is_not_said_again(void)
{
	begin();
	arena_grant_say(a, out, 7);
	arena_grant_say(a, in, 7);
	arena_grant_forget(a, out, 7);
	arena_grant_forget(a, out, 9);
	CU_ASSERT_EQUAL(n_rows(a), 1);
	CU_ASSERT(has(a, in, 7, 2));
	end();
}

static void test_grants_end_with_their_edge(void)
{
	static void (*const ends[])(struct arena *a, uint64_t key) = {
		arena_edge_end, arena_edge_remove, arena_edge_forget,
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		begin();
		CU_ASSERT_EQUAL(arena_edge_add(a, other), 0);
		arena_grant_say(a, other, 1);
		arena_grant_say(a, out, 2);
		arena_grant_say(a, other, 3);
		ends[i](a, other);
		CU_ASSERT_EQUAL(n_rows(a), 1);
		CU_ASSERT(has(a, out, 2, 2));
		end();
	}
}

static void test_only_so_many_are_noted_and_places_come_back(void)
{
	begin();
	for (uint64_t i = 1; i <= ARENA_GRANTS_MAX; i++)
		arena_grant_say(a, out, i);
	CU_ASSERT_EQUAL(n_rows(a), ARENA_GRANTS_MAX);
	CU_ASSERT_NOT_EQUAL(arena_grant_say(a, out, 9999), 0);
	CU_ASSERT_EQUAL(n_rows(a), ARENA_GRANTS_MAX);
	arena_grant_known(a, arena_key_id(out), 17, 17);
	arena_grant_say(a, out, 9999);
	CU_ASSERT(has(a, out, 9999, ARENA_GRANTS_MAX + 2));
	end();
}

static void test_an_edge_without_a_key_has_none(void)
{
	begin();
	CU_ASSERT_NOT_EQUAL(arena_grant_say(a, 0, 7), 0);
	CU_ASSERT_EQUAL(n_rows(a), 0);
	end();
}

/* ---- a life later -------------------------------------------------------- */

static struct arena *copy(void)
{
	struct arena *to = calloc(1, ARENA_BYTES);
	size_t cursor = 0, offset, n_bytes;

	CU_ASSERT_FATAL(to != NULL);
	while (arena_used(a, &cursor, &offset, &n_bytes))
		memcpy((uint8_t *)to + offset, (uint8_t *)a + offset, n_bytes);
	return to;
}

static void test_a_recovered_copy_has_them_all(void)
{
	struct arena_remains remains;
	struct arena *was;

	begin();
	arena_grant_say(a, out, 7);
	arena_grant_say(a, in, 8);
	arena_grant_say(a, out, 9);
	arena_grant_known(a, arena_key_id(in), 8, 2);
	arena_grant_known(a, arena_key_id(out), 9, 3);
	was = a;
	a = copy();
	free(was);
	arena_recover(a, 0, &remains);
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
	CU_ASSERT_EQUAL(n_rows(a), 1);
	CU_ASSERT(has(a, out, 7, 1));
	CU_ASSERT_EQUAL(a->grants_top, 1);
	/* and counts on: a word for a time before is for nothing of now */
	CU_ASSERT_EQUAL(arena_grant_say(a, out, 7), 4);
	end();
}

/* ---- death at any store -------------------------------------------------- */

static jmp_buf death;
static size_t n_steps, dies_at;

static void step_here(void)
{
	if (dies_at && ++n_steps == dies_at)
		longjmp(death, 1);
}

/* 7 is there before and stays, 8 comes, 9 goes, 10 is said again */
static void work(void)
{
	arena_grant_say(a, out, 8);
	arena_grant_known(a, arena_key_id(out), 9, 2);
	arena_grant_say(a, out, 10);
}

static void judge(bool died)
{
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
	CU_ASSERT(has(a, out, 7, 1));
	CU_ASSERT(has(a, out, 10, died && !has(a, out, 10, 5) ? 3 : 5));
	if (!died)
		CU_ASSERT(has(a, out, 8, 4) && n_rows(a) == 3);
	CU_ASSERT(!has(a, out, 8, 0));
}

static bool die_at(size_t step)
{
	volatile bool died = false;

	begin();
	dies_at = 0;
	arena_grant_say(a, out, 7);
	arena_grant_say(a, out, 9);
	arena_grant_say(a, out, 10);
	n_steps = 0;
	dies_at = step;
	if (setjmp(death))
		died = true;
	else
		work();
	dies_at = 0;
	judge(died);
	arena_grants_cut(a);
	judge(died);
	end();
	return died;
}

static void test_at_any_store_a_row_is_there_whole_or_not(void)
{
	size_t step = 1;

	while (die_at(step))
		step++;
	harness_note("%zu stores", step - 1);
	CU_ASSERT(step > 7);
}

/* ---- hostile ones -------------------------------------------------------- */

static void test_lies_about_grants_are_refused(void)
{
	begin();
	arena_grant_say(a, out, 7);
	a->grants_top = ARENA_GRANTS_MAX + 1;
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
	CU_ASSERT_EQUAL(n_rows(a), 1);		/* and harmless */
	a->grants_top = 1;
	a->grants_said = UINT64_MAX;
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
	a->grants_said = 1;
	a->grants[0].said = 2;
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
	a->grants[0].said = 1;
	end();
}

static void test_any_key_and_number_will_do(void)
{
	struct arena_remains remains;

	begin();
	a->grants_top = 3;
	a->grants_said = SAID_MAX;
	a->grants[0] = (struct arena_grant){ UINT64_MAX, UINT64_MAX, 1 };
	a->grants[2] = (struct arena_grant){ out, 0, SAID_MAX };
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
	arena_recover(a, 0, &remains);
	CU_ASSERT_EQUAL(n_rows(a), 2);
	CU_ASSERT_EQUAL(arena_grant_say(a, in, 5), SAID_MAX);
	arena_grant_known(a, arena_key_id(UINT64_MAX), UINT64_MAX, 1);
	CU_ASSERT_EQUAL(n_rows(a), 2);
	end();
}

static void test_an_arena_of_the_version_before_is_foreign(void)
{
	begin();
	a->version = ARENA_VERSION - 1;
	CU_ASSERT(arena_is_foreign(a));
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
	a->version = ARENA_VERSION;
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_is_said_is_noted_until_it_is_known),
	HARNESS_TEST(test_an_old_word_is_not_about_what_was_said_later),
	HARNESS_TEST(test_what_is_taken_back_is_not_said_again),
	HARNESS_TEST(test_grants_end_with_their_edge),
	HARNESS_TEST(test_only_so_many_are_noted_and_places_come_back),
	HARNESS_TEST(test_an_edge_without_a_key_has_none),
	HARNESS_TEST(test_a_recovered_copy_has_them_all),
	HARNESS_TEST(test_at_any_store_a_row_is_there_whole_or_not),
	HARNESS_TEST(test_lies_about_grants_are_refused),
	HARNESS_TEST(test_any_key_and_number_will_do),
	HARNESS_TEST(test_an_arena_of_the_version_before_is_foreign),
};
HARNESS_MAIN(tests)
