// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_actor_calls.c - which system calls a message takes.
 *
 * They are most of what a lone ask costs. Calls that look without waiting are left
 * out: they come with the clock.
 */
#include <sys/syscall.h>

#include "tests/harness/harness.h"
#include "tests/kernel/stepper.h"
#include "tests/kernel/subject.h"

enum call { NO_CALL, WAITS, RECEIVES, SENDS, OTHER_CALL };

static uint64_t n_asks;

static enum call call_of(const struct stepper_call *call)
{
	switch (call->number) {
#ifdef SYS_epoll_wait
	case SYS_epoll_wait:
#endif
	case SYS_epoll_pwait:
		return WAITS;
	case SYS_recvfrom:
		return RECEIVES;
	case SYS_sendto:
		return SENDS;
	default:
		return OTHER_CALL;
	}
}

/* It has begun, and what is done now happens before its end. */
static enum call next_call(void)
{
	struct stepper_call call;
	enum call kind;

	do {
		if (!stepper_call(fake.pid, &call))
			return NO_CALL;
		kind = call_of(&call);
	} while (kind == WAITS && !(int)call.arguments[3]);

	return kind;
}

static void say_sent(uint64_t n)
{
	__atomic_store_n(&fake_words(client, true)->sent, n, __ATOMIC_RELEASE);
}

static void ask(void)
{
	say_sent(client->n_frames + 1);
	fake_ask(client, "question", ++n_asks);
}

static void expect_answers(size_t n)
{
	while (n--)
		fake_expect_frame(client, FRAME_REPLY, "answer");
}

/* The first message makes memory present, which is a call more. */
static void begin(void)
{
	n_asks = 0;
	subject_begin();
	ask();
	expect_answers(1);
	stepper_hold(fake.pid);
	while (next_call() != WAITS)
		;
}

static void end(void)
{
	stepper_let_go(fake.pid);
	subject_end();
}

static void test_a_lone_ask_takes_three_calls(void)
{
	begin();
	ask();
	CU_ASSERT_EQUAL(next_call(), RECEIVES);
	CU_ASSERT_EQUAL(next_call(), SENDS);
	CU_ASSERT_EQUAL(next_call(), WAITS);
	expect_answers(1);
	end();
}

static void test_what_comes_while_we_send_is_not_waited_for(void)
{
	begin();
	ask();
	CU_ASSERT_EQUAL(next_call(), RECEIVES);
	CU_ASSERT_EQUAL(next_call(), SENDS);
	ask();
	CU_ASSERT_EQUAL(next_call(), RECEIVES);
	CU_ASSERT_EQUAL(next_call(), SENDS);
	CU_ASSERT_EQUAL(next_call(), WAITS);
	expect_answers(2);
	end();
}

static void test_a_lie_costs_a_call_for_each_packet_it_is_sent(void)
{
	enum call call;

	begin();
	ask();
	CU_ASSERT_EQUAL(next_call(), RECEIVES);
	CU_ASSERT_EQUAL(next_call(), SENDS);
	say_sent(UINT64_MAX - 1);
	CU_ASSERT_EQUAL(next_call(), RECEIVES);
	CU_ASSERT_EQUAL(next_call(), WAITS);
	say_sent(UINT64_MAX - 2);
	fake_order(&fake, "WATCHED", NULL);	/* nothing it knows */
	while ((call = next_call()) == OTHER_CALL)
		;			/* hearing that */
	CU_ASSERT_EQUAL(call, WAITS);
	expect_answers(1);
	end();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_lone_ask_takes_three_calls),
	HARNESS_TEST(test_what_comes_while_we_send_is_not_waited_for),
	HARNESS_TEST(test_a_lie_costs_a_call_for_each_packet_it_is_sent),
};
HARNESS_MAIN(tests)
