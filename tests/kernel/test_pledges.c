/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_pledges.c - a grant that was said is made, whoever is killed meanwhile:
 * until all above know it, there is somebody who says it again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/keeping.h"
#include "supervisord/outfit.h"
#include "supervisord/pledges.h"
#include "tests/harness/harness.h"
#include "tests/kernel/mother.h"

#define MOMENTS 5000

static struct mother m;

/* of a's: its edges to b and c, and its custody's ids of them */
static uint64_t via, number;

static void begin(void)
{
	mother_begin(&m);
	m.s.last_group = 1;
	via = mother_edge(&m, MOTHER_A, MOTHER_B, "b")->id;
	number = mother_edge(&m, MOTHER_A, MOTHER_C, "c")->id;
	mother_below(&m);
	for (enum mother_child i = MOTHER_A; i < N_MOTHER_CHILDREN; i++)
		while (*mother_hear(&m, i))
			;
}

static uint64_t heard(const char *name)
{
	uint64_t value = 0;

	CU_ASSERT_EQUAL(fields_get_u64(&m.message.fields, name, &value), 0);
	return value;
}

static bool hear_above(const char *verb)
{
	const char *told;

	do
		told = mother_hear_above(&m);
	while (*told && strcmp(told, verb));
	return *told;
}

static uint64_t hear_keep(void)
{
	CU_ASSERT_FATAL(hear_above("KEEP"));
	return heard("NUMBER");
}

static const char *digits(uint64_t value, char text[static 32])
{
	snprintf(text, 32, "%llu", (unsigned long long)value);
	return text;
}

static void say_kept(uint64_t keep)
{
	char text[32];

	mother_told(&m, NULL, "KEPT",
		    (const char *const []){ "PATH", "/s/", "NUMBER",
					    digits(keep, text), NULL }, -1);
}

/* b waits for it, says the supervisor of b */
static void say_wanted(void)
{
	char one[32], other[32];

	mother_told(&m, NULL, "WANTED",
		    (const char *const []){ "PATH", "/s/a", "VIA",
					    digits(via, one), "GRANT",
					    digits(number, other), "TO",
					    "/s/b", NULL }, -1);
}

static void say_grant(uint64_t what, uint64_t said, bool again)
{
	struct control_message message;
	struct fields_writer w;

	memset(&message, 0, sizeof(message));
	fields_begin(&w, message.bytes, sizeof(message.bytes), "GRANT");
	fields_put_u64(&w, "VIA", via);
	fields_put_u64(&w, "EDGE", what);
	fields_put_u64(&w, "SAID", said);
	if (again)
		fields_put_u64(&w, "AGAIN", 1);
	CU_ASSERT_EQUAL_FATAL(fields_parse(&message.fields, message.bytes,
					   w.length_bytes), 0);
	CU_ASSERT(grants_actor_message(m.s.children[MOTHER_A],
				       &message.fields));
}

static void claim(void)
{
	mother_say(&m, MOTHER_B, "CLAIM", "VIA", via, "GRANT", number);
}

static bool is_pledged(void)
{
	return custody_pledge(custody_edge(&m.s.custody, via), number);
}

/* the next word to who gave it */
static bool hears_known(uint64_t said)
{
	return mother_hear_until(&m, MOTHER_A, "KNOWN") &&
	       heard("VIA") == via && heard("EDGE") == number &&
	       heard("SAID") == said;
}

/* ---- who gave it is told ------------------------------------------------- */

static void test_who_gave_it_hears_when_all_above_know(void)
{
	uint64_t keep;

	begin();
	say_grant(number, 5, false);
	CU_ASSERT(is_pledged());
	keep = hear_keep();
	CU_ASSERT(!mother_hear_until(&m, MOTHER_A, "KNOWN"));
	say_kept(keep);
	CU_ASSERT(hears_known(5));
	CU_ASSERT(!is_pledged());
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "GRANTED"));
	/* that is so from now on */
	say_grant(number, 6, false);
	CU_ASSERT(hears_known(6));
	CU_ASSERT(!hear_above("KEEP"));
	mother_end(&m);
}

static void test_the_last_time_counts(void)
{
	uint64_t keep;

	begin();
	say_grant(number, 5, false);
	keep = hear_keep();
	say_grant(number, 6, true);
	CU_ASSERT(!hear_above("KEEP"));
	say_kept(keep);
	CU_ASSERT(hears_known(6));
	CU_ASSERT(!mother_hear_until(&m, MOTHER_A, "KNOWN"));
	CU_ASSERT(!is_pledged());
	mother_end(&m);
}

/* in another language, maybe; its supervisor keeps it in mind all the same */
static void test_who_does_not_count_is_told_nothing(void)
{
	uint64_t keep;

	begin();
	mother_say(&m, MOTHER_A, "GRANT", "VIA", via, "EDGE", number);
	CU_ASSERT(is_pledged());
	keep = hear_keep();
	say_kept(keep);
	CU_ASSERT(!is_pledged());
	CU_ASSERT(!mother_hear_until(&m, MOTHER_A, "KNOWN"));
	mother_end(&m);
}

static void test_a_refusal_is_told_to_both(void)
{
	begin();
	number += 1000;		/* a has no such edge */
	claim();
	say_grant(number, 7, false);
	CU_ASSERT(hears_known(7));
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "REFUSED"));
	mother_end(&m);
}

/* what an earlier process of ours was told of may be held by nobody above */
static void test_who_has_just_begun_asks_before_it_says_so(void)
{
	uint64_t keep;

	begin();
	say_grant(number, 5, false);
	say_kept(hear_keep());
	CU_ASSERT(hears_known(5));
	keeping_number(&m.s);
	keeping_begin(&m.s);
	keeping_ask(&m.s);
	CU_ASSERT_NOT_EQUAL(m.s.awaits_keep, 0);
	say_grant(number, 6, true);
	CU_ASSERT(!mother_hear_until(&m, MOTHER_A, "KNOWN"));
	(void)hear_keep();		/* its own */
	keep = hear_keep();
	say_kept(keep);
	CU_ASSERT(hears_known(6));
	mother_end(&m);
}

/* ---- who waits for it ---------------------------------------------------- */

static void test_what_was_said_and_got_lost_is_ordered_again(void)
{
	struct custody_edge *edge;

	begin();
	say_grant(number, 5, false);
	(void)hear_keep();
	/* the minter dies: what it had made was told to nobody */
	edge = custody_edge_between(&m.s.custody, "/s/b", "/s/c");
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	custody_edge_drop(&m.s.custody, edge);
	say_wanted();
	say_kept(hear_keep());
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "GRANTED"));
	CU_ASSERT(hears_known(5));
	mother_end(&m);
}

/* for all that anybody knows: or it was not noted, and its author has died */
static void test_what_was_never_said_is_lost(void)
{
	begin();
	claim();
	say_wanted();
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "REFUSED"));
	CU_ASSERT_PTR_NOT_NULL(fields_get(&m.message.fields, "UNKNOWN"));
	mother_end(&m);
}

static void test_what_nobody_has_to_give_is_refused(void)
{
	begin();
	number += 1000;
	claim();
	say_wanted();
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "REFUSED"));
	CU_ASSERT_PTR_NULL(fields_get(&m.message.fields, "UNKNOWN"));
	mother_end(&m);
}

static void test_what_was_taken_back_is_not_ordered_again(void)
{
	const struct custody_edge *edge;

	begin();
	say_grant(number, 5, false);
	(void)hear_keep();
	edge = custody_edge(&m.s.custody, via);
	mother_say(&m, MOTHER_A, "REVOKE", "LIFE", edge->target_life, "EDGE",
		   number);
	CU_ASSERT(!is_pledged());
	claim();
	say_wanted();
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "REFUSED"));
	CU_ASSERT_PTR_NULL(fields_get(&m.message.fields, "UNKNOWN"));
	mother_end(&m);
}

/* what it has said may lie in its arena */
static void test_the_dead_are_not_spoken_for_before_they_are_read(void)
{
	begin();
	claim();
	m.s.children[MOTHER_A]->awaits_mailbox = true;
	say_wanted();
	CU_ASSERT(!mother_hear_until(&m, MOTHER_B, "REFUSED"));
	m.s.children[MOTHER_A]->awaits_mailbox = false;
	say_wanted();
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "REFUSED"));
	mother_end(&m);
}

static void on_words(void *data, struct control_message *message, int error)
{
	(void)error;
	if (message)
		grants_actor_message(data, &message->fields);
}

/* a channel that is read */
static void listen_to_a(void)
{
	struct child *c = m.s.children[MOTHER_A];
	int fds[2];

	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK |
				   SOCK_CLOEXEC, 0, fds) == 0);
	c->link = link_free(c->link);
	CU_ASSERT_EQUAL_FATAL(link_new(&c->link, m.s.event, fds[0], false,
				       on_words, c), 0);
	close(m.peers[MOTHER_A]);
	m.peers[MOTHER_A] = fds[1];
}

/* its words lie in the channel, and nobody has had time for them yet */
static void test_what_is_on_its_way_counts_as_said(void)
{
	char bytes[256];
	struct fields_writer w;

	begin();
	claim();
	fields_begin(&w, bytes, sizeof(bytes), "GRANT");
	fields_put_u64(&w, "VIA", via);
	fields_put_u64(&w, "EDGE", number);
	fields_put_u64(&w, "SAID", 5);
	listen_to_a();
	CU_ASSERT_EQUAL(control_send(m.peers[MOTHER_A], w.buffer,
				     w.length_bytes, NULL, 0), 0);
	say_wanted();
	say_kept(hear_keep());
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "GRANTED"));
	mother_end(&m);
}

/* whoever is asked is another supervisor's */
static void test_a_giver_elsewhere_is_asked_for_again_and_again(void)
{
	struct custody_edge *edge;
	unsigned int n = 0;

	begin();
	edge = custody_edge(&m.s.custody, via);
	free(edge->holder);
	edge->holder = strdup("/other");
	edge->holder_at = CUSTODY_OUTSIDE;
	claim();
	for (int i = 0; i < MOMENTS && n < 2; i++) {
		sd_event_run(m.s.event, 1000);
		n += hear_above("WANTED");
	}
	CU_ASSERT_EQUAL(n, 2);
	CU_ASSERT_STRING_EQUAL(fields_get(&m.message.fields, "PATH"),
			       "/other");
	CU_ASSERT_STRING_EQUAL(fields_get(&m.message.fields, "TO"), "/s/b");
	CU_ASSERT(!mother_hear_until(&m, MOTHER_B, "REFUSED"));
	mother_end(&m);
}

static void test_nobody_waits_for_who_is_over(void)
{
	bool refused = false;

	begin();
	custody_edge(&m.s.custody, via)->closed = true;
	claim();
	for (int i = 0; i < MOMENTS && !refused; i++) {
		sd_event_run(m.s.event, 1000);
		refused = mother_hear_until(&m, MOTHER_B, "REFUSED");
	}
	CU_ASSERT(refused);
	CU_ASSERT_PTR_NOT_NULL(fields_get(&m.message.fields, "UNKNOWN"));
	CU_ASSERT(!hear_above("WANTED"));
	mother_end(&m);
}

/* ---- what a dead one has said -------------------------------------------- */

static struct burial begin_burial(int *ret_fd)
{
	struct burial b = {
		.supervisor = &m.s, .path = "/s/a", .life = 1,
		.reason = "terminated", .room_fd = -1,
		.pledges_by_ns = UINT64_MAX,
	};
	uint64_t key = arena_key(via, EDGE_HOLDER);

	CU_ASSERT_EQUAL_FATAL(mailbox_new(ret_fd), 0);
	CU_ASSERT_EQUAL_FATAL(mailbox_map(*ret_fd, &b.arena), 0);
	CU_ASSERT_EQUAL(arena_edge_add(b.arena, key), 0);
	arena_grant_say(b.arena, key, number);
	/* lies: an edge of somebody else, and one of nobody */
	arena_grant_say(b.arena, arena_key(via, EDGE_TARGET), number);
	arena_grant_say(b.arena, 4711, number);
	return b;
}

static void test_what_an_arena_has_noted_is_said_again(void)
{
	struct burial b;
	int fd;

	begin();
	b = begin_burial(&fd);
	burial_flush(&b);
	say_kept(hear_keep());
	CU_ASSERT(mother_hear_until(&m, MOTHER_B, "GRANTED"));
	CU_ASSERT(hears_known(1));
	CU_ASSERT(!mother_hear_until(&m, MOTHER_A, "KNOWN"));
	mailbox_unload(b.arena);
	close(fd);
	mother_end(&m);
}

/* a supervisor that was told of them is dead as well */
static void test_the_limits_of_what_was_given_are_said_before_it(void)
{
	const struct actor_limits limits = { .rate = 10, .bytes = 100 };
	uint64_t edge, key, limited;
	struct burial b;
	int fd;

	begin();
	b = begin_burial(&fd);
	edge = number;
	key = arena_key(via, EDGE_HOLDER);
	limited = limits_number(edge, &limits);
	arena_grant_forget(b.arena, key, edge);
	arena_grant_say(b.arena, key, limited);
	arena_limit_say(b.arena, &(struct arena_limit){
		.key = arena_key(edge, EDGE_HOLDER), .rate = 10, .bytes = 100,
	});
	/* a lie: that edge is b's end */
	arena_limit_say(b.arena, &(struct arena_limit){
		.key = arena_key(via, EDGE_TARGET), .rate = 10,
	});
	burial_flush(&b);
	CU_ASSERT(hear_above("LIMIT"));
	CU_ASSERT_EQUAL(heard("EDGE"), edge);
	CU_ASSERT(hear_above("GRANTED"));
	CU_ASSERT_EQUAL(heard("GRANT"), limited);
	CU_ASSERT_EQUAL(heard("RATE"), 10);
	mailbox_unload(b.arena);
	close(fd);
	mother_end(&m);
}

static void test_what_is_sent_for_the_dead_is_noted_as_said(void)
{
	const struct frame frame = {
		.kind = FRAME_TELL, .type = "late", .type_length = 4,
		.grants = &number, .n_grants = 1,
	};
	struct arena_grant grant;
	size_t cursor = 0;
	struct burial b;
	int fd;

	begin();
	b = begin_burial(&fd);
	arena_grant_forget(b.arena, arena_key(via, EDGE_HOLDER), number);
	arena_turn_begin(b.arena, false);
	CU_ASSERT_EQUAL(arena_send(b.arena, arena_key(via, EDGE_HOLDER),
				   &frame, false), 0);
	arena_turn_commit(b.arena);
	burial_flush(&b);
	CU_ASSERT(is_pledged());
	CU_ASSERT_FATAL(arena_grant_next(b.arena, &cursor, &grant));
	CU_ASSERT_EQUAL(grant.number, number);
	CU_ASSERT_EQUAL(grant.said, 4);
	mailbox_unload(b.arena);
	close(fd);
	mother_end(&m);
}

/* what it gave stands on its edges: those are there until it is known */
static void test_a_life_ends_when_what_it_gave_is_known(void)
{
	struct burial b;
	int fd;

	begin();
	b = begin_burial(&fd);
	m.s.burying = true;
	CU_ASSERT_EQUAL(burial_drain(&b), BURIAL_FULL);
	CU_ASSERT(b.undecided);
	CU_ASSERT(custody_edge_open(custody_edge(&m.s.custody, number)));
	m.s.burying = false;
	say_kept(hear_keep());
	m.s.burying = true;
	CU_ASSERT_EQUAL(burial_drain(&b), BURIAL_DONE);
	m.s.burying = false;
	CU_ASSERT_PTR_NOT_NULL(custody_edge_between(&m.s.custody, "/s/b",
						    "/s/c"));
	mailbox_unload(b.arena);
	close(fd);
	mother_end(&m);
}

static void test_a_life_ends_when_that_takes_too_long(void)
{
	struct burial b;
	int fd;

	begin();
	b = begin_burial(&fd);
	b.pledges_by_ns = 0;
	m.s.burying = true;
	CU_ASSERT_EQUAL(burial_drain(&b), BURIAL_DONE);
	m.s.burying = false;
	mailbox_unload(b.arena);
	close(fd);
	mother_end(&m);
}

static void test_who_is_in_a_hurry_does_not_wait_for_that(void)
{
	struct burial b;
	int fd;

	begin();
	b = begin_burial(&fd);
	b.hurry = true;
	m.s.burying = true;
	CU_ASSERT_EQUAL(burial_drain(&b), BURIAL_DONE);
	m.s.burying = false;
	mailbox_unload(b.arena);
	close(fd);
	mother_end(&m);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_who_gave_it_hears_when_all_above_know),
	HARNESS_TEST(test_the_last_time_counts),
	HARNESS_TEST(test_who_does_not_count_is_told_nothing),
	HARNESS_TEST(test_a_refusal_is_told_to_both),
	HARNESS_TEST(test_who_has_just_begun_asks_before_it_says_so),
	HARNESS_TEST(test_what_was_said_and_got_lost_is_ordered_again),
	HARNESS_TEST(test_what_was_never_said_is_lost),
	HARNESS_TEST(test_what_nobody_has_to_give_is_refused),
	HARNESS_TEST(test_what_was_taken_back_is_not_ordered_again),
	HARNESS_TEST(test_the_dead_are_not_spoken_for_before_they_are_read),
	HARNESS_TEST(test_what_is_on_its_way_counts_as_said),
	HARNESS_TEST(test_a_giver_elsewhere_is_asked_for_again_and_again),
	HARNESS_TEST(test_nobody_waits_for_who_is_over),
	HARNESS_TEST(test_what_an_arena_has_noted_is_said_again),
	HARNESS_TEST(test_the_limits_of_what_was_given_are_said_before_it),
	HARNESS_TEST(test_what_is_sent_for_the_dead_is_noted_as_said),
	HARNESS_TEST(test_a_life_ends_when_what_it_gave_is_known),
	HARNESS_TEST(test_a_life_ends_when_that_takes_too_long),
	HARNESS_TEST(test_who_is_in_a_hurry_does_not_wait_for_that),
};
HARNESS_MAIN(tests)
