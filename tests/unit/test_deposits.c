/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_deposits.c - names are of one thing, or of one open file.
 */
#include "supervisord/decide/deposits.h"
#include "tests/harness/harness.h"

static const struct deposit_key edge = { .kind = DEPOSIT_EDGE, .id = 7 };
static const struct deposit_key gift = { .kind = DEPOSIT_GIFT, .id = 7,
					 .number = 2, .path = "/s/a" };
static const struct deposit_key other_gift = { .kind = DEPOSIT_GIFT, .id = 7,
					       .number = 3, .path = "/s/a" };

static uint32_t put(struct deposits *d, const struct deposit_key *key,
		    uint32_t name)
{
	const struct deposit wanted = {
		.key = *key,
		.name = name ? name : deposits_name(d),
		.n_files = 2,
		.files = { 1, 2 },
	};
	uint32_t gone;

	CU_ASSERT_NOT_EQUAL_FATAL(wanted.name, 0);
	CU_ASSERT_EQUAL_FATAL(deposits_put(d, &wanted, &gone), 0);
	return gone;
}

static void test_each_has_a_name_of_its_own(void)
{
	struct deposits d = { 0 };

	put(&d, &edge, 0);
	put(&d, &gift, 0);
	CU_ASSERT_PTR_NOT_NULL_FATAL(deposits_find(&d, &edge));
	CU_ASSERT_PTR_NOT_NULL_FATAL(deposits_find(&d, &gift));
	CU_ASSERT_PTR_NULL(deposits_find(&d, &other_gift));
	CU_ASSERT_NOT_EQUAL(deposits_find(&d, &edge)->name,
			    deposits_find(&d, &gift)->name);
	CU_ASSERT_EQUAL(d.n_fds, 4);
	deposits_deinit(&d);
}

static void test_what_is_dropped_frees_its_name(void)
{
	struct deposits d = { 0 };
	uint32_t name;

	put(&d, &edge, 0);
	name = deposits_find(&d, &edge)->name;
	CU_ASSERT_EQUAL(deposits_drop(&d, &edge), name);
	CU_ASSERT_EQUAL(deposits_drop(&d, &edge), 0);
	CU_ASSERT_EQUAL(d.n_fds, 0);
	deposits_deinit(&d);
}

static void test_who_takes_the_place_of_another_frees_its_name(void)
{
	struct deposits d = { 0 };
	uint32_t name;

	CU_ASSERT_EQUAL(put(&d, &gift, 0), 0);
	name = deposits_find(&d, &gift)->name;
	CU_ASSERT_EQUAL(put(&d, &gift, 0), name);
	CU_ASSERT_NOT_EQUAL(deposits_find(&d, &gift)->name, name);
	CU_ASSERT_EQUAL(put(&d, &gift, deposits_find(&d, &gift)->name), 0);
	CU_ASSERT_EQUAL(d.n, 1);
	deposits_deinit(&d);
}

static void test_a_shared_name_is_free_when_the_last_is_gone(void)
{
	struct deposits d = { 0 };
	uint32_t name;

	put(&d, &edge, 0);
	name = deposits_find(&d, &edge)->name;
	put(&d, &gift, name);
	put(&d, &other_gift, name);
	CU_ASSERT_EQUAL(deposits_drop(&d, &edge), 0);
	CU_ASSERT_EQUAL(deposits_drop(&d, &gift), 0);
	CU_ASSERT_EQUAL(deposits_drop(&d, &other_gift), name);
	deposits_deinit(&d);
}

static void test_names_are_used_again_and_never_twice(void)
{
	struct deposits d = { .last = DEPOSITS_NAMES_MAX - 1 };

	put(&d, &edge, 1);
	put(&d, &gift, 0);
	CU_ASSERT_EQUAL(deposits_find(&d, &gift)->name, DEPOSITS_NAMES_MAX);
	CU_ASSERT_EQUAL(deposits_name(&d), 2);
	deposits_deinit(&d);
}

static void test_there_is_no_name_for_more_than_a_start_can_take(void)
{
	struct deposits d = { .n_fds = DEPOSITS_FDS_MAX };

	CU_ASSERT_EQUAL(deposits_name(&d), 0);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_each_has_a_name_of_its_own),
	HARNESS_TEST(test_what_is_dropped_frees_its_name),
	HARNESS_TEST(test_who_takes_the_place_of_another_frees_its_name),
	HARNESS_TEST(test_a_shared_name_is_free_when_the_last_is_gone),
	HARNESS_TEST(test_names_are_used_again_and_never_twice),
	HARNESS_TEST(test_there_is_no_name_for_more_than_a_start_can_take),
};
HARNESS_MAIN(tests)
