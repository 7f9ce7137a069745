// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_actor_pool.c - large payloads: from the actor, to it, and what a crash or
 * a hostile sender does to them.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libactorproc/checksum.h"
#include "tests/harness/harness.h"
#include "tests/kernel/subject.h"

#define MIB ((size_t)1 << 20)

static const size_t sizes[] = {
	1,
	POOL_PAYLOAD_MIN - 1,
	POOL_PAYLOAD_MIN,
	64 << 10,
	1 * MIB,
	ACTOR_POOL_WINDOW,
	5 * MIB,		/* larger than the window */
	ACTOR_PAYLOAD_MAX,
};

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static unsigned char *pattern(size_t n_bytes, uint32_t seed)
{
	unsigned char *bytes = malloc(n_bytes + 1);

	CU_ASSERT_FATAL(bytes != NULL);
	subject_fill(bytes, n_bytes, seed);

	return bytes;
}

/* ---- from the actor ---------------------------------------------------- */

/* Return: its end in the pool, or 0: it was in the packet. */
static uint64_t expect_payload(struct fake_edge *edge, enum frame_kind kind,
			       const char *type, size_t n_bytes)
{
	struct frame frame = fake_expect_frame(edge, kind, type);
	bool pooled = frame.flags & ACTOR_FRAME_POOLED;
	unsigned char *wanted = pattern(n_bytes, 1);
	unsigned char *got;

	CU_ASSERT_EQUAL_FATAL(frame_size(&frame), n_bytes);
	CU_ASSERT_EQUAL(pooled, n_bytes >= POOL_PAYLOAD_MIN);
	got = fake_payload(edge, &frame);
	CU_ASSERT_EQUAL(memcmp(got, wanted, n_bytes), 0);
	free(got);
	free(wanted);

	return pooled ? arena_pool_end(frame_pooled(&frame)) : 0;
}

static void test_all_sizes_leave_whole(void)
{
	size_t i;

	subject_begin();
	for (i = 0; i < SIZES; i++) {
		uint64_t end;

		subject_order("burst", 1, sizes[i], 0);
		CU_ASSERT_EQUAL(subject_expect("sent").r, 0);
		end = expect_payload(other, FRAME_TELL, "burst", sizes[i]);
		fake_finish(other, end);
	}
	subject_order("burst", 1, ACTOR_PAYLOAD_MAX + 1, 0);
	CU_ASSERT_EQUAL(subject_expect("sent").r, -EMSGSIZE);
	subject_end();
}

static void ask_to_give(uint64_t ask_id, uint64_t n_bytes)
{
	const struct burst burst = { 0, n_bytes, 0 };
	const struct frame ask = {
		.kind = FRAME_ASK,
		.type = "give",
		.type_length = 4,
		.ask_id = ask_id,
		.payload = &burst,
		.payload_bytes = sizeof(burst),
	};

	fake_send(client, &ask, 1);
}

static void test_answers_of_all_sizes_leave_whole(void)
{
	size_t i;

	subject_begin();
	for (i = 0; i < SIZES; i++) {
		ask_to_give(i + 1, sizes[i]);
		fake_finish(client, expect_payload(client, FRAME_REPLY,
						   "given", sizes[i]));
	}
	subject_end();
}

/* It is small enough for a packet. */
static void test_an_answer_goes_around_a_full_pool(void)
{
	struct frame frame;

	subject_begin();
	ask_to_give(1, ACTOR_POOL_WINDOW);
	fake_expect_frame(client, FRAME_REPLY, "given");
	ask_to_give(2, 8000);
	frame = fake_expect_frame(client, FRAME_REPLY, "given");
	CU_ASSERT_EQUAL(frame.payload_bytes, 8000);
	CU_ASSERT(fake_nothing_more(letters));
	subject_end();
}

static void test_the_window_is_all_that_is_out(void)
{
	uint64_t end[5] = { 0 };
	size_t i;

	subject_begin();
	subject_order("burst", 100, MIB, 0);
	CU_ASSERT_EQUAL(subject_expect("sent").n, 4);
	for (i = 0; i < 4; i++)
		end[i] = expect_payload(other, FRAME_TELL, "burst", MIB);
	flow_finish(fake_words(other, false), 1, end[0]);
	subject_order("burst", 100, MIB, 0);
	CU_ASSERT_EQUAL(subject_expect("sent").n, 1);
	end[4] = expect_payload(other, FRAME_TELL, "burst", MIB);
	CU_ASSERT_EQUAL(end[4], 5 * MIB);
	subject_end();
}

/* Where nothing is out, the next place is at the beginning again. */
static void test_what_was_skipped_takes_no_room(void)
{
	size_t i;

	subject_begin();
	for (i = 0; i < 3; i++) {
		subject_order("burst", 1, MIB, 0);
		CU_ASSERT_EQUAL(subject_expect("sent").n, 1);
		fake_finish(other, expect_payload(other, FRAME_TELL, "burst",
						  MIB));
	}
	subject_order("burst", 100, MIB, 0);
	CU_ASSERT_EQUAL(subject_expect("sent").n, 4);
	for (i = 0; i < 4; i++)
		expect_payload(other, FRAME_TELL, "burst", MIB);
	subject_end();
}

static void test_what_a_failed_turn_wrote_is_nowhere(void)
{
	subject_begin();
	subject_order("burst-fail", 1, 3 * MIB, 0);
	fake_expect(&fake, "FAILED", "ERRNO");
	fake_order(&fake, "RESUME", NULL);
	subject_order("burst", 1, 3 * MIB, 0);
	CU_ASSERT_EQUAL(subject_expect("sent").n, 1);
	CU_ASSERT_EQUAL(expect_payload(other, FRAME_TELL, "burst", 3 * MIB),
			3 * MIB);
	subject_end();
}

static void test_the_next_generation_does_not_write_over_what_is_out(void)
{
	struct frame frame;
	unsigned char *got, *wanted = pattern(3 * MIB, 1);

	subject_begin();
	subject_order("burst", 1, 3 * MIB, 0);
	CU_ASSERT_EQUAL(subject_expect("sent").n, 1);
	frame = fake_expect_frame(other, FRAME_TELL, "burst");
	fake_kill(&fake, 0);
	fake_restart(&fake);
	subject_order("burst", 1, 3 * MIB, 0);
	CU_ASSERT_EQUAL(subject_expect("sent").r, -EAGAIN);
	got = fake_payload(other, &frame);
	CU_ASSERT_EQUAL(memcmp(got, wanted, 3 * MIB), 0);
	free(got);
	free(wanted);
	subject_end();
}

/* Room comes and goes as the receiver pleases. */
static void expect_besides_room(const char *type)
{
	struct frame frame;

	do {
		CU_ASSERT_FATAL(fake_receive(peer, &frame));
	} while (fake_is(&frame, FRAME_TELL, "room"));
	CU_ASSERT(fake_is(&frame, FRAME_TELL, type));
}

/* Whatever the receiver says of what it needs: it harms itself alone. */
static void test_a_receiver_may_release_nonsense(void)
{
	static const uint64_t claims[] = { UINT64_MAX, 1, 0, 7,
					   UINT64_C(1) << 61 };
	size_t i;

	subject_begin();
	for (i = 0; i < 20; i++) {
		fake_words(other, false)->released = claims[i % 5];
		fake_words(other, false)->finished = claims[i % 4];
		subject_order("burst", 1, i % 2 ? 3 * MIB : 5 * MIB, 0);
		expect_besides_room("sent");
	}
	fake_kill(&fake, 0);
	fake_restart(&fake);
	fake_tell(client, "settle", NULL, 0);
	expect_besides_room("settled");
	subject_end();
}

/* ---- to the actor ------------------------------------------------------ */

static void tell_and_expect(size_t n_bytes, uint32_t seed)
{
	unsigned char *bytes = pattern(n_bytes, seed);
	struct report report;

	fake_tell_pooled(client, "item", bytes, n_bytes);
	report = subject_expect("item");
	CU_ASSERT_EQUAL(report.n_bytes, n_bytes);
	CU_ASSERT_EQUAL(report.checksum, checksum_crc32c(0, bytes, n_bytes));
	free(bytes);
}

static void test_all_sizes_arrive_whole(void)
{
	size_t i, k;

	subject_begin();
	for (k = 0; k < 2; k++)
		for (i = 0; i < SIZES; i++)
			tell_and_expect(sizes[i], (uint32_t)i);
	for (i = 0; i < 20; i++)
		tell_and_expect(3 * MIB / 2 + i * 1000, (uint32_t)i);
	subject_settle();
	CU_ASSERT_EQUAL(fake_words(client, true)->released, client->pool_head);
	CU_ASSERT_EQUAL(fake_words(client, true)->finished, client->n_frames);
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

static void test_a_large_answer_arrives_whole(void)
{
	unsigned char *bytes = pattern(3 * MIB, 5);
	const struct actor_pooled place = { 0, 3 * MIB, 0 };
	struct frame question, answer;

	subject_begin();
	fake_tell(client, "inquire", NULL, 0);
	subject_expect("inquired");
	question = fake_expect_frame(other, FRAME_ASK, "question");
	pool_write(&other->pool, EDGE_TARGET, place, bytes);
	answer = (struct frame){
		.kind = FRAME_REPLY,
		.flags = ACTOR_FRAME_POOLED,
		.type = "answer",
		.type_length = 6,
		.ask_id = question.ask_id,
		.generation = question.generation,
		.payload = &place,
		.payload_bytes = sizeof(place),
	};
	fake_send(other, &answer, 1);
	subject_expect("answered");
	subject_settle();
	CU_ASSERT_EQUAL(fake_words(other, true)->released, 3 * MIB);
	fake_audit(&fake, other, 0, 0);
	subject_end();
	free(bytes);
}

static void test_there_and_back_it_is_the_same(void)
{
	unsigned char *bytes = pattern(MIB, 1);

	subject_begin();
	fake_tell_pooled(client, "echo", bytes, MIB);
	CU_ASSERT_EQUAL(subject_expect("echoed").r, 0);
	fake_finish(other, expect_payload(other, FRAME_TELL, "echo", MIB));
	subject_end();
	free(bytes);
}

static void test_what_is_larger_than_its_limit_is_dead(void)
{
	unsigned char *bytes = pattern(MIB, 1);
	const struct actor_pooled place = { 0, MIB, 0 };
	const struct frame ask = {
		.kind = FRAME_ASK,
		.flags = ACTOR_FRAME_POOLED,
		.type = "question",
		.type_length = 8,
		.ask_id = 4,
		.payload = &place,
		.payload_bytes = sizeof(place),
	};
	struct frame error;

	subject_init();
	fake.mailbox.bounds.payload = 100000;
	fake_start(&fake);
	CU_ASSERT_EQUAL(fake_words(client, true)->limit_payload, 100000);
	fake_tell_pooled(client, "item", bytes, MIB);
	fake_expect_letter(letters, "REASON", "oversize");
	tell_and_expect(100000, 3);
	fake_tell(client, "item", bytes, 8);
	subject_expect("item");
	subject_settle();
	CU_ASSERT_EQUAL(fake_words(client, true)->released, client->pool_head);
	fake_send(client, &ask, 1);
	fake_expect_letter(letters, "REASON", "oversize");
	error = fake_expect_frame(client, FRAME_ERROR, "error");
	CU_ASSERT_EQUAL(error.error, EMSGSIZE);
	fake_audit(&fake, client, 2, 0);
	subject_end();
	free(bytes);
}

static void test_an_edge_without_a_pool_brings_none(void)
{
	const struct actor_pooled place = { 0, 8, 0 };
	const struct frame frame = {
		.kind = FRAME_TELL,
		.flags = ACTOR_FRAME_POOLED,
		.type = "item",
		.type_length = 4,
		.payload = &place,
		.payload_bytes = sizeof(place),
	};
	struct fake_edge *poor;

	subject_init();
	poor = fake_edge(&fake, EDGE_TARGET, NULL, "/test/poor");
	fake_start(&fake);
	fake_send(poor, &frame, 1);
	fake_expect_letter(letters, "REASON", "capability_lost");
	subject_settle();
	fake_audit(&fake, poor, 1, 0);
	subject_end();
}

/* ---- strangers --------------------------------------------------------- */

static const struct actor_pooled nonsense[] = {
	{ 0, 0, 0 },
	{ 0, ACTOR_PAYLOAD_MAX + 1, 0 },
	{ 0, UINT64_MAX, 0 },
	{ UINT64_MAX, 8, 0 },
	{ UINT64_MAX - 7, 8, 0 },
	{ ACTOR_POOL_WINDOW - 8, 9, 0 },
	{ 8, ACTOR_POOL_WINDOW, 0 },
	{ 8, ACTOR_POOL_WINDOW + 1, 0 },
	{ UINT64_C(1) << 62, 8, 0 },
	{ 0, 8, ACTOR_POOL_WINDOW - 8 },
	{ 0, 9, ACTOR_POOL_BYTES - 8 },
	{ 0, 8, ACTOR_POOL_BYTES },
	{ 0, 8, UINT64_MAX },
	{ 0, ACTOR_PAYLOAD_MAX, ACTOR_POOL_WINDOW + 8 },
};

static void test_places_that_cannot_be_cost_the_edge(void)
{
	struct frame frame = {
		.kind = FRAME_TELL,
		.flags = ACTOR_FRAME_POOLED,
		.type = "item",
		.type_length = 4,
		.payload_bytes = sizeof(nonsense[0]),
	};
	size_t i;

	subject_begin();
	for (i = 0; i < sizeof(nonsense) / sizeof(nonsense[0]); i++) {
		struct fake_edge *edge = fake_edge(&fake, EDGE_TARGET, NULL,
						   "/test/stranger");

		fake_share(edge);
		fake_hand(&fake, edge);
		frame.payload = &nonsense[i];
		fake_send(edge, &frame, 1);
		fake_expect_letter(letters, "KIND", "malformed");
		fake_expect_gone(&fake, edge);
	}
	subject_settle();
	subject_end();
}

static void test_a_payload_is_looked_at_once(void)
{
	unsigned char *bytes = pattern(MIB, 1);
	uint32_t sum = checksum_crc32c(0, bytes, MIB);
	int i;

	subject_begin();
	fake_tell_pooled(client, "look-twice", bytes, MIB);
	CU_ASSERT_EQUAL(subject_expect("looked").checksum, sum);
	memset(bytes, 0, MIB);
	pool_write(&client->pool, EDGE_HOLDER,
		   (struct actor_pooled){ 0, MIB, 0 }, bytes);
	__atomic_store_n(&subject_shared->gate, 1, __ATOMIC_RELEASE);
	for (i = 0; i < 2; i++)		/* the second time after stashing it */
		CU_ASSERT_EQUAL(subject_expect("looked").checksum, sum);
	free(bytes);

	fake_tell(client, "settle", NULL, 0);	/* as the new behaviour has it */
	subject_expect("item");
	fake_audit(&fake, client, 0, 1);
	subject_end();
}

/* ---- crashes ----------------------------------------------------------- */

static void kill_with(const unsigned char *bytes, size_t n_bytes,
		      uint32_t redeliver)
{
	fake_tell_pooled(client, "die", bytes, n_bytes);
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	CU_ASSERT_EQUAL(fake_recover(&fake, redeliver).retry, redeliver != 0);
	CU_ASSERT_EQUAL(fake_words(client, true)->finished, 0);
	CU_ASSERT_EQUAL(fake_words(client, true)->released, 0);
	fake_restart(&fake);
}

static void test_in_hand_at_a_crash_its_place_comes_back(void)
{
	unsigned char *bytes = pattern(5 * MIB, 1);

	subject_begin();
	kill_with(bytes, 5 * MIB, 0);
	subject_settle();
	CU_ASSERT_EQUAL(fake_words(client, true)->released, client->pool_head);
	CU_ASSERT_EQUAL(fake_words(client, true)->finished, client->n_frames);
	fake_audit(&fake, client, 1, 0);
	subject_end();
	free(bytes);
}

static void test_tried_again_it_is_whole(void)
{
	unsigned char *bytes = pattern(5 * MIB, 1);
	struct report report;

	subject_begin();
	kill_with(bytes, 5 * MIB, 1);
	report = subject_expect("item");
	CU_ASSERT_EQUAL(report.n, 1);
	CU_ASSERT_EQUAL(report.checksum, checksum_crc32c(0, bytes, 5 * MIB));
	subject_settle();
	CU_ASSERT_EQUAL(fake_words(client, true)->released, client->pool_head);
	fake_audit(&fake, client, 0, 0);
	subject_end();
	free(bytes);
}

/* Its sender and its pool are gone when it is tried again. */
static void test_without_its_pool_it_is_lost_and_told_of(void)
{
	unsigned char *bytes = pattern(MIB, 1);
	struct fake_edge *gone;

	subject_init();
	gone = fake_edge(&fake, EDGE_TARGET, NULL, "/test/gone");
	fake_share(gone);
	fake_start(&fake);
	fake_tell_pooled(gone, "die", bytes, MIB);
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	CU_ASSERT(fake_recover(&fake, 1).retry);
	fake_hang_up(gone);
	fake_restart(&fake);
	fake_expect_letter(letters, "REASON", "capability_lost");
	subject_settle();
	subject_end();
	free(bytes);
}

/* to look at a hole in a mapping makes a page of it */
static void test_what_its_sender_never_wrote_is_no_memory(void)
{
	struct report item;

	subject_begin();
	fake_tell_pooled(client, "item", NULL, 5 * MIB);
	item = subject_expect("item");
	CU_ASSERT_EQUAL(item.n_bytes, 5 * MIB);
	CU_ASSERT(fake_pool_bytes(client) < MIB);
	/* nor does what is there around it count */
	fake_tell_pooled(client, "item", "it is written", 14);
	subject_expect("item");
	fake_tell_pooled(client, "item", NULL, MIB);
	CU_ASSERT_EQUAL(subject_expect("item").n_bytes, MIB);
	CU_ASSERT(fake_pool_bytes(client) < MIB);
	subject_end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_all_sizes_leave_whole),
	HARNESS_TEST(test_answers_of_all_sizes_leave_whole),
	HARNESS_TEST(test_an_answer_goes_around_a_full_pool),
	HARNESS_TEST(test_the_window_is_all_that_is_out),
	HARNESS_TEST(test_what_was_skipped_takes_no_room),
	HARNESS_TEST(test_what_a_failed_turn_wrote_is_nowhere),
	HARNESS_TEST(test_the_next_generation_does_not_write_over_what_is_out),
	HARNESS_TEST(test_a_receiver_may_release_nonsense),
	HARNESS_TEST(test_all_sizes_arrive_whole),
	HARNESS_TEST(test_a_large_answer_arrives_whole),
	HARNESS_TEST(test_there_and_back_it_is_the_same),
	HARNESS_TEST(test_what_is_larger_than_its_limit_is_dead),
	HARNESS_TEST(test_an_edge_without_a_pool_brings_none),
	HARNESS_TEST(test_places_that_cannot_be_cost_the_edge),
	HARNESS_TEST(test_a_payload_is_looked_at_once),
	HARNESS_TEST(test_in_hand_at_a_crash_its_place_comes_back),
	HARNESS_TEST(test_tried_again_it_is_whole),
	HARNESS_TEST(test_without_its_pool_it_is_lost_and_told_of),
	HARNESS_TEST(test_what_its_sender_never_wrote_is_no_memory),
};
HARNESS_MAIN(tests)
