/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_flow.c - how much may wait behind an edge, and who is to be woken.
 */
#include <stdint.h>

#include "libactorproc/flow.h"
#include "tests/harness/harness.h"

#define NEVER UINT64_MAX

static struct actor_pool_flow words;
static struct flow flow;
static struct arena_edge_out out;

static void begin(const struct flow_bounds *bounds)
{
	words = (struct actor_pool_flow){ 0 };
	flow = (struct flow){ .shared = &words };
	out = (struct arena_edge_out){ 0 };
	flow_limit(&words, bounds, 1);
}

/* One message of that size has gone to the socket in a packet of its own. */
static void send_one(uint64_t n_bytes)
{
	out.next++;
	flow_sent(&flow, out.next, n_bytes);
}

static bool has_room(uint64_t n_bytes)
{
	return flow_has_room(&flow, &out,
			     &(struct flow_need){ .n_bytes = n_bytes });
}

/* ---- windows ----------------------------------------------------------- */

static const struct {
	const char *what;
	struct flow_bounds bounds;
	uint64_t n_sent;		/* of @n_bytes each, in packets */
	uint64_t n_bytes;
	uint64_t pool_head;
	uint64_t finished;
	uint64_t released;
	uint64_t want;			/* bytes in a packet */
	uint64_t want_pooled;
	bool room;
} rows[] = {
	{ "nothing waits", { .messages = 1 }, 0, 0, 0, 0, 0, 1, 0, true },
	{ "the only one waits", { .messages = 1 }, 1, 1, 0, 0, 0, 1, 0, false },
	{ "it is finished", { .messages = 1 }, 1, 1, 0, 1, 0, 1, 0, true },
	{ "one below the limit", { .messages = 8 }, 7, 1, 0, 0, 0, 1, 0, true },
	{ "at the limit", { .messages = 8 }, 8, 1, 0, 0, 0, 1, 0, false },
	{ "one of them finished", { .messages = 8 }, 8, 1, 0, 1, 0, 1, 0, true },
	{ "no limit of messages", { 0 }, 5000, 1, 0, 0, 0, 1, 0, true },

	{ "bytes fit to the last", { .per_edge = 100 }, 1, 60, 0, 0, 0, 40, 0,
	  true },
	{ "a byte too many", { .per_edge = 100 }, 1, 60, 0, 0, 0, 41, 0,
	  false },
	{ "one may always wait", { .per_edge = 100 }, 0, 0, 0, 0, 0, 5000, 0,
	  true },
	{ "one may wait again", { .per_edge = 100 }, 3, 60, 0, 3, 0, 5000, 0,
	  true },
	{ "bytes without a limit have one", { 0 }, 1, ACTOR_EDGE_BYTES, 0, 0, 0,
	  1, 0, false },

	{ "the pool is not about packets", { .per_edge = 100 }, 1, 50,
	  1 << 20, 0, 0, 0, 1 << 20, true },
	{ "the pool is about all", { .bytes = 100 }, 1, 50, 50, 0, 0, 1, 0,
	  false },
	{ "what is released of it is not", { .bytes = 100 }, 1, 50, 50, 0, 50,
	  1, 0, true },
	{ "what is wanted of it is", { .bytes = 100 }, 1, 50, 50, 0, 50, 0, 51,
	  false },
	{ "both together fit", { .bytes = 100 }, 1, 50, 0, 0, 0, 0, 50, true },

	/* nonsense of the receiver's */
	{ "finished what was never sent", { .messages = 2 }, 2, 1, 0, NEVER, 0,
	  1, 0, true },
	{ "released what was never given", { .bytes = 100 }, 1, 50, 50, 0,
	  NEVER, 50, 0, true },
};

static bool row_is_right(size_t i)
{
	const struct flow_need need = {
		.n_bytes = rows[i].want,
		.n_pooled = rows[i].want_pooled,
	};
	uint64_t n;

	begin(&rows[i].bounds);
	for (n = 0; n < rows[i].n_sent; n++)
		send_one(rows[i].n_bytes);
	out.pool_head = rows[i].pool_head;
	words.finished = rows[i].finished;
	words.released = rows[i].released;

	return flow_has_room(&flow, &out, &need) == rows[i].room;
}

static void test_a_window_is_as_wide_as_its_bounds(void)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!row_is_right(i))
			harness_note("%s", rows[i].what);
		CU_ASSERT(row_is_right(i));
	}
}

static void test_exactly_as_many_as_the_limit_may_wait(void)
{
	const struct flow_bounds bounds = { .messages = 5 };
	uint64_t finished, n;

	begin(&bounds);
	for (finished = 0; finished < 100; finished += 3) {
		flow_finish(&words, finished, 0);
		for (n = 0; has_room(1); n++)
			send_one(1);
		CU_ASSERT_EQUAL(n, finished ? 3 : 5);
		CU_ASSERT_EQUAL(out.next, finished + 5);
	}
}

static void test_what_is_in_the_outbox_counts_too(void)
{
	const struct flow_bounds bounds = { .messages = 3, .per_edge = 100 };

	begin(&bounds);
	out = (struct arena_edge_out){ .next = 2, .n_frames = 2, .n_bytes = 80 };
	CU_ASSERT(has_room(20));
	CU_ASSERT(!has_room(21));
	out.next = out.n_frames = 3;
	CU_ASSERT(!has_room(1));
}

static void test_limits_may_change(void)
{
	const struct flow_bounds wide = { .messages = 8 };
	const struct flow_bounds narrow = { .messages = 2 };

	begin(&wide);
	send_one(1);
	send_one(1);
	send_one(1);
	CU_ASSERT(has_room(1));
	flow_limit(&words, &narrow, 1);
	CU_ASSERT(!has_room(1));
	flow_finish(&words, 2, 0);
	CU_ASSERT(has_room(1));
	flow_limit(&words, &wide, 1);
	CU_ASSERT(has_room(1));
}

static void test_a_sum_is_split_and_leaves_one_for_each(void)
{
	const struct flow_bounds bounds = { .messages = 10, .bytes = 10 };

	begin(&bounds);
	flow_limit(&words, &bounds, 3);
	CU_ASSERT_EQUAL(words.limit_messages, 3);
	CU_ASSERT_EQUAL(words.limit_all, 3);
	flow_limit(&words, &bounds, 11);
	CU_ASSERT_EQUAL(words.limit_messages, 1);
	CU_ASSERT_EQUAL(words.limit_all, 1);
	flow_limit(&words, &bounds, 0);
	CU_ASSERT_EQUAL(words.limit_messages, 10);
}

static void test_a_payload_can_be_too_large(void)
{
	const struct flow_bounds bounds = { .payload = 100 };
	const struct flow none = { 0 };

	begin(&bounds);
	CU_ASSERT(!flow_too_large(&flow, 100));
	CU_ASSERT(flow_too_large(&flow, 101));
	CU_ASSERT(!flow_too_large(&none, 101));
}

static void test_without_shared_words_there_is_no_limit(void)
{
	const struct flow_need large = { 1 << 20, 1 << 20, 100 };
	struct flow none = { 0 };

	out = (struct arena_edge_out){ .next = 1 << 20, .n_bytes = 1 << 30 };
	flow_sent(&none, 1 << 20, 1 << 30);
	CU_ASSERT_EQUAL(none.n_bytes, 0);
	CU_ASSERT_EQUAL(flow_released(&none), 0);
	flow_wait(&none, FLOW_WAITS_FOR_FRAME, &out);
	flow_passes(&none, 1, 100);
	CU_ASSERT_EQUAL(none.n_passed, 0);
	CU_ASSERT(flow_has_room(&none, &out, &large));
}

/* ---- many packets ------------------------------------------------------ */

static void test_bytes_come_back_when_packets_are_finished(void)
{
	const struct flow_bounds bounds = { .per_edge = 1000 };
	uint64_t i;

	begin(&bounds);
	for (i = 0; i < 10; i++)
		send_one(100);
	for (i = 1; i <= 10; i++) {
		CU_ASSERT(!has_room(1));
		flow_finish(&words, i, 0);
		CU_ASSERT(has_room(100));
		CU_ASSERT(i == 10 || !has_room(101));
		send_one(100);
	}
}

static void test_a_packet_counts_until_its_last_message_is_finished(void)
{
	const struct flow_bounds bounds = { .per_edge = 100 };

	begin(&bounds);
	out.next = 10;
	flow_sent(&flow, 10, 90);
	send_one(10);
	flow_finish(&words, 9, 0);
	CU_ASSERT(!has_room(1));
	flow_finish(&words, 10, 0);
	CU_ASSERT(has_room(90));
	CU_ASSERT(!has_room(91));
}

/* What does not fit the ring is merged, and no byte of it is forgotten. */
static void test_many_packets_are_merged_and_all_come_back(void)
{
	const struct flow_bounds bounds = { .per_edge = 1 << 20 };
	uint64_t i, finished;

	begin(&bounds);
	for (i = 0; i < 10 * FLOW_PACKETS_MAX; i++)
		send_one(100);
	CU_ASSERT_EQUAL(flow.n, FLOW_PACKETS_MAX);
	CU_ASSERT_EQUAL(flow.n_bytes, 10 * FLOW_PACKETS_MAX * 100);
	flow_limit(&words, &(struct flow_bounds){ .per_edge = 1 }, 1);
	for (finished = 1; finished < out.next; finished++) {
		flow_finish(&words, finished, 0);
		CU_ASSERT(!has_room(1));
		CU_ASSERT(flow.n_bytes >= 100 * (out.next - finished));
	}
	flow_finish(&words, finished, 0);
	CU_ASSERT(has_room(1));
	flow_wait(&flow, FLOW_WAITS_FOR_FRAME, &out);
	CU_ASSERT_EQUAL(flow.n_bytes, 0);
	CU_ASSERT_EQUAL(flow.n, 0);
}

/* Against a sum that is kept without a ring. */
static void test_bytes_never_come_back_early_or_stay_for_ever(void)
{
	static uint64_t ends[4096], sizes[4096];
	const struct flow_bounds bounds = { .messages = 1 };
	uint32_t random = 1;
	uint64_t finished = 0;
	size_t i, k;

	begin(&bounds);
	for (i = 0; i < 4096; i++) {
		uint64_t left = 0;

		random = random * 1103515245 + 12345;
		sizes[i] = random >> 20;
		out.next += 1 + (random >> 16) % 5;
		ends[i] = out.next;
		flow_sent(&flow, out.next, sizes[i]);
		if ((random >> 8) % 3 == 0)
			finished += (out.next - finished) * (random >> 24) / 256;
		flow_finish(&words, finished, 0);
		(void)has_room(1);
		for (k = 0; k <= i; k++)
			if (ends[k] > finished)
				left += sizes[k];
		CU_ASSERT_FATAL(flow.n_bytes >= left);
	}
	flow_finish(&words, out.next, 0);
	flow_wait(&flow, FLOW_WAITS_FOR_FRAME, &out);
	CU_ASSERT_EQUAL(flow.n_bytes, 0);
}

/* ---- descriptors ------------------------------------------------------- */

static bool has_descriptors(uint64_t n)
{
	return flow_has_room(&flow, &out,
			     &(struct flow_need){ .n_descriptors = n });
}

static void pass_one(uint64_t n)
{
	send_one(1);
	flow_passes(&flow, out.next, n);
}

static void test_descriptors_have_a_bound_of_their_own(void)
{
	uint64_t i;

	begin(&(struct flow_bounds){ 0 });
	for (i = 0; i < ACTOR_EDGE_DESCRIPTORS / 4; i++) {
		CU_ASSERT(has_descriptors(4));
		pass_one(4);
	}
	CU_ASSERT(!has_descriptors(1));
	CU_ASSERT(has_room(1));
	flow_take(&words, 1, 4);
	CU_ASSERT(!has_descriptors(1));
	flow_take(&words, 1, 0);
	flow_finish(&words, 1, 0);
	CU_ASSERT(has_descriptors(4));
	CU_ASSERT(!has_descriptors(5));
}

static void test_who_never_says_what_it_took_has_taken_what_is_finished(void)
{
	uint64_t i;

	begin(&(struct flow_bounds){ 0 });
	for (i = 0; i < 4; i++)
		pass_one(16);
	CU_ASSERT(!has_descriptors(1));
	flow_finish(&words, 3, 0);
	CU_ASSERT(has_descriptors(48));
	CU_ASSERT(!has_descriptors(49));
}

/* It finishes what comes behind, so its number of those says nothing of it. */
static void test_what_is_put_aside_counts_and_no_other(void)
{
	uint64_t i;

	begin(&(struct flow_bounds){ 0 });
	pass_one(16);
	flow_take(&words, 1, 16);
	for (i = 1; i < 1000; i++) {
		CU_ASSERT(has_descriptors(48));
		CU_ASSERT(!has_descriptors(49));
		pass_one(16);
		flow_take(&words, i + 1, 16);
		flow_finish(&words, i, 0);
	}
	flow_take(&words, 1000, 0);
	flow_finish(&words, 1000, 0);
	CU_ASSERT(has_descriptors(64));
}

/* What does not fit the row is merged: late, and never early. */
static void test_many_with_descriptors_are_merged_and_all_come_back(void)
{
	uint64_t taken, i;

	begin(&(struct flow_bounds){ 0 });
	for (i = 0; i < ACTOR_EDGE_DESCRIPTORS; i++)
		pass_one(1);
	CU_ASSERT_EQUAL(flow.n_passing, FLOW_PASSED_MAX);
	send_one(1);
	for (taken = 1; taken <= out.next; taken++) {
		uint64_t n_there = taken < 64 ? taken : 64;

		flow_take(&words, taken, n_there);
		CU_ASSERT(!has_descriptors(1));
	}
	flow_take(&words, out.next, 63);
	CU_ASSERT(has_descriptors(1));
	CU_ASSERT_EQUAL(flow.n_passing, 0);
	CU_ASSERT_EQUAL(flow.n_passed, 0);
}

static void test_what_an_aborted_turn_passed_does_not_stay_for_ever(void)
{
	int i;

	begin(&(struct flow_bounds){ 0 });
	send_one(1);
	for (i = 0; i < 100; i++) {
		out.next++;
		flow_passes(&flow, out.next, 16);
		out.next--;
	}
	send_one(1);
	CU_ASSERT(!has_descriptors(1));
	flow_take(&words, 2, 0);
	CU_ASSERT(has_descriptors(64));
	CU_ASSERT_EQUAL(flow.n_passed, 0);
}

static void test_what_those_before_us_sent_is_taken_first(void)
{
	begin(&(struct flow_bounds){ 0 });
	flow_inherits(&flow, 0);
	CU_ASSERT_EQUAL(flow.n_passed, 0);
	out.next = 10;
	flow_inherits(&flow, 10);
	flow_take(&words, 9, 0);
	CU_ASSERT(!has_descriptors(1));
	CU_ASSERT(has_room(1));
	flow_take(&words, 10, 5);
	CU_ASSERT(has_descriptors(59));
	CU_ASSERT(!has_descriptors(60));
}

static void test_no_words_of_the_receiver_give_more_than_there_are(void)
{
	begin(&(struct flow_bounds){ 0 });
	send_one(1);
	out.next = 5;
	out.n_frames = 4;
	flow_passes(&flow, 5, 64);
	flow_take(&words, NEVER, 0);
	CU_ASSERT(!has_descriptors(1));
	flow_take(&words, 1, NEVER);
	CU_ASSERT(!has_descriptors(1));
	CU_ASSERT(has_room(1));
}

/* ---- nonsense ---------------------------------------------------------- */

static void test_what_is_finished_never_goes_back(void)
{
	const struct flow_bounds bounds = { .messages = 2 };

	begin(&bounds);
	send_one(1);
	send_one(1);
	words.finished = 2;
	CU_ASSERT(has_room(1));
	words.finished = 0;
	CU_ASSERT(has_room(1));
	send_one(1);
	send_one(1);
	CU_ASSERT(!has_room(1));
	words.finished = 4;
	CU_ASSERT(has_room(1));
}

/* What an aborted turn sent never was, whatever the receiver claimed of it. */
static void test_nothing_is_finished_that_has_not_left(void)
{
	const struct flow_bounds bounds = { .messages = 2 };

	begin(&bounds);
	out.next = out.n_frames = 2;
	words.finished = NEVER;
	(void)has_room(1);
	out.next = out.n_frames = 0;
	CU_ASSERT(has_room(1));
	out.next = out.n_frames = 1;
	CU_ASSERT(has_room(1));
}

static void test_the_receiver_takes_nothing_back_either(void)
{
	begin(&(struct flow_bounds){ 0 });
	flow_finish(&words, 5, 100);
	flow_finish(&words, 6, 40);
	CU_ASSERT_EQUAL(words.released, 100);
	CU_ASSERT_EQUAL(words.finished, 6);
	flow_finish(&words, UINT64_C(1) << 32, 200);
	CU_ASSERT_EQUAL(flow_released(&flow), 200);
}

static void test_what_was_skipped_is_not_out(void)
{
	begin(&(struct flow_bounds){ 0 });
	flow_pooled(&flow, 0, 0);		/* up to 10 */
	flow_pooled(&flow, 10, 64);		/* something is out: no hole */
	CU_ASSERT_EQUAL(flow_released(&flow), 0);
	flow_finish(&words, 2, 70);
	flow_pooled(&flow, 70, 128);
	CU_ASSERT_EQUAL(flow_released(&flow), 128);
	flow_pooled(&flow, 140, 192);
	CU_ASSERT_EQUAL(flow_released(&flow), 128);
	flow_finish(&words, 3, 140);
	CU_ASSERT_EQUAL(flow_released(&flow), 140);
	flow_pooled(&flow, 70, 256);		/* a turn was taken back */
	CU_ASSERT_EQUAL(flow_released(&flow), 256);
}

static void test_the_word_for_all_is_of_what_was_sent(void)
{
	struct flow none = { 0 };

	begin(&(struct flow_bounds){ 0 });
	flow_sends(&none, 1);
	CU_ASSERT(flow_is_all(&words, 0));
	flow_sends(&flow, 3);
	CU_ASSERT(!flow_is_all(&words, 0));
	CU_ASSERT(flow_is_all(&words, 3));
	CU_ASSERT(flow_is_more(&words, 2));
	CU_ASSERT(!flow_is_more(&words, 3));
	CU_ASSERT(!flow_is_more(&words, 4));	/* who never says it */
	flow_sends(&flow, FLOW_AGAIN);
	CU_ASSERT(!flow_is_all(&words, 3));
	CU_ASSERT(!flow_is_more(&words, 3));
}

/* ---- who waits --------------------------------------------------------- */

static void test_who_waits_is_woken_when_half_is_finished(void)
{
	const struct flow_bounds bounds = { .messages = 4 };
	int i;

	begin(&bounds);
	for (i = 0; i < 4; i++)
		send_one(1);
	CU_ASSERT_EQUAL(flow_waits(&words), FLOW_NOT_WAITING);
	flow_wait(&flow, FLOW_WAITS_FOR_FRAME, &out);
	CU_ASSERT_EQUAL(flow_waits(&words), FLOW_WAITS_FOR_FRAME);
	CU_ASSERT(!flow_is_enough(&words));
	flow_finish(&words, 1, 0);
	CU_ASSERT(!flow_is_enough(&words));
	flow_finish(&words, 2, 0);
	CU_ASSERT(flow_is_enough(&words));
	flow_wait(&flow, FLOW_WAITS_FOR_WORD, &out);
	flow_finish(&words, 4, 0);
	CU_ASSERT_EQUAL(flow_waits(&words), FLOW_WAITS_FOR_WORD);
	flow_told(&words);
	CU_ASSERT_EQUAL(flow_waits(&words), FLOW_NOT_WAITING);
}

static void test_who_waits_for_one_is_woken_by_one(void)
{
	const struct flow_bounds bounds = { .messages = 1 };

	begin(&bounds);
	send_one(1);
	flow_wait(&flow, FLOW_WAITS_FOR_FRAME, &out);
	CU_ASSERT(!flow_is_enough(&words));
	flow_finish(&words, 1, 0);
	CU_ASSERT(flow_is_enough(&words));
}

static void test_strange_ways_of_waiting_mean_a_frame(void)
{
	begin(&(struct flow_bounds){ 0 });
	words.waiting = UINT32_MAX;
	CU_ASSERT_EQUAL(flow_waits(&words), FLOW_WAITS_FOR_FRAME);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_window_is_as_wide_as_its_bounds),
	HARNESS_TEST(test_exactly_as_many_as_the_limit_may_wait),
	HARNESS_TEST(test_what_is_in_the_outbox_counts_too),
	HARNESS_TEST(test_limits_may_change),
	HARNESS_TEST(test_a_sum_is_split_and_leaves_one_for_each),
	HARNESS_TEST(test_a_payload_can_be_too_large),
	HARNESS_TEST(test_without_shared_words_there_is_no_limit),
	HARNESS_TEST(test_bytes_come_back_when_packets_are_finished),
	HARNESS_TEST(test_a_packet_counts_until_its_last_message_is_finished),
	HARNESS_TEST(test_many_packets_are_merged_and_all_come_back),
	HARNESS_TEST(test_bytes_never_come_back_early_or_stay_for_ever),
	HARNESS_TEST(test_descriptors_have_a_bound_of_their_own),
	HARNESS_TEST(test_who_never_says_what_it_took_has_taken_what_is_finished),
	HARNESS_TEST(test_what_is_put_aside_counts_and_no_other),
	HARNESS_TEST(test_many_with_descriptors_are_merged_and_all_come_back),
	HARNESS_TEST(test_what_an_aborted_turn_passed_does_not_stay_for_ever),
	HARNESS_TEST(test_what_those_before_us_sent_is_taken_first),
	HARNESS_TEST(test_no_words_of_the_receiver_give_more_than_there_are),
	HARNESS_TEST(test_what_is_finished_never_goes_back),
	HARNESS_TEST(test_nothing_is_finished_that_has_not_left),
	HARNESS_TEST(test_the_receiver_takes_nothing_back_either),
	HARNESS_TEST(test_what_was_skipped_is_not_out),
	HARNESS_TEST(test_the_word_for_all_is_of_what_was_sent),
	HARNESS_TEST(test_who_waits_is_woken_when_half_is_finished),
	HARNESS_TEST(test_who_waits_for_one_is_woken_by_one),
	HARNESS_TEST(test_strange_ways_of_waiting_mean_a_frame),
};
HARNESS_MAIN(tests)
