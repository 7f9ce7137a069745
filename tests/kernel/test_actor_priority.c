// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_actor_priority.c - a mailbox with classes: what comes first.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/harness/harness.h"
#include "tests/kernel/subject.h"

#define CLASSES ACTOR_PRIORITIES
#define MIB ((size_t)1 << 20)

static void init(void)
{
	subject_init();
	fake.mailbox.kind = "priority";
}

/* @i-th of @class; several of a class come in the order of @i. */
static uint64_t number_of(uint64_t class, uint64_t i)
{
	return class * 1000 + i;
}

/* All classes, the last first, and before anybody looks. */
static void send_all(struct fake_edge *edge, uint64_t n)
{
	uint64_t class, i;

	for (i = 0; i < n; i++)
		for (class = CLASSES; class-- > 0;)
			subject_item(edge, number_of(class, i),
				     (uint8_t)class);
}

static void expect_from(uint64_t class, uint64_t i, uint64_t n, uint64_t end)
{
	for (; class < end; class++, i = 0)
		for (; i < n; i++)
			subject_expect_item(number_of(class, i));
}

static void test_classes_come_in_order_and_each_in_its_own(void)
{
	init();
	send_all(client, 10);
	fake_start(&fake);
	expect_from(0, 0, 10, CLASSES);
	subject_settle();
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

static void test_a_behaviour_sees_the_class(void)
{
	init();
	fake_start(&fake);
	subject_item(client, 1, 0);
	CU_ASSERT_EQUAL(subject_expect("item").priority, 1);
	subject_item(client, 2, 7);
	CU_ASSERT_EQUAL(subject_expect("item").priority, 8);
	subject_end();
}

static void test_without_classes_all_come_as_they_came(void)
{
	uint64_t i;

	subject_init();
	for (i = 0; i < 64; i++)
		subject_item(client, i, (uint8_t)(7 - i % 8));
	fake_start(&fake);
	for (i = 0; i < 64; i++)
		subject_expect_item(i);
	subject_end();
}

static void test_order_is_kept_through_a_crash(void)
{
	struct arena_remains remains;
	struct frame die = {
		.kind = FRAME_TELL,
		.priority = 3,
		.type = "die",
		.type_length = 3,
	};

	init();
	send_all(client, 5);
	fake_send(client, &die, 1);
	fake_start(&fake);
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	remains = fake_recover(&fake, 0);
	CU_ASSERT(remains.in_hand && !remains.retry);
	CU_ASSERT(fake_is(&remains.frame, FRAME_TELL, "die"));
	fake_audit(&fake, client, 1, 20);
	subject_item(client, 3999, 3);
	fake_restart(&fake);
	expect_from(0, 0, 5, 4);
	subject_expect_item(3999);
	expect_from(4, 0, 5, CLASSES);
	fake_audit(&fake, client, 1, 0);
	subject_end();
}

static void test_a_held_message_is_tried_again(void)
{
	struct arena_remains remains;

	init();
	fake_start(&fake);
	fake_tell(client, "die", NULL, 0);
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	remains = fake_recover(&fake, 1);
	CU_ASSERT(remains.in_hand && remains.retry);
	fake_restart(&fake);
	CU_ASSERT_EQUAL(subject_expect("item").n, 1);
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

static void test_it_expires_in_the_queue(void)
{
	struct frame ask = {
		.kind = FRAME_ASK,
		.priority = 7,
		.type = "question",
		.type_length = 8,
		.ask_id = 1,
		.deadline_ns = actor_now_ns() + 100000000,
	};

	init();
	fake_tell(client, "block", NULL, 0);
	fake_send(client, &ask, 1);
	fake_start(&fake);
	subject_expect("blocked");
	while (actor_now_ns() < ask.deadline_ns)
		usleep(10000);
	subject_shared->gate = 1;
	fake_expect_letter(letters, "REASON", "expired");
	subject_settle();
	CU_ASSERT(fake_nothing_more(client));
	fake_audit(&fake, client, 1, 0);
	subject_end();
}

/* Though hundreds of others came before. */
static void test_what_is_the_librarys_comes_at_once(void)
{
	const struct frame terminated = {
		.kind = FRAME_TERMINATED,
		.type = "terminated",
		.type_length = 10,
	};
	const struct frame room = {
		.kind = FRAME_ROOM,
		.type = "room",
		.type_length = 4,
	};
	uint64_t i;

	init();
	fake_words(other, false)->limit_messages = 1;
	fake_start(&fake);
	subject_order("burst", 2, 8, 0);
	CU_ASSERT_EQUAL(subject_expect("sent").n, 1);
	fake_expect_frame(other, FRAME_TELL, "burst");
	fake_tell(client, "watch", NULL, 0);
	fake_tell(client, "block", NULL, 0);
	subject_expect("blocked");
	subject_items(client, 0, 150, 4);
	subject_items(client, 150, 150, 4);
	fake_finish(other, 0);
	fake_send(other, &room, 1);
	fake_send(other, &terminated, 1);
	subject_shared->gate = 1;
	subject_expect("room");
	subject_expect("mourned");
	for (i = 0; i < 300; i++)
		subject_expect_item(i);
	subject_end();
}

static void test_more_than_it_holds_apart_are_all_handled(void)
{
	uint64_t i, n = 2000;

	init();
	fake_start(&fake);
	fake_tell(client, "block", NULL, 0);
	subject_expect("blocked");
	for (i = 0; i < n / 2; i += 100)
		subject_items(client, i, 100, 4);
	subject_shared->gate = 1;
	for (; i < n; i += 100)
		subject_items(client, i, 100, 4);
	for (i = 0; i < n; i++)
		subject_expect_item(i);
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

/* ---- grants ------------------------------------------------------------ */

static void test_a_message_waits_for_its_grant_and_keeps_its_place(void)
{
	uint64_t number = 77;
	const struct frame forward = {
		.kind = FRAME_TELL,
		.priority = 2,
		.type = "forward",
		.type_length = 7,
		.grants = &number,
		.n_grants = 1,
	};

	init();
	subject_item(client, 5, 5);
	fake_send(client, &forward, 1);
	fake_start(&fake);
	CU_ASSERT_EQUAL(fake_expect(&fake, "CLAIM", "GRANT"), 77);
	fake_order(&fake, "REFUSED", "VIA", client->id, "GRANT", UINT64_C(77),
		   NULL);
	CU_ASSERT_EQUAL(subject_expect("forwarded").r, 0);
	subject_expect_item(5);
	subject_settle();
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

/* A timer unstashes while it waits: it is lined up with the rest. */
static void test_who_waits_for_a_grant_is_lined_up_with_the_rest(void)
{
	uint64_t number = 77;
	const struct frame forward = {
		.kind = FRAME_TELL,
		.priority = 2,
		.type = "forward",
		.type_length = 7,
		.grants = &number,
		.n_grants = 1,
	};

	init();
	fake_start(&fake);
	fake_tell(client, "unstash-soon", NULL, 0);
	fake_send(client, &forward, 1);
	CU_ASSERT_EQUAL(fake_expect(&fake, "CLAIM", "GRANT"), 77);
	usleep(50000);
	fake_order(&fake, "REFUSED", "VIA", client->id, "GRANT", UINT64_C(77),
		   NULL);
	CU_ASSERT_EQUAL(subject_expect("forwarded").r, 0);
	subject_settle();
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

/* ---- edges that end ---------------------------------------------------- */

static void test_what_is_held_is_handled_when_its_edge_has_ended(void)
{
	struct fake_edge *gone;
	struct arena_edge_counts past;
	uint64_t i;

	init();
	gone = fake_edge(&fake, EDGE_TARGET, NULL, "/test/gone");
	fake_share(gone);
	fake_start(&fake);
	fake_tell(client, "block", NULL, 0);
	subject_expect("blocked");
	for (i = 0; i < 10; i++)
		subject_item(gone, i, 7);
	fake_ask(gone, "nonsense", 3);
	shutdown(gone->test_fd, 2);
	subject_shared->gate = 1;
	fake_expect_letter(letters, "SENDER", "/test/gone");
	for (i = 0; i < 10; i++)
		subject_expect_item(i);
	subject_settle();
	arena_past_counts(fake.arena, &past);
	CU_ASSERT_EQUAL(past.frames_taken, 11);
	CU_ASSERT_EQUAL(past.frames_dead, 1);
	CU_ASSERT_EQUAL(past.frames_waiting, 0);
	subject_end();
}

static void test_the_next_generation_handles_what_nobody_sent_any_more(void)
{
	struct fake_edge *gone;
	struct arena_edge_counts past;
	uint64_t i;
	struct frame die = {
		.kind = FRAME_TELL,
		.priority = 6,
		.type = "die",
		.type_length = 3,
	};

	init();
	gone = fake_edge(&fake, EDGE_TARGET, NULL, "/test/gone");
	for (i = 0; i < 3; i++)
		subject_item(gone, i, 7);
	fake_send(client, &die, 1);
	shutdown(gone->test_fd, 2);
	fake_start(&fake);
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	CU_ASSERT(fake_recover(&fake, 0).in_hand);
	close(gone->actor_fd);
	gone->actor_fd = -1;
	fake_restart(&fake);
	for (i = 0; i < 3; i++)
		subject_expect_item(i);
	subject_settle();
	arena_past_counts(fake.arena, &past);
	CU_ASSERT_EQUAL(past.frames_taken, 3);
	CU_ASSERT_EQUAL(past.frames_waiting, 0);
	subject_end();
}

/* ---- large ones -------------------------------------------------------- */

static void test_a_queued_payload_gives_its_place_back(void)
{
	size_t n_bytes = 3 * MIB;
	unsigned char *bytes = malloc(n_bytes);
	uint64_t released;
	int i;

	CU_ASSERT_FATAL(bytes != NULL);
	init();
	fake_start(&fake);
	subject_fill(bytes, n_bytes, 3);
	fake_tell(client, "block", NULL, 0);
	fake_tell_pooled(client, "item", bytes, n_bytes);
	fake_tell_pooled(client, "item", bytes, 1 * MIB);
	subject_expect("blocked");
	released = fake_words(client, true)->released;
	CU_ASSERT(released <= client->pool_head);
	subject_shared->gate = 1;
	CU_ASSERT_EQUAL(subject_expect("item").n_bytes, n_bytes);
	CU_ASSERT_EQUAL(subject_expect("item").n_bytes, 1 * MIB);
	for (i = 0; i < 40; i++) {
		pool_write(&client->pool, EDGE_HOLDER,
			   (struct actor_pooled){ 0, 64, 0 }, bytes);
		client->pool_head = (client->pool_head / ACTOR_POOL_WINDOW + 1) *
				    ACTOR_POOL_WINDOW;
		fake_tell_pooled(client, "item", bytes, n_bytes);
		subject_expect("item");
	}
	subject_settle();
	CU_ASSERT_EQUAL(fake_words(client, true)->released, client->pool_head);
	fake_audit(&fake, client, 0, 0);
	subject_end();
	free(bytes);
}

/* There is no room to hold both apart, and both are handled. */
static void test_what_cannot_be_held_apart_is_handled_in_its_packet(void)
{
	size_t n_bytes = 60 * MIB;
	unsigned char *bytes = malloc(n_bytes);
	struct fake_edge *second;

	CU_ASSERT_FATAL(bytes != NULL);
	subject_fill(bytes, n_bytes, 3);
	init();
	second = fake_edge(&fake, EDGE_TARGET, NULL, "/test/second");
	fake_share(second);
	fake_tell_pooled(client, "item", bytes, n_bytes);
	fake_tell_pooled(second, "item", bytes, n_bytes);
	fake_start(&fake);
	CU_ASSERT_EQUAL(subject_expect("item").n_bytes, n_bytes);
	CU_ASSERT_EQUAL(subject_expect("item").n_bytes, n_bytes);
	subject_settle();
	CU_ASSERT_EQUAL(fake_words(second, true)->released, second->pool_head);
	fake_audit(&fake, client, 0, 0);
	fake_audit(&fake, second, 0, 0);
	subject_end();
	free(bytes);
}

/* to look at a hole in a mapping makes a page of it */
static void test_held_apart_what_was_never_written_is_no_memory(void)
{
	struct report item;

	init();
	fake_start(&fake);
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

/* that one which waits has passed its limits says nothing of the next */
static void test_who_waits_lets_nobody_else_pass(void)
{
	uint64_t number = 77;
	const struct frame forward = {
		.kind = FRAME_TELL,
		.priority = 2,
		.type = "forward",
		.type_length = 7,
		.grants = &number,
		.n_grants = 1,
	};
	struct fake_edge *limited;

	init();
	limited = fake_edge(&fake, EDGE_TARGET, NULL, "/test/limited");
	limited->limits.bytes = 4;
	fake_start(&fake);
	fake_send(client, &forward, 1);
	CU_ASSERT_EQUAL(fake_expect(&fake, "CLAIM", "GRANT"), 77);
	fake_tell(limited, "item", "too much", 9);
	fake_order(&fake, "REFUSED", "VIA", client->id, "GRANT", UINT64_C(77),
		   NULL);
	fake_expect_letter(letters, "REASON", "oversize");
	CU_ASSERT_EQUAL(subject_expect("forwarded").r, 0);
	subject_settle();
	subject_end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_classes_come_in_order_and_each_in_its_own),
	HARNESS_TEST(test_a_behaviour_sees_the_class),
	HARNESS_TEST(test_without_classes_all_come_as_they_came),
	HARNESS_TEST(test_order_is_kept_through_a_crash),
	HARNESS_TEST(test_a_held_message_is_tried_again),
	HARNESS_TEST(test_it_expires_in_the_queue),
	HARNESS_TEST(test_what_is_the_librarys_comes_at_once),
	HARNESS_TEST(test_more_than_it_holds_apart_are_all_handled),
	HARNESS_TEST(test_a_message_waits_for_its_grant_and_keeps_its_place),
	HARNESS_TEST(
		test_who_waits_for_a_grant_is_lined_up_with_the_rest),
	HARNESS_TEST(test_what_is_held_is_handled_when_its_edge_has_ended),
	HARNESS_TEST(
		test_the_next_generation_handles_what_nobody_sent_any_more),
	HARNESS_TEST(test_a_queued_payload_gives_its_place_back),
	HARNESS_TEST(
		test_what_cannot_be_held_apart_is_handled_in_its_packet),
	HARNESS_TEST(test_held_apart_what_was_never_written_is_no_memory),
	HARNESS_TEST(test_who_waits_lets_nobody_else_pass),
};
HARNESS_MAIN(tests)
