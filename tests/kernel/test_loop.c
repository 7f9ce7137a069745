// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_loop.c - waiting for a descriptor or a moment, whichever is first.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "libactorproc/fd_watches.h"
#include "libactorproc/loop.h"
#include "tests/harness/harness.h"

static uint32_t seen;

static void note(struct loop_source *source, uint32_t events)
{
	(void)source;
	seen |= events;
}

static void test_a_source_is_ready_when_it_is(void)
{
	struct loop_source source = { .ready = note };
	struct loop loop;
	int fds[2];

	CU_ASSERT_FATAL(pipe(fds) == 0);
	CU_ASSERT_EQUAL(loop_init(&loop), 0);
	CU_ASSERT_EQUAL(loop_add(&loop, fds[0], EPOLLIN, &source), 0);
	CU_ASSERT_EQUAL(loop_wait(&loop, false, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(seen, 0);
	CU_ASSERT_EQUAL(write(fds[1], "x", 1), 1);
	CU_ASSERT_EQUAL(loop_wait(&loop, true, UINT64_MAX), 0);
	CU_ASSERT_EQUAL(seen, EPOLLIN);
	loop_remove(&loop, fds[0]);
	loop_deinit(&loop);
	close(fds[0]);
	close(fds[1]);
}

static void test_a_deadline_ends_the_wait_and_not_before(void)
{
	uint64_t later_ns = loop_now_ns() + UINT64_C(3600000000000);
	struct loop loop;
	uint64_t deadline_ns;

	loop_init(&loop);
	loop_wait(&loop, false, later_ns);
	CU_ASSERT_EQUAL(loop.armed_ns, later_ns);
	deadline_ns = loop_now_ns() + 5000000;
	loop_wait(&loop, true, deadline_ns);
	CU_ASSERT(loop_now_ns() >= deadline_ns);
	CU_ASSERT_EQUAL(loop.armed_ns, UINT64_MAX);

	/* one that has passed, and the beginning of time, are at once */
	loop_wait(&loop, true, 1);
	loop_wait(&loop, true, 0);
	loop_deinit(&loop);
}

static void test_what_has_passed_does_not_wait_for_what_has_not(void)
{
	uint64_t later_ns = loop_now_ns() + UINT64_C(3600000000000);
	struct loop loop;

	loop_init(&loop);
	loop_wait(&loop, false, later_ns);
	CU_ASSERT_EQUAL(loop.armed_ns, later_ns);
	loop_wait(&loop, true, 1);
	CU_ASSERT_EQUAL(loop.armed_ns, UINT64_MAX);
	loop_wait(&loop, false, later_ns);
	CU_ASSERT_EQUAL(loop.armed_ns, later_ns);
	loop_deinit(&loop);
}

static void test_a_watched_descriptor_is_told_of_once_a_turn(void)
{
	struct fd_watches watches;
	struct loop loop;
	uint32_t events;
	int fds[2], fd;

	CU_ASSERT_FATAL(pipe(fds) == 0);
	loop_init(&loop);
	fd_watches_init(&watches);
	CU_ASSERT_EQUAL(write(fds[1], "x", 1), 1);
	CU_ASSERT_EQUAL(fd_watches_set(&watches, &loop, fds[0], EPOLLIN), 0);
	loop_wait(&loop, true, UINT64_MAX);
	CU_ASSERT(fd_watches_take_ready(&watches, &fd, &events));
	CU_ASSERT_EQUAL(fd, fds[0]);
	CU_ASSERT_EQUAL(events, EPOLLIN);

	/* its turn is not over: silence */
	loop_wait(&loop, false, UINT64_MAX);
	CU_ASSERT_FALSE(fd_watches_take_ready(&watches, &fd, &events));
	fd_watches_rearm(&watches, &loop, fds[0]);
	loop_wait(&loop, true, UINT64_MAX);
	CU_ASSERT(fd_watches_take_ready(&watches, &fd, &events));

	CU_ASSERT_EQUAL(fd_watches_remove(&watches, &loop, fds[0]), 0);
	CU_ASSERT_EQUAL(fd_watches_remove(&watches, &loop, fds[0]),
			-ENOENT);
	fd_watches_rearm(&watches, &loop, fds[0]);
	fd_watches_deinit(&watches, &loop);
	loop_deinit(&loop);
	close(fds[0]);
	close(fds[1]);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_source_is_ready_when_it_is),
	HARNESS_TEST(test_a_deadline_ends_the_wait_and_not_before),
	HARNESS_TEST(test_what_has_passed_does_not_wait_for_what_has_not),
	HARNESS_TEST(test_a_watched_descriptor_is_told_of_once_a_turn),
};
HARNESS_MAIN(tests)
