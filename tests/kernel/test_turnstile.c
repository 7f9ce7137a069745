/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_turnstile.c - many descriptors behind one event source: all have their
 * turn, nobody has too many, and who is gone has none.
 */
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "supervisord/turnstile.h"
#include "tests/harness/harness.h"

#define N_MEMBERS 3

/**
 * struct member - one that waits; it reads nothing, so it stays ready
 * @n: turns that it had, the first at @since_us
 */
struct member {
	struct turn turn;
	int write_fd;
	unsigned int n;
	uint64_t since_us;
	struct member *ends;
};

static sd_event *event;
static struct member members[N_MEMBERS];
static char order[64];

static uint64_t now_us(void)
{
	uint64_t us = 0;

	sd_event_now(event, CLOCK_MONOTONIC, &us);
	return us;
}

static void on_turn(void *data, uint32_t events)
{
	struct member *m = data;

	CU_ASSERT_TRUE(events & EPOLLIN);
	if (m->n++ == 0)
		m->since_us = now_us();
	if (m >= members && m < members + N_MEMBERS &&
	    strlen(order) + 1 < sizeof(order))
		order[strlen(order)] = (char)('a' + (m - members));
	if (m->ends)
		turn_end(&m->ends->turn);
}

static void hush_next(void *data, uint32_t events)
{
	struct member *m = data;

	(void)events;
	turn_hush(&m[1].turn);
}

static void begin(unsigned int most)
{
	int fds[2];

	memset(order, 0, sizeof(order));
	CU_ASSERT_FATAL(sd_event_new(&event) >= 0);
	for (size_t i = 0; i < N_MEMBERS; i++) {
		CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
		members[i] = (struct member){
			.turn = {
				.ready = on_turn,
				.data = &members[i],
				.fd = fds[0],
				.events = EPOLLIN,
				.most = most,
			},
			.write_fd = fds[1],
		};
		CU_ASSERT_EQUAL_FATAL(turn_begin(&members[i].turn, event), 0);
	}
}

static void end(void)
{
	for (size_t i = 0; i < N_MEMBERS; i++) {
		turn_end(&members[i].turn);
		CU_ASSERT_FALSE(turn_waits(&members[i].turn));
		close(members[i].turn.fd);
		close(members[i].write_fd);
	}
	sd_event_unref(event);
}

static void make_ready(size_t i)
{
	CU_ASSERT_EQUAL(write(members[i].write_fd, "x", 1), 1);
}

static void once(void)
{
	CU_ASSERT_TRUE(sd_event_run(event, 0) >= 0);
}

/* after as many turns as it may have, more when they take long */
static void rest(size_t i)
{
	while (!members[i].turn.rests)
		once();
	CU_ASSERT(members[i].n >= members[i].turn.most);
}

static void go_on(size_t i, unsigned int n_turns)
{
	unsigned int n = members[i].n + n_turns;

	while (members[i].n < n)
		CU_ASSERT_TRUE_FATAL(sd_event_run(event, UINT64_MAX) >= 0);
}

static void test_who_is_ready_first_is_first(void)
{
	begin(0);
	make_ready(2);
	make_ready(0);
	make_ready(1);
	once();
	CU_ASSERT_STRING_EQUAL(order, "cab");
	end();
}

/* a slow machine may take longer than it waits */
static void test_who_comes_too_often_waits_and_nobody_else(void)
{
	uint64_t windows;

	begin(0);
	members[0].turn.most = 2;
	make_ready(0);
	make_ready(1);
	while (members[1].n < 8)
		once();
	windows = 1 + (now_us() - members[0].since_us) / TURNSTILE_WINDOW_US;
	CU_ASSERT(members[0].n >= 2 && members[0].n <= 2 * windows);
	end();
}

static void test_who_has_waited_goes_on(void)
{
	begin(2);
	make_ready(0);
	rest(0);
	go_on(0, 3);
	end();
}

/* its descriptor is away for as long as that */
static void test_who_cannot_go_on_yet_does_later(void)
{
	int fd, away;

	begin(2);
	fd = members[0].turn.fd;
	make_ready(0);
	rest(0);
	away = dup(fd);
	close(fd);
	CU_ASSERT_TRUE(sd_event_run(event, UINT64_MAX) > 0);
	CU_ASSERT_TRUE(members[0].turn.rests);
	CU_ASSERT_EQUAL(dup2(away, fd), fd);
	close(away);
	go_on(0, 1);
	end();
}

static void test_who_was_ended_by_another_has_no_turn(void)
{
	begin(0);
	members[2].ends = &members[0];
	make_ready(2);
	make_ready(0);
	make_ready(1);
	once();
	CU_ASSERT_STRING_EQUAL(order, "cb");
	end();
}

static void test_all_may_end_in_a_turn(void)
{
	begin(0);
	members[0].ends = &members[0];
	turn_end(&members[1].turn);
	turn_end(&members[2].turn);
	make_ready(0);
	once();
	once();
	CU_ASSERT_STRING_EQUAL(order, "a");
	end();
}

static void test_who_rests_may_end(void)
{
	unsigned int n;

	begin(1);
	make_ready(0);
	make_ready(1);
	while (!members[0].turn.rests || !members[1].turn.rests)
		once();
	n = members[0].n;
	turn_end(&members[0].turn);
	go_on(1, 1);
	CU_ASSERT_EQUAL(members[0].n, n);
	end();
}

/* however many of those with a limit are ready, before it or all the time */
static void test_who_has_no_limit_does_not_wait_behind_those_who_have(void)
{
	struct member many[2 * TURNSTILE_A_TURN];
	int fds[2];

	begin(0);
	CU_ASSERT_EQUAL_FATAL(pipe(fds), 0);
	CU_ASSERT_EQUAL(write(fds[1], "x", 1), 1);
	for (size_t i = 0; i < 2 * TURNSTILE_A_TURN; i++) {
		many[i].n = 0;
		many[i].ends = NULL;
		many[i].turn = (struct turn){
			.ready = on_turn,
			.data = &many[i],
			.fd = dup(fds[0]),
			.events = EPOLLIN,
			.most = 1000,
		};
		CU_ASSERT_EQUAL(turn_begin(&many[i].turn, event), 0);
	}
	make_ready(0);
	once();
	once();
	CU_ASSERT_EQUAL(members[0].n, 1);
	for (size_t i = 0; i < 2 * TURNSTILE_A_TURN; i++) {
		turn_end(&many[i].turn);
		close(many[i].turn.fd);
	}
	close(fds[0]);
	close(fds[1]);
	end();
}

static void test_what_is_waited_for_can_change(void)
{
	begin(0);
	turn_change(&members[0].turn, 0);
	make_ready(0);
	once();
	CU_ASSERT_STRING_EQUAL(order, "");
	turn_change(&members[0].turn, EPOLLIN);
	once();
	CU_ASSERT_STRING_EQUAL(order, "a");
	end();
}

static void test_who_is_hushed_wakes_nobody_and_can_end(void)
{
	begin(1);
	make_ready(0);
	make_ready(1);
	turn_hush(&members[0].turn);
	turn_hush(&members[0].turn);
	turn_change(&members[0].turn, 0);
	turn_change(&members[0].turn, EPOLLIN);
	CU_ASSERT_TRUE(turn_waits(&members[0].turn));
	go_on(1, 3);
	CU_ASSERT_EQUAL(members[0].n, 0);
	/* and once more, when it has ended */
	turn_end(&members[0].turn);
	turn_hush(&members[0].turn);
	CU_ASSERT_EQUAL_FATAL(turn_begin(&members[0].turn, event), 0);
	go_on(0, 1);
	end();
}

static void test_who_is_read_with_others_has_no_turn_when_hushed(void)
{
	begin(0);
	make_ready(0);
	make_ready(1);
	members[0].turn.ready = hush_next;
	once();
	CU_ASSERT_STRING_EQUAL(order, "");
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_who_is_ready_first_is_first),
	HARNESS_TEST(test_who_comes_too_often_waits_and_nobody_else),
	HARNESS_TEST(test_who_has_waited_goes_on),
	HARNESS_TEST(test_who_cannot_go_on_yet_does_later),
	HARNESS_TEST(test_who_was_ended_by_another_has_no_turn),
	HARNESS_TEST(test_all_may_end_in_a_turn),
	HARNESS_TEST(test_who_rests_may_end),
	HARNESS_TEST(test_who_has_no_limit_does_not_wait_behind_those_who_have),
	HARNESS_TEST(test_what_is_waited_for_can_change),
	HARNESS_TEST(test_who_is_hushed_wakes_nobody_and_can_end),
	HARNESS_TEST(test_who_is_read_with_others_has_no_turn_when_hushed),
};
HARNESS_MAIN(tests)
