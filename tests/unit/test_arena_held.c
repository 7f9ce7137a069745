/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_arena_held.c - messages held beyond their packet, and one in hand at most.
 */
#include <errno.h>

#include "tests/unit/an_arena.h"

#define LARGE 10000
#define LARGE_PAGES 3

static size_t last_page(void)
{
	return ARENA_HEAP_PAGES - 1;
}

/* Moves the next message of the packet; where it is held. */
static int move(void)
{
	struct frame f;
	uint64_t key;
	int slot;

	CU_ASSERT_TRUE_FATAL(arena_frame(a, &f, &key));
	arena_turn_begin_move(a);
	slot = arena_hold(a, key, &f, false);
	arena_turn_commit(a);

	return slot;
}

/* A turn handles the next message of the packet and stashes it. */
static int stash(void)
{
	struct frame f;
	uint64_t key;
	int slot;

	CU_ASSERT_TRUE_FATAL(arena_frame(a, &f, &key));
	arena_turn_begin(a, true);
	slot = arena_hold(a, key, &f, true);
	arena_turn_commit(a);

	return slot;
}

/* A message that no packet could bring, of a turn of its own. */
static int hold_large(size_t payload_bytes)
{
	struct frame f = a_frame(FRAME_TELL, 7);
	char *payload = malloc(payload_bytes);
	int slot;

	memset(payload, 'p', payload_bytes);
	f.payload = payload;
	f.payload_bytes = payload_bytes;
	arena_turn_begin(a, false);
	slot = arena_hold(a, in, &f, true);
	arena_turn_commit(a);
	free(payload);

	return slot;
}

static void handle_held(size_t slot)
{
	arena_turn_begin_held(a, slot);
	arena_turn_commit(a);
}

static size_t n_held(void)
{
	struct arena_held_message m;
	size_t cursor = 0, n = 0;

	while (arena_held_next(a, &cursor, &m))
		n++;

	return n;
}

static uint64_t trace_of(size_t slot)
{
	struct frame f;
	uint64_t key;

	return arena_held_frame(a, slot, &f, &key) ? f.trace[1] : UINT64_MAX;
}

/* ---- moving ------------------------------------------------------------ */

static void test_a_moved_message_waits_beyond_its_packet(void)
{
	struct arena_held_message m = { 0 };
	struct frame f;
	size_t cursor = 0;
	uint64_t key = 0;
	int slot;

	begin();
	CU_ASSERT_EQUAL(land_asks(3, 1), ARENA_TAKEN);
	handle();
	slot = move();
	CU_ASSERT_TRUE_FATAL(slot >= 0);
	CU_ASSERT_EQUAL(arena_packet_rest(a), 1);
	CU_ASSERT_EQUAL(arena_waiting(a), 2);
	CU_ASSERT_EQUAL(next_trace(), 2);
	CU_ASSERT_TRUE_FATAL(arena_held_next(a, &cursor, &m));
	CU_ASSERT_EQUAL(m.slot, (size_t)slot);
	CU_ASSERT_EQUAL(m.line, ARENA_QUEUE);
	CU_ASSERT_EQUAL(m.priority, ACTOR_PRIORITY_NORMAL);
	CU_ASSERT_FALSE(arena_held_next(a, &cursor, &m));
	CU_ASSERT_TRUE_FATAL(arena_held_frame(a, m.slot, &f, &key));
	CU_ASSERT_EQUAL(key, in);
	CU_ASSERT_EQUAL(f.kind, FRAME_ASK);
	CU_ASSERT_EQUAL(f.ask_id, 2);
	CU_ASSERT_EQUAL(f.trace[1], 1);
	CU_ASSERT_EQUAL(f.number, 1);
	CU_ASSERT_EQUAL(f.attempt, 0);

	/* the packet goes, it stays */
	handle();
	CU_ASSERT_EQUAL(land_asks(1, 2), ARENA_TAKEN);
	handle();
	CU_ASSERT_EQUAL(trace_of(m.slot), 1);
	CU_ASSERT_EQUAL(handled_of(in), 3);
	handle_held(m.slot);
	CU_ASSERT_EQUAL(trace_of(m.slot), UINT64_MAX);
	CU_ASSERT_EQUAL(n_held(), 0);
	CU_ASSERT_EQUAL(arena_waiting(a), 0);
	CU_ASSERT_EQUAL(handled_of(in), 4);
	end();
}

static void test_a_message_is_in_one_place_whenever_it_dies(void)
{
	struct arena_remains remains;
	struct frame f;
	uint64_t key;

	begin();
	CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
	CU_ASSERT_TRUE(arena_frame(a, &f, &key));
	arena_turn_begin_move(a);
	CU_ASSERT_TRUE(arena_hold(a, key, &f, false) >= 0);
	CU_ASSERT_EQUAL(n_held(), 0);
	remains = die(0);
	CU_ASSERT_FALSE(remains.in_hand);
	CU_ASSERT_EQUAL(n_held(), 0);
	CU_ASSERT_EQUAL(next_trace(), 0);
	CU_ASSERT_EQUAL(arena_waiting(a), 2);

	CU_ASSERT_TRUE(move() >= 0);
	remains = die(0);
	CU_ASSERT_FALSE(remains.in_hand);
	CU_ASSERT_EQUAL(n_held(), 1);
	CU_ASSERT_EQUAL(next_trace(), 1);
	CU_ASSERT_EQUAL(arena_waiting(a), 2);
	CU_ASSERT_EQUAL(handled_of(in), 0);
	end();
}

/* Whether the process lives or not. */
static void test_a_move_that_failed_is_not_finished_by_another_turn(void)
{
	int lives, held;

	for (lives = 0; lives < 2; lives++) {
		begin();
		CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
		held = move();
		arena_turn_begin_move(a);
		if (lives)
			arena_turn_abort(a);
		else
			CU_ASSERT_FALSE(die(0).in_hand);
		CU_ASSERT_EQUAL(next_trace(), 1);
		handle_held((size_t)held);
		CU_ASSERT_EQUAL(next_trace(), 1);
		arena_turn_begin(a, false);
		arena_turn_commit(a);
		CU_ASSERT_EQUAL(next_trace(), 1);
		CU_ASSERT_EQUAL(handled_of(in), 1);
		end();
	}
}

static void test_who_waits_longer_has_the_lower_order(void)
{
	struct arena_held_message m;
	uint64_t last = 0;
	size_t cursor = 0;

	begin();
	CU_ASSERT_EQUAL(land_asks(5, 1), ARENA_TAKEN);
	while (arena_packet_rest(a))
		CU_ASSERT_TRUE(move() >= 0);
	CU_ASSERT_FALSE(die(0).in_hand);
	while (arena_held_next(a, &cursor, &m)) {
		CU_ASSERT_TRUE(m.order > last);
		last = m.order;
		CU_ASSERT_EQUAL(trace_of(m.slot), m.slot);
	}
	end();
}

static void test_only_so_many_are_held(void)
{
	struct frame f = a_frame(FRAME_TELL, 0);
	size_t i;

	begin();
	arena_turn_begin(a, false);
	for (i = 0; i < ARENA_HELD_MAX; i++)
		CU_ASSERT_TRUE(arena_hold(a, in, &f, true) >= 0);
	CU_ASSERT_EQUAL(arena_hold(a, in, &f, true), -ENOSPC);
	arena_turn_abort(a);
	CU_ASSERT_EQUAL(n_held(), 0);
	CU_ASSERT_EQUAL(arena_waiting(a), 0);
	CU_ASSERT_TRUE(hold_large(1) >= 0);
	CU_ASSERT_EQUAL(n_held(), 1);
	end();
}

/* ---- large ones -------------------------------------------------------- */

static void test_a_large_message_is_held_whole(void)
{
	const size_t largest = ACTOR_PAYLOAD_MAX;
	struct frame f;
	uint64_t key;
	int slot;

	begin();
	slot = hold_large(largest);
	CU_ASSERT_TRUE_FATAL(slot >= 0);
	CU_ASSERT_FALSE(die(0).in_hand);
	CU_ASSERT_TRUE_FATAL(arena_held_frame(a, (size_t)slot, &f, &key));
	CU_ASSERT_EQUAL(f.payload_bytes, largest);
	CU_ASSERT_EQUAL(((const char *)f.payload)[0], 'p');
	CU_ASSERT_EQUAL(((const char *)f.payload)[largest - 1], 'p');
	CU_ASSERT_EQUAL(hold_large(largest), -ENOSPC);
	handle_held((size_t)slot);
	CU_ASSERT_TRUE(hold_large(largest) >= 0);
	end();
}

static void test_the_heap_is_used_to_the_last_page(void)
{
	size_t n = 0, i;
	int slot;

	begin();
	while ((slot = hold_large(LARGE)) >= 0)
		n++;
	CU_ASSERT_EQUAL(n, ARENA_HELD_MAX);
	for (i = 0; i < n; i += 2)
		handle_held(i);
	/* holes of that size, and the rest behind all */
	CU_ASSERT_EQUAL(a->held[1].page, LARGE_PAGES);
	CU_ASSERT_TRUE(hold_large((last_page() - n * LARGE_PAGES) *
				  PAGE_BYTES) >= 0);
	CU_ASSERT_EQUAL(hold_large(LARGE + PAGE_BYTES), -ENOSPC);
	for (i = 0; i < n / 2; i++)
		CU_ASSERT_TRUE(hold_large(LARGE) >= 0 || i == n / 2 - 1);
	CU_ASSERT_FALSE(die(0).in_hand);
	CU_ASSERT_EQUAL(n_held(), n);
	end();
}

static void test_an_abort_gives_the_pages_back(void)
{
	static char payload[LARGE];
	struct frame f = a_frame(FRAME_TELL, 0);
	int i;

	begin();
	f.payload = payload;
	f.payload_bytes = sizeof(payload);
	for (i = 0; i < 2; i++) {
		arena_turn_begin(a, false);
		CU_ASSERT_TRUE(arena_hold(a, in, &f, true) >= 0);
		CU_ASSERT_TRUE(a->heap_used[0] != 0);
		if (!i)
			arena_turn_abort(a);
		else
			CU_ASSERT_FALSE(die(0).in_hand);
		CU_ASSERT_EQUAL(a->heap_used[0], 0);
	}
	end();
}

/* ---- the stash --------------------------------------------------------- */

static void test_stashed_messages_wait_until_they_are_unstashed(void)
{
	int first, second;

	begin();
	CU_ASSERT_EQUAL(land_asks(3, 1), ARENA_TAKEN);
	first = stash();
	second = stash();
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)first), ARENA_STASH);
	CU_ASSERT_EQUAL(arena_waiting(a), 3);
	CU_ASSERT_EQUAL(handled_of(in), 0);

	arena_turn_begin(a, true);
	CU_ASSERT_EQUAL(arena_unstash(a), 2);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)first), ARENA_STASH);
	arena_turn_abort(a);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)first), ARENA_STASH);
	arena_turn_begin(a, true);
	CU_ASSERT_EQUAL(arena_unstash(a), 2);
	CU_ASSERT_EQUAL(arena_unstash(a), 0);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)first), ARENA_FRONT);
	CU_ASSERT_FALSE(die(0).in_hand);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)second), ARENA_FRONT);
	CU_ASSERT_EQUAL(trace_of((size_t)second), 1);
	CU_ASSERT_TRUE(a->held[first].order < a->held[second].order);
	end();
}

static void test_a_crash_undoes_an_unstash(void)
{
	int slot;

	begin();
	CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
	slot = stash();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(arena_unstash(a), 1);
	CU_ASSERT_FALSE(die(0).in_hand);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)slot), ARENA_STASH);
	/* nor does the number of that turn come back to make it true */
	arena_turn_begin(a, false);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)slot), ARENA_STASH);
	end();
}

static void test_a_place_that_is_used_again_forgets_who_was_there(void)
{
	int slot;

	begin();
	CU_ASSERT_EQUAL(land_asks(3, 1), ARENA_TAKEN);
	slot = stash();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(arena_unstash(a), 1);
	arena_turn_commit(a);
	handle_held((size_t)slot);
	a->held_hint = (uint32_t)slot;
	CU_ASSERT_EQUAL(stash(), slot);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)slot), ARENA_STASH);
	CU_ASSERT_EQUAL(trace_of((size_t)slot), 1);
	end();
}

static void test_a_held_message_is_stashed_again(void)
{
	struct frame f;
	uint64_t key;
	int slot, again;

	begin();
	slot = hold_large(LARGE);
	arena_turn_begin_held(a, (size_t)slot);
	CU_ASSERT_TRUE_FATAL(arena_held_frame(a, (size_t)slot, &f, &key));
	again = arena_hold(a, key, &f, true);
	CU_ASSERT_TRUE_FATAL(again >= 0);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(n_held(), 1);
	CU_ASSERT_TRUE_FATAL(arena_held_frame(a, (size_t)again, &f, &key));
	CU_ASSERT_EQUAL(f.payload_bytes, LARGE);
	CU_ASSERT_EQUAL(((const char *)f.payload)[LARGE - 1], 'p');
	end();
}

#define MOST ((size_t)ARENA_HEAP_PAGES / 4 * 3 * 4096)

static int stash_again(size_t slot, bool unstash)
{
	int r;

	arena_turn_begin_held(a, slot);
	r = arena_hold_again(a);
	CU_ASSERT_EQUAL(arena_turn_release(a), -EBUSY);
	if (unstash)
		CU_ASSERT_EQUAL(arena_unstash(a), 1);

	return r;
}

static void test_stashed_again_it_takes_no_more_room(void)
{
	struct frame f;
	uint64_t key;
	int slot, other;

	begin();
	slot = hold_large(MOST);
	CU_ASSERT_TRUE_FATAL(slot >= 0);
	other = hold_large(100);
	CU_ASSERT_EQUAL(stash_again((size_t)slot, false), slot);
	CU_ASSERT_EQUAL(n_held(), 2);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(n_held(), 2);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)slot), ARENA_STASH);
	CU_ASSERT_TRUE_FATAL(arena_held_frame(a, (size_t)slot, &f, &key));
	CU_ASSERT_EQUAL(f.payload_bytes, MOST);
	handle_held((size_t)other);
	CU_ASSERT_EQUAL(n_held(), 1);

	/* and again, and then it is handled */
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(arena_unstash(a), 1);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)slot), ARENA_FRONT);
	CU_ASSERT_EQUAL(stash_again((size_t)slot, false), slot);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)slot), ARENA_STASH);
	CU_ASSERT_EQUAL(stash_again((size_t)slot, true), slot);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)slot), ARENA_FRONT);
	handle_held((size_t)slot);
	CU_ASSERT_EQUAL(n_held(), 0);
	slot = hold_large(MOST);
	CU_ASSERT_TRUE(slot >= 0);
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(arena_hold_again(a), -ENOENT);
	arena_turn_commit(a);
	end();
}

static void test_stashed_again_by_a_turn_that_fails_it_was_not(void)
{
	struct arena_remains remains;
	int slot;

	begin();
	slot = hold_large(LARGE);
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(arena_unstash(a), 1);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(stash_again((size_t)slot, true), slot);
	arena_turn_abort(a);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)slot), ARENA_FRONT);
	CU_ASSERT_EQUAL(arena_held_in_hand(a), slot);
	CU_ASSERT_EQUAL(stash_again((size_t)slot, false), slot);
	remains = die(1);
	CU_ASSERT_TRUE(remains.in_hand && remains.retry);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)slot), ARENA_FRONT);
	CU_ASSERT_EQUAL(stash_again((size_t)slot, false), slot);
	arena_turn_commit(a);
	remains = die(0);
	CU_ASSERT_TRUE(!remains.in_hand);
	CU_ASSERT_EQUAL(n_held(), 1);
	CU_ASSERT_EQUAL(arena_held_line(a, (size_t)slot), ARENA_STASH);
	end();
}

/* ---- one in hand ------------------------------------------------------- */

static void test_a_held_message_in_hand_is_done_after_a_crash(void)
{
	struct arena_remains remains;
	const void *bytes;
	size_t n_bytes, cursor = 0;
	struct frame f;
	int slot;

	begin();
	CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
	slot = move();
	arena_turn_begin_held(a, (size_t)slot);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	remains = die(0);
	CU_ASSERT_TRUE(remains.in_hand);
	CU_ASSERT_FALSE(remains.retry);
	CU_ASSERT_EQUAL(remains.key, in);
	CU_ASSERT_EQUAL(remains.frame.ask_id, 1);
	CU_ASSERT_EQUAL(drain(out), 0);
	CU_ASSERT_TRUE_FATAL(arena_outbox_peek(a, in, &bytes, &n_bytes));
	CU_ASSERT_TRUE(packet_next(bytes, &cursor, &f));
	CU_ASSERT_EQUAL(f.kind, FRAME_ERROR);
	CU_ASSERT_EQUAL(f.ask_id, 1);
	CU_ASSERT_EQUAL(n_held(), 0);
	CU_ASSERT_EQUAL(counts_of(in).frames_dead, 1);
	CU_ASSERT_EQUAL(counts_of(in).frames_waiting, 1);
	CU_ASSERT_EQUAL(next_trace(), 1);
	CU_ASSERT_FALSE(die(0).in_hand);
	end();
}

static void test_a_held_message_is_tried_again_so_often(void)
{
	struct arena_remains remains;
	struct frame f;
	uint64_t key;
	uint32_t i;
	int slot;

	begin();
	CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
	slot = move();
	for (i = 0; i < 2; i++) {
		arena_turn_begin_held(a, (size_t)slot);
		remains = die(2);
		CU_ASSERT_TRUE(remains.in_hand && remains.retry);
		CU_ASSERT_EQUAL(remains.frame.attempt, i);
		CU_ASSERT_FALSE(die(2).in_hand);
		CU_ASSERT_TRUE_FATAL(arena_held_frame(a, (size_t)slot, &f,
						      &key));
		CU_ASSERT_EQUAL(f.attempt, i + 1);
		CU_ASSERT_EQUAL(arena_held_line(a, (size_t)slot), ARENA_QUEUE);
	}
	arena_turn_begin_held(a, (size_t)slot);
	remains = die(2);
	CU_ASSERT_TRUE(remains.in_hand && !remains.retry);
	CU_ASSERT_EQUAL(remains.frame.attempt, 2);
	CU_ASSERT_EQUAL(n_held(), 0);
	end();
}

static void test_an_attempt_is_taken_along_when_it_moves(void)
{
	struct frame f;
	uint64_t key;
	int slot;

	begin();
	CU_ASSERT_EQUAL(land_asks(1, 1), ARENA_TAKEN);
	arena_turn_begin(a, true);
	CU_ASSERT_TRUE(die(1).retry);
	slot = move();
	CU_ASSERT_TRUE_FATAL(arena_held_frame(a, (size_t)slot, &f, &key));
	CU_ASSERT_EQUAL(f.attempt, 1);
	arena_turn_begin_held(a, (size_t)slot);
	CU_ASSERT_FALSE(die(1).retry);
	end();
}

static void library_turn(void)
{
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
}

/* It failed; then turns of other kinds; then its own that tells of it. */
static void test_a_failed_held_message_is_in_hand_until_it_is_told_of(void)
{
	int slot;

	begin();
	CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
	slot = move();
	arena_turn_begin_held(a, (size_t)slot);
	arena_turn_abort(a);
	library_turn();
	library_turn();
	CU_ASSERT_TRUE(move() >= 0);
	library_turn();
	CU_ASSERT_EQUAL(trace_of((size_t)slot), 0);
	CU_ASSERT_EQUAL(n_held(), 2);

	arena_turn_begin_held(a, (size_t)slot);
	arena_turn_dead(a);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(n_held(), 1);
	CU_ASSERT_EQUAL(counts_of(in).frames_dead, 1);
	CU_ASSERT_EQUAL(counts_of(in).frames_waiting, 1);
	CU_ASSERT_EQUAL(handled_of(in), 0);
	end();
}

static void test_a_failed_held_message_is_in_hand_after_a_crash(void)
{
	struct arena_remains remains;
	int slot;

	begin();
	CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
	slot = move();
	arena_turn_begin_held(a, (size_t)slot);
	arena_turn_abort(a);
	library_turn();
	CU_ASSERT_TRUE(move() >= 0);
	remains = die(0);
	CU_ASSERT_TRUE(remains.in_hand);
	CU_ASSERT_EQUAL(remains.frame.trace[1], 0);
	CU_ASSERT_EQUAL(n_held(), 1);
	CU_ASSERT_EQUAL(drain(out), 1);
	end();
}

/* Whatever was in hand: it waits again, and none is lost. */
static void test_another_message_in_hand_puts_the_failed_one_back(void)
{
	int first, second;

	begin();
	CU_ASSERT_EQUAL(land_asks(4, 1), ARENA_TAKEN);
	first = move();
	second = move();
	arena_turn_begin_held(a, (size_t)first);
	arena_turn_abort(a);
	handle();			/* of the packet: trace 2 */
	CU_ASSERT_EQUAL(trace_of((size_t)first), 0);
	arena_turn_begin_held(a, (size_t)first);
	arena_turn_abort(a);
	handle_held((size_t)second);
	CU_ASSERT_EQUAL(trace_of((size_t)first), 0);
	arena_turn_begin(a, true);	/* trace 3 */
	arena_turn_abort(a);
	library_turn();
	handle_held((size_t)first);
	CU_ASSERT_EQUAL(next_trace(), 3);
	library_turn();
	CU_ASSERT_EQUAL(next_trace(), 3);
	CU_ASSERT_FALSE(die(0).in_hand);
	CU_ASSERT_EQUAL(next_trace(), 3);
	CU_ASSERT_EQUAL(handled_of(in), 3);
	end();
}

/* ---- turns that release in the middle ---------------------------------- */

static void test_a_release_is_true_and_the_message_in_hand(void)
{
	int held;

	for (held = 0; held < 2; held++) {
		struct arena_remains remains;
		int slot;

		begin();
		CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
		slot = held ? move() : 0;
		if (held)
			arena_turn_begin_held(a, (size_t)slot);
		else
			arena_turn_begin(a, true);
		CU_ASSERT_EQUAL(send_tell(false), 0);
		CU_ASSERT_EQUAL(arena_turn_release(a), 0);
		CU_ASSERT_EQUAL(drain(out), 1);
		CU_ASSERT_EQUAL(send_tell(false), 0);
		CU_ASSERT_EQUAL(arena_turn_release(a), 0);
		CU_ASSERT_EQUAL(send_tell(false), 0);
		CU_ASSERT_EQUAL(handled_of(in), 0);
		remains = die(0);
		CU_ASSERT_TRUE(remains.in_hand);
		CU_ASSERT_EQUAL(remains.frame.trace[1], 0);
		CU_ASSERT_EQUAL(drain(out), 1);
		CU_ASSERT_EQUAL(counts_of(in).frames_dead, 1);
		CU_ASSERT_EQUAL(counts_of(in).frames_waiting, 1);
		end();
	}
}

static void test_a_released_turn_ends_like_any_other(void)
{
	int slot;

	begin();
	CU_ASSERT_EQUAL(land_asks(3, 1), ARENA_TAKEN);
	slot = move();
	arena_turn_begin(a, true);
	CU_ASSERT_EQUAL(arena_turn_release(a), 0);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(next_trace(), 2);
	arena_turn_begin_held(a, (size_t)slot);
	CU_ASSERT_EQUAL(arena_turn_release(a), 0);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(n_held(), 0);
	arena_turn_begin(a, true);
	CU_ASSERT_EQUAL(arena_turn_release(a), 0);
	arena_turn_abort(a);
	CU_ASSERT_EQUAL(next_trace(), 2);
	library_turn();
	CU_ASSERT_EQUAL(next_trace(), 2);
	CU_ASSERT_EQUAL(handled_of(in), 2);
	CU_ASSERT_TRUE(die(0).in_hand);
	end();
}

/* A failed message waits; meanwhile a turn without one releases. */
static void test_a_release_does_not_finish_what_is_put_aside(void)
{
	int held;

	for (held = 0; held < 2; held++) {
		struct arena_remains remains;
		int slot, i;

		begin();
		CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
		slot = held ? move() : 0;
		if (held)
			arena_turn_begin_held(a, (size_t)slot);
		else
			arena_turn_begin(a, true);
		arena_turn_abort(a);
		arena_turn_begin(a, false);
		for (i = 0; i < 3; i++) {
			CU_ASSERT_EQUAL(send_tell(false), 0);
			CU_ASSERT_EQUAL(arena_turn_release(a), 0);
			CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
		}
		arena_turn_commit(a);
		library_turn();
		CU_ASSERT_EQUAL(handled_of(in), 0);
		CU_ASSERT_EQUAL(drain(out), 4);
		remains = die(0);
		CU_ASSERT_TRUE(remains.in_hand);
		CU_ASSERT_EQUAL(remains.frame.trace[1], 0);
		end();
	}
}

/* Else it would be in the stash, or dead, and in hand. */
static void test_what_is_settled_cannot_be_released(void)
{
	struct frame f;
	uint64_t key;

	begin();
	CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
	arena_turn_begin(a, true);
	CU_ASSERT_TRUE(arena_frame(a, &f, &key));
	CU_ASSERT_TRUE(arena_hold(a, key, &f, true) >= 0);
	CU_ASSERT_EQUAL(arena_turn_release(a), -EBUSY);
	arena_turn_abort(a);
	CU_ASSERT_EQUAL(n_held(), 0);
	arena_turn_begin(a, true);
	arena_turn_dead(a);
	CU_ASSERT_EQUAL(arena_turn_release(a), -EBUSY);
	arena_turn_commit(a);
	arena_turn_begin(a, true);
	CU_ASSERT_EQUAL(arena_turn_release(a), 0);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(handled_of(in), 1);
	CU_ASSERT_EQUAL(counts_of(in).frames_dead, 1);
	end();
}

/* ---- hostile ones ------------------------------------------------------ */

static void test_lies_about_what_is_held_are_refused(void)
{
#define WORD(slot, member, lie) { (slot), offsetof(struct arena_held, member), \
	sizeof(((struct arena_held *)0)->member), (lie) }
	static const struct {
		size_t slot;
		size_t offset;
		size_t n_bytes;
		uint64_t lie;
	} rows[] = {
		WORD(0, made, UINT64_MAX),
		WORD(0, made, 9),
		WORD(0, done, UINT64_MAX),
		WORD(0, done, 10),
		WORD(0, front, UINT64_MAX),
		WORD(0, front, 9),
		WORD(0, key, 0),
		WORD(0, key, 20 << 1),		/* asks do not come that way */
		WORD(0, order, UINT64_MAX),
		WORD(0, again, UINT64_MAX),
		WORD(0, again, 9),
		WORD(0, number, UINT64_MAX),
		WORD(0, length, 0),
		WORD(0, length, 72),
		WORD(0, length, ARENA_HELD_SMALL + 8),
		WORD(0, length, UINT32_MAX),
		WORD(0, page, 0),		/* there another one is */
		WORD(0, page, 100),		/* there is none */
		WORD(0, page, ARENA_HEAP_PAGES),
		WORD(0, priority, 0),
		WORD(0, priority, 255),
		WORD(1, page, 1),
		WORD(1, page, LARGE_PAGES - 1),
		WORD(1, page, LARGE_PAGES),
		WORD(1, page, ARENA_HEAP_PAGES - 1),
		WORD(1, page, ARENA_HEAP_PAGES - LARGE_PAGES),
		WORD(1, page, HEAP_NONE),
		WORD(1, page, HEAP_NONE - 1),
		WORD(1, length, LARGE),
		WORD(1, length, UINT32_MAX),
		WORD(2, page, 0),
		WORD(5, made, 1),		/* is not used */
	};
#undef WORD
	size_t i;

	begin();
	CU_ASSERT_EQUAL(land_asks(5, 1), ARENA_TAKEN);
	CU_ASSERT_EQUAL(move(), 0);
	CU_ASSERT_EQUAL(hold_large(LARGE), 1);
	CU_ASSERT_EQUAL(hold_large(LARGE), 2);
	while (a->commit < 7)
		library_turn();
	a->held_top = 6;	/* so that the one not used could be */
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *at = (uint8_t *)&a->held[rows[i].slot] +
			      rows[i].offset;
		uint8_t truth[8];

		memcpy(truth, at, rows[i].n_bytes);
		memcpy(at, &rows[i].lie, rows[i].n_bytes);
		if (!arena_check(a, ARENA_BYTES))
			harness_note("row %zu is believed", i);
		CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
		memcpy(at, truth, rows[i].n_bytes);
	}
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
	a->small[0][0] ^= 1;
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
	a->small[0][0] ^= 1;
	a->heap[0] ^= 1;
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
	a->heap[0] ^= 1;
	end();
}

/* All of them are of this or the next turn, or done: it works, whatever it means. */
static void test_dates_that_cannot_be_told_from_true_ones_do_no_harm(void)
{
	static const uint64_t dates[] = { 0, 1, 7, 8, 9 };
	size_t made, done, front;

	for (made = 1; made < 4; made++)
		for (done = 0; done < 5; done++)
			for (front = 0; front < 4; front++) {
				begin();
				CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
				CU_ASSERT_EQUAL(move(), 0);
				CU_ASSERT_EQUAL(hold_large(LARGE), 1);
				while (a->commit < 7)
					library_turn();
				a->held[0].made = a->held[1].made = dates[made];
				a->held[0].done = a->held[1].done = dates[done];
				a->held[1].front = dates[front];
				a->hand_hint = 1;
				(void)die(1);
				while (arena_packet_rest(a))
					handle();
				library_turn();
				(void)die(0);
				CU_ASSERT_TRUE(n_held() <= 2);
				end();
			}
}

static void test_lying_hints_about_what_is_held_do_no_harm(void)
{
	static const uint32_t hints[] = { 0, 1, 2, 3, ARENA_HELD_MAX,
					  ARENA_HELD_MAX + 1, UINT32_MAX };
	size_t i;

	for (i = 0; i < sizeof(hints) / sizeof(hints[0]); i++) {
		begin();
		CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
		CU_ASSERT_EQUAL(move(), 0);
		CU_ASSERT_EQUAL(hold_large(LARGE), 1);
		a->hand_hint = a->held_hint = a->n_held = hints[i];
		a->settled = a->turn_open = hints[i];
		/* done, and its place is nowhere */
		a->held[2].made = a->held[2].done = 1;
		a->held[2].page = ARENA_HEAP_PAGES - 1;
		a->held[2].length = UINT32_MAX;
		memset(a->heap_used, 0xff, sizeof(a->heap_used));
		CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
		(void)arena_waiting(a);
		library_turn();
		arena_turn_begin(a, true);
		(void)arena_turn_release(a);
		arena_turn_dead(a);
		arena_turn_commit(a);
		arena_turn_begin(a, false);
		arena_turn_abort(a);
		(void)die(0);
		CU_ASSERT_TRUE(hold_large(LARGE) >= 0);
		end();
	}
}

/* Before it is checked it is copied: not the same pages two thousand times. */
static void test_lies_do_not_make_a_copy_larger_than_an_arena(void)
{
	size_t cursor = 0, offset, n_bytes, total = 0, i;

	begin();
	a->held_top = ARENA_HELD_MAX;
	for (i = 0; i < ARENA_HELD_MAX; i++) {
		a->held[i].made = 1;
		a->held[i].length = ARENA_HEAP_PAGES * PAGE_BYTES;
	}
	while (arena_used(a, &cursor, &offset, &n_bytes)) {
		CU_ASSERT_TRUE_FATAL(offset + n_bytes <= ARENA_BYTES);
		total += n_bytes;
	}
	CU_ASSERT_TRUE(total < 2 * ARENA_BYTES);
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
	memset(a->held, 0, sizeof(a->held));
	end();
}

/* The table is large, and what was never looked at costs nobody memory. */
static void test_behind_the_last_entry_nothing_is_looked_at(void)
{
	struct arena_held_message held;
	struct arena_remains remains;
	size_t cursor = 0;
	int slot;

	begin();
	CU_ASSERT_EQUAL(land_asks(3, 1), ARENA_TAKEN);
	slot = stash();
	CU_ASSERT_EQUAL(a->held_top, (size_t)slot + 1);
	memset(&a->held[slot + 1], 0xff, 3 * sizeof(a->held[0]));
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
	arena_recover(a, 0, &remains);
	while (arena_held_next(a, &cursor, &held))
		CU_ASSERT_EQUAL(held.slot, (size_t)slot);
	CU_ASSERT_EQUAL(n_held(), 1);
	CU_ASSERT_EQUAL(hold_large(1), slot + 1);
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), 0);
	CU_ASSERT_EQUAL(n_held(), 2);
	a->held_top = ARENA_HELD_MAX + 1;
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
	memset(a->held, 0, sizeof(a->held));
	a->held_top = 0;
	end();
}

static void test_room_is_used_again_before_there_is_more(void)
{
	struct arena_remains remains;
	int first, second;

	begin();
	first = hold_large(1);
	second = hold_large(1);
	CU_ASSERT_EQUAL(a->held_top, 2);
	handle_held((size_t)first);
	CU_ASSERT_EQUAL(hold_large(1), first);
	CU_ASSERT_EQUAL(a->held_top, 2);
	handle_held((size_t)first);
	handle_held((size_t)second);
	arena_recover(a, 0, &remains);
	CU_ASSERT_EQUAL(a->held_top, 0);
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_behind_the_last_entry_nothing_is_looked_at),
	HARNESS_TEST(test_room_is_used_again_before_there_is_more),
	HARNESS_TEST(test_a_moved_message_waits_beyond_its_packet),
	HARNESS_TEST(test_a_message_is_in_one_place_whenever_it_dies),
	HARNESS_TEST(test_a_move_that_failed_is_not_finished_by_another_turn),
	HARNESS_TEST(test_who_waits_longer_has_the_lower_order),
	HARNESS_TEST(test_only_so_many_are_held),
	HARNESS_TEST(test_a_large_message_is_held_whole),
	HARNESS_TEST(test_the_heap_is_used_to_the_last_page),
	HARNESS_TEST(test_an_abort_gives_the_pages_back),
	HARNESS_TEST(test_stashed_messages_wait_until_they_are_unstashed),
	HARNESS_TEST(test_a_crash_undoes_an_unstash),
	HARNESS_TEST(test_a_place_that_is_used_again_forgets_who_was_there),
	HARNESS_TEST(test_a_held_message_is_stashed_again),
	HARNESS_TEST(test_stashed_again_it_takes_no_more_room),
	HARNESS_TEST(test_stashed_again_by_a_turn_that_fails_it_was_not),
	HARNESS_TEST(test_a_held_message_in_hand_is_done_after_a_crash),
	HARNESS_TEST(test_a_held_message_is_tried_again_so_often),
	HARNESS_TEST(test_an_attempt_is_taken_along_when_it_moves),
	HARNESS_TEST(test_a_failed_held_message_is_in_hand_until_it_is_told_of),
	HARNESS_TEST(test_a_failed_held_message_is_in_hand_after_a_crash),
	HARNESS_TEST(test_another_message_in_hand_puts_the_failed_one_back),
	HARNESS_TEST(test_a_release_is_true_and_the_message_in_hand),
	HARNESS_TEST(test_a_released_turn_ends_like_any_other),
	HARNESS_TEST(test_a_release_does_not_finish_what_is_put_aside),
	HARNESS_TEST(test_what_is_settled_cannot_be_released),
	HARNESS_TEST(test_lies_about_what_is_held_are_refused),
	HARNESS_TEST(test_dates_that_cannot_be_told_from_true_ones_do_no_harm),
	HARNESS_TEST(test_lying_hints_about_what_is_held_do_no_harm),
	HARNESS_TEST(test_lies_do_not_make_a_copy_larger_than_an_arena),
};
HARNESS_MAIN(tests)
