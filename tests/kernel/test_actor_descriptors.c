// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_actor_descriptors.c - what goes along with messages, seen by one actor.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/harness/harness.h"
#include "tests/kernel/fake_supervisor.h"

enum { PIPE = 4, SOCKET = 3, ROOM = 1000 };

/* ---- the actor --------------------------------------------------------- */

#define WITHIN_NS UINT64_C(200000000000)

/* "write": into what came; "keep": taken; "give": its standard input to the
 * peer, "give-fail" and then fails, "give-within" waits for room, "give-or-dead"
 * does not; "fill": no descriptor is left */
static int give(struct actor *self, const char *how, size_t n)
{
	const int fds[3] = { 0, 0, 0 };
	const struct actor_outgoing message = {
		.type = "gift",
		.descriptors = fds,
		.n_descriptors = n,
	};

	struct actor_reference *to = actor_reference(self, "peer");

	if (strcmp(how, "give-within") == 0)
		return actor_tell_within(self, to, &message, WITHIN_NS);
	if (strcmp(how, "give-or-dead") == 0)
		return actor_tell_or_dead(self, to, &message);

	if (strcmp(how, "give-ask") == 0)
		return actor_ask_message(self, to, &message, 0, NULL);

	return actor_tell_message(self, to, &message);
}

static int say(struct actor *self, int r)
{
	return actor_tell(self, actor_reference(self, "peer"), "said", &r,
			  sizeof(r));
}

static int do_write(struct actor *self, const struct actor_message *message)
{
	size_t i;

	for (i = 0; i < actor_message_n_descriptors(message); i++)
		if (write(actor_message_descriptor(message, i), "x", 1) != 1)
			return -errno;
	if (actor_message_descriptor(message, i) != -1)
		return -EPROTO;

	return say(self, (int)i);
}

static int do_keep(struct actor *self, const struct actor_message *message)
{
	int fd = actor_message_take_descriptor(message, 0);

	if (fd < 0 || actor_message_take_descriptor(message, 0) != -1)
		return -EPROTO;

	return say(self, fcntl(fd, F_GETFD));
}

static int fill(struct actor *self)
{
	const struct rlimit none = { 4, 4 };

	return say(self, setrlimit(RLIMIT_NOFILE, &none));
}

static int receive(struct actor *self, const struct actor_message *message)
{
	size_t size;
	const uint8_t *n = actor_message_payload(message, &size);
	const char *type = actor_message_type(message);

	if (actor_message_kind(message) == ACTOR_ERROR)
		return say(self, actor_message_error(message));
	if (actor_message_kind(message) == ACTOR_ROOM)
		return say(self, ROOM);
	if (actor_message_is(message, "write"))
		return do_write(self, message);
	if (actor_message_is(message, "keep"))
		return do_keep(self, message);
	if (actor_message_is(message, "give-fail"))
		return give(self, type, 1) == 0 ? -EIO : -EPROTO;
	if (strncmp(type, "give", 4) == 0)
		return say(self, give(self, type, size ? *n : 1));
	if (actor_message_is(message, "fill"))
		return fill(self);
	if (actor_message_is(message, "ask-peer"))
		return actor_ask(self, actor_reference(self, "peer"), "q",
				 NULL, 0, 0, NULL);
	if (actor_message_is(message, "crash") || actor_message_n_descriptors(
							  message))
		raise(SIGKILL);

	return ACTOR_UNHANDLED;
}

static const struct actor_class class = { .receive = receive };

/* ---- the stage --------------------------------------------------------- */

static struct fake fake;
static struct fake_edge *client, *peer, *letters;
static int ends[2];

static void prepare(uint64_t n_descriptors)
{
	fake_init(&fake, &class);
	fake.mailbox.n_descriptors = n_descriptors;
	peer = fake_edge(&fake, EDGE_HOLDER, "peer", "/test/peer");
	peer->n_descriptors = 2;
	letters = fake_edge(&fake, EDGE_HOLDER, "dead-letters",
			    "/system/dead-letters");
	client = fake_edge(&fake, EDGE_TARGET, NULL, "/test/client");
	CU_ASSERT_FATAL(pipe2(ends, O_CLOEXEC) == 0);
}

static void begin(uint64_t n_descriptors)
{
	prepare(n_descriptors);
	fake_start(&fake);
}

static void end(void)
{
	close(ends[0]);
	close(ends[1]);
	fake_deinit(&fake);
}

static void send_named(const char *type, const struct actor_passed *passed,
		       size_t n)
{
	const struct frame frame = {
		.kind = FRAME_ASK,
		.ask_id = 5,
		.type = type,
		.type_length = strlen(type),
		.descriptors = passed,
		.n_descriptors = n,
	};

	fake_send(client, &frame, 1);
}

static void send_pipe(const char *type, uint64_t number)
{
	const struct actor_passed passed = { number, PIPE };

	send_named(type, &passed, 1);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FETCH", "NUMBER"), number);
}

static int said(void)
{
	struct frame frame = fake_expect_frame(peer, FRAME_TELL, "said");
	int r;

	memcpy(&r, frame.payload, sizeof(r));
	return r;
}

static void expect_lost(void)
{
	struct frame error;

	error = fake_expect_frame(client, FRAME_ERROR, "error");
	CU_ASSERT_EQUAL(error.error, EREMOTEIO);
	fake_expect_letter(letters, "REASON", "capability_lost");
}

static void expect_alive(void)
{
	fake_tell(client, "write", NULL, 0);
	CU_ASSERT_EQUAL(said(), 0);
}

/* ---- receiving --------------------------------------------------------- */

static void test_it_waits_for_what_goes_along_and_closes_it(void)
{
	size_t before;
	char x;

	begin(1);
	before = fake_n_open(&fake);
	send_pipe("write", 77);
	CU_ASSERT(fake_nothing_more(peer));
	fake_give(&fake, client->id, 77, ends[1]);
	CU_ASSERT_EQUAL(said(), 1);
	CU_ASSERT_EQUAL(read(ends[0], &x, 1), 1);
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 77);
	expect_alive();
	CU_ASSERT_EQUAL(fake_n_open(&fake), before);
	end();
}

static void test_what_is_taken_stays(void)
{
	size_t before;

	begin(1);
	before = fake_n_open(&fake);
	send_pipe("keep", 77);
	fake_give(&fake, client->id, 77, ends[1]);
	CU_ASSERT_EQUAL(said(), FD_CLOEXEC);
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 77);
	CU_ASSERT_EQUAL(fake_n_open(&fake), before + 1);
	end();
}

static void test_what_does_not_come_is_lost(void)
{
	begin(1);
	send_pipe("write", 77);
	fake_give(&fake, client->id, 77, -1);
	expect_lost();
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 77);
	expect_alive();
	fake_audit(&fake, client, 1, 0);
	end();
}

static void test_half_of_it_is_none_of_it(void)
{
	const struct actor_passed passed[] = { { 7, PIPE }, { 8, PIPE } };
	size_t before;

	begin(2);
	before = fake_n_open(&fake);
	send_named("write", passed, 2);
	fake_expect(&fake, "FETCH", "NUMBER");
	fake_expect(&fake, "FETCH", "NUMBER");
	fake_give(&fake, client->id, 7, ends[1]);
	fake_give(&fake, client->id, 8, -1);
	expect_lost();
	expect_alive();
	CU_ASSERT_EQUAL(fake_n_open(&fake), before);
	end();
}

static void test_another_type_is_lost(void)
{
	const struct actor_passed socket = { 9, SOCKET };

	begin(1);
	send_named("write", &socket, 1);
	fake_expect(&fake, "FETCH", "NUMBER");
	fake_give(&fake, client->id, 9, ends[1]);
	expect_lost();
	expect_alive();
	end();
}

static void test_one_named_twice_is_lost(void)
{
	const struct actor_passed passed[] = { { 7, PIPE }, { 7, PIPE } };

	begin(2);
	send_named("write", passed, 2);
	fake_expect(&fake, "FETCH", "NUMBER");
	fake_give(&fake, client->id, 7, ends[1]);
	expect_lost();
	expect_alive();
	end();
}

static void test_more_than_the_file_says_is_not_fetched(void)
{
	const struct actor_passed passed[] = { { 7, PIPE }, { 8, PIPE } };

	begin(1);
	send_named("write", passed, 2);
	expect_lost();
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 7);
	CU_ASSERT_EQUAL(fake_expect(&fake, "TAKEN", "NUMBER"), 8);
	expect_alive();
	end();
	begin(0);
	send_named("write", passed, 1);
	expect_lost();
	expect_alive();
	end();
}

static void test_without_room_for_it_it_is_lost(void)
{
	begin(1);
	fake_tell(client, "fill", NULL, 0);
	CU_ASSERT_EQUAL(said(), 0);
	send_pipe("write", 77);
	fake_give(&fake, client->id, 77, ends[1]);
	expect_lost();
	expect_alive();
	end();
}

static void test_what_nobody_waits_for_is_closed(void)
{
	size_t before;
	int i;

	begin(1);
	before = fake_n_open(&fake);
	for (i = 0; i < 10; i++)
		fake_give(&fake, client->id, 1000, ends[1]);
	expect_alive();
	CU_ASSERT_EQUAL(fake_n_open(&fake), before);
	end();
}

static void test_the_next_generation_fetches_again(void)
{
	begin(1);
	send_pipe("crash", 77);
	fake_give(&fake, client->id, 77, ends[1]);
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	CU_ASSERT(fake_recover(&fake, 1).retry);
	fake_restart(&fake);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FETCH", "NUMBER"), 77);
	end();
}

/* as above when it ends with its supervisor, which is gone some time before */
static void test_so_it_does_when_nobody_was_there_to_be_asked(void)
{
	const struct actor_passed passed = { 77, PIPE };

	begin(1);
	fake_deafen(&fake);
	send_named("write", &passed, 1);
	fake_leave_to_next(&fake, client);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FETCH", "NUMBER"), 77);
	fake_give(&fake, client->id, 77, ends[1]);
	CU_ASSERT_EQUAL(said(), 1);
	end();
}

static void test_an_answer_without_it_fails_the_ask(void)
{
	const struct actor_passed passed = { 3, PIPE };
	struct frame ask, reply = {
		.kind = FRAME_REPLY,
		.type = "r",
		.type_length = 1,
		.descriptors = &passed,
		.n_descriptors = 1,
	};

	begin(1);
	fake_tell(client, "ask-peer", NULL, 0);
	ask = fake_expect_frame(peer, FRAME_ASK, "q");
	reply.ask_id = ask.ask_id;
	reply.generation = ask.generation;
	fake_send(peer, &reply, 1);
	CU_ASSERT_EQUAL(fake_expect(&fake, "FETCH", "VIA"), peer->id);
	fake_give(&fake, peer->id, 3, -1);
	CU_ASSERT_EQUAL(said(), -EREMOTEIO);
	fake_expect_letter(letters, "REASON", "capability_lost");
	end();
}

/* ---- giving ------------------------------------------------------------ */

static void test_it_is_given_before_the_message(void)
{
	struct frame gift;
	uint64_t number;
	int fd;

	begin(0);
	fake_tell(client, "give", NULL, 0);
	gift = fake_expect_frame(peer, FRAME_TELL, "gift");
	CU_ASSERT_EQUAL(gift.n_descriptors, 1);
	fd = fake_expect_given(&fake, &number);
	CU_ASSERT(fd >= 0);
	CU_ASSERT_EQUAL(frame_passed(&gift, 0).number, number);
	close(fd);
	CU_ASSERT_EQUAL(said(), 0);
	end();
}

static void test_who_takes_none_or_fewer_is_given_none(void)
{
	const uint8_t three = 3;

	begin(0);
	fake_tell(client, "give", &three, 1);
	CU_ASSERT_EQUAL(said(), -E2BIG);
	peer->n_descriptors = 0;
	fake_kill(&fake, 0);
	fake_restart(&fake);
	fake_tell(client, "give", NULL, 0);
	CU_ASSERT_EQUAL(said(), -EPERM);
	end();
}

static void test_a_turn_that_fails_has_given_nothing(void)
{
	uint64_t number;

	begin(0);
	fake_tell(client, "give-fail", NULL, 0);
	close(fake_expect_given(&fake, &number));
	CU_ASSERT_EQUAL(fake_expect(&fake, "WITHDRAW", "NUMBER"), number);
	fake_expect(&fake, "FAILED", NULL);
	end();
}

/* ---- how many ---------------------------------------------------------- */

static void begin_shared(void)
{
	prepare(2);
	fake_share(peer);
	fake_share(client);
	fake_start(&fake);
}

static void expect_gift(size_t n)
{
	struct frame gift = fake_expect_frame(peer, FRAME_TELL, "gift");
	uint64_t number;
	size_t i;

	CU_ASSERT_EQUAL(gift.n_descriptors, n);
	for (i = 0; i < n; i++) {
		close(fake_expect_given(&fake, &number));
		CU_ASSERT_EQUAL(frame_passed(&gift, i).number, number);
	}
}

static void order(const char *how, uint8_t n)
{
	fake_tell(client, how, &n, 1);
}

static void gives(uint8_t n)
{
	order("give", n);
	expect_gift(n);
	CU_ASSERT_EQUAL(said(), 0);
}

static void fill_edge(void)
{
	size_t i;

	for (i = 0; i < ACTOR_EDGE_DESCRIPTORS; i += 2)
		gives(2);
}

/* As the peer: has taken all, and finished all but those with so many. */
static void have(uint64_t n_passed)
{
	flow_take(fake_words(peer, false), peer->n_received, n_passed);
	flow_finish(fake_words(peer, false), peer->n_received - n_passed / 2,
		    0);
}

static void say_room(void)
{
	const struct frame frame = {
		.kind = FRAME_ROOM,
		.type = "room",
		.type_length = 4,
	};

	flow_told(fake_words(peer, false));
	fake_send(peer, &frame, 1);
}

static void await_waiting(enum flow_waiting how)
{
	while (flow_waits(fake_words(peer, false)) != how)
		usleep(1000);
}

static void test_more_than_the_bound_are_not_given(void)
{
	begin_shared();
	fill_edge();
	order("give", 1);
	CU_ASSERT_EQUAL(said(), -EAGAIN);	/* nor withdrawn, see below */
	order("give-ask", 1);
	CU_ASSERT_EQUAL(said(), -EAGAIN);
	await_waiting(FLOW_WAITS_FOR_FRAME);
	have(62);
	say_room();
	CU_ASSERT_EQUAL(said(), ROOM);
	gives(2);
	order("give", 1);
	CU_ASSERT_EQUAL(said(), -EAGAIN);
	fake_audit(&fake, peer, 0, 0);
	end();
}

static void test_room_for_one_is_none_for_two(void)
{
	begin_shared();
	fill_edge();
	order("give", 2);
	CU_ASSERT_EQUAL(said(), -EAGAIN);
	flow_take(fake_words(peer, false), peer->n_received, 63);
	say_room();
	fake_tell(client, "write", NULL, 0);
	CU_ASSERT_EQUAL(said(), 0);		/* ROOM would be before it */
	await_waiting(FLOW_WAITS_FOR_FRAME);
	have(62);
	say_room();
	CU_ASSERT_EQUAL(said(), ROOM);
	end();
}

static void test_what_is_put_aside_there_leaves_room_for_others(void)
{
	int i;

	begin_shared();
	gives(2);
	for (i = 0; i < 2 * ACTOR_EDGE_DESCRIPTORS; i++) {
		have(2);
		gives(1);
	}
	end();
}

static void test_who_waits_within_a_turn_gives_when_there_is_room(void)
{
	begin_shared();
	fill_edge();
	order("give-within", 2);
	await_waiting(FLOW_WAITS_FOR_WORD);
	have(0);
	flow_told(fake_words(peer, false));
	pool_wake(fake_words(peer, false));
	expect_gift(2);
	CU_ASSERT_EQUAL(said(), 0);
	end();
}

static void test_who_does_not_wait_makes_a_dead_letter(void)
{
	begin_shared();
	fill_edge();
	order("give-or-dead", 1);
	CU_ASSERT_EQUAL(said(), 0);
	fake_expect_letter(letters, "REASON", "overflow");
	end();
}

static void test_the_next_generation_gives_when_all_before_it_is_taken(void)
{
	begin_shared();
	gives(2);
	fake_kill(&fake, 0);
	fake_restart(&fake);
	order("give", 1);
	CU_ASSERT_EQUAL(said(), -EAGAIN);
	await_waiting(FLOW_WAITS_FOR_FRAME);
	have(2);
	say_room();
	CU_ASSERT_EQUAL(said(), ROOM);
	gives(1);
	end();
}

static void expect_words(uint64_t taken, uint64_t n_passed)
{
	const struct actor_pool_flow *words = fake_words(client, true);

	expect_alive();			/* it has said so by then */
	CU_ASSERT_EQUAL(__atomic_load_n(&words->taken, __ATOMIC_ACQUIRE),
			taken);
	CU_ASSERT_EQUAL(words->n_passed, n_passed);
}

static void test_a_receiver_says_how_many_it_has(void)
{
	const struct actor_passed passed[] = { { 7, PIPE }, { 8, PIPE } };

	begin_shared();
	send_named("write", passed, 2);
	fake_expect(&fake, "FETCH", "NUMBER");
	fake_expect(&fake, "FETCH", "NUMBER");
	CU_ASSERT_EQUAL(fake_words(client, true)->taken, 1);
	CU_ASSERT_EQUAL(fake_words(client, true)->n_passed, 2);
	fake_give(&fake, client->id, 7, ends[1]);
	fake_give(&fake, client->id, 8, ends[1]);
	CU_ASSERT_EQUAL(said(), 2);
	expect_words(2, 0);
	end();
}

static void test_the_next_generation_counts_what_it_has(void)
{
	const struct actor_passed passed[] = { { 7, PIPE }, { 8, PIPE } };

	begin_shared();
	send_named("write", passed, 2);
	fake_expect(&fake, "FETCH", "NUMBER");
	fake_kill(&fake, 0);
	flow_take(fake_words(client, true), 0, 99);
	fake_restart(&fake);
	fake_expect(&fake, "FETCH", "NUMBER");
	CU_ASSERT_EQUAL(fake_words(client, true)->taken, 1);
	CU_ASSERT_EQUAL(fake_words(client, true)->n_passed, 2);
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_it_waits_for_what_goes_along_and_closes_it),
	HARNESS_TEST(test_what_is_taken_stays),
	HARNESS_TEST(test_what_does_not_come_is_lost),
	HARNESS_TEST(test_half_of_it_is_none_of_it),
	HARNESS_TEST(test_another_type_is_lost),
	HARNESS_TEST(test_one_named_twice_is_lost),
	HARNESS_TEST(test_more_than_the_file_says_is_not_fetched),
	HARNESS_TEST(test_without_room_for_it_it_is_lost),
	HARNESS_TEST(test_what_nobody_waits_for_is_closed),
	HARNESS_TEST(test_the_next_generation_fetches_again),
	HARNESS_TEST(test_so_it_does_when_nobody_was_there_to_be_asked),
	HARNESS_TEST(test_an_answer_without_it_fails_the_ask),
	HARNESS_TEST(test_more_than_the_bound_are_not_given),
	HARNESS_TEST(test_room_for_one_is_none_for_two),
	HARNESS_TEST(test_what_is_put_aside_there_leaves_room_for_others),
	HARNESS_TEST(test_who_waits_within_a_turn_gives_when_there_is_room),
	HARNESS_TEST(test_who_does_not_wait_makes_a_dead_letter),
	HARNESS_TEST(test_the_next_generation_gives_when_all_before_it_is_taken),
	HARNESS_TEST(test_a_receiver_says_how_many_it_has),
	HARNESS_TEST(test_the_next_generation_counts_what_it_has),
	HARNESS_TEST(test_it_is_given_before_the_message),
	HARNESS_TEST(test_who_takes_none_or_fewer_is_given_none),
	HARNESS_TEST(test_a_turn_that_fails_has_given_nothing),
};
HARNESS_MAIN(tests)
