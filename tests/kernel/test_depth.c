/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_depth.c - messages that wait in a socket are counted, none is touched.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "libactorproc/frame.h"
#include "supervisord/act/depth.h"
#include "tests/harness/harness.h"

static int pair[2];
static char packet[ACTOR_PACKET_MAX] __attribute__((aligned(8)));

static void open_pair(void)
{
	CU_ASSERT_EQUAL_FATAL(edge_pair(pair, 0), 0);
}

static void close_pair(void)
{
	close(pair[0]);
	close(pair[1]);
}

static void send_frames(uint16_t n_frames, uint64_t sequence)
{
	size_t at = sizeof(struct actor_packet_header);
	struct frame frame = {
		.kind = FRAME_TELL,
		.type = "x",
		.type_length = 1,
		.payload = "payload",
		.payload_bytes = 7,
	};

	for (uint16_t i = 0; i < n_frames; i++)
		at += frame_write(packet + at, &frame);
	packet_seal(packet, (uint32_t)at, n_frames, sequence, 0);
	CU_ASSERT_EQUAL(edge_send(pair[0], packet, at), EDGE_DONE);
}

static void test_an_empty_socket_has_no_messages(void)
{
	open_pair();
	CU_ASSERT_EQUAL(depth_of(pair[1]), 0);
	close_pair();
}

static void test_frames_are_counted_not_packets(void)
{
	open_pair();
	send_frames(3, 1);
	send_frames(1, 2);
	send_frames(40, 3);
	CU_ASSERT_EQUAL(depth_of(pair[1]), 44);
	close_pair();
}

static void test_counting_takes_nothing(void)
{
	size_t n_bytes;

	open_pair();
	send_frames(2, 1);
	send_frames(5, 2);
	CU_ASSERT_EQUAL(depth_of(pair[1]), 7);
	CU_ASSERT_EQUAL(depth_of(pair[1]), 7);
	CU_ASSERT_EQUAL(edge_receive(pair[1], packet, sizeof(packet),
				     &n_bytes), EDGE_DONE);
	CU_ASSERT_EQUAL(packet_check(packet, n_bytes, EDGE_TARGET), 0);
	CU_ASSERT_EQUAL(((struct actor_packet_header *)packet)->sequence, 1);
	CU_ASSERT_EQUAL(depth_of(pair[1]), 5);
	close_pair();
}

static void test_bytes_that_are_no_packet_count_for_nothing(void)
{
	open_pair();
	CU_ASSERT_EQUAL(edge_send(pair[0], "junk", 4), EDGE_DONE);
	send_frames(2, 1);
	CU_ASSERT_EQUAL(depth_of(pair[1]), 2);
	close_pair();
}

static void test_what_was_taken_before_or_comes_twice_counts_once(void)
{
	open_pair();
	send_frames(3, 1);
	send_frames(1, 2);
	send_frames(40, 3);
	send_frames(40, 3);
	send_frames(5, 4);
	CU_ASSERT_EQUAL(depth_beyond(pair[1], 0).n_frames, 49);
	CU_ASSERT_EQUAL(depth_beyond(pair[1], 1).n_frames, 46);
	CU_ASSERT_EQUAL(depth_beyond(pair[1], 4).n_frames, 0);
	CU_ASSERT(depth_beyond(pair[1], 0).whole);
	close_pair();
}

static void test_the_last_packet_is_found(void)
{
	open_pair();
	CU_ASSERT_EQUAL(depth_last(pair[1]), 0);
	send_frames(3, 7);
	send_frames(1, 8);
	CU_ASSERT_EQUAL(depth_last(pair[1]), 8);
	send_frames(1, 8);
	CU_ASSERT_EQUAL(depth_last(pair[1]), 8);
	/* the door is shut */
	shutdown(pair[0], SHUT_RDWR);
	CU_ASSERT_EQUAL(depth_last(pair[1]), 8);
	close_pair();
}

/* each peek walks over all packets that are in front of what it looks at */
static void test_very_many_small_ones_hold_nobody_up(void)
{
	struct timespec began, ended;
	unsigned int n = 0;

	CU_ASSERT_EQUAL_FATAL(edge_pair(pair, 16 << 20), 0);
	while (edge_send(pair[0], "", 1) == EDGE_DONE)
		n++;
	/* not counting what others do meanwhile */
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &began);
	depth_last(pair[1]);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ended);
	harness_note("%u packets: %.3f s", n,
		     (double)(ended.tv_sec - began.tv_sec) +
		     (double)(ended.tv_nsec - began.tv_nsec) / 1e9);
	CU_ASSERT(n > 10000);
	CU_ASSERT(ended.tv_sec - began.tv_sec < 10);
	close_pair();
}

static void test_the_last_of_many_is_found(void)
{
	uint64_t sequence;

	CU_ASSERT_EQUAL_FATAL(edge_pair(pair, 4 << 20), 0);
	for (sequence = 1; sequence <= 2000; sequence++)
		send_frames((uint16_t)(1 + sequence % 20), sequence);
	CU_ASSERT_EQUAL(depth_last(pair[1]), 2000);
	for (; sequence <= 2500; sequence++)
		send_frames(1, sequence);
	CU_ASSERT_EQUAL(depth_last(pair[1]), 2500);
	close_pair();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_an_empty_socket_has_no_messages),
	HARNESS_TEST(test_frames_are_counted_not_packets),
	HARNESS_TEST(test_counting_takes_nothing),
	HARNESS_TEST(test_bytes_that_are_no_packet_count_for_nothing),
	HARNESS_TEST(test_what_was_taken_before_or_comes_twice_counts_once),
	HARNESS_TEST(test_the_last_packet_is_found),
	HARNESS_TEST(test_the_last_of_many_is_found),
	HARNESS_TEST(test_very_many_small_ones_hold_nobody_up),
};
HARNESS_MAIN(tests)
