/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_arena.c - what each call of an arena does, and what recovery finds.
 *
 * That it does so after a crash at any store is test_arena_crash.c's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/an_arena.h"

/* ---- edges ------------------------------------------------------------ */

static void test_all_edges_are_found_again(void)
{
	size_t cursor = 0, n = 0;
	uint64_t key;

	begin();
	for (key = 100; key < 100 + ARENA_EDGES_MAX - 2; key++)
		CU_ASSERT_EQUAL(arena_edge_add(a, key * 7919), 0);
	CU_ASSERT_EQUAL(arena_edge_add(a, 3), -ENOSPC);
	CU_ASSERT_EQUAL(arena_edge_add(a, 100 * 7919), 0);
	CU_ASSERT_EQUAL(arena_edge_add(a, 0), -EINVAL);

	for (; (key = arena_edge_next(a, &cursor)); n++) {
		int slot = arena_slot(a, key);

		CU_ASSERT_EQUAL_FATAL(slot < 0, false);
		CU_ASSERT_EQUAL(a->edges[slot].key, key);
	}
	CU_ASSERT_EQUAL(n, ARENA_EDGES_MAX);
	CU_ASSERT_EQUAL(arena_slot(a, 3), -ENOENT);

	arena_edge_remove(a, 100 * 7919);
	CU_ASSERT_EQUAL(arena_slot(a, 100 * 7919), -ENOENT);
	CU_ASSERT_EQUAL(arena_edge_add(a, 3), 0);
	end();
}

static void test_a_removed_edge_takes_its_outbox_along(void)
{
	size_t cursor = 0;

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	arena_edge_remove(a, out);
	CU_ASSERT_EQUAL(arena_outbox_next(a, &cursor), 0);
	CU_ASSERT_EQUAL(send_tell(false), -ENOENT);
	CU_ASSERT_EQUAL(arena_edge_add(a, out), 0);
	CU_ASSERT_EQUAL(drain(out), 0);
	end();
}

/* ---- landing ---------------------------------------------------------- */

static void test_frames_are_handled_in_order(void)
{
	struct frame f;
	uint64_t key, i;

	begin();
	CU_ASSERT_FALSE(arena_frame(a, &f, &key));
	CU_ASSERT_EQUAL(land_asks(3, 1), ARENA_TAKEN);
	for (i = 0; i < 3; i++) {
		CU_ASSERT_EQUAL(arena_waiting(a), 3 - i);
		CU_ASSERT_TRUE_FATAL(arena_frame(a, &f, &key));
		CU_ASSERT_EQUAL(key, in);
		CU_ASSERT_EQUAL(f.trace[1], i);
		CU_ASSERT_EQUAL(f.attempt, 0);
		arena_turn_begin(a, true);
		CU_ASSERT_TRUE(arena_frame(a, &f, &key));
		CU_ASSERT_EQUAL(f.trace[1], i);
		arena_turn_commit(a);
	}
	CU_ASSERT_FALSE(arena_frame(a, &f, &key));
	CU_ASSERT_EQUAL(arena_waiting(a), 0);
	end();
}

static void test_a_packet_is_taken_once(void)
{
	struct arena_edge_counts counts;
	uint64_t gap = 99;

	begin();
	CU_ASSERT_EQUAL(land(in, make_packet(FRAME_TELL, 1, 1), &gap),
			ARENA_TAKEN);
	CU_ASSERT_EQUAL(gap, 0);
	handle();
	CU_ASSERT_EQUAL(land(in, make_packet(FRAME_TELL, 1, 1), NULL),
			ARENA_AGAIN);
	CU_ASSERT_EQUAL(arena_waiting(a), 0);
	CU_ASSERT_EQUAL(land(in, make_packet(FRAME_TELL, 2, 5), &gap),
			ARENA_TAKEN);
	CU_ASSERT_EQUAL(gap, 0);
	CU_ASSERT_EQUAL(arena_edge_counts(a, in, &counts), 0);
	CU_ASSERT_EQUAL(counts.packets_taken, 5);
	CU_ASSERT_EQUAL(counts.frames_taken, 3);
	CU_ASSERT_EQUAL(arena_edge_counts(a, 1, &counts), -ENOENT);
	end();
}

static void test_missing_messages_are_counted_by_their_numbers(void)
{
	struct arena_edge_counts counts;
	uint64_t gap = 99, key;
	struct frame f;

	begin();
	CU_ASSERT_EQUAL(land(in, make_packet_at(FRAME_TELL, 2, 1, 3), &gap),
			ARENA_TAKEN);
	CU_ASSERT_EQUAL(gap, 3);
	CU_ASSERT_TRUE(arena_frame(a, &f, &key));
	CU_ASSERT_EQUAL(f.number, 3);
	handle();
	CU_ASSERT_TRUE(arena_frame(a, &f, &key));
	CU_ASSERT_EQUAL(f.number, 4);
	handle();
	/* a number that was taken already, in a packet that is new */
	CU_ASSERT_EQUAL(land(in, make_packet_at(FRAME_TELL, 1, 2, 4), &gap),
			-EBADMSG);
	CU_ASSERT_EQUAL(land(in, make_packet_at(FRAME_TELL, 1, 2, 6), &gap),
			ARENA_TAKEN);
	CU_ASSERT_EQUAL(gap, 1);
	counts = counts_of(in);
	CU_ASSERT_EQUAL(counts.frames_taken, 3);
	CU_ASSERT_EQUAL(counts.frames_lost, 4);
	CU_ASSERT_EQUAL(handled_of(in), 2);
	end();
}

static void test_what_is_malformed_is_dropped(void)
{
	struct arena_remains remains;
	size_t n_bytes;

	begin();
	n_bytes = make_packet(FRAME_TELL, 1, 1);
	CU_ASSERT_EQUAL(land(in, n_bytes - 1, NULL), -EBADMSG);
	CU_ASSERT_EQUAL(land(in, 0, NULL), -EBADMSG);
	CU_ASSERT_EQUAL(arena_landed(a, ACTOR_PACKET_MAX + 1, NULL), -EBADMSG);
	packet[HEADER + 60] ^= 1;
	CU_ASSERT_EQUAL(land(in, n_bytes, NULL), -EBADMSG);
	CU_ASSERT_EQUAL(land(out, make_packet(FRAME_TELL, 1, 1), NULL),
			-EBADMSG);
	CU_ASSERT_EQUAL(land(77, make_packet(FRAME_TELL, 1, 1), NULL), -ENOENT);
	arena_recover(a, 0, &remains);
	CU_ASSERT_EQUAL(arena_waiting(a), 0);
	end();
}

/* ---- turns and the outbox --------------------------------------------- */

static void test_a_commit_releases_everything_at_once(void)
{
	struct frame reply = a_frame(FRAME_REPLY, 1);
	const void *bytes;
	size_t n_bytes, cursor = 0;

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	CU_ASSERT_EQUAL(arena_send(a, in, &reply, true), 0);
	CU_ASSERT_EQUAL(arena_outbox_next(a, &cursor), 0);
	CU_ASSERT_FALSE(arena_outbox_peek(a, out, &bytes, &n_bytes));
	arena_turn_commit(a);

	cursor = 0;
	CU_ASSERT_EQUAL(arena_outbox_next(a, &cursor), out);
	CU_ASSERT_EQUAL(arena_outbox_next(a, &cursor), in);
	CU_ASSERT_EQUAL(arena_outbox_next(a, &cursor), 0);
	CU_ASSERT_EQUAL(drain(out), 2);
	CU_ASSERT_EQUAL(drain(in), 1);
	end();
}

static void test_an_abort_discards_what_the_turn_sent(void)
{
	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_abort(a);
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(drain(out), 2);
	end();
}

static void test_a_failed_message_is_in_hand_until_a_turn_takes_it(void)
{
	struct frame f;
	uint64_t key;

	begin();
	CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
	arena_turn_begin(a, true);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_abort(a);
	/* a tick in between does not make it done */
	arena_turn_begin(a, false);
	arena_turn_commit(a);
	CU_ASSERT_TRUE(arena_frame(a, &f, &key));
	CU_ASSERT_EQUAL(f.trace[1], 0);
	handle();
	CU_ASSERT_TRUE(arena_frame(a, &f, &key));
	CU_ASSERT_EQUAL(f.trace[1], 1);
	CU_ASSERT_EQUAL(drain(out), 0);
	end();
}

static void test_a_failed_message_is_in_hand_after_a_crash(void)
{
	struct arena_remains remains;

	begin();
	CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
	arena_turn_begin(a, true);
	arena_turn_abort(a);
	arena_turn_begin(a, false);
	arena_turn_commit(a);
	arena_recover(a, 0, &remains);
	CU_ASSERT_TRUE(remains.in_hand);
	CU_ASSERT_FALSE(remains.retry);
	CU_ASSERT_EQUAL(remains.frame.trace[1], 0);
	CU_ASSERT_EQUAL(arena_waiting(a), 1);
	CU_ASSERT_EQUAL(drain(in), 1);
	end();
}

static void test_a_peeked_packet_never_changes(void)
{
	const void *bytes, *again;
	struct arena_remains remains;
	size_t n_bytes, n_again;

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	CU_ASSERT_TRUE_FATAL(arena_outbox_peek(a, out, &bytes, &n_bytes));
	memcpy(packet, bytes, n_bytes);

	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	arena_recover(a, 0, &remains);
	CU_ASSERT_TRUE_FATAL(arena_outbox_peek(a, out, &again, &n_again));
	CU_ASSERT_EQUAL(n_again, n_bytes);
	CU_ASSERT_EQUAL(memcmp(packet, again, n_bytes), 0);

	arena_outbox_drop(a, out);
	CU_ASSERT_TRUE_FATAL(arena_outbox_peek(a, out, &again, &n_again));
	CU_ASSERT_EQUAL(packet_header(again).sequence, 2);
	CU_ASSERT_EQUAL(packet_header(again).first, 1);
	end();
}

static void test_what_was_refused_is_in_no_socket(void)
{
	struct arena_offer offer;

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	CU_ASSERT_FALSE(arena_outbox_doubtful(a, out));
	CU_ASSERT_TRUE(arena_outbox_has(a, out));
	CU_ASSERT_FALSE(arena_outbox_has(a, out + 1));
	CU_ASSERT_TRUE_FATAL(arena_outbox_offer(a, out, &offer));
	CU_ASSERT_FALSE(offer.again);
	CU_ASSERT_TRUE(arena_outbox_doubtful(a, out));
	arena_outbox_refused(a, out, &offer);
	CU_ASSERT_FALSE(arena_outbox_doubtful(a, out));
	CU_ASSERT_TRUE_FATAL(arena_outbox_offer(a, out, &offer));
	CU_ASSERT_FALSE(offer.again);
	CU_ASSERT_TRUE(arena_outbox_has(a, out));
	arena_outbox_drop(a, out);
	CU_ASSERT_FALSE(arena_outbox_doubtful(a, out));
	CU_ASSERT_FALSE(arena_outbox_has(a, out));
	CU_ASSERT_FALSE(arena_outbox_offer(a, out, &offer));
	end();
}

/* who was killed has said neither; that it is refused now tells nothing */
static void test_what_was_offered_before_a_crash_may_be_in_a_socket(void)
{
	struct arena_remains remains;
	struct arena_offer offer;

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	CU_ASSERT_TRUE_FATAL(arena_outbox_offer(a, out, &offer));
	arena_recover(a, 0, &remains);
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
	CU_ASSERT_TRUE_FATAL(arena_outbox_offer(a, out, &offer));
	CU_ASSERT_TRUE(offer.again);
	arena_outbox_refused(a, out, &offer);
	CU_ASSERT_TRUE(arena_outbox_doubtful(a, out));
	/* of what is behind it nobody doubts */
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	arena_outbox_drop(a, out);
	CU_ASSERT_FALSE(arena_outbox_doubtful(a, out));
	CU_ASSERT_TRUE_FATAL(arena_outbox_offer(a, out, &offer));
	CU_ASSERT_FALSE(offer.again);
	arena_outbox_drop(a, out);
	end();
}

static void test_nothing_is_dropped_before_it_was_peeked_at(void)
{
	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	arena_outbox_drop(a, out);
	arena_outbox_drop(a, in);
	CU_ASSERT_EQUAL(drain(out), 1);
	end();
}

static void test_bad_frames_are_not_sent(void)
{
	struct frame f = a_frame(FRAME_TELL, 0);

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(arena_send(a, in, &f, false), -EINVAL);
	f.type_length = 0;
	CU_ASSERT_EQUAL(arena_send(a, out, &f, false), -EINVAL);
	f = a_frame(FRAME_TELL, 0);
	f.payload_bytes = ACTOR_PACKET_MAX;
	CU_ASSERT_EQUAL(arena_send(a, out, &f, false), -EMSGSIZE);
	f = a_frame(FRAME_TELL, 0);
	CU_ASSERT_EQUAL(arena_send(a, 4711, &f, false), -ENOENT);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(drain(out), 0);
	end();
}

static void test_a_large_message_goes_alone(void)
{
	static char payload[ACTOR_PACKET_MAX];
	struct frame f = a_frame(FRAME_TELL, 0);
	const void *bytes;
	size_t n_bytes;

	begin();
	f.payload = payload;
	f.payload_bytes = sizeof(payload) - HEADER - frame_bytes(&f);
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	CU_ASSERT_EQUAL(arena_send(a, out, &f, false), 0);
	f.payload_bytes += 8;
	CU_ASSERT_EQUAL(arena_send(a, out, &f, false), -EMSGSIZE);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);

	CU_ASSERT_TRUE(arena_outbox_peek(a, out, &bytes, &n_bytes));
	CU_ASSERT_EQUAL(packet_header(bytes).n_frames, 1);
	arena_outbox_drop(a, out);
	CU_ASSERT_TRUE(arena_outbox_peek(a, out, &bytes, &n_bytes));
	CU_ASSERT_EQUAL(packet_header(bytes).n_frames, 1);
	CU_ASSERT_EQUAL(n_bytes, ACTOR_PACKET_MAX);
	arena_outbox_drop(a, out);
	CU_ASSERT_EQUAL(drain(out), 2);
	end();
}

static void test_one_edge_cannot_take_all(void)
{
	const size_t third = (ARENA_BUFFERS - 16) / 3 + 1;
	const size_t third_of_rest = (ARENA_BUFFERS - 16 - third) / 3 + 1;

	begin();
	CU_ASSERT_EQUAL(fill(out, 16000, false), third);
	CU_ASSERT_EQUAL(fill(in, 16000, false), third_of_rest);
	CU_ASSERT_EQUAL(drain(out), third);
	CU_ASSERT_EQUAL(drain(in), third_of_rest);
	CU_ASSERT_EQUAL(fill(out, 16000, false), third);
	CU_ASSERT_EQUAL(drain(out), third);
	end();
}

static void test_a_reserve_is_left_when_all_is_full(void)
{
	uint64_t key;
	size_t n = 0;

	begin();
	for (key = 100; key < 160; key += 2) {
		CU_ASSERT_EQUAL(arena_edge_add(a, key), 0);
		n += fill(key, 16000, false);
	}
	CU_ASSERT_EQUAL(n, ARENA_BUFFERS - 16);
	CU_ASSERT_EQUAL(fill(out, 16000, false), 0);
	/* a quarter of what is left for each, until there is nothing */
	CU_ASSERT_EQUAL(fill(out, 16000, true), 4);
	CU_ASSERT_EQUAL(fill(in, 16000, true), 3);
	for (key = 201; key < 231; key += 2) {
		CU_ASSERT_EQUAL(arena_edge_add(a, key), 0);
		n += fill(key, 16000, true);
	}
	CU_ASSERT_EQUAL(n, ARENA_BUFFERS - 7);
	/* the next ones fit behind: their packets grow */
	CU_ASSERT_TRUE(fill(out, 0, true) > 0);
	end();
}

/* ---- what is owed ----------------------------------------------------- */

static uint64_t owe(uint64_t number)
{
	struct frame ask = a_frame(FRAME_ASK, number);
	uint64_t token;

	arena_turn_begin(a, false);
	token = arena_owe(a, in, &ask);
	arena_turn_commit(a);

	return token;
}

static void test_a_debt_is_known_until_it_is_paid(void)
{
	uint64_t token, key = 0;
	struct frame ask;
	size_t cursor = 0;

	begin();
	token = owe(5);
	CU_ASSERT_NOT_EQUAL(token, 0);
	CU_ASSERT_EQUAL_FATAL(arena_owed(a, token, &key, &ask), 0);
	CU_ASSERT_EQUAL(key, in);
	CU_ASSERT_EQUAL(ask.ask_id, 5);
	CU_ASSERT_EQUAL(ask.generation, 9);
	CU_ASSERT_EQUAL(ask.trace[1], 5);
	CU_ASSERT_EQUAL(arena_owed_next(a, &cursor), token);
	CU_ASSERT_EQUAL(arena_owed_next(a, &cursor), 0);

	arena_turn_begin(a, false);
	arena_pay(a, token);
	CU_ASSERT_EQUAL(arena_owed(a, token, &key, &ask), -ENOENT);
	arena_turn_abort(a);
	CU_ASSERT_EQUAL(arena_owed(a, token, &key, &ask), 0);
	arena_turn_begin(a, false);
	arena_pay(a, token);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(arena_owed(a, token, &key, &ask), -ENOENT);
	CU_ASSERT_EQUAL(arena_owed(a, 0, &key, &ask), -ENOENT);
	arena_pay(a, token);
	end();
}

static void test_tokens_are_never_used_again(void)
{
	uint64_t token, last = 0, key;
	struct frame ask;
	int i;

	begin();
	for (i = 0; i < 3 * ARENA_OWED_MAX; i++) {
		token = owe(1);
		CU_ASSERT_TRUE_FATAL(token > last);
		if (last)
			CU_ASSERT_EQUAL(arena_owed(a, last, &key, &ask),
					-ENOENT);
		arena_turn_begin(a, false);
		arena_pay(a, token);
		arena_turn_commit(a);
		last = token;
	}
	end();
}

static void test_only_so_many_are_owed(void)
{
	size_t cursor = 0;
	uint64_t token;
	int i;

	begin();
	for (i = 0; i < ARENA_OWED_MAX; i++)
		CU_ASSERT_NOT_EQUAL(owe(1), 0);
	CU_ASSERT_EQUAL(owe(1), 0);
	token = arena_owed_next(a, &cursor);
	arena_turn_begin(a, false);
	arena_pay(a, token);
	/* not free before the payment is true */
	CU_ASSERT_EQUAL(arena_owe(a, in, &(struct frame){ .ask_id = 1 }), 0);
	arena_turn_commit(a);
	CU_ASSERT_NOT_EQUAL(owe(1), 0);
	end();
}

/* ---- recovery --------------------------------------------------------- */

static void crash_in_a_turn(uint64_t sequence)
{
	CU_ASSERT_EQUAL(land_asks(3, sequence), ARENA_TAKEN);
	handle();
	arena_turn_begin(a, true);
	CU_ASSERT_EQUAL(send_tell(false), 0);
}

static void test_the_message_in_hand_is_done_after_a_crash(void)
{
	struct arena_remains remains;
	const void *bytes;
	struct frame f;
	size_t n_bytes, cursor = 0;
	uint64_t key;

	begin();
	crash_in_a_turn(1);
	arena_see_time(a, 4711);
	arena_recover(a, 0, &remains);
	CU_ASSERT_TRUE(remains.in_hand);
	CU_ASSERT_FALSE(remains.retry);
	CU_ASSERT_EQUAL(remains.begun_ns, 4711);
	CU_ASSERT_EQUAL(remains.key, in);
	CU_ASSERT_EQUAL(remains.frame.trace[1], 1);
	CU_ASSERT_EQUAL(remains.n_owed, 0);

	CU_ASSERT_EQUAL(drain(out), 0);
	CU_ASSERT_TRUE_FATAL(arena_outbox_peek(a, in, &bytes, &n_bytes));
	CU_ASSERT_TRUE_FATAL(packet_next(bytes, &cursor, &f));
	CU_ASSERT_EQUAL(f.kind, FRAME_ERROR);
	CU_ASSERT_EQUAL(f.error, EINTR);
	CU_ASSERT_EQUAL(f.ask_id, 2);
	CU_ASSERT_EQUAL(f.generation, 9);
	CU_ASSERT_TRUE_FATAL(arena_frame(a, &f, &key));
	CU_ASSERT_EQUAL(f.trace[1], 2);
	CU_ASSERT_EQUAL(f.attempt, 0);
	end();
}

static void test_without_a_message_in_hand_and_debts_it_is_at_rest(void)
{
	struct arena_remains remains;
	uint64_t token;

	begin();
	CU_ASSERT_TRUE(arena_is_at_rest(a));
	crash_in_a_turn(1);
	CU_ASSERT_FALSE(arena_is_at_rest(a));
	arena_recover(a, 0, &remains);
	CU_ASSERT_TRUE(arena_is_at_rest(a));
	/* what waits is in nobody's hand */
	CU_ASSERT_EQUAL(arena_waiting(a), 1);
	token = owe(5);
	CU_ASSERT_FALSE(arena_is_at_rest(a));
	arena_turn_begin(a, false);
	arena_pay(a, token);
	CU_ASSERT_FALSE(arena_is_at_rest(a));
	arena_turn_begin(a, false);
	arena_pay(a, token);
	arena_turn_commit(a);
	CU_ASSERT_TRUE(arena_is_at_rest(a));
	end();
}

static void test_a_second_recovery_changes_nothing(void)
{
	struct arena_remains remains;

	begin();
	crash_in_a_turn(1);
	arena_recover(a, 0, &remains);
	arena_recover(a, 0, &remains);
	CU_ASSERT_FALSE(remains.in_hand);
	CU_ASSERT_EQUAL(arena_waiting(a), 1);
	CU_ASSERT_EQUAL(drain(in), 1);
	end();
}

/* As no behaviour was told of it, nothing can have come of it. */
static void test_a_word_of_the_library_in_hand_waits_again(void)
{
	struct arena_remains remains;
	struct frame f;
	uint64_t key;

	begin();
	CU_ASSERT_EQUAL(land(out, make_packet_at(FRAME_TERMINATED, 2, 1, 0),
			     NULL), ARENA_TAKEN);
	handle();
	arena_turn_begin(a, true);
	remains = die(0);
	CU_ASSERT_FALSE(remains.in_hand);
	CU_ASSERT_EQUAL(counts_of(out).frames_dead, 0);
	CU_ASSERT_EQUAL(counts_of(out).frames_waiting, 1);
	CU_ASSERT_TRUE_FATAL(arena_frame(a, &f, &key));
	CU_ASSERT_EQUAL(f.kind, FRAME_TERMINATED);
	CU_ASSERT_EQUAL(f.attempt, 0);
	handle();
	CU_ASSERT_EQUAL(handled_of(out), 2);
	end();
}

static void test_a_message_is_tried_again_so_often(void)
{
	struct arena_remains remains;
	struct frame f;
	uint64_t key;
	uint32_t i;

	begin();
	crash_in_a_turn(1);
	for (i = 1; i <= 2; i++) {
		arena_recover(a, 2, &remains);
		CU_ASSERT_TRUE(remains.in_hand);
		CU_ASSERT_TRUE(remains.retry);
		CU_ASSERT_EQUAL(remains.frame.attempt, i - 1);
		CU_ASSERT_TRUE(arena_frame(a, &f, &key));
		CU_ASSERT_EQUAL(f.trace[1], 1);
		CU_ASSERT_EQUAL(f.attempt, i);
		arena_turn_begin(a, true);
	}
	arena_recover(a, 2, &remains);
	CU_ASSERT_TRUE(remains.in_hand);
	CU_ASSERT_FALSE(remains.retry);
	CU_ASSERT_EQUAL(remains.frame.attempt, 2);
	CU_ASSERT_EQUAL(drain(in), 1);
	/* the next message starts afresh, here and in the next packet */
	CU_ASSERT_TRUE(arena_frame(a, &f, &key));
	CU_ASSERT_EQUAL(f.trace[1], 2);
	CU_ASSERT_EQUAL(f.attempt, 0);
	handle();
	CU_ASSERT_EQUAL(land_asks(3, 2), ARENA_TAKEN);
	handle();
	CU_ASSERT_TRUE(arena_frame(a, &f, &key));
	CU_ASSERT_EQUAL(f.attempt, 0);
	end();
}

static void test_a_packet_that_arrived_unnoted_is_taken(void)
{
	struct arena_edge_counts counts;
	struct arena_remains remains;
	size_t n_bytes;

	begin();
	n_bytes = make_packet(FRAME_TELL, 4, 1);
	memcpy(arena_landing(a, in), packet, n_bytes);
	CU_ASSERT_EQUAL(arena_waiting(a), 0);
	arena_recover(a, 0, &remains);
	CU_ASSERT_FALSE(remains.in_hand);
	CU_ASSERT_EQUAL(arena_waiting(a), 4);
	CU_ASSERT_EQUAL(arena_edge_counts(a, in, &counts), 0);
	CU_ASSERT_EQUAL(counts.packets_taken, 1);
	CU_ASSERT_EQUAL(counts.frames_taken, 4);
	end();
}

static void test_what_is_missing_is_told_of_by_who_notes_it(void)
{
	size_t n_bytes;
	int noted;

	for (noted = 0; noted < 2; noted++) {
		begin();
		n_bytes = make_packet_at(FRAME_TELL, 1, 1, 3);
		memcpy(arena_landing(a, in), packet, n_bytes);
		if (noted) {
			CU_ASSERT_EQUAL(arena_landed(a, n_bytes, NULL),
					ARENA_TAKEN);
			a->edges[0].rx_lost = 0; /* it came not so far */
		}
		CU_ASSERT_EQUAL(die(0).n_lost, 3);
		CU_ASSERT_EQUAL(counts_of(in).frames_lost, 3);
		CU_ASSERT_EQUAL(die(0).n_lost, 0);
		end();
	}
}

/* A buffer was taken, and the process died before it was known to be used. */
static void test_an_empty_packet_blocks_nothing(void)
{
	begin();
	a->buffers[0] = (struct arena_buffer){
		.key = out,
		.turn = arena_turn(a),
		.length = HEADER,
		.released_length = HEADER,
	};
	arena_turn_abort(a);
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	(void)die(0);
	CU_ASSERT_EQUAL(drain(out), 1);
	end();
}

static void test_a_packet_that_came_twice_is_not_taken_after_a_crash(void)
{
	struct arena_remains remains;
	size_t n_bytes;

	begin();
	n_bytes = make_packet(FRAME_TELL, 1, 1);
	CU_ASSERT_EQUAL(land(in, n_bytes, NULL), ARENA_TAKEN);
	handle();
	memcpy(arena_landing(a, in), packet, n_bytes);
	arena_recover(a, 0, &remains);
	CU_ASSERT_EQUAL(arena_waiting(a), 0);
	end();
}

static void test_debts_of_the_dead_are_errors(void)
{
	struct arena_remains remains;
	struct frame ask = a_frame(FRAME_ASK, 3);
	size_t cursor = 0;
	uint64_t paid;

	begin();
	owe(1);
	paid = owe(2);
	arena_turn_begin(a, false);
	arena_pay(a, paid);
	arena_turn_commit(a);
	arena_turn_begin(a, false);
	CU_ASSERT_NOT_EQUAL(arena_owe(a, in, &ask), 0);	/* not committed */
	arena_recover(a, 0, &remains);
	CU_ASSERT_EQUAL(remains.n_owed, 1);
	CU_ASSERT_EQUAL(arena_owed_next(a, &cursor), 0);
	CU_ASSERT_EQUAL(drain(in), 1);
	end();
}

/* Each of 256 edges is to be told, and there are not so many buffers free. */
static void test_errors_without_room_follow_when_there_is_some(void)
{
	struct arena_remains remains;
	size_t n = 0, n_other, cursor = 0;
	uint64_t key;

	begin();
	n_other = fill(out, 16000, false);
	arena_turn_begin(a, false);
	for (key = 101; key < 101 + 2 * ARENA_OWED_MAX; key += 2) {
		struct frame ask = a_frame(FRAME_ASK, key);

		CU_ASSERT_EQUAL(arena_edge_add(a, key), 0);
		CU_ASSERT_NOT_EQUAL(arena_owe(a, key, &ask), 0);
	}
	arena_turn_commit(a);
	arena_recover(a, 0, &remains);
	CU_ASSERT_EQUAL(remains.n_owed, ARENA_OWED_MAX);
	arena_recover(a, 0, &remains);
	CU_ASSERT_EQUAL(remains.n_owed, 0);

	while ((key = arena_outbox_next(a, &cursor))) {
		n += drain(key);
		cursor = 0;
	}
	CU_ASSERT_EQUAL(n, n_other + ARENA_OWED_MAX);
	CU_ASSERT_EQUAL(arena_owed_next(a, &cursor), 0);
	end();
}

/* ---- copies ----------------------------------------------------------- */

static void test_a_copy_of_what_is_used_is_the_same_arena(void)
{
	size_t cursor = 0, offset, n_bytes, total = 0;
	struct arena_remains remains;
	struct arena *copy = calloc(1, ARENA_BYTES);

	begin();
	CU_ASSERT_TRUE(fill(out, 5000, false) > 0);
	owe(1);
	CU_ASSERT_EQUAL(land_asks(3, 1), ARENA_TAKEN);
	handle();
	memcpy(copy, a, PAGE_BYTES);
	while (arena_used(a, &cursor, &offset, &n_bytes)) {
		CU_ASSERT_TRUE_FATAL(offset + n_bytes <= ARENA_BYTES);
		memcpy((uint8_t *)copy + offset, (uint8_t *)a + offset, n_bytes);
		total += n_bytes;
	}
	CU_ASSERT_TRUE(total < ARENA_BYTES / 16);
	CU_ASSERT_EQUAL(arena_check(copy, ARENA_BYTES), 0);

	free(a);
	a = copy;
	arena_recover(a, 0, &remains);
	CU_ASSERT_EQUAL(remains.n_owed, 1);
	CU_ASSERT_EQUAL(arena_waiting(a), 2);
	CU_ASSERT_TRUE(drain(out) > 0);
	end();
}

static void test_an_idle_arena_is_small(void)
{
	size_t cursor = 0, offset, n_bytes, total = 0;

	begin();
	while (arena_used(a, &cursor, &offset, &n_bytes))
		total += n_bytes;
	CU_ASSERT_TRUE(total <= 2 * PAGE_BYTES);
	end();
}

/* ---- hostile ones ----------------------------------------------------- */

static void test_lies_in_the_head_are_refused(void)
{
#define WORD(member, lie) { offsetof(struct arena, member), \
	sizeof(((struct arena *)0)->member), (lie) }
	static const struct {
		size_t offset;
		size_t n_bytes;
		uint64_t lie;
	} rows[] = {
		WORD(magic, 0),
		WORD(version, 1),
		WORD(version, ARENA_VERSION + 1),
		WORD(commit, ARENA_TURNS_MAX),
		WORD(in_hand, UINT64_MAX),
		WORD(in_hand, 9 << 16),
		WORD(n_landed, 65536),
		WORD(n_landed, 4),
		WORD(landing_key, 4),
		WORD(noted, 2),
		WORD(noted, UINT64_MAX),
		WORD(rx_frames_after, UINT64_MAX),
		WORD(rx_lost_after, UINT64_MAX),
		WORD(rx_lost_after, 5),
		WORD(in_hand, (uint64_t)4 << 16 | 0x8000),
		WORD(past_dead.value, UINT64_MAX),
		WORD(past_dead.before, UINT64_MAX),
		WORD(past_dead.turn, UINT64_MAX),
		WORD(past[0][PAST_TAKEN], UINT64_MAX),
		WORD(past[1][PAST_DEAD], UINT64_MAX),
		WORD(past_now, UINT64_MAX),
		WORD(past_now, (ARENA_EDGES_MAX + 1) << 1),
		WORD(walk, UINT64_MAX),
		WORD(walk, 33),
		WORD(order, 0),
		WORD(order, UINT64_MAX),
		WORD(tokens, 0),
		WORD(tokens, UINT64_MAX),
		WORD(edges[0].rx_sequence, UINT64_MAX),
		WORD(edges[0].rx_frames, UINT64_MAX),
		WORD(edges[0].rx_frames, 0),	/* one of them was lost */
		WORD(edges[0].rx_lost, UINT64_MAX),
		WORD(edges[0].dead.value, UINT64_MAX),
		WORD(edges[0].dead.before, UINT64_MAX),
		WORD(edges[0].dead.turn, UINT64_MAX),
		WORD(edges[0].pool_head.value, UINT64_MAX),
		WORD(edges[0].tx_buried, 1),
		WORD(edges[1].tx_sequence, UINT64_MAX),
		WORD(edges[1].tx_frames, UINT64_MAX),
		WORD(buffers[0].key, 4711),
		WORD(buffers[0].key, 21),	/* in: it may send no tells */
		WORD(buffers[0].order, UINT64_MAX),
		WORD(buffers[0].turn, UINT64_MAX),
		WORD(buffers[0].length, 0),
		WORD(buffers[0].length, 33),
		WORD(buffers[0].length, UINT32_MAX),
		WORD(buffers[0].released_length, 0),
		WORD(buffers[0].released_length, UINT32_MAX),
		WORD(buffers[0].n_frames, 0),
		WORD(buffers[0].n_frames, 2),
		WORD(buffers[0].sequence, 9),
		WORD(buffers[0].buried, UINT64_MAX),
		WORD(buffers[0].buried, 1),	/* but it was never sealed */
		WORD(buffers[0].offered, 1),
		WORD(held_top, ARENA_HELD_MAX + 1),
		WORD(edges_top, ARENA_EDGES_MAX + 1),
		WORD(edges_top, 0),		/* a buffer is of one */
		WORD(buffers_top, ARENA_BUFFERS + 1),
		WORD(debts_top, ARENA_OWED_MAX + 1),
		WORD(debts[0].made, UINT64_MAX),
		WORD(debts[0].paid, UINT64_MAX),
		WORD(debts[0].token, 0),
		WORD(debts[0].token, 1),
		WORD(debts[0].token, UINT64_MAX << 8),
		WORD(landing.header.n_frames, 4),
		WORD(landing.header.length, UINT32_MAX),
		WORD(buffer[0][HEADER], 1),
	};
#undef WORD
	size_t i;

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	owe(1);
	CU_ASSERT_EQUAL(land(in, make_packet_at(FRAME_ASK, 3, 1, 1), NULL),
			ARENA_TAKEN);
	handle();
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *at = (uint8_t *)a + rows[i].offset;
		uint8_t truth[8];

		memcpy(truth, at, rows[i].n_bytes);
		memcpy(at, &rows[i].lie, rows[i].n_bytes);
		if (!arena_check(a, ARENA_BYTES))
			harness_note("row %zu is believed", i);
		CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
		memcpy(at, truth, rows[i].n_bytes);
	}
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES - 1), -EBADMSG);
	end();
}

static void test_what_is_behind_a_top_is_not_there(void)
{
	size_t cursor = 0;

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	a->buffers[1] = a->buffers[0];
	a->buffers[1].length = UINT32_MAX;
	a->used[0] |= 2;
	a->edges[a->edges_top] = (struct arena_edge){ .key = 4711 };
	a->debts[a->debts_top].made = UINT64_MAX;
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
	CU_ASSERT_EQUAL(arena_slot(a, 4711), -ENOENT);
	CU_ASSERT_EQUAL(arena_owed_next(a, &cursor), 0);
	/* who is next finds it as if it had never been */
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(arena_edge_add(a, 44), 0);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(arena_slot(a, 4711), -ENOENT);
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
	end();
}

static void test_lying_hints_do_no_harm(void)
{
	struct arena_remains remains;
	size_t i;

	begin();
	CU_ASSERT_TRUE(fill(out, 5000, false) > 0);
	for (i = 0; i < 3; i++) {
		memset(a->used, i == 1 ? 0 : 0xff, sizeof(a->used));
		memset(a->index, 0xff, sizeof(a->index));
		a->edges[1].open = 0xffff;
		a->edges[1].n_buffers = 0xffff;
		a->edges[1].unsent_frames = a->edges[1].unsent_bytes = 9;
		a->n_used = i == 2 ? 0 : UINT32_MAX;
		a->n_burying = UINT32_MAX;
		a->slot_hint = UINT32_MAX;
		a->debt_hint = UINT32_MAX;
		a->n_interrupted = UINT32_MAX;
		CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
		(void)send_tell(true);
		(void)drain(out);
		owe(1);
		arena_recover(a, 0, &remains);
		CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
		(void)drain(out);
		CU_ASSERT_TRUE(fill(out, 16000, false) > 0);
	}
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_all_edges_are_found_again),
	HARNESS_TEST(test_a_removed_edge_takes_its_outbox_along),
	HARNESS_TEST(test_frames_are_handled_in_order),
	HARNESS_TEST(test_a_packet_is_taken_once),
	HARNESS_TEST(test_missing_messages_are_counted_by_their_numbers),
	HARNESS_TEST(test_what_is_malformed_is_dropped),
	HARNESS_TEST(test_a_commit_releases_everything_at_once),
	HARNESS_TEST(test_an_abort_discards_what_the_turn_sent),
	HARNESS_TEST(test_a_failed_message_is_in_hand_until_a_turn_takes_it),
	HARNESS_TEST(test_a_failed_message_is_in_hand_after_a_crash),
	HARNESS_TEST(test_a_peeked_packet_never_changes),
	HARNESS_TEST(test_what_was_refused_is_in_no_socket),
	HARNESS_TEST(test_what_was_offered_before_a_crash_may_be_in_a_socket),
	HARNESS_TEST(test_nothing_is_dropped_before_it_was_peeked_at),
	HARNESS_TEST(test_bad_frames_are_not_sent),
	HARNESS_TEST(test_a_large_message_goes_alone),
	HARNESS_TEST(test_one_edge_cannot_take_all),
	HARNESS_TEST(test_a_reserve_is_left_when_all_is_full),
	HARNESS_TEST(test_a_debt_is_known_until_it_is_paid),
	HARNESS_TEST(test_tokens_are_never_used_again),
	HARNESS_TEST(test_only_so_many_are_owed),
	HARNESS_TEST(test_the_message_in_hand_is_done_after_a_crash),
	HARNESS_TEST(test_without_a_message_in_hand_and_debts_it_is_at_rest),
	HARNESS_TEST(test_a_second_recovery_changes_nothing),
	HARNESS_TEST(test_a_word_of_the_library_in_hand_waits_again),
	HARNESS_TEST(test_a_message_is_tried_again_so_often),
	HARNESS_TEST(test_a_packet_that_arrived_unnoted_is_taken),
	HARNESS_TEST(test_what_is_missing_is_told_of_by_who_notes_it),
	HARNESS_TEST(test_an_empty_packet_blocks_nothing),
	HARNESS_TEST(test_a_packet_that_came_twice_is_not_taken_after_a_crash),
	HARNESS_TEST(test_debts_of_the_dead_are_errors),
	HARNESS_TEST(test_errors_without_room_follow_when_there_is_some),
	HARNESS_TEST(test_a_copy_of_what_is_used_is_the_same_arena),
	HARNESS_TEST(test_an_idle_arena_is_small),
	HARNESS_TEST(test_lies_in_the_head_are_refused),
	HARNESS_TEST(test_what_is_behind_a_top_is_not_there),
	HARNESS_TEST(test_lying_hints_do_no_harm),
};
HARNESS_MAIN(tests)
