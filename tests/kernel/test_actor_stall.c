// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_actor_stall.c - a message that cannot be handled yet holds up its own
 * edge, in order, and no other.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/harness.h"
#include "tests/kernel/subject.h"

#define ITEMS_MAX 180		/* in one packet */
#define SENDERS 12		/* more than find room with that */

static const uint64_t grant = 77;
static struct fake_edge *second;

static void init(void)
{
	subject_init();
	second = fake_edge(&fake, EDGE_TARGET, NULL, "/test/second");
	fake_share(second);
}

static void begin(void)
{
	init();
	fake_start(&fake);
}

static struct frame item(const uint64_t *number, uint8_t priority)
{
	return (struct frame){
		.kind = FRAME_TELL,
		.priority = priority,
		.type = "item",
		.type_length = 4,
		.payload = number,
		.payload_bytes = sizeof(*number),
	};
}

static struct frame forward(uint8_t priority)
{
	return (struct frame){
		.kind = FRAME_TELL,
		.priority = priority,
		.type = "forward",
		.type_length = 7,
		.grants = &grant,
		.n_grants = 1,
	};
}

/* One packet: an item, one that waits, @n more. */
static void send_around(struct fake_edge *edge, uint64_t n, uint8_t priority)
{
	uint64_t numbers[ITEMS_MAX + 1];
	struct frame frames[ITEMS_MAX + 2];
	uint64_t i;

	for (i = 0; i <= n; i++) {
		numbers[i] = i + 1;
		frames[i ? i + 1 : 0] = item(&numbers[i], priority);
	}
	frames[1] = forward(priority);
	fake_send(edge, frames, n + 2);
}

static void expect_claim(const struct fake_edge *edge)
{
	CU_ASSERT_EQUAL(fake_expect(&fake, "CLAIM", "VIA"), edge->id);
}

static void refuse(const struct fake_edge *edge)
{
	fake_order(&fake, "REFUSED", "VIA", edge->id, "GRANT", grant, NULL);
}

static void expect_items(uint64_t first, uint64_t last)
{
	for (; first <= last; first++)
		subject_expect_item(first);
}

static void settle_by(struct fake_edge *edge)
{
	fake_tell(edge, "settle", NULL, 0);
	subject_expect("settled");
	CU_ASSERT(fake_nothing_more(peer));
}

static void end(uint64_t n_dead)
{
	settle_by(second);
	subject_settle();
	fake_audit(&fake, client, n_dead, 0);
	fake_audit(&fake, second, 0, 0);
	subject_end();
}

static void test_others_go_on_while_one_waits_for_a_grant(void)
{
	uint64_t i;

	begin();
	send_around(client, 20, 4);
	subject_expect_item(1);
	expect_claim(client);
	subject_item(client, 22, 4);
	for (i = 100; i < 200; i++) {
		subject_item(second, i, 4);
		subject_expect_item(i);
	}
	settle_by(second);
	CU_ASSERT_EQUAL(fake_counts(&fake, client).frames_waiting, 21);
	refuse(client);
	CU_ASSERT_EQUAL(subject_expect("forwarded").r, 0);
	expect_items(2, 22);
	end(0);
}

static void test_who_waits_is_not_read(void)
{
	uint64_t i;

	begin();
	send_around(client, 0, 4);
	subject_expect_item(1);
	expect_claim(client);
	for (i = 2; i < 12; i++)
		subject_item(client, i, 4);
	subject_item(second, 100, 4);
	subject_expect_item(100);
	settle_by(second);
	CU_ASSERT_EQUAL(fake_counts(&fake, client).frames_taken, 2);
	refuse(client);
	subject_expect("forwarded");
	expect_items(2, 11);
	end(0);
}

static void test_both_wait_and_each_goes_on_with_its_own(void)
{
	begin();
	send_around(client, 3, 4);
	subject_expect_item(1);
	expect_claim(client);
	send_around(second, 3, 4);
	subject_expect_item(1);
	expect_claim(second);
	refuse(second);
	subject_expect("forwarded");
	expect_items(2, 4);
	settle_by(second);
	refuse(client);
	subject_expect("forwarded");
	expect_items(2, 4);
	end(0);
}

static void test_order_and_others_survive_a_crash(void)
{
	begin();
	send_around(client, 20, 4);
	subject_expect_item(1);
	expect_claim(client);
	subject_item(second, 100, 4);
	subject_expect_item(100);
	settle_by(second);
	CU_ASSERT(!fake_kill(&fake, 0).in_hand);
	fake_restart(&fake);
	expect_claim(client);
	subject_item(client, 22, 4);
	subject_item(second, 101, 4);
	subject_expect_item(101);
	refuse(client);
	subject_expect("forwarded");
	expect_items(2, 22);
	end(0);
}

/* It waits as it waited when it was in its packet. */
static void test_without_classes_a_class_means_nothing(void)
{
	uint64_t numbers[] = { 1, 2 };
	const struct frame frames[] = {
		forward(7), item(&numbers[0], 5), item(&numbers[1], 0),
	};

	begin();
	fake_send(client, frames, 3);
	expect_claim(client);
	settle_by(second);
	refuse(client);
	subject_expect("forwarded");
	expect_items(1, 2);
	end(0);
}

static void test_with_classes_others_go_on_too(void)
{
	init();
	fake.mailbox.kind = "priority";
	send_around(client, 20, 4);
	fake_start(&fake);
	subject_expect_item(1);
	expect_claim(client);
	subject_item(second, 100, 7);
	subject_expect_item(100);
	subject_item(client, 22, 4);
	settle_by(second);
	refuse(client);
	subject_expect("forwarded");
	expect_items(2, 22);
	end(0);
}

static void test_a_large_one_waits_and_gives_its_place_back(void)
{
	size_t n_bytes = 3 << 20;
	unsigned char *bytes = malloc(n_bytes);
	const struct frame waits = forward(4);

	CU_ASSERT_FATAL(bytes != NULL);
	subject_fill(bytes, n_bytes, 3);
	begin();
	subject_settle();
	fake_send(client, &waits, 1);
	expect_claim(client);
	fake_tell_pooled(client, "item", bytes, n_bytes);
	settle_by(second);
	refuse(client);
	subject_expect("forwarded");
	CU_ASSERT_EQUAL(subject_expect("item").n_bytes, n_bytes);
	subject_settle();
	CU_ASSERT_EQUAL(fake_words(client, true)->released,
			client->pool_head);
	end(0);
	free(bytes);
}

/* An answer is an answer, whatever came behind it. */
static void test_the_end_of_a_life_waits_behind_its_answer(void)
{
	struct frame question, frames[2];

	begin();
	fake_tell(client, "inquire", NULL, 0);
	subject_expect("inquired");
	question = fake_expect_frame(other, FRAME_ASK, "question");
	frames[0] = (struct frame){
		.kind = FRAME_REPLY,
		.type = "answer",
		.type_length = 6,
		.ask_id = question.ask_id,
		.generation = question.generation,
		.grants = &grant,
		.n_grants = 1,
	};
	frames[1] = (struct frame){
		.kind = FRAME_TERMINATED,
		.type = "terminated",
		.type_length = 10,
	};
	fake_send(other, frames, 2);
	expect_claim(other);
	settle_by(second);
	refuse(other);
	CU_ASSERT_EQUAL(subject_expect("answered").r, 0);
	end(0);
}

/* What passes a gate is a request, and only the one that was counted there. */
static void test_an_answer_that_waits_opens_no_gate(void)
{
	struct frame question, answer;

	init();
	second->limits.bytes = 4;
	fake_start(&fake);
	fake_tell(client, "inquire", NULL, 0);
	subject_expect("inquired");
	question = fake_expect_frame(other, FRAME_ASK, "question");
	answer = (struct frame){
		.kind = FRAME_REPLY,
		.type = "answer",
		.type_length = 6,
		.ask_id = question.ask_id,
		.generation = question.generation,
		.grants = &grant,
		.n_grants = 1,
	};
	fake_send(other, &answer, 1);
	expect_claim(other);
	subject_item(second, 100, 4);
	settle_by(second);
	refuse(other);
	CU_ASSERT_EQUAL(subject_expect("answered").r, 0);
	subject_settle();
	fake_audit(&fake, second, 1, 0);
	subject_end();
}

/* Its answer cannot leave, and what it sent cannot be handled yet. */
static void test_who_is_gone_and_still_waited_for_costs_no_time(void)
{
	const struct burst late = { .n_bytes = 100 }, now = { .n_bytes = 0 };
	struct frame frames[2];

	begin();
	frames[0] = (struct frame){
		.kind = FRAME_ASK,
		.type = "give-late",
		.type_length = 9,
		.ask_id = 1,
		.payload = &late,
		.payload_bytes = sizeof(late),
	};
	frames[1] = forward(4);
	fake_send(client, frames, 2);
	expect_claim(client);
	fake_hang_up(client);
	fake_tell(second, "give-late", &now, sizeof(now));
	settle_by(second);
	fake_await_sleep(&fake);
	refuse(client);
	subject_expect("forwarded");
	fake_expect_gone(&fake, client);
	subject_end();
}

static void test_what_waits_is_drained(void)
{
	begin();
	send_around(client, 3, 4);
	subject_expect_item(1);
	expect_claim(client);
	settle_by(second);
	fake_order(&fake, "STOP", "DRAIN", UINT64_C(1), NULL);
	subject_item(second, 100, 4);
	subject_expect_item(100);
	refuse(client);
	subject_expect("forwarded");
	expect_items(2, 4);
	fake_expect_frame(peer, FRAME_TELL, "farewell");
	CU_ASSERT_EQUAL(fake_wait(&fake), 0);
	fake_audit(&fake, client, 0, 0);
	fake_deinit(&fake);
}

/* What finds no room to be held waits in its packet, and all with it. */
static void test_without_room_all_wait(void)
{
	struct fake_edge *senders[SENDERS];
	struct frame frame;
	size_t i;

	init();
	for (i = 0; i < SENDERS; i++)
		senders[i] = fake_edge(&fake, EDGE_TARGET, NULL, "/test/many");
	fake_start(&fake);
	for (i = 0; i < SENDERS; i++) {
		send_around(senders[i], ITEMS_MAX, 4);
		subject_expect_item(1);
		expect_claim(senders[i]);
	}
	subject_item(second, 100, 4);
	for (i = SENDERS; i-- > 0;)
		refuse(senders[i]);
	for (i = 0; i < SENDERS * (ITEMS_MAX + 1) + 1; i++)
		CU_ASSERT_FATAL(fake_receive(peer, &frame));
	subject_settle();
	for (i = 0; i < SENDERS; i++)
		fake_audit(&fake, senders[i], 0, 0);
	end(0);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_others_go_on_while_one_waits_for_a_grant),
	HARNESS_TEST(test_who_waits_is_not_read),
	HARNESS_TEST(test_both_wait_and_each_goes_on_with_its_own),
	HARNESS_TEST(test_order_and_others_survive_a_crash),
	HARNESS_TEST(test_without_classes_a_class_means_nothing),
	HARNESS_TEST(test_with_classes_others_go_on_too),
	HARNESS_TEST(test_a_large_one_waits_and_gives_its_place_back),
	HARNESS_TEST(test_the_end_of_a_life_waits_behind_its_answer),
	HARNESS_TEST(test_an_answer_that_waits_opens_no_gate),
	HARNESS_TEST(test_who_is_gone_and_still_waited_for_costs_no_time),
	HARNESS_TEST(test_what_waits_is_drained),
	HARNESS_TEST(test_without_room_all_wait),
};
HARNESS_MAIN(tests)
