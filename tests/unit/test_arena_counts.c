/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_arena_counts.c - what becomes of messages is counted, places in a pool
 * are given out, and neither forgets anything with a process or an edge.
 */
#include <errno.h>

#include "tests/unit/an_arena.h"

#define WINDOW ACTOR_POOL_WINDOW

static struct arena_edge_counts past(void)
{
	struct arena_edge_counts counts;

	arena_past_counts(a, &counts);
	CU_ASSERT_EQUAL(counts.frames_accepted,
			counts.frames_sent + counts.frames_buried);
	return counts;
}

static void send_released(size_t n)
{
	arena_turn_begin(a, false);
	while (n--)
		CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
}

static void check_sent(uint64_t sent, uint64_t unsent, uint64_t buried)
{
	struct arena_edge_counts c = counts_of(out);

	CU_ASSERT_EQUAL(c.frames_sent, sent);
	CU_ASSERT_EQUAL(c.frames_unsent, unsent);
	CU_ASSERT_EQUAL(c.frames_buried, buried);
	CU_ASSERT_EQUAL(c.frames_accepted, sent + unsent + buried);
}

static void check_taken(uint64_t taken, uint64_t waiting, uint64_t dead)
{
	struct arena_edge_counts c = counts_of(in);

	CU_ASSERT_EQUAL(c.frames_taken, taken);
	CU_ASSERT_EQUAL(c.frames_waiting, waiting);
	CU_ASSERT_EQUAL(c.frames_dead, dead);
}

static void peek(void)
{
	const void *bytes;
	size_t n_bytes;

	CU_ASSERT_TRUE_FATAL(arena_outbox_peek(a, out, &bytes, &n_bytes));
}

/* ---- an edge that has ended, and comes again ---------------------------- */

static void send_and_drop(uint64_t sequence)
{
	const void *bytes;
	size_t n_bytes;

	send_released(1);
	CU_ASSERT_TRUE_FATAL(arena_outbox_peek(a, out, &bytes, &n_bytes));
	CU_ASSERT_EQUAL(packet_header(bytes).sequence, sequence);
	arena_outbox_drop(a, out);
}

/* with the numbers of before it would pass for what was sent then */
static void test_an_edge_that_comes_again_counts_on(void)
{
	struct arena_edge_counts counts;

	begin();
	send_and_drop(1);
	send_and_drop(2);
	arena_edge_end(a, out);
	CU_ASSERT_EQUAL(arena_edge_counts(a, out, &counts), -ENOENT);
	CU_ASSERT_EQUAL(past().frames_sent, 2);
	CU_ASSERT_EQUAL(arena_edge_add(a, out), 0);
	CU_ASSERT_EQUAL(past().frames_sent, 0);
	check_sent(2, 0, 0);
	send_and_drop(3);
	check_sent(3, 0, 0);
}

static void test_who_has_ended_makes_way_when_there_is_no_room(void)
{
	uint64_t key = 1000;

	begin();
	send_and_drop(1);
	arena_edge_end(a, out);
	while (arena_edge_add(a, arena_key(++key, EDGE_HOLDER)) == 0)
		;
	CU_ASSERT_EQUAL(key, 1000 + ARENA_EDGES_MAX);
	CU_ASSERT_EQUAL(past().frames_sent, 1);
}

static void test_too_many_that_have_ended_are_not_kept(void)
{
	uint64_t key = 1000;

	begin();
	while (arena_edge_add(a, arena_key(++key, EDGE_HOLDER)) == 0)
		;
	send_and_drop(1);
	arena_edge_end(a, out);
	CU_ASSERT_EQUAL(past().frames_sent, 1);
	CU_ASSERT_EQUAL(arena_edge_add(a, out), 0);
	send_and_drop(1);
}

/* ---- what was sent ----------------------------------------------------- */

static void test_what_is_released_is_accepted(void)
{
	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	check_sent(0, 0, 0);
	arena_turn_abort(a);
	check_sent(0, 0, 0);
	send_released(2);
	check_sent(0, 2, 0);
	send_released(1);
	check_sent(0, 3, 0);
	peek();
	CU_ASSERT_EQUAL(counts_of(out).packets_sent, 0);
	arena_outbox_drop(a, out);
	check_sent(3, 0, 0);
	CU_ASSERT_EQUAL(counts_of(out).packets_sent, 1);
	(void)die(0);
	check_sent(3, 0, 0);
	end();
}

static void test_an_edge_says_what_it_has_to_send(void)
{
	struct arena_edge_out o;

	begin();
	CU_ASSERT_EQUAL(arena_edge_out(a, 4711, &o), -ENOENT);
	send_released(2);
	CU_ASSERT_EQUAL(drain(out), 2);
	send_released(3);
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	CU_ASSERT_EQUAL(arena_edge_out(a, out, &o), 0);
	CU_ASSERT_EQUAL(o.next, 6);
	CU_ASSERT_EQUAL(o.n_frames, 4);
	CU_ASSERT_EQUAL(o.n_bytes, HEADER + 4 * 64);
	CU_ASSERT_EQUAL(o.pool_head, 0);
	arena_turn_abort(a);
	CU_ASSERT_EQUAL(arena_edge_out(a, out, &o), 0);
	CU_ASSERT_EQUAL(o.next, 5);
	CU_ASSERT_EQUAL(o.n_bytes, HEADER + 3 * 64);
	(void)die(0);
	CU_ASSERT_EQUAL(arena_edge_out(a, out, &o), 0);
	CU_ASSERT_EQUAL(o.next, 5);
	CU_ASSERT_EQUAL(o.n_frames, 3);
	end();
}

/* ---- what is undeliverable --------------------------------------------- */

static void test_a_buried_packet_goes_with_the_turn_that_tells_of_it(void)
{
	begin();
	send_released(3);
	arena_turn_begin(a, false);
	peek();
	arena_outbox_bury(a, out);
	check_sent(0, 3, 0);
	arena_turn_abort(a);
	check_sent(0, 3, 0);
	arena_turn_begin(a, false);
	arena_outbox_bury(a, out);
	(void)die(0);
	check_sent(0, 3, 0);

	peek();
	arena_turn_begin(a, false);
	arena_outbox_bury(a, out);
	arena_turn_commit(a);
	check_sent(0, 0, 3);
	send_released(1);
	peek();
	CU_ASSERT_EQUAL(packet_header(a->buffer[0]).first, 3);
	CU_ASSERT_EQUAL(packet_header(a->buffer[0]).sequence, 2);
	CU_ASSERT_EQUAL(drain(out), 1);
	(void)die(0);
	check_sent(1, 0, 3);
	end();
}

static void test_nothing_is_buried_before_it_was_peeked_at(void)
{
	begin();
	send_released(1);
	arena_turn_begin(a, false);
	arena_outbox_bury(a, out);
	arena_outbox_bury(a, in);
	arena_outbox_bury(a, 4711);
	arena_turn_commit(a);
	check_sent(0, 1, 0);
	end();
}

static void test_nothing_is_added_to_a_packet_that_is_buried(void)
{
	begin();
	send_released(2);
	peek();
	arena_turn_begin(a, false);
	arena_outbox_bury(a, out);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	arena_turn_commit(a);
	check_sent(0, 1, 2);
	CU_ASSERT_EQUAL(drain(out), 1);
	check_sent(1, 0, 2);
	end();
}

static void test_a_release_buries(void)
{
	begin();
	send_released(2);
	peek();
	arena_turn_begin(a, false);
	arena_outbox_bury(a, out);
	CU_ASSERT_EQUAL(arena_turn_release(a), 0);
	check_sent(0, 0, 2);
	arena_turn_abort(a);
	check_sent(0, 0, 2);
	end();
}

static void test_several_edges_bury_in_one_turn(void)
{
	struct frame reply = a_frame(FRAME_REPLY, 1);
	const void *bytes;
	size_t n_bytes;

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(send_tell(false), 0);
	CU_ASSERT_EQUAL(arena_send(a, in, &reply, true), 0);
	CU_ASSERT_EQUAL(arena_send(a, in, &reply, true), 0);
	arena_turn_commit(a);
	peek();
	CU_ASSERT_TRUE(arena_outbox_peek(a, in, &bytes, &n_bytes));
	arena_turn_begin(a, false);
	arena_outbox_bury(a, out);
	arena_outbox_bury(a, in);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(counts_of(out).frames_buried, 1);
	CU_ASSERT_EQUAL(counts_of(in).frames_buried, 2);
	end();
}

/* ---- what was taken ---------------------------------------------------- */

static void test_what_is_taken_is_handled_or_dead_or_waits(void)
{
	begin();
	CU_ASSERT_EQUAL(land_asks(4, 1), ARENA_TAKEN);
	check_taken(4, 4, 0);
	handle();
	check_taken(4, 3, 0);
	arena_turn_begin(a, true);
	arena_turn_dead(a);
	check_taken(4, 3, 0);
	arena_turn_abort(a);
	check_taken(4, 3, 0);
	arena_turn_begin(a, true);
	arena_turn_dead(a);
	arena_turn_dead(a);
	arena_turn_commit(a);
	check_taken(4, 2, 1);
	arena_turn_begin(a, true);
	arena_turn_dead(a);
	(void)die(0);
	check_taken(4, 1, 2);
	(void)die(0);
	check_taken(4, 1, 2);
	CU_ASSERT_EQUAL(handled_of(in), 1);
	end();
}

static void test_each_edge_counts_its_own(void)
{
	const uint64_t side = 30 << 1 | EDGE_TARGET;

	begin();
	CU_ASSERT_EQUAL(arena_edge_add(a, side), 0);
	CU_ASSERT_EQUAL(land_asks(1, 1), ARENA_TAKEN);
	handle();
	CU_ASSERT_EQUAL(land(side, make_packet_at(FRAME_TELL, 2, 1, 0), NULL),
			ARENA_TAKEN);
	arena_turn_begin(a, true);
	arena_turn_dead(a);
	arena_turn_commit(a);
	check_taken(1, 0, 0);
	CU_ASSERT_EQUAL(counts_of(side).frames_dead, 1);
	CU_ASSERT_EQUAL(counts_of(side).frames_waiting, 1);
	CU_ASSERT_EQUAL(counts_of(side).frames_taken, 2);
	end();
}

/* ---- edges that are no more -------------------------------------------- */

static void test_the_past_remembers_what_edges_counted(void)
{
	struct arena_edge_counts p;

	begin();
	CU_ASSERT_EQUAL(land(in, make_packet_at(FRAME_ASK, 4, 1, 5), NULL),
			ARENA_TAKEN);
	handle();
	arena_turn_begin(a, true);
	arena_turn_dead(a);
	arena_turn_commit(a);
	send_released(2);
	CU_ASSERT_EQUAL(drain(out), 2);
	send_released(3);
	peek();
	arena_turn_begin(a, false);
	arena_outbox_bury(a, out);
	arena_turn_commit(a);
	send_released(1);
	arena_edge_remove(a, out);
	arena_edge_remove(a, in);
	p = past();
	CU_ASSERT_EQUAL(p.frames_taken, 4);
	CU_ASSERT_EQUAL(p.frames_waiting, 2);
	CU_ASSERT_EQUAL(p.frames_dead, 1);
	CU_ASSERT_EQUAL(p.frames_lost, 5);
	CU_ASSERT_EQUAL(p.frames_sent, 2);
	CU_ASSERT_EQUAL(p.frames_buried, 3);

	/* what came by it is still handled, or dies */
	handle();
	CU_ASSERT_EQUAL(past().frames_waiting, 1);
	arena_turn_begin(a, true);
	arena_turn_dead(a);
	CU_ASSERT_EQUAL(past().frames_dead, 1);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(past().frames_waiting, 0);
	CU_ASSERT_EQUAL(past().frames_dead, 2);
	(void)die(0);
	CU_ASSERT_EQUAL(past().frames_dead, 2);
	CU_ASSERT_EQUAL(past().frames_taken, 4);
	end();
}

static void test_the_past_is_the_sum_of_many(void)
{
	uint64_t key, n = 0;

	begin();
	for (key = 100; key < 120; key += 2, n++) {
		CU_ASSERT_EQUAL(arena_edge_add(a, key), 0);
		CU_ASSERT_EQUAL(fill(key, 16000, false) > 0, true);
		CU_ASSERT_TRUE(drain(key) > 0);
		n += counts_of(key).frames_sent - 1;
		arena_edge_remove(a, key);
		if (key % 4)
			(void)die(0);
		CU_ASSERT_EQUAL(past().frames_sent, n + 1);
	}
	end();
}

/* It died when the edge had just gone; then another one takes its place. */
static void test_the_past_is_not_that_of_a_place(void)
{
	uint64_t past_now;

	begin();
	send_released(2);
	CU_ASSERT_EQUAL(drain(out), 2);
	arena_edge_remove(a, out);
	past_now = (uint64_t)(1 + 1) << 1 | arena_past_index(a);
	a->past_now = past_now;
	CU_ASSERT_EQUAL(past().frames_sent, 2);
	(void)die(0);
	CU_ASSERT_EQUAL(arena_edge_add(a, out), 0);
	CU_ASSERT_EQUAL(arena_slot(a, out), 1);
	CU_ASSERT_EQUAL(past().frames_sent, 2);
	end();
}

static void test_an_edge_may_go_in_the_turn_of_its_message(void)
{
	int commits;

	for (commits = 0; commits < 2; commits++) {
		begin();
		CU_ASSERT_EQUAL(land_asks(1, 1), ARENA_TAKEN);
		arena_turn_begin(a, true);
		arena_turn_dead(a);
		arena_edge_remove(a, in);
		CU_ASSERT_EQUAL(past().frames_dead, 0);
		if (commits)
			arena_turn_commit(a);
		else
			arena_turn_abort(a);
		CU_ASSERT_EQUAL(past().frames_dead, (uint64_t)commits);
		CU_ASSERT_EQUAL(past().frames_waiting, (uint64_t)!commits);
		CU_ASSERT_EQUAL(past().frames_taken, 1);
		end();
	}
}

/* ---- the pool ---------------------------------------------------------- */

static uint64_t take(uint64_t n_bytes, uint64_t released)
{
	uint64_t position = 0;
	int r = arena_pool_take(a, out, n_bytes, released, &position);

	return r < 0 ? (uint64_t)r : position;
}

static uint64_t head(void)
{
	struct arena_edge_out o = { 0 };

	CU_ASSERT_EQUAL(arena_edge_out(a, out, &o), 0);
	return o.pool_head;
}

static void test_places_follow_one_another_and_begin_again(void)
{
	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(take(1001, 0), 0);
	CU_ASSERT_EQUAL(head(), 1008);
	CU_ASSERT_EQUAL(take(8, 0), 1008);
	CU_ASSERT_EQUAL(take(WINDOW, 0), (uint64_t)-EAGAIN);
	CU_ASSERT_EQUAL(take(WINDOW - 1016, 0), 1016);
	CU_ASSERT_EQUAL(take(1, 0), (uint64_t)-EAGAIN);
	CU_ASSERT_EQUAL(take(1, 8), WINDOW);
	/* would reach beyond the window: from its beginning */
	CU_ASSERT_EQUAL(take(WINDOW - 4, WINDOW), (uint64_t)-EAGAIN);
	/* when nothing is out, too */
	CU_ASSERT_EQUAL(take(100, WINDOW + 8), 2 * WINDOW);
	CU_ASSERT_EQUAL(take(WINDOW - 96, 2 * WINDOW + 104), 3 * WINDOW);
	arena_turn_commit(a);
	CU_ASSERT_EQUAL(arena_pool_take(a, 4711, 1, 0, &(uint64_t){ 0 }),
			-ENOENT);
	end();
}

static void test_what_is_longer_than_the_window_is_alone(void)
{
	const uint64_t large = 3 * WINDOW + 1;

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(take(8, 0), 0);
	CU_ASSERT_EQUAL(take(large, 0), (uint64_t)-EAGAIN);
	CU_ASSERT_EQUAL(take(large, 8), WINDOW);
	CU_ASSERT_EQUAL(head(), 5 * WINDOW);
	CU_ASSERT_EQUAL(take(8, 8), (uint64_t)-EAGAIN);
	CU_ASSERT_EQUAL(take(8, 5 * WINDOW), 5 * WINDOW);
	arena_turn_commit(a);
	end();
}

static void test_a_place_is_taken_with_the_turn(void)
{
	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(take(100, 0), 0);
	arena_turn_commit(a);
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(take(100, 0), 104);
	CU_ASSERT_EQUAL(take(100, 0), 208);
	arena_turn_abort(a);
	CU_ASSERT_EQUAL(head(), 104);
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(take(100, 0), 104);
	(void)die(0);
	CU_ASSERT_EQUAL(head(), 104);
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(take(100, 0), 104);
	arena_pool_give_back(a, out, &(struct arena_edge_out){
		.pool_head = 104 });
	arena_pool_give_back(a, 4711, &(struct arena_edge_out){
		.pool_head = 104 });
	CU_ASSERT_EQUAL(take(8, 0), 104);
	CU_ASSERT_EQUAL(arena_turn_release(a), 0);
	CU_ASSERT_EQUAL(take(8, 0), 112);
	arena_turn_abort(a);
	CU_ASSERT_EQUAL(head(), 112);
	end();
}

/* A place there is of no length in the stream, or nearly. */
static struct actor_pooled take_beside(uint64_t n_bytes, uint64_t released)
{
	struct actor_pooled place = { 0 };
	int r = arena_pool_take_beside(a, out, n_bytes, released, &place);

	CU_ASSERT_EQUAL(r, place.size ? 0 : -EAGAIN);
	CU_ASSERT_TRUE(!r || !place.size);
	return place;
}

static void test_beside_the_window_is_room_for_any_payload(void)
{
	struct actor_pooled place;

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(take(WINDOW, 0), 0);
	place = take_beside(ACTOR_PAYLOAD_MAX, 0);
	CU_ASSERT_EQUAL(place.position, WINDOW);
	CU_ASSERT_EQUAL(place.beside, WINDOW);
	CU_ASSERT_EQUAL(arena_pool_end(place), WINDOW + 8);
	CU_ASSERT_EQUAL(head(), WINDOW + 8);
	CU_ASSERT_EQUAL(take_beside(1, 0).size, 0);
	CU_ASSERT_EQUAL(take_beside(1, WINDOW).size, 0);
	CU_ASSERT_EQUAL(take(1, 0), (uint64_t)-EAGAIN);
	arena_turn_commit(a);

	/* the window is free again before it is, and goes on where it was */
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(take(8, WINDOW), WINDOW + 8);
	CU_ASSERT_EQUAL(take(WINDOW - 8, WINDOW), (uint64_t)-EAGAIN);
	place = take_beside(100, WINDOW + 8);
	CU_ASSERT_EQUAL(place.beside, WINDOW);
	CU_ASSERT_EQUAL(take_beside(100, WINDOW + 8).beside, WINDOW + 104);
	arena_turn_abort(a);
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(take_beside(1, WINDOW).size, 0);
	CU_ASSERT_EQUAL(take_beside(ACTOR_PAYLOAD_MAX + 1, WINDOW + 8).size, 0);
	CU_ASSERT_EQUAL(take_beside(ACTOR_PAYLOAD_MAX, WINDOW + 8).beside,
			WINDOW);
	CU_ASSERT_EQUAL(arena_pool_take_beside(a, 4711, 1, 0, &place),
			-ENOENT);
	arena_turn_commit(a);
	end();
}

static void test_a_place_beside_is_given_back(void)
{
	struct arena_edge_out o;

	begin();
	arena_turn_begin(a, false);
	CU_ASSERT_EQUAL(take_beside(100, 0).beside, WINDOW);
	CU_ASSERT_EQUAL(arena_edge_out(a, out, &o), 0);
	CU_ASSERT_EQUAL(take_beside(100, 0).beside, WINDOW + 104);
	arena_pool_give_back(a, out, &o);
	CU_ASSERT_EQUAL(take_beside(100, 0).beside, WINDOW + 104);
	arena_turn_commit(a);
	end();
}

/* Whatever a receiver writes there. */
static void test_a_lying_receiver_harms_itself(void)
{
	uint64_t lies[] = { 1, WINDOW, UINT64_MAX, UINT64_MAX / 2 };
	size_t i;

	begin();
	arena_turn_begin(a, false);
	for (i = 0; i < 4; i++) {
		struct actor_pooled p = { take(WINDOW, lies[i]), WINDOW, 0 };
		struct frame f = a_frame(FRAME_TELL, 0);

		f.flags = ACTOR_FRAME_POOLED;
		f.payload = &p;
		f.payload_bytes = sizeof(p);
		CU_ASSERT_EQUAL(arena_send(a, out, &f, false),
				p.position > UINT64_MAX / 2 ? -EINVAL : 0);
	}
	arena_turn_commit(a);
	CU_ASSERT_TRUE(drain(out) > 0);
	end();
}

static size_t make_pooled(uint16_t n_frames, uint64_t sequence)
{
	size_t n_bytes = HEADER;
	uint16_t i;

	for (i = 0; i < n_frames; i++) {
		struct actor_pooled p = { 1000 + 8 * i, 5, 0 };
		struct frame f = a_frame(FRAME_TELL, 0);

		f.flags = i == n_frames - 1 ? 0 : ACTOR_FRAME_POOLED;
		f.payload = &p;
		f.payload_bytes = sizeof(p);
		n_bytes += frame_write(packet + n_bytes, &f);
	}
	packet_seal(packet, (uint32_t)n_bytes, n_frames, sequence, 0);
	return n_bytes;
}

static void test_the_next_life_knows_what_it_needs_no_more(void)
{
	uint64_t key = 0;
	struct frame f;

	begin();
	CU_ASSERT_EQUAL(arena_pool_released(a, in), 0);
	CU_ASSERT_EQUAL(land(in, make_pooled(4, 1), NULL), ARENA_TAKEN);
	handle();
	(void)die(0);
	CU_ASSERT_EQUAL(arena_pool_released(a, in), 1008);
	arena_turn_begin(a, true);
	CU_ASSERT_TRUE(die(1).retry);
	CU_ASSERT_EQUAL(arena_pool_released(a, in), 1008);
	arena_turn_begin_move(a);
	CU_ASSERT_TRUE(arena_frame(a, &f, &key));
	CU_ASSERT_EQUAL(frame_size(&f), 5);
	f.flags = 0;
	CU_ASSERT_TRUE(arena_hold(a, in, &f, false) >= 0);
	arena_turn_commit(a);
	(void)die(0);
	CU_ASSERT_EQUAL(arena_pool_released(a, in), 1016);
	handle();
	handle();
	/* all of the packet is done, and its place in the pool still to tell */
	CU_ASSERT_EQUAL(arena_packet_rest(a), 0);
	(void)die(0);
	CU_ASSERT_EQUAL(arena_pool_released(a, in), 1024);
	(void)arena_landing(a, in);
	(void)die(0);
	CU_ASSERT_EQUAL(arena_pool_released(a, in), 1024);
	end();
}

/* What a recovery gives up needs its place no more. */
static void test_who_dies_in_hand_leaves_its_place(void)
{
	begin();
	CU_ASSERT_EQUAL(land(in, make_pooled(2, 1), NULL), ARENA_TAKEN);
	arena_turn_begin(a, true);
	CU_ASSERT_FALSE(die(0).retry);
	CU_ASSERT_EQUAL(arena_pool_released(a, in), 1008);
	end();
}

static void test_a_send_knows_whether_there_is_room(void)
{
	struct frame f = a_frame(FRAME_TELL, 0);
	static char payload[8000];
	uint64_t position;

	begin();
	f.payload = payload;
	f.payload_bytes = sizeof(payload);
	CU_ASSERT_FALSE(arena_has_room(a, 4711, 1, false, 0));
	arena_turn_begin(a, false);
	while (arena_has_room(a, out, frame_bytes(&f), false, 0))
		CU_ASSERT_EQUAL_FATAL(arena_send(a, out, &f, false), 0);
	CU_ASSERT_EQUAL(arena_send(a, out, &f, false), -EAGAIN);
	arena_turn_abort(a);

	arena_turn_begin(a, false);
	while (arena_has_room(a, out, 99999, true, 0))
		CU_ASSERT_EQUAL_FATAL(arena_pool_take(a, out, 99999, 0,
						      &position), 0);
	CU_ASSERT_EQUAL(arena_pool_take(a, out, 99999, 0, &position), -EAGAIN);
	CU_ASSERT_TRUE(arena_has_room(a, out, 99999, true, head()));
	arena_turn_commit(a);
	end();
}

/* Lies in a packet that is done are walked too. */
static void test_a_packet_that_is_done_is_checked(void)
{
	begin();
	CU_ASSERT_EQUAL(land(in, make_pooled(2, 1), NULL), ARENA_TAKEN);
	handle();
	handle();
	a->landing.header.length = UINT32_MAX;
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
	memcpy(a->landing.bytes, packet, sizeof(a->landing.header));
	a->landing.bytes[HEADER] = 0xff;
	CU_ASSERT_EQUAL(arena_check(a, ARENA_BYTES), -EBADMSG);
	memcpy(a->landing.bytes, packet, HEADER + 8);
	end();
}

/* also while it lands, when it is over, and by what nobody has checked */
static void test_what_has_come_is_known_from_the_head(void)
{
	begin();
	CU_ASSERT_EQUAL(arena_taken(a, in), 0);
	CU_ASSERT_EQUAL(land_asks(2, 1), ARENA_TAKEN);
	CU_ASSERT_EQUAL(arena_taken(a, in), 1);
	CU_ASSERT_EQUAL(arena_taken(a, out), 0);
	CU_ASSERT_EQUAL(arena_taken(a, 4711), 0);
	handle();
	handle();
	memcpy(arena_landing(a, in), packet, make_packet(FRAME_ASK, 1, 2));
	CU_ASSERT_EQUAL(arena_taken(a, in), 2);
	CU_ASSERT_EQUAL(arena_taken(a, out), 0);
	a->landing.header.length = UINT32_MAX;
	CU_ASSERT_EQUAL(arena_taken(a, in), 1);
	arena_edge_end(a, in);
	CU_ASSERT_EQUAL(arena_taken(a, in), 1);
	a->magic = 0;
	CU_ASSERT_EQUAL(arena_taken(a, in), 0);
	arena_format(a);
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_edge_that_comes_again_counts_on),
	HARNESS_TEST(test_who_has_ended_makes_way_when_there_is_no_room),
	HARNESS_TEST(test_too_many_that_have_ended_are_not_kept),
	HARNESS_TEST(test_what_is_released_is_accepted),
	HARNESS_TEST(test_an_edge_says_what_it_has_to_send),
	HARNESS_TEST(test_a_buried_packet_goes_with_the_turn_that_tells_of_it),
	HARNESS_TEST(test_nothing_is_buried_before_it_was_peeked_at),
	HARNESS_TEST(test_nothing_is_added_to_a_packet_that_is_buried),
	HARNESS_TEST(test_a_release_buries),
	HARNESS_TEST(test_several_edges_bury_in_one_turn),
	HARNESS_TEST(test_what_is_taken_is_handled_or_dead_or_waits),
	HARNESS_TEST(test_each_edge_counts_its_own),
	HARNESS_TEST(test_the_past_remembers_what_edges_counted),
	HARNESS_TEST(test_the_past_is_the_sum_of_many),
	HARNESS_TEST(test_the_past_is_not_that_of_a_place),
	HARNESS_TEST(test_an_edge_may_go_in_the_turn_of_its_message),
	HARNESS_TEST(test_places_follow_one_another_and_begin_again),
	HARNESS_TEST(test_what_is_longer_than_the_window_is_alone),
	HARNESS_TEST(test_a_place_is_taken_with_the_turn),
	HARNESS_TEST(test_beside_the_window_is_room_for_any_payload),
	HARNESS_TEST(test_a_place_beside_is_given_back),
	HARNESS_TEST(test_a_lying_receiver_harms_itself),
	HARNESS_TEST(test_the_next_life_knows_what_it_needs_no_more),
	HARNESS_TEST(test_who_dies_in_hand_leaves_its_place),
	HARNESS_TEST(test_a_send_knows_whether_there_is_room),
	HARNESS_TEST(test_a_packet_that_is_done_is_checked),
	HARNESS_TEST(test_what_has_come_is_known_from_the_head),
};
HARNESS_MAIN(tests)
