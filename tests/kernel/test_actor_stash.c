// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_actor_stash.c - messages put aside, and what survives of that.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/harness/harness.h"
#include "tests/kernel/subject.h"

#define NORMAL ACTOR_PRIORITY_NORMAL
#define MIB ((size_t)1 << 20)

/* The client's messages from @first on are put aside. */
static void put_aside(uint64_t first, uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		subject_item(client, first + i, NORMAL);
	for (i = 0; i < n; i++)
		CU_ASSERT_EQUAL(subject_expect("put-aside").r, 0);
}

static void begin_closed(uint64_t n)
{
	subject_begin();
	fake_tell(client, "close", NULL, 0);
	put_aside(1, n);
}

static void expect_items(uint64_t first, uint64_t n)
{
	uint64_t i;

	for (i = 0; i < n; i++)
		subject_expect_item(first + i);
}

static void order(const char *type)
{
	fake_tell(client, type, NULL, 0);
}

static void resume_after(int error)
{
	CU_ASSERT_EQUAL(fake_expect(&fake, "FAILED", "ERRNO"),
			(uint64_t)error);
	fake_order(&fake, "RESUME", NULL);
}

/* ---- order ------------------------------------------------------------- */

static void test_what_is_stashed_comes_back_in_order(void)
{
	begin_closed(5);
	fake_audit(&fake, client, 0, 5);
	order("open");
	expect_items(1, 5);
	subject_settle();
	fake_audit(&fake, client, 0, 0);
	CU_ASSERT_EQUAL(fake_words(client, true)->finished, client->n_frames);
	subject_end();
}

static void test_it_comes_before_what_is_newer(void)
{
	const struct frame frames[] = {
		{ .kind = FRAME_TELL, .type = "open", .type_length = 4 },
		{ .kind = FRAME_TELL, .type = "item", .type_length = 4,
		  .payload = "\4\0\0\0\0\0\0", .payload_bytes = 8 },
		{ .kind = FRAME_TELL, .type = "item", .type_length = 4,
		  .payload = "\5\0\0\0\0\0\0", .payload_bytes = 8 },
	};

	begin_closed(3);
	fake_send(client, frames, 3);
	expect_items(1, 5);
	subject_end();
}

static void test_what_is_stashed_again_keeps_its_order(void)
{
	begin_closed(3);
	order("unstash");
	CU_ASSERT_EQUAL(subject_expect("put-aside").number, 1);
	CU_ASSERT_EQUAL(subject_expect("put-aside").number, 2);
	CU_ASSERT_EQUAL(subject_expect("put-aside").n, 3);
	fake_audit(&fake, client, 0, 3);
	put_aside(4, 1);
	order("open");
	expect_items(1, 4);
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

static void test_unstashing_nothing_is_fine(void)
{
	begin_closed(0);
	order("open");
	order("unstash");
	subject_settle();
	subject_end();
}

static void test_a_message_is_stashed_once(void)
{
	struct report report;

	subject_begin();
	order("stash-twice");
	report = subject_expect("stashed");
	CU_ASSERT_EQUAL(report.r, 0);
	CU_ASSERT_EQUAL(report.n, 1);
	fake_audit(&fake, client, 0, 1);
	subject_end();
}

static void test_stashed_and_unhandled_is_stashed(void)
{
	begin_closed(0);
	order("stash-unknown");
	subject_settle();
	CU_ASSERT(fake_nothing_more(letters));
	fake_audit(&fake, client, 0, 1);
	order("open");
	subject_expect("known");
	subject_settle();
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

/* ---- crashes ----------------------------------------------------------- */

static void test_the_stash_survives_the_process(void)
{
	begin_closed(5);
	CU_ASSERT(!fake_kill(&fake, 0).in_hand);
	fake_audit(&fake, client, 0, 5);
	fake_restart(&fake);
	subject_settle();
	order("unstash");
	expect_items(1, 5);
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

static void test_what_was_unstashed_survives_in_front(void)
{
	uint64_t i;

	begin_closed(2);
	order("open");
	fake_tell(client, "die", NULL, 0);	/* after both */
	for (i = 3; i <= 5; i++)
		subject_item(client, i, NORMAL);
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	CU_ASSERT(fake_recover(&fake, 0).in_hand);
	fake_restart(&fake);
	expect_items(1, 5);
	subject_settle();
	fake_audit(&fake, client, 1, 0);
	subject_end();
}

static void test_an_unstashed_message_can_be_in_hand(void)
{
	struct arena_remains remains;

	begin_closed(0);
	order("stash-flush-die");
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	remains = fake_recover(&fake, 3);
	CU_ASSERT(!remains.in_hand);
	fake_audit(&fake, client, 0, 1);

	/* closed again, the same message kills again */
	fake_restart(&fake);
	order("close");
	order("unstash");
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	remains = fake_recover(&fake, 3);
	CU_ASSERT(!remains.in_hand);
	fake_audit(&fake, client, 0, 1);

	fake_restart(&fake);
	order("unstash");
	CU_ASSERT_EQUAL(subject_expect("item").n, 0);
	subject_settle();
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

static void test_a_flushed_stash_is_so_when_the_turn_fails(void)
{
	begin_closed(0);
	order("stash-flush-fail");
	resume_after(EIO);
	subject_settle();
	CU_ASSERT(fake_nothing_more(letters));
	fake_audit(&fake, client, 0, 1);
	order("open");
	subject_expect("item");
	subject_settle();
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

static void test_a_failing_turn_has_stashed_nothing(void)
{
	begin_closed(1);
	order("stash-fail");
	resume_after(EIO);
	fake_expect_letter(letters, "REASON", "crashed");
	fake_audit(&fake, client, 1, 1);
	order("unstash-fail");
	resume_after(EIO);
	fake_expect_letter(letters, "REASON", "crashed");
	subject_settle();
	put_aside(2, 1);
	order("open");
	expect_items(1, 2);
	fake_audit(&fake, client, 2, 0);
	subject_end();
}

/* ---- bounds ------------------------------------------------------------ */

static void begin_full(uint64_t n)
{
	uint64_t i;

	subject_init();
	fake.mailbox.n_stash = n;
	fake_start(&fake);
	order("close");
	for (i = 1; i <= n; i++)
		put_aside(i, 1);
}

static void test_what_is_too_much_is_dead(void)
{
	begin_full(2);
	subject_item(client, 3, NORMAL);
	CU_ASSERT_EQUAL(subject_expect("put-aside").r, -ENOSPC);
	fake_expect_letter(letters, "REASON", "stash");
	subject_settle();
	fake_audit(&fake, client, 1, 2);
	order("open");
	expect_items(1, 2);
	subject_settle();
	CU_ASSERT(fake_nothing_more(letters));
	fake_audit(&fake, client, 1, 0);
	subject_end();
}

static void test_too_much_and_unhandled_is_one_letter(void)
{
	begin_full(1);
	order("stash-unknown");
	fake_expect_letter(letters, "REASON", "stash");
	order("stash-twice");
	CU_ASSERT_EQUAL(subject_expect("stashed").r, -ENOSPC);
	fake_expect_letter(letters, "REASON", "stash");
	subject_settle();
	CU_ASSERT(fake_nothing_more(letters));
	fake_audit(&fake, client, 2, 1);
	subject_end();
}

static void test_a_flushed_letter_is_not_told_twice(void)
{
	begin_full(1);
	order("stash-flush-die");
	fake_expect_letter(letters, "REASON", "stash");
	CU_ASSERT_EQUAL(fake_wait(&fake), 128 + SIGKILL);
	CU_ASSERT(!fake_recover(&fake, 0).in_hand);
	fake_audit(&fake, client, 1, 1);
	fake_restart(&fake);
	order("close");
	order("stash-flush-fail");	/* there is one place less than before */
	resume_after(EIO);
	fake_expect_letter(letters, "REASON", "stash");
	subject_settle();
	CU_ASSERT(fake_nothing_more(letters));
	fake_audit(&fake, client, 2, 1);
	subject_end();
}

static void test_the_whole_stash_can_be_full(void)
{
	begin_full(1024);
	subject_item(client, 1025, NORMAL);
	CU_ASSERT_EQUAL(subject_expect("put-aside").r, -ENOSPC);
	fake_kill(&fake, 0);
	fake_restart(&fake);
	order("unstash");
	expect_items(1, 1024);
	fake_audit(&fake, client, 1, 0);
	subject_end();
}

/* ---- asks -------------------------------------------------------------- */

static void test_a_stashed_ask_is_answered_later(void)
{
	begin_closed(0);
	fake_ask(client, "question", 5);
	CU_ASSERT_EQUAL(subject_expect("put-aside").r, 0);
	subject_settle();
	CU_ASSERT(fake_nothing_more(client));
	fake_kill(&fake, 0);
	fake_restart(&fake);
	subject_settle();
	CU_ASSERT(fake_nothing_more(client));
	order("unstash");
	CU_ASSERT_EQUAL(fake_expect_frame(client, FRAME_REPLY,
					  "answer").ask_id, 5);
	subject_settle();
	CU_ASSERT(fake_nothing_more(client));
	fake_audit(&fake, client, 0, 0);
	subject_end();
}

static void test_an_ask_without_room_is_told_so(void)
{
	struct frame frame;

	begin_full(1);
	fake_ask(client, "question", 5);
	CU_ASSERT_EQUAL(subject_expect("put-aside").r, -ENOSPC);
	frame = fake_expect_frame(client, FRAME_ERROR, "error");
	CU_ASSERT_EQUAL(frame.error, ENOBUFS);
	CU_ASSERT_EQUAL(frame.ask_id, 5);
	fake_expect_letter(letters, "REASON", "stash");
	subject_settle();
	CU_ASSERT(fake_nothing_more(client));
	fake_audit(&fake, client, 1, 1);
	subject_end();
}

static void test_a_stashed_answer_is_an_answer_still(void)
{
	struct frame question;
	uint64_t ask;

	begin_closed(0);
	order("inquire");
	ask = subject_expect("inquired").number;
	question = fake_expect_frame(other, FRAME_ASK, "question");
	fake_answer(other, &question, "answer", 0);
	CU_ASSERT_EQUAL(subject_expect("put-aside").r, 0);
	fake_answer(other, &question, "answer", 0);	/* once is enough */
	fake_expect_letter(letters, "REASON", "late_reply");
	order("open");
	CU_ASSERT_EQUAL(subject_expect("answered").number, ask);
	subject_settle();
	CU_ASSERT(fake_nothing_more(letters));
	fake_audit(&fake, other, 1, 0);
	subject_end();
}

static void test_an_answer_of_an_earlier_life_is_late(void)
{
	struct frame question;

	begin_closed(0);
	order("inquire");
	subject_expect("inquired");
	question = fake_expect_frame(other, FRAME_ASK, "question");
	fake_answer(other, &question, "answer", 0);
	CU_ASSERT_EQUAL(subject_expect("put-aside").r, 0);
	fake_kill(&fake, 0);
	fake_restart(&fake);
	order("unstash");
	fake_expect_letter(letters, "REASON", "late_reply");
	subject_settle();
	fake_audit(&fake, other, 1, 0);
	subject_end();
}

/* ---- edges ------------------------------------------------------------- */

static void test_the_sender_is_known_when_its_edge_is_gone(void)
{
	struct fake_edge *gone;
	struct arena_edge_counts past;

	subject_init();
	gone = fake_edge(&fake, EDGE_TARGET, NULL, "/test/gone");
	fake_share(gone);
	fake_start(&fake);
	order("close");
	subject_settle();
	subject_item(gone, 1, NORMAL);
	subject_item(gone, 2, NORMAL);
	fake_ask(gone, "question", 3);
	subject_expect("put-aside");
	subject_expect("put-aside");
	subject_expect("put-aside");
	fake_hang_up(gone);
	fake_expect_gone(&fake, gone);
	order("open");
	expect_items(1, 2);
	fake_expect_letter(letters, "PATH", "/test/gone");
	subject_settle();
	arena_past_counts(fake.arena, &past);
	CU_ASSERT_EQUAL(past.frames_taken, 3);
	CU_ASSERT_EQUAL(past.frames_waiting, 0);
	CU_ASSERT_EQUAL(past.frames_dead, 0);
	subject_end();
}

static void test_references_in_the_stash_outlive_their_edge(void)
{
	uint64_t number = 77;
	const struct frame frame = {
		.kind = FRAME_TELL,
		.type = "forward",
		.type_length = 7,
		.grants = &number,
		.n_grants = 1,
	};
	struct fake_edge *gone, *friend;

	subject_init();
	gone = fake_edge(&fake, EDGE_TARGET, NULL, "/test/gone");
	fake_start(&fake);
	order("close");
	subject_settle();
	fake_send(gone, &frame, 1);
	CU_ASSERT_EQUAL(fake_expect(&fake, "CLAIM", "GRANT"), 77);
	friend = fake_edge(&fake, EDGE_HOLDER, NULL, "/test/friend");
	fake_hand(&fake, friend);
	fake_order(&fake, "GRANTED", "EDGE", friend->id, "VIA", gone->id,
		   "GRANT", UINT64_C(77), NULL);
	subject_expect("put-aside");
	fake_hang_up(gone);
	fake_expect_gone(&fake, gone);
	order("open");
	CU_ASSERT_EQUAL(subject_expect("forwarded").r, 1);
	subject_end();
}

/* ---- large ones -------------------------------------------------------- */

static void test_a_large_payload_in_the_stash_gives_its_place_back(void)
{
	size_t n_bytes = 5 * MIB;
	unsigned char *bytes = malloc(n_bytes);
	struct report aside, item;

	CU_ASSERT_FATAL(bytes != NULL);
	subject_begin();
	order("close");
	subject_fill(bytes, n_bytes, 9);
	fake_tell_pooled(client, "item", bytes, n_bytes);
	aside = subject_expect("put-aside");
	CU_ASSERT_EQUAL(aside.r, 0);
	subject_settle();
	CU_ASSERT_EQUAL(fake_words(client, true)->released, client->pool_head);

	/* another lies there now */
	memset(bytes, 0, n_bytes);
	pool_write(&client->pool, EDGE_HOLDER,
		   (struct actor_pooled){ 0, n_bytes, 0 }, bytes);
	fake_kill(&fake, 0);
	fake_restart(&fake);
	order("unstash");
	item = subject_expect("item");
	CU_ASSERT_EQUAL(item.n_bytes, n_bytes);
	CU_ASSERT_EQUAL(item.checksum, aside.checksum);
	fake_audit(&fake, client, 0, 0);
	subject_end();
	free(bytes);
}

/* It is held once, wherever it waits. */
static void stash_a_huge_one(const char *kind)
{
	unsigned char *bytes = malloc(ACTOR_PAYLOAD_MAX);
	struct report aside, item;
	int i;

	CU_ASSERT_FATAL(bytes != NULL);
	subject_fill(bytes, ACTOR_PAYLOAD_MAX, 9);
	subject_init();
	fake.mailbox.kind = kind;
	fake_start(&fake);
	order("close");
	subject_settle();
	fake_tell_pooled(client, "item", bytes, ACTOR_PAYLOAD_MAX);
	aside = subject_expect("put-aside");
	CU_ASSERT_EQUAL(aside.r, 0);
	for (i = 0; i < 3; i++) {
		order("unstash");
		aside = subject_expect("put-aside");
		CU_ASSERT_EQUAL(aside.r, 0);
		CU_ASSERT_EQUAL(aside.n, 1);
	}
	fake_kill(&fake, 0);
	fake_restart(&fake);
	order("unstash");
	item = subject_expect("item");
	CU_ASSERT_EQUAL(item.n_bytes, ACTOR_PAYLOAD_MAX);
	CU_ASSERT_EQUAL(item.checksum, aside.checksum);
	subject_settle();
	fake_audit(&fake, client, 0, 0);
	subject_end();
	free(bytes);
}

static void test_a_huge_payload_is_stashed_again_and_again(void)
{
	stash_a_huge_one("fifo");
}

static void test_a_huge_payload_is_stashed_out_of_its_class(void)
{
	stash_a_huge_one("priority");
}

/* ---- an edge that has ended, and of which something is stashed ---------- */

/* its own name, as of an edge that stands */
static void name_it(struct fake_edge *edge)
{
	static const char verb[] = "EDGE";
	struct fields_writer w;
	char bytes[256];

	fields_begin(&w, bytes, sizeof(bytes), verb);
	fields_put_u64(&w, "ID", edge->id);
	fields_put(&w, "END", "holder");
	fields_put(&w, "PEER", edge->peer);
	fields_put(&w, "NAME", "other");
	CU_ASSERT_EQUAL(control_send(fake.control_fd, bytes, w.length_bytes,
				     NULL, 0), 0);
}

static void test_late_words_about_an_edge_that_has_ended_mean_nothing(void)
{
	uint64_t number = 77;
	const struct frame frame = {
		.kind = FRAME_TELL,
		.type = "forward",
		.type_length = 7,
		.grants = &number,
		.n_grants = 1,
	};
	struct frame question;

	subject_init();
	other->life = 33;
	fake_start(&fake);
	order("close");
	order("inquire");
	subject_expect("inquired");
	question = fake_expect_frame(other, FRAME_ASK, "question");
	fake_answer(other, &question, "answer", 0);
	subject_expect("put-aside");
	fake_hang_up(other);
	fake_expect_gone(&fake, other);

	/* what its supervisor said before it heard of that */
	name_it(other);
	fake_order(&fake, "GRANTED", "EDGE", other->id, "VIA", client->id,
		   "GRANT", UINT64_C(77), NULL);
	order("life");
	CU_ASSERT_EQUAL(subject_expect("life").number, 0);
	fake_send(client, &frame, 1);
	subject_expect("put-aside");
	order("open");
	subject_expect("answered");
	CU_ASSERT_EQUAL(fake_expect(&fake, "CLAIM", "GRANT"), 77);
	fake_order(&fake, "REFUSED", "VIA", client->id, "GRANT", UINT64_C(77),
		   NULL);
	CU_ASSERT_EQUAL(subject_expect("forwarded").r, 0);
	order("life");
	CU_ASSERT_EQUAL(subject_expect("life").number, 0);
	subject_end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_what_is_stashed_comes_back_in_order),
	HARNESS_TEST(test_it_comes_before_what_is_newer),
	HARNESS_TEST(test_what_is_stashed_again_keeps_its_order),
	HARNESS_TEST(test_unstashing_nothing_is_fine),
	HARNESS_TEST(test_a_message_is_stashed_once),
	HARNESS_TEST(test_stashed_and_unhandled_is_stashed),
	HARNESS_TEST(test_the_stash_survives_the_process),
	HARNESS_TEST(test_what_was_unstashed_survives_in_front),
	HARNESS_TEST(test_an_unstashed_message_can_be_in_hand),
	HARNESS_TEST(test_a_flushed_stash_is_so_when_the_turn_fails),
	HARNESS_TEST(test_a_failing_turn_has_stashed_nothing),
	HARNESS_TEST(test_what_is_too_much_is_dead),
	HARNESS_TEST(test_too_much_and_unhandled_is_one_letter),
	HARNESS_TEST(test_a_flushed_letter_is_not_told_twice),
	HARNESS_TEST(test_the_whole_stash_can_be_full),
	HARNESS_TEST(test_a_stashed_ask_is_answered_later),
	HARNESS_TEST(test_an_ask_without_room_is_told_so),
	HARNESS_TEST(test_a_stashed_answer_is_an_answer_still),
	HARNESS_TEST(test_an_answer_of_an_earlier_life_is_late),
	HARNESS_TEST(test_the_sender_is_known_when_its_edge_is_gone),
	HARNESS_TEST(test_references_in_the_stash_outlive_their_edge),
	HARNESS_TEST(
		test_a_large_payload_in_the_stash_gives_its_place_back),
	HARNESS_TEST(test_a_huge_payload_is_stashed_again_and_again),
	HARNESS_TEST(test_a_huge_payload_is_stashed_out_of_its_class),
	HARNESS_TEST(
		test_late_words_about_an_edge_that_has_ended_mean_nothing),
};
HARNESS_MAIN(tests)
