// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_actor_flow.c - how much may wait behind an edge: an actor as the sender,
 * and as the receiver.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "tests/harness/harness.h"
#include "tests/kernel/subject.h"

#define MIB ((size_t)1 << 20)
#define MS UINT64_C(1000000)
#define S UINT64_C(1000000000)
#define PATIENCE 100000		/* so many milliseconds at least */

/* ---- the actor sends --------------------------------------------------- */

static void limit_other(const struct flow_bounds *bounds)
{
	flow_limit(fake_words(other, false), bounds, 1);
}

static void begin_limited(const struct flow_bounds *bounds)
{
	subject_init();
	limit_other(bounds);
	fake_start(&fake);
}

static void say_room(struct fake_edge *edge)
{
	const struct frame frame = {
		.kind = FRAME_ROOM,
		.type = "room",
		.type_length = 4,
	};

	flow_told(fake_words(edge, false));
	fake_send(edge, &frame, 1);
}

static uint32_t waits(void)
{
	return __atomic_load_n(&fake_words(other, false)->waiting,
			       __ATOMIC_ACQUIRE);
}

static void expect_sent(uint32_t n, int r)
{
	struct report report = subject_expect("sent");

	CU_ASSERT_EQUAL(report.n, n);
	CU_ASSERT_EQUAL(report.r, r);
}

static void take(uint64_t n)
{
	while (n--)
		fake_expect_frame(other, FRAME_TELL, "burst");
}

static void test_exactly_as_many_as_the_limit_are_accepted(void)
{
	begin_limited(&(struct flow_bounds){ .messages = 5 });
	subject_order("burst", 100, 8, 0);
	expect_sent(5, -EAGAIN);
	take(5);
	subject_settle();
	CU_ASSERT(fake_nothing_more(other));
	CU_ASSERT_EQUAL(waits(), FLOW_WAITS_FOR_FRAME);

	fake_finish(other, 0);
	CU_ASSERT_EQUAL(flow_waits(fake_words(other, false)),
			FLOW_WAITS_FOR_FRAME);
	say_room(other);
	CU_ASSERT_EQUAL(subject_expect("room").r, 1);
	subject_settle();		/* once */
	subject_order("burst", 3, 8, 0);
	expect_sent(3, 0);
	take(3);
	fake_audit(&fake, other, 0, 0);
	subject_end();
}

static void test_two_refusals_bring_one_room(void)
{
	begin_limited(&(struct flow_bounds){ .messages = 1 });
	subject_order("burst", 2, 8, 0);
	expect_sent(1, -EAGAIN);
	subject_order("burst", 2, 8, 0);
	expect_sent(0, -EAGAIN);
	take(1);
	fake_finish(other, 0);
	say_room(other);
	subject_expect("room");
	say_room(other);		/* nobody asked */
	subject_settle();
	subject_end();
}

static void test_room_without_room_is_none(void)
{
	begin_limited(&(struct flow_bounds){ .messages = 1 });
	subject_order("burst", 2, 8, 0);
	expect_sent(1, -EAGAIN);
	say_room(other);
	subject_settle();
	CU_ASSERT_EQUAL(waits(), FLOW_WAITS_FOR_FRAME);
	take(1);
	fake_finish(other, 0);
	say_room(other);
	subject_expect("room");
	subject_end();
}

static void test_room_nobody_waits_for_is_no_turn(void)
{
	subject_begin();
	say_room(other);
	subject_settle();
	subject_end();
}

static void test_a_turn_that_fails_takes_up_no_room(void)
{
	begin_limited(&(struct flow_bounds){ .messages = 5 });
	subject_order("burst-fail", 3, 8, 0);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FAILED", "ERRNO"), EIO);
	fake_order(&fake, "RESUME", NULL);
	fake_expect_letter(letters, "REASON", "crashed");
	subject_order("burst", 100, 8, 0);
	expect_sent(5, -EAGAIN);
	take(5);
	fake_audit(&fake, client, 1, 0);
	subject_end();
}

static void test_bytes_are_limited_and_the_first_always_fits(void)
{
	begin_limited(&(struct flow_bounds){ .per_edge = 3000 });
	subject_order("burst", 100, 4000, 0);
	expect_sent(1, -EAGAIN);
	take(1);
	fake_finish(other, 0);
	say_room(other);
	subject_expect("room");
	subject_order("burst", 100, 1000, 0);
	CU_ASSERT_EQUAL(subject_expect("sent").n, 2);
	subject_end();
}

static void test_what_is_refused_by_its_size_is_not_waited_for(void)
{
	begin_limited(&(struct flow_bounds){ .payload = 100 });
	subject_order("burst", 1, 101, 0);
	expect_sent(0, -EMSGSIZE);
	CU_ASSERT_EQUAL(waits(), FLOW_NOT_WAITING);
	subject_order("burst", 1, 100, 0);
	expect_sent(1, 0);
	subject_end();
}

static void test_the_end_of_that_life_is_room_too(void)
{
	begin_limited(&(struct flow_bounds){ .messages = 1 });
	subject_order("burst", 2, 8, 0);
	expect_sent(1, -EAGAIN);
	fake_hang_up(other);
	CU_ASSERT_EQUAL(subject_expect("room").r, 1);
	subject_order("burst", 1, 8, 0);
	expect_sent(0, -EPIPE);
	subject_settle();
	subject_end();
}

static void test_a_new_life_behind_the_name_is_room_too(void)
{
	struct fake_edge *again;

	begin_limited(&(struct flow_bounds){ .messages = 1 });
	subject_order("burst", 2, 8, 0);
	expect_sent(1, -EAGAIN);
	again = fake_edge(&fake, EDGE_HOLDER, "other", "/test/other");
	fake_hand(&fake, again);
	CU_ASSERT_EQUAL(subject_expect("room").r, 1);
	fake_hang_up(other);
	subject_order("burst", 1, 8, 0);
	expect_sent(1, 0);
	fake_expect_frame(again, FRAME_TELL, "burst");
	subject_settle();
	subject_end();
}

/* Without a pool there is only the outbox to be full. */
static void begin_without_pool(void)
{
	subject_init();
	close(other->pool_fd);
	other->pool_fd = -1;
	fake_start(&fake);
}

static void test_a_full_outbox_is_waited_for_and_not_busily(void)
{
	uint32_t n;

	begin_without_pool();
	subject_order("fill", 0, 8000, 0);
	n = subject_expect("sent").n;
	subject_order("fill", 0, 8000, 0);	/* the socket is full, too */
	n += subject_expect("sent").n;
	/* in the last packet there is room for its payload alone */
	subject_order("burst", 1, 200, 0);
	expect_sent(0, -EAGAIN);
	subject_settle();
	take(n);
	subject_expect("room");
	subject_settle();
	subject_order("burst", 1, 200, 0);
	expect_sent(1, 0);
	take(1);
	subject_end();
}

#define CLOGGERS 70
#define ANSWERS 100

static uint32_t word(const uint32_t *place)
{
	return __atomic_load_n(place, __ATOMIC_ACQUIRE);
}

static void ask_to_give(struct fake_edge *edge, uint64_t ask_id,
			uint64_t n_bytes)
{
	const struct burst burst = { 0, n_bytes, 0 };
	const struct frame ask = {
		.kind = FRAME_ASK,
		.type = "give",
		.type_length = 4,
		.ask_id = ask_id,
		.generation = 1,
		.payload = &burst,
		.payload_bytes = sizeof(burst),
	};

	fake_send(edge, &ask, 1);
}

static int try_once(void)
{
	uint32_t n = subject_shared->n_tries;
	int i;

	fake_tell(client, "try", NULL, 0);
	for (i = 0; i < PATIENCE && word(&subject_shared->n_tries) == n; i++)
		usleep(1000);

	return subject_shared->r;
}

/* Letters that nobody reads hold what they tell of. */
static void read_letters(void)
{
	char bytes[ACTOR_PACKET_MAX];

	while (recv(letters->test_fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

/* They hold nearly all of the arena: then there is no room for others. */
static void test_room_that_others_took_comes_back_with_them(void)
{
	struct fake_edge *deaf[CLOGGERS];
	struct frame frame;
	uint64_t i, k;

	subject_init();
	for (i = 0; i < CLOGGERS; i++)
		deaf[i] = fake_edge(&fake, EDGE_TARGET, NULL, "/test/deaf");
	fake_start(&fake);
	for (i = 0; i < CLOGGERS; i++)
		for (k = 1; k <= ANSWERS; k++)
			ask_to_give(deaf[i], k, 4000);
	/* what is left of that leaves nothing more */
	fake_await_sleep(&fake);
	for (i = 0; i < 2000 && try_once() != -EAGAIN; i++)
		usleep(1000);
	CU_ASSERT_EQUAL(subject_shared->r, -EAGAIN);
	CU_ASSERT_EQUAL(word(&subject_shared->n_room), 0);
	for (i = 0; i < CLOGGERS; i++)
		for (k = 0; k < 10; k++)
			CU_ASSERT_FATAL(fake_receive(deaf[i], &frame));
	for (i = 0; i < CLOGGERS; i++)
		fake_hang_up(deaf[i]);
	for (i = 0; i < PATIENCE && !word(&subject_shared->n_room); i++) {
		read_letters();
		usleep(1000);
	}
	CU_ASSERT_EQUAL(word(&subject_shared->n_room), 1);
	/* letters of what is still to be buried may have been quicker */
	for (i = 0; i < PATIENCE && try_once() == -EAGAIN; i++) {
		read_letters();
		usleep(1000);
	}
	CU_ASSERT_EQUAL(subject_shared->r, 0);
	fake_deinit(&fake);
}

/* ---- waiting for room within a turn ------------------------------------ */

/* to who waits for it within a turn */
static void make_room(void)
{
	take(1);
	while (waits() != FLOW_WAITS_FOR_WORD)
		usleep(1000);
	fake_finish(other, 0);
	flow_told(fake_words(other, false));
	pool_wake(fake_words(other, false));
}

static void test_waiting_releases_the_turn_and_ends_early(void)
{
	struct report report;

	begin_limited(&(struct flow_bounds){ .messages = 1 });
	subject_order("burst", 1, 8, 0);
	expect_sent(1, 0);
	subject_order("within", 0, 8, 200 * S);
	subject_expect("before");
	make_room();
	report = subject_expect("waited");
	CU_ASSERT_EQUAL(report.r, 0);
	CU_ASSERT(report.elapsed_ns < 100 * S);
	take(1);
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

static void test_waiting_gives_up_after_its_time(void)
{
	struct report report;

	begin_limited(&(struct flow_bounds){ .messages = 1 });
	subject_order("burst", 1, 8, 0);
	expect_sent(1, 0);
	subject_order("within", 0, 8, 50 * MS);
	subject_expect("before");
	report = subject_expect("waited");
	CU_ASSERT_EQUAL(report.r, -EAGAIN);
	CU_ASSERT(report.elapsed_ns >= 50 * MS);
	subject_order("within", 0, 8, 0);
	subject_expect("before");
	report = subject_expect("waited");
	CU_ASSERT_EQUAL(report.r, -EAGAIN);
	subject_settle();
	subject_end();
}

static void test_waiting_for_bytes_is_not_busy(void)
{
	struct report report;

	begin_limited(&(struct flow_bounds){ .per_edge = 3000 });
	subject_order("burst", 1, 2000, 0);
	expect_sent(1, 0);
	subject_order("within", 0, 2000, 400 * MS);
	subject_expect("before");
	report = subject_expect("waited");
	CU_ASSERT_EQUAL(report.r, -EAGAIN);
	harness_note("busy for %llu of %llu us",
		     (unsigned long long)report.cpu_ns / 1000,
		     (unsigned long long)report.elapsed_ns / 1000);
	CU_ASSERT(report.cpu_ns < 100 * MS);
	subject_end();
}

static void test_waiting_for_the_pool_is_not_busy(void)
{
	struct report report;

	subject_begin();
	subject_order("burst", 1, 3 * MIB, 0);
	expect_sent(1, 0);
	subject_order("within", 0, 3 * MIB, 400 * MS);
	subject_expect("before");
	report = subject_expect("waited");
	CU_ASSERT_EQUAL(report.r, -EAGAIN);
	CU_ASSERT(report.cpu_ns < 100 * MS);
	subject_end();
}

/* The turn alone looks whether a socket that was full has room again. */
static void test_waiting_goes_on_when_the_socket_has_room_again(void)
{
	struct report report;
	uint32_t n;

	begin_without_pool();
	subject_order("fill", 0, 8000, 0);
	n = subject_expect("sent").n;
	subject_order("fill", 0, 8000, 0);
	n += subject_expect("sent").n;
	subject_order("within", 0, 8000, 200 * S);
	subject_expect("before");
	usleep(50000);
	take(n);
	report = subject_expect("waited");
	CU_ASSERT_EQUAL(report.r, 0);
	CU_ASSERT(report.elapsed_ns < 100 * S);
	CU_ASSERT(report.cpu_ns < 100 * MS);
	take(1);
	subject_end();
}

static void test_waiting_ends_with_that_life(void)
{
	struct report report;

	begin_limited(&(struct flow_bounds){ .messages = 1 });
	subject_order("burst", 1, 8, 0);
	expect_sent(1, 0);
	subject_order("within", 0, 8, 200 * S);
	subject_expect("before");
	fake_hang_up(other);
	report = subject_expect("waited");
	CU_ASSERT_EQUAL(report.r, -EPIPE);
	CU_ASSERT(report.elapsed_ns < 100 * S);
	subject_end();
}

static void test_what_waiting_released_stays_sent_when_the_turn_fails(void)
{
	begin_limited(&(struct flow_bounds){ .messages = 1 });
	subject_order("burst", 1, 8, 0);
	expect_sent(1, 0);
	subject_order("within-fail", 0, 8, 200 * S);
	subject_expect("before");
	make_room();
	CU_ASSERT_EQUAL(fake_expect(&fake, "FAILED", "ERRNO"), EIO);
	fake_order(&fake, "RESUME", NULL);
	fake_expect_letter(letters, "REASON", "crashed");
	subject_settle();
	fake_audit(&fake, client, 1, 0);
	subject_end();
}

static void test_who_waits_for_a_frame_does_so_after_waiting_in_a_turn(void)
{
	begin_limited(&(struct flow_bounds){ .messages = 1 });
	subject_order("burst", 2, 8, 0);
	expect_sent(1, -EAGAIN);
	subject_order("within", 0, 8, MS);
	subject_expect("before");
	CU_ASSERT_EQUAL(subject_expect("waited").r, -EAGAIN);
	subject_settle();
	CU_ASSERT_EQUAL(waits(), FLOW_WAITS_FOR_FRAME);
	take(1);
	fake_finish(other, 0);
	say_room(other);
	subject_expect("room");
	subject_end();
}

/* ---- what finds no room is dead ---------------------------------------- */

static void expect_overflow(int n)
{
	while (n--)
		fake_expect_letter(letters, "REASON", "overflow");
	subject_settle();
	CU_ASSERT(fake_nothing_more(letters));
	CU_ASSERT(fake_nothing_more(other));
	CU_ASSERT_EQUAL(waits(), FLOW_NOT_WAITING);
}

static void test_what_finds_no_room_can_be_dead(void)
{
	begin_limited(&(struct flow_bounds){ .messages = 2 });
	subject_order("or-dead", 5, 8, 0);
	expect_sent(5, 0);
	take(2);
	expect_overflow(3);
	CU_ASSERT_EQUAL(fake_counts(&fake, other).frames_accepted, 2);
	subject_end();
}

static void test_the_file_can_say_that_it_is_dead(void)
{
	subject_init();
	other->overflow = "dead_letter";
	limit_other(&(struct flow_bounds){ .messages = 2 });
	fake_start(&fake);
	subject_order("burst", 5, 8, 0);
	expect_sent(5, 0);
	take(2);
	expect_overflow(3);
	subject_order("burst", 1, 65 * MIB, 0);
	expect_sent(0, -EMSGSIZE);
	fake_hang_up(other);
	fake_expect_gone(&fake, other);
	subject_order("or-dead", 1, 8, 0);
	expect_sent(0, -EPIPE);
	subject_end();
}

/* ---- releasing what a turn has sent ------------------------------------ */

static void test_what_is_flushed_stays_sent_when_the_turn_fails(void)
{
	subject_begin();
	fake_tell(client, "flush-fail", NULL, 0);
	subject_expect("flushed");
	CU_ASSERT_EQUAL(fake_expect(&fake, "FAILED", "ERRNO"), EIO);
	fake_order(&fake, "RESUME", NULL);
	fake_expect_letter(letters, "REASON", "crashed");
	subject_settle();
	fake_audit(&fake, client, 1, 0);
	subject_end();
}

/*
 * The supervisors that knew that it is over have died, and those above them hand
 * it down once more. Under numbers of before nobody would take what is sent.
 */
static void test_an_edge_that_is_over_and_comes_again_counts_on(void)
{
	int fds[2];

	subject_init();
	fake_start(&fake);
	subject_order("burst", 3, 8, 0);
	expect_sent(3, 0);
	take(3);
	fake_hang_up(other);
	fake_expect_gone(&fake, other);
	fake_kill(&fake, 0);
	CU_ASSERT_EQUAL_FATAL(edge_pair(fds, 0), 0);
	other->actor_fd = fds[0];
	other->test_fd = fds[1];
	fake_restart(&fake);
	subject_order("burst", 2, 8, 0);
	expect_sent(2, 0);
	take(2);
	CU_ASSERT_EQUAL(fake_counts(&fake, other).frames_sent, 5);
	subject_end();
}

/* what its last life had to send, by an edge that is no more */
static void leave_unsent(enum frame_kind kind, const char *type)
{
	const uint64_t key = arena_key(77, EDGE_TARGET);
	const struct frame frame = {
		.kind = kind,
		.priority = ACTOR_PRIORITY_NORMAL,
		.type = type,
		.type_length = strlen(type),
		.ask_id = kind == FRAME_REPLY,
		.generation = kind == FRAME_REPLY,
	};

	CU_ASSERT_EQUAL(arena_edge_add(fake.arena, key), 0);
	arena_turn_begin(fake.arena, false);
	CU_ASSERT_EQUAL(arena_send(fake.arena, key, &frame, true), 0);
	arena_turn_commit(fake.arena);
}

static void test_nobody_mourns_what_the_library_says_itself(void)
{
	subject_init();
	leave_unsent(FRAME_ROOM, "room");
	leave_unsent(FRAME_REPLY, "given");
	leave_unsent(FRAME_ROOM, "room");
	fake_start(&fake);
	fake_expect_letter(letters, "TYPE", "given");
	subject_settle();
	CU_ASSERT(fake_nothing_more(letters));
	subject_end();
}

static void test_what_is_flushed_leaves_the_message_in_hand(void)
{
	struct arena_remains remains;

	subject_begin();
	fake_tell(client, "flush-die", NULL, 0);
	subject_item(client, 1, 4);
	subject_expect("flushed");
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + 9);
	remains = fake_recover(&fake, 1);
	CU_ASSERT(remains.in_hand && remains.retry);
	fake_restart(&fake);
	CU_ASSERT_EQUAL(subject_expect("flushed").n, 1);
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + 9);
	remains = fake_recover(&fake, 1);
	CU_ASSERT(remains.in_hand && !remains.retry);
	fake_restart(&fake);
	subject_expect_item(1);
	fake_audit(&fake, client, 1, 0);
	subject_end();
}

/* The stop hook is no turn about the message that failed. */
static void test_a_flush_at_the_end_does_not_finish_what_failed(void)
{
	struct arena_remains remains;

	subject_begin();
	subject_shared->flushes_at_stop = 1;
	fake_tell(client, "fail", NULL, 0);
	fake_expect(&fake, "FAILED", "ERRNO");
	fake_order(&fake, "STOP", "DRAIN", UINT64_C(0), NULL);
	subject_expect("farewell");
	CU_ASSERT_EQUAL(fake_wait(&fake), 0);
	remains = fake_recover(&fake, 0);
	CU_ASSERT(remains.in_hand);
	fake_deinit(&fake);
}

/* ---- the actor receives ------------------------------------------------ */

static void begin_receiving(const struct flow_bounds *bounds)
{
	subject_init();
	fake.mailbox.bounds = *bounds;
	fake_start(&fake);
}

/* The client waits until @n of its messages are finished. */
static void wait_for(uint32_t how, uint64_t n)
{
	struct actor_pool_flow *words = fake_words(client, true);

	words->wake_at = n;
	__atomic_store_n(&words->waiting, how, __ATOMIC_SEQ_CST);
}

static void expect_room_once(struct fake_edge *edge)
{
	fake_expect_frame(edge, FRAME_ROOM, "room");
	subject_settle();
	CU_ASSERT(fake_nothing_more(edge));
	CU_ASSERT_EQUAL(fake_words(edge, true)->waiting, FLOW_NOT_WAITING);
}

static void test_its_limits_are_in_the_shared_page(void)
{
	const struct actor_pool_flow *words;

	begin_receiving(&(struct flow_bounds){ .messages = 4,
					       .bytes = 1000,
					       .per_edge = 500,
					       .payload = 100 });
	words = fake_words(client, true);
	CU_ASSERT_EQUAL(words->limit_messages, 4);
	CU_ASSERT_EQUAL(words->limit_all, 1000);
	CU_ASSERT_EQUAL(words->limit_bytes, 500);
	CU_ASSERT_EQUAL(words->limit_payload, 100);
	subject_settle();
	subject_settle();
	CU_ASSERT_EQUAL(words->finished, 2);
	subject_end();
}

static void test_who_waits_for_a_frame_gets_one(void)
{
	subject_begin();
	wait_for(FLOW_WAITS_FOR_FRAME, 1);
	subject_item(client, 1, 4);
	subject_expect_item(1);
	expect_room_once(client);
	subject_end();
}

static void test_who_waits_for_the_word_is_woken(void)
{
	struct actor_pool_flow *words;
	int i;

	subject_begin();
	subject_settle();
	words = fake_words(client, true);
	wait_for(FLOW_WAITS_FOR_WORD, 2);
	subject_item(client, 1, 4);
	for (i = 0; i < 100 && word(&words->waiting); i++)
		pool_wait(words, S);
	CU_ASSERT_EQUAL(words->finished, 2);
	subject_expect_item(1);
	subject_settle();
	CU_ASSERT(fake_nothing_more(client));
	CU_ASSERT_EQUAL(words->waiting, FLOW_NOT_WAITING);
	subject_end();
}

/* Its door is shut first: what is sent to it meanwhile is not taken. */
static void test_that_the_dead_have_room_is_no_message(void)
{
	struct actor_pool_flow *words;
	struct fake_edge *dead;

	subject_init();
	dead = fake_edge(&fake, EDGE_TARGET, NULL, "/test/dead");
	fake_share(dead);
	fake_start(&fake);
	words = fake_words(dead, true);
	words->wake_at = 1;
	__atomic_store_n(&words->waiting, FLOW_WAITS_FOR_FRAME,
			 __ATOMIC_SEQ_CST);
	CU_ASSERT_EQUAL(shutdown(dead->test_fd, SHUT_RD), 0);
	subject_item(dead, 1, 4);
	subject_expect_item(1);
	subject_settle();
	CU_ASSERT_EQUAL(words->waiting, FLOW_NOT_WAITING);
	fake_hang_up(dead);
	fake_expect_gone(&fake, dead);
	CU_ASSERT(fake_nothing_more(letters));
	subject_end();
}

/* What is stashed may wait for what its sender has no room to send. */
static void test_an_idle_receiver_says_what_room_there_is(void)
{
	subject_begin();
	fake_tell(client, "close", NULL, 0);
	subject_item(client, 1, 4);
	subject_item(client, 2, 4);
	subject_expect("put-aside");
	subject_expect("put-aside");
	subject_settle();
	wait_for(FLOW_WAITS_FOR_FRAME, 4);
	fake_tell(client, "settle", NULL, 0);
	subject_expect("settled");
	fake_expect_frame(client, FRAME_ROOM, "room");
	CU_ASSERT_EQUAL(fake_words(client, true)->finished, 3);
	fake_audit(&fake, client, 0, 2);
	subject_end();
}

static void test_the_next_generation_says_what_the_last_did_not(void)
{
	subject_begin();
	subject_item(client, 1, 4);
	subject_expect_item(1);
	fake_kill(&fake, 0);
	wait_for(FLOW_WAITS_FOR_FRAME, 1);
	fake_restart(&fake);
	expect_room_once(client);
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

static void test_a_share_that_grows_is_room(void)
{
	struct fake_edge *second;

	subject_init();
	second = fake_edge(&fake, EDGE_TARGET, NULL, "/test/second");
	fake_share(second);
	fake.mailbox.bounds.messages = 4;
	fake_start(&fake);
	CU_ASSERT_EQUAL(fake_words(client, true)->limit_messages, 2);
	fake_tell(client, "close", NULL, 0);
	subject_item(client, 1, 4);
	subject_item(client, 2, 4);
	subject_expect("put-aside");
	subject_expect("put-aside");
	subject_settle();		/* all that was there has been said */
	wait_for(FLOW_WAITS_FOR_FRAME, 4);
	fake_hang_up(second);
	fake_expect_frame(client, FRAME_ROOM, "room");
	CU_ASSERT_EQUAL(fake_words(client, true)->limit_messages, 4);
	subject_end();
}

/* ---- answers ----------------------------------------------------------- */

/* Who asked has no say in what the answer may be. */
static void test_an_asker_cannot_make_an_answer_fail(void)
{
	struct actor_pool_flow *words;

	subject_begin();
	words = fake_words(client, false);
	words->limit_payload = 1;
	words->limit_messages = 1;
	words->limit_bytes = 1;
	words->limit_all = 1;
	ask_to_give(client, 1, 100);
	ask_to_give(client, 2, 200);
	fake_expect_frame(client, FRAME_REPLY, "given");
	fake_expect_frame(client, FRAME_REPLY, "given");
	subject_settle();
	subject_end();
}

#define GIVES 60
#define GIVES_MAX 160		/* in one packet */
#define DEAF 20			/* with so many, more than can be held */

/* One packet of asks, each for so much. */
static void ask_many(struct fake_edge *edge, const char *type, uint64_t n,
		     uint64_t n_bytes)
{
	const struct burst burst = { 0, n_bytes, 0 };
	struct frame asks[GIVES_MAX];
	uint64_t i;

	for (i = 0; i < n; i++)
		asks[i] = (struct frame){
			.kind = FRAME_ASK,
			.type = type,
			.type_length = strlen(type),
			.ask_id = i + 1,
			.generation = 1,
			.payload = &burst,
			.payload_bytes = sizeof(burst),
		};
	fake_send(edge, asks, n);
}

static void ask_for_many(struct fake_edge *edge, uint64_t n, uint64_t n_bytes)
{
	ask_many(edge, "give", n, n_bytes);
}

/* What is only to be taken is taken, but not counted as an answer. */
static struct frame next_answer(struct fake_edge *edge)
{
	struct frame frame;

	do {
		CU_ASSERT_FATAL(fake_receive(edge, &frame));
	} while (frame.kind == FRAME_ROOM);
	CU_ASSERT_FATAL(fake_is(&frame, FRAME_REPLY, "given"));

	return frame;
}

static void expect_given(struct fake_edge *edge, uint64_t ask_id,
			 size_t n_bytes)
{
	struct frame frame = next_answer(edge);
	unsigned char *wanted = malloc(n_bytes);
	unsigned char *got = fake_payload(edge, &frame);

	CU_ASSERT_FATAL(wanted != NULL);
	subject_fill(wanted, n_bytes, 1);
	CU_ASSERT_EQUAL(frame.ask_id, ask_id);
	CU_ASSERT_EQUAL_FATAL(frame_size(&frame), n_bytes);
	CU_ASSERT_EQUAL(memcmp(got, wanted, n_bytes), 0);
	fake_finish(edge, frame.flags & ACTOR_FRAME_POOLED
				  ? arena_pool_end(frame_pooled(&frame)) : 0);
	free(got);
	free(wanted);
}

static void expect_all_given(uint64_t n, size_t n_bytes)
{
	uint64_t i;

	for (i = 1; i <= n; i++)
		expect_given(client, i, n_bytes);
	CU_ASSERT(fake_nothing_more(letters));
	subject_settle();
	fake_audit(&fake, client, 0, 0);
}

static void test_an_ask_waits_until_its_answer_has_room(void)
{
	static const struct {
		uint64_t n;
		size_t n_bytes;
	} rows[] = {
		{ GIVES, 1 * MIB },
		{ 10, 3 * MIB },
		{ 10, 5 * MIB },
		{ 3, ACTOR_PAYLOAD_MAX },
		{ GIVES, 4000 },
		{ GIVES, 16000 },
		{ GIVES, 100000 },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		subject_begin();
		ask_for_many(client, rows[i].n, rows[i].n_bytes);
		expect_all_given(rows[i].n, rows[i].n_bytes);
		subject_end();
	}
}

static void test_meanwhile_others_are_served(void)
{
	struct fake_edge *second;
	uint64_t i;

	subject_init();
	second = fake_edge(&fake, EDGE_TARGET, NULL, "/test/second");
	fake_share(second);
	fake_start(&fake);
	ask_for_many(client, 20, MIB);
	for (i = 1; i <= 20; i++) {
		subject_item(second, i, 4);
		subject_expect_item(i);
	}
	ask_to_give(second, 1, 3 * MIB);
	expect_given(second, 1, 3 * MIB);
	CU_ASSERT(fake_counts(&fake, client).frames_waiting >= 14);
	expect_all_given(20, MIB);
	fake_audit(&fake, second, 0, 0);
	subject_end();
}

/* The window and what is beside it are as the dead process left them. */
static void test_an_ask_that_waits_survives_a_crash(void)
{
	struct fake_edge *second;
	uint64_t i;

	subject_init();
	second = fake_edge(&fake, EDGE_TARGET, NULL, "/test/second");
	fake_start(&fake);
	ask_for_many(client, 20, MIB);
	for (i = 1; i <= 2; i++)
		expect_given(client, i, MIB);
	fake_tell(second, "settle", NULL, 0);
	subject_expect("settled");
	fake_await_sleep(&fake);
	CU_ASSERT(!fake_kill(&fake, 0).in_hand);
	fake_restart(&fake);
	for (; i <= 20; i++)
		expect_given(client, i, MIB);
	subject_settle();
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

/* As many as fit the window and what is beside it. */
static void test_answers_put_off_have_room_for_one_large_one(void)
{
	uint64_t i;

	subject_begin();
	ask_many(client, "give-late", 68, MIB);
	subject_order("give-late", 0, 0, 0);
	for (i = 68; i > 0; i--)
		expect_given(client, i, MIB);
	CU_ASSERT(fake_nothing_more(letters));
	subject_settle();
	subject_end();

	subject_begin();
	ask_many(client, "give-late", 69, MIB);
	subject_order("give-late", 0, 0, 0);
	fake_expect_letter(letters, "REASON", "overflow");
	for (i = 69; i > 1; i--)
		expect_given(client, i, MIB);
	subject_end();
}

/* What they ask is handled when it cannot be held: that costs them an answer. */
static void test_many_deaf_askers_stop_nobody(void)
{
	struct fake_edge *deaf[DEAF];
	struct frame frame;
	uint64_t i;

	subject_init();
	for (i = 0; i < DEAF; i++) {
		deaf[i] = fake_edge(&fake, EDGE_TARGET, NULL, "/test/deaf");
		fake_share(deaf[i]);
	}
	fake_start(&fake);
	for (i = 0; i < DEAF; i++)
		ask_for_many(deaf[i], GIVES_MAX, MIB);
	fake_expect_letter(letters, "REASON", "overflow");
	for (i = 1; i <= 20; i++) {
		subject_item(client, i, 4);
		do {
			CU_ASSERT_FATAL(fake_receive(peer, &frame));
		} while (!fake_is(&frame, FRAME_TELL, "item"));
	}
	subject_settle();
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

/* Nobody reads the answer: so it is nobody's loss. */
static void test_who_hangs_up_is_not_waited_for(void)
{
	struct fake_edge *gone;

	subject_init();
	gone = fake_edge(&fake, EDGE_TARGET, NULL, "/test/gone");
	fake_share(gone);
	fake_start(&fake);
	ask_for_many(gone, 20, MIB);
	subject_item(client, 1, 4);
	subject_expect_item(1);
	fake_hang_up(gone);
	fake_expect_gone(&fake, gone);
	subject_settle();
	subject_end();
}

/* What has come is handled before the end, whoever reads the answers. */
static void test_what_waits_for_a_reader_is_drained(void)
{
	struct fake_edge *deaf;

	subject_init();
	deaf = fake_edge(&fake, EDGE_TARGET, NULL, "/test/deaf");
	fake_share(deaf);
	fake_start(&fake);
	ask_for_many(deaf, 20, MIB);
	subject_item(client, 1, 4);
	subject_expect_item(1);
	CU_ASSERT(fake_counts(&fake, deaf).frames_waiting > 0);
	fake_order(&fake, "STOP", "DRAIN", UINT64_C(1), NULL);
	fake_expect_frame(peer, FRAME_TELL, "farewell");
	CU_ASSERT_EQUAL(fake_wait(&fake), 0);
	fake_audit(&fake, deaf, 0, 0);
	fake_deinit(&fake);
}

#define ASKS 400

static void test_who_does_not_read_its_answers_stops_nobody(void)
{
	struct fake_edge *deaf;
	uint64_t i, n_asked = 0;

	subject_init();
	deaf = fake_edge(&fake, EDGE_TARGET, NULL, "/test/deaf");
	fake_start(&fake);
	for (i = 1; i <= ASKS / 2; i++, n_asked++)
		ask_to_give(deaf, i, 4000);
	for (i = 1; i <= 20; i++) {
		subject_item(client, i, 4);
		subject_expect_item(i);
	}
	CU_ASSERT(fake_counts(&fake, deaf).frames_taken < ASKS / 2);
	for (i = 1; i <= ASKS / 2; i++)
		CU_ASSERT_EQUAL(fake_expect_frame(deaf, FRAME_REPLY,
						  "given").ask_id, i);
	for (i = 1; i <= 20; i++) {
		ask_to_give(deaf, i, 4000);
		fake_expect_frame(deaf, FRAME_REPLY, "given");
	}
	subject_settle();
	CU_ASSERT(fake_nothing_more(letters));
	fake_audit(&fake, deaf, 0, 0);
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

/* ---- what must not stop the rest ---------------------------------------- */

static void die(struct fake_edge *edge)
{
	const struct frame frame = {
		.kind = FRAME_TERMINATED,
		.type = "terminated",
		.type_length = 10,
	};

	fake_send(edge, &frame, 1);
}

/* who has died is heard out, unless it does not listen itself */
static void test_who_does_not_read_cannot_hide_its_end(void)
{
	struct fake_edge *deaf;
	uint64_t i;

	subject_init();
	deaf = fake_edge(&fake, EDGE_TARGET, NULL, other->peer);
	fake_start(&fake);
	for (i = 1; i <= ASKS / 2; i++)
		ask_to_give(deaf, i, 4000);
	subject_order("watch", 0, 0, 0);
	subject_settle();
	CU_ASSERT(fake_counts(&fake, deaf).frames_taken < ASKS / 2);
	die(other);
	subject_expect("mourned");
	subject_end();
}

#define FLOOD 100

/* while nothing is read, epoll tells of each edge once: so nobody is put off
 * until it tells again */
static void test_what_came_while_nobody_looked_has_its_turn(void)
{
	struct fake_edge *quiet;
	uint64_t i, number;

	subject_init();
	quiet = fake_edge(&fake, EDGE_TARGET, NULL, "/test/quiet");
	fake_start(&fake);
	subject_item(quiet, 1, 4);	/* one at a time, it seems */
	subject_expect_item(1);
	subject_settle();
	subject_order("burst-fail", 1, 10, 0);
	fake_expect(&fake, "FAILED", "ERRNO");
	subject_item(quiet, 2, 4);
	subject_item(quiet, 3, 4);
	for (i = 0; i < FLOOD; i++)
		subject_item(client, 1000 + i, 4);
	fake_order(&fake, "RESUME", NULL);
	for (i = 0; i < FLOOD + 2; i++) {
		number = subject_expect("item").number;
		if (number == 3)
			break;
	}
	CU_ASSERT(i < FLOOD / 2);
	while (++i < FLOOD + 2)
		subject_expect("item");
	subject_end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_exactly_as_many_as_the_limit_are_accepted),
	HARNESS_TEST(test_two_refusals_bring_one_room),
	HARNESS_TEST(test_room_without_room_is_none),
	HARNESS_TEST(test_room_nobody_waits_for_is_no_turn),
	HARNESS_TEST(test_a_turn_that_fails_takes_up_no_room),
	HARNESS_TEST(test_bytes_are_limited_and_the_first_always_fits),
	HARNESS_TEST(test_what_is_refused_by_its_size_is_not_waited_for),
	HARNESS_TEST(test_the_end_of_that_life_is_room_too),
	HARNESS_TEST(test_a_new_life_behind_the_name_is_room_too),
	HARNESS_TEST(test_a_full_outbox_is_waited_for_and_not_busily),
	HARNESS_TEST(test_room_that_others_took_comes_back_with_them),
	HARNESS_TEST(test_waiting_releases_the_turn_and_ends_early),
	HARNESS_TEST(test_waiting_gives_up_after_its_time),
	HARNESS_TEST(test_waiting_for_bytes_is_not_busy),
	HARNESS_TEST(test_waiting_for_the_pool_is_not_busy),
	HARNESS_TEST(test_waiting_goes_on_when_the_socket_has_room_again),
	HARNESS_TEST(test_waiting_ends_with_that_life),
	HARNESS_TEST(test_what_waiting_released_stays_sent_when_the_turn_fails),
	HARNESS_TEST(
		test_who_waits_for_a_frame_does_so_after_waiting_in_a_turn),
	HARNESS_TEST(test_what_finds_no_room_can_be_dead),
	HARNESS_TEST(test_the_file_can_say_that_it_is_dead),
	HARNESS_TEST(test_what_is_flushed_stays_sent_when_the_turn_fails),
	HARNESS_TEST(test_an_edge_that_is_over_and_comes_again_counts_on),
	HARNESS_TEST(test_nobody_mourns_what_the_library_says_itself),
	HARNESS_TEST(test_what_is_flushed_leaves_the_message_in_hand),
	HARNESS_TEST(test_a_flush_at_the_end_does_not_finish_what_failed),
	HARNESS_TEST(test_its_limits_are_in_the_shared_page),
	HARNESS_TEST(test_who_waits_for_a_frame_gets_one),
	HARNESS_TEST(test_who_waits_for_the_word_is_woken),
	HARNESS_TEST(test_that_the_dead_have_room_is_no_message),
	HARNESS_TEST(test_an_idle_receiver_says_what_room_there_is),
	HARNESS_TEST(test_the_next_generation_says_what_the_last_did_not),
	HARNESS_TEST(test_a_share_that_grows_is_room),
	HARNESS_TEST(test_an_asker_cannot_make_an_answer_fail),
	HARNESS_TEST(test_an_ask_waits_until_its_answer_has_room),
	HARNESS_TEST(test_meanwhile_others_are_served),
	HARNESS_TEST(test_an_ask_that_waits_survives_a_crash),
	HARNESS_TEST(test_answers_put_off_have_room_for_one_large_one),
	HARNESS_TEST(test_many_deaf_askers_stop_nobody),
	HARNESS_TEST(test_who_hangs_up_is_not_waited_for),
	HARNESS_TEST(test_what_waits_for_a_reader_is_drained),
	HARNESS_TEST(test_who_does_not_read_its_answers_stops_nobody),
	HARNESS_TEST(test_who_does_not_read_cannot_hide_its_end),
	HARNESS_TEST(test_what_came_while_nobody_looked_has_its_turn),
};
HARNESS_MAIN(tests)
