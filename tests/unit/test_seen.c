/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_seen.c - one message is one dead letter, however often it is told of.
 */
#include "actors/system/dead-letters/seen.h"
#include "tests/harness/harness.h"

static struct seen seen;

static bool tell(uint64_t edge, uint64_t number, bool to_holder)
{
	const struct seen_word word = {
		.message = {
			.edge = edge, .number = number,
			.to_holder = to_holder,
		},
		.receiver = "/vpn/core",
		.sender = "/vpn/relays",
	};
	uint8_t tag;

	return seen_take(&seen, &word, &tag) != SEEN_NEW;
}

enum who { RECEIVER, SENDER, SENDERS_SUPERVISOR };

static uint8_t replaced;

/* always of the same number of the same edge */
static enum seen_outcome say(enum who who, const char *receiver,
			     const char *sender)
{
	const struct seen_word word = {
		.message = { .edge = 7, .number = 12 },
		.receiver = receiver,
		.sender = sender,
		.by_sender = who != RECEIVER,
		.hearsay = who == SENDER,
		.tag = who == SENDER ? 9 : 1,
	};

	replaced = 0;
	return seen_take(&seen, &word, &replaced);
}

static void test_the_second_word_of_a_message_is_old(void)
{
	seen = (struct seen){ 0 };
	CU_ASSERT_FALSE(tell(7, 0, false));
	CU_ASSERT_TRUE(tell(7, 0, false));
	CU_ASSERT_TRUE(tell(7, 0, false));
}

static void test_edge_direction_and_number_make_a_message(void)
{
	seen = (struct seen){ 0 };
	CU_ASSERT_FALSE(tell(7, 1, false));
	CU_ASSERT_FALSE(tell(7, 1, true));
	CU_ASSERT_FALSE(tell(7, 2, false));
	CU_ASSERT_FALSE(tell(8, 1, false));
	CU_ASSERT_TRUE(tell(7, 1, true));
	CU_ASSERT_TRUE(tell(8, 1, false));
}

static void test_what_both_ends_say_is_one(void)
{
	seen = (struct seen){ 0 };
	CU_ASSERT_EQUAL(say(RECEIVER, "/r", "/s"), SEEN_NEW);
	CU_ASSERT_EQUAL(say(RECEIVER, "/r", ""), SEEN_AGAIN);
	CU_ASSERT_EQUAL(say(SENDER, "/r", "/s"), SEEN_AGAIN);
	CU_ASSERT_EQUAL(say(SENDERS_SUPERVISOR, "/r", "/s"), SEEN_AGAIN);
	seen = (struct seen){ 0 };
	CU_ASSERT_EQUAL(say(SENDER, "/r", "/s"), SEEN_NEW);
	CU_ASSERT_EQUAL(say(SENDER, "unknown", "/s"), SEEN_AGAIN);
	CU_ASSERT_EQUAL(say(SENDERS_SUPERVISOR, "/r", "/s"), SEEN_AGAIN);
}

/* it cannot say beforehand that nobody is to hear of it */
static void test_the_receiver_counts_whatever_its_sender_has_said(void)
{
	seen = (struct seen){ .secret = 5 };
	CU_ASSERT_EQUAL(say(SENDER, "/r", "/s"), SEEN_NEW);
	CU_ASSERT_EQUAL(say(RECEIVER, "/r", ""), SEEN_BETTER);
	CU_ASSERT_EQUAL(replaced, 9);
	CU_ASSERT_EQUAL(say(RECEIVER, "/r", "/s"), SEEN_AGAIN);
	CU_ASSERT_EQUAL(say(SENDER, "/r", "/s"), SEEN_AGAIN);
	/* a supervisor has looked */
	seen = (struct seen){ .secret = 5 };
	CU_ASSERT_EQUAL(say(SENDERS_SUPERVISOR, "/r", "/s"), SEEN_NEW);
	CU_ASSERT_EQUAL(say(RECEIVER, "/r", "/s"), SEEN_AGAIN);
}

/* and so it is not taken back from who has not counted it */
static void test_what_another_process_has_counted_is_not_replaced(void)
{
	const struct seen_word word = {
		.message = { .edge = 7, .number = 12 },
		.receiver = "/r",
		.sender = "/s",
		.by_sender = true,
		.hearsay = true,
		.elsewhere = true,
	};
	uint8_t tag;

	seen = (struct seen){ .secret = 5 };
	CU_ASSERT_EQUAL(seen_take(&seen, &word, &tag), SEEN_NEW);
	CU_ASSERT_EQUAL(say(SENDER, "/r", "/s"), SEEN_AGAIN);
	CU_ASSERT_EQUAL(say(RECEIVER, "/r", "/s"), SEEN_NEW);
	CU_ASSERT_EQUAL(say(RECEIVER, "/r", "/s"), SEEN_AGAIN);
	CU_ASSERT_EQUAL(say(SENDER, "/r", "/s"), SEEN_AGAIN);
}

static void test_nobody_speaks_for_the_ends_of_others(void)
{
	seen = (struct seen){ .secret = 5 };
	CU_ASSERT_EQUAL(say(RECEIVER, "/evil", "/s"), SEEN_NEW);
	CU_ASSERT_EQUAL(say(SENDER, "/other", "/evil"), SEEN_NEW);
	CU_ASSERT_EQUAL(say(SENDER, "unknown", "/evil"), SEEN_AGAIN);
	CU_ASSERT_EQUAL(say(SENDER, "/r", "/s"), SEEN_NEW);
	CU_ASSERT_EQUAL(say(RECEIVER, "/r", "/s"), SEEN_BETTER);
	CU_ASSERT_EQUAL(say(RECEIVER, "/evil", "/r"), SEEN_AGAIN);
	/* what two say of one, of which it has taken the place of the first */
	CU_ASSERT_EQUAL(say(SENDER, "/r", "/evil"), SEEN_AGAIN);
	seen = (struct seen){ .secret = 5 };
	CU_ASSERT_EQUAL(say(SENDER, "/r", "/evil"), SEEN_NEW);
	CU_ASSERT_EQUAL(say(SENDER, "/r", "/s"), SEEN_NEW);
	CU_ASSERT_EQUAL(say(RECEIVER, "/r", "/s"), SEEN_BETTER);
	CU_ASSERT_EQUAL(say(RECEIVER, "/r", "/s"), SEEN_AGAIN);
}

static void test_the_newest_are_remembered(void)
{
	seen = (struct seen){ 0 };
	for (uint64_t i = 0; i < 3 * SEEN_MAX; i++)
		CU_ASSERT_FALSE(tell(i % 5, i, false));
	for (uint64_t i = 2 * SEEN_MAX; i < 3 * SEEN_MAX; i++)
		CU_ASSERT_TRUE(tell(i % 5, i, false));
}

static void test_the_oldest_is_forgotten(void)
{
	seen = (struct seen){ 0 };
	for (uint64_t i = 0; i < SEEN_MAX + 1; i++)
		CU_ASSERT_FALSE(tell(1, i, false));
	CU_ASSERT_TRUE(tell(1, 1, false));
	CU_ASSERT_FALSE(tell(1, 0, false));
}

/* one chain of all of them: forgetting takes from its middle and its end */
static void test_it_goes_round_in_one_bucket(void)
{
	seen = (struct seen){ 0 };
	for (uint64_t i = 0; i < 2 * SEEN_MAX; i += 64)
		for (uint64_t k = 0; k < 64; k++)
			CU_ASSERT_FALSE(tell((i + k) << 1, i + k, false));
	for (uint64_t i = SEEN_MAX; i < 2 * SEEN_MAX; i++)
		CU_ASSERT_TRUE(tell(i << 1, i, false));
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_the_second_word_of_a_message_is_old),
	HARNESS_TEST(test_edge_direction_and_number_make_a_message),
	HARNESS_TEST(test_what_both_ends_say_is_one),
	HARNESS_TEST(test_the_receiver_counts_whatever_its_sender_has_said),
	HARNESS_TEST(test_what_another_process_has_counted_is_not_replaced),
	HARNESS_TEST(test_nobody_speaks_for_the_ends_of_others),
	HARNESS_TEST(test_the_newest_are_remembered),
	HARNESS_TEST(test_the_oldest_is_forgotten),
	HARNESS_TEST(test_it_goes_round_in_one_bucket),
};
HARNESS_MAIN(tests)
