/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_intensity.c - restarts are forgiven in time, and not before.
 */
#include "supervisord/decide/intensity.h"
#include "tests/harness/harness.h"

#define SECOND UINT64_C(1000000000)

static void test_the_fourth_of_three_in_five_seconds_is_too_many(void)
{
	struct intensity intensity;
	unsigned int i;

	CU_ASSERT_EQUAL(intensity_init(&intensity, 3, 5 * SECOND), 0);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(intensity_note(&intensity, i * SECOND),
				INTENSITY_OK);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 5 * SECOND),
			INTENSITY_EXCEEDED);
	intensity_deinit(&intensity);
}

static void test_old_restarts_are_forgiven(void)
{
	struct intensity intensity;

	CU_ASSERT_EQUAL(intensity_init(&intensity, 1, 5 * SECOND), 0);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 7), INTENSITY_OK);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 5 * SECOND + 6),
			INTENSITY_EXCEEDED);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 5 * SECOND + 8),
			INTENSITY_OK);
	intensity_deinit(&intensity);
}

/* supervisor.erl: a restart counts while Now =< Then + Period */
static void test_a_restart_at_the_edge_still_counts_as_in_OTP(void)
{
	struct intensity intensity;

	CU_ASSERT_EQUAL(intensity_init(&intensity, 1, 5 * SECOND), 0);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 0), INTENSITY_OK);
	CU_ASSERT_EQUAL(intensity_count(&intensity, 5 * SECOND), 1);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 5 * SECOND),
			INTENSITY_EXCEEDED);
	CU_ASSERT_EQUAL(intensity_count(&intensity, 5 * SECOND + 1), 0);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 5 * SECOND + 1),
			INTENSITY_OK);
	intensity_deinit(&intensity);
}

static void test_a_new_life_begins_with_an_empty_window(void)
{
	struct intensity intensity;
	unsigned int i;

	CU_ASSERT_EQUAL(intensity_init(&intensity, 2, 5 * SECOND), 0);
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(intensity_note(&intensity, 7), INTENSITY_OK);
		CU_ASSERT_EQUAL(intensity_note(&intensity, 7), INTENSITY_OK);
		CU_ASSERT_EQUAL(intensity_note(&intensity, 7),
				INTENSITY_EXCEEDED);
		intensity_forget(&intensity);
		CU_ASSERT_EQUAL(intensity_count(&intensity, 7), 0);
	}
	intensity_deinit(&intensity);
}

static void test_the_window_slides(void)
{
	struct intensity intensity;
	unsigned int i;

	/* a bucket that empties every 5 s would let the last one through */
	CU_ASSERT_EQUAL(intensity_init(&intensity, 2, 5 * SECOND), 0);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 0), INTENSITY_OK);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 4 * SECOND), INTENSITY_OK);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 6 * SECOND), INTENSITY_OK);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 8 * SECOND),
			INTENSITY_EXCEEDED);
	/* slow enough for ever */
	for (i = 0; i < 100; i++)
		CU_ASSERT_EQUAL(intensity_note(&intensity, 20 * SECOND +
						   i * (5 * SECOND / 2 + 1)),
				INTENSITY_OK);
	intensity_deinit(&intensity);
}

static void test_a_limit_of_zero_never_restarts(void)
{
	struct intensity intensity;

	CU_ASSERT_EQUAL(intensity_init(&intensity, 0, SECOND), 0);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 0), INTENSITY_EXCEEDED);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 9 * SECOND),
			INTENSITY_EXCEEDED);
	CU_ASSERT_EQUAL(intensity_count(&intensity, 0), 0);
	CU_ASSERT_EQUAL(intensity_window_left_ns(&intensity, 0), 0);
	intensity_deinit(&intensity);
}

static void test_what_is_refused_is_not_noted(void)
{
	struct intensity intensity;

	CU_ASSERT_EQUAL(intensity_init(&intensity, 1, SECOND), 0);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 0), INTENSITY_OK);
	CU_ASSERT_EQUAL(intensity_note(&intensity, SECOND - 1),
			INTENSITY_EXCEEDED);
	CU_ASSERT_EQUAL(intensity_count(&intensity, SECOND - 1), 1);
	CU_ASSERT_EQUAL(intensity_note(&intensity, SECOND + 1), INTENSITY_OK);
	intensity_deinit(&intensity);
}

static void test_the_count_and_what_is_left_agree(void)
{
	struct intensity intensity;
	uint64_t left;

	CU_ASSERT_EQUAL(intensity_init(&intensity, 3, 5 * SECOND), 0);
	CU_ASSERT_EQUAL(intensity_window_left_ns(&intensity, 0), 0);
	intensity_note(&intensity, 1 * SECOND);
	intensity_note(&intensity, 2 * SECOND);
	intensity_note(&intensity, 2 * SECOND);
	CU_ASSERT_EQUAL(intensity_count(&intensity, 3 * SECOND), 3);
	left = intensity_window_left_ns(&intensity, 3 * SECOND);
	CU_ASSERT_EQUAL(left, 3 * SECOND);
	CU_ASSERT_EQUAL(intensity_count(&intensity, 3 * SECOND + left), 3);
	CU_ASSERT_EQUAL(intensity_count(&intensity, 3 * SECOND + left + 1), 2);
	CU_ASSERT_EQUAL(intensity_count(&intensity, 7 * SECOND + 1), 0);
	intensity_deinit(&intensity);
}

static void test_time_that_goes_back_forgives_nothing(void)
{
	struct intensity intensity;

	CU_ASSERT_EQUAL(intensity_init(&intensity, 1, SECOND), 0);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 9 * SECOND), INTENSITY_OK);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 0), INTENSITY_EXCEEDED);
	CU_ASSERT_EQUAL(intensity_window_left_ns(&intensity, 0), SECOND);
	intensity_deinit(&intensity);
}

static void test_half_made_ones_can_be_dropped(void)
{
	struct intensity intensity = {};

	intensity_deinit(&intensity);
	intensity_deinit(&intensity);
	intensity_deinit(NULL);
}

static void test_other_limits_keep_what_they_have_room_for(void)
{
	struct intensity intensity;

	CU_ASSERT_EQUAL_FATAL(intensity_init(&intensity, 3, 100), 0);
	for (uint64_t now = 10; now <= 40; now += 10)
		intensity_note(&intensity, now);
	CU_ASSERT_EQUAL(intensity_change(&intensity, 5, 50), 0);
	CU_ASSERT_EQUAL(intensity_count(&intensity, 30), 3);
	CU_ASSERT_EQUAL(intensity_window_left_ns(&intensity, 30), 30);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 40), INTENSITY_OK);
	CU_ASSERT_EQUAL(intensity_change(&intensity, 2, 50), 0);
	/* the newest: of 30 and 40 */
	CU_ASSERT_EQUAL(intensity_count(&intensity, 81), 1);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 80), INTENSITY_EXCEEDED);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 81), INTENSITY_OK);
	CU_ASSERT_EQUAL(intensity_change(&intensity, 0, 50), 0);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 900), INTENSITY_EXCEEDED);
	CU_ASSERT_EQUAL(intensity_change(&intensity, 1, 50), 0);
	CU_ASSERT_EQUAL(intensity_note(&intensity, 900), INTENSITY_OK);
	intensity_deinit(&intensity);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_fourth_of_three_in_five_seconds_is_too_many),
	HARNESS_TEST(test_old_restarts_are_forgiven),
	HARNESS_TEST(test_a_restart_at_the_edge_still_counts_as_in_OTP),
	HARNESS_TEST(test_a_new_life_begins_with_an_empty_window),
	HARNESS_TEST(test_the_window_slides),
	HARNESS_TEST(test_a_limit_of_zero_never_restarts),
	HARNESS_TEST(test_what_is_refused_is_not_noted),
	HARNESS_TEST(test_the_count_and_what_is_left_agree),
	HARNESS_TEST(test_time_that_goes_back_forgives_nothing),
	HARNESS_TEST(test_half_made_ones_can_be_dropped),
	HARNESS_TEST(test_other_limits_keep_what_they_have_room_for),
};
HARNESS_MAIN(tests)
