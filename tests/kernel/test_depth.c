/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_depth.c - messages that wait in a socket are counted, none is touched.
 */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

/* ---- while others send and read ------------------------------------------- */

#define N_LOOKS 20000

/** struct flow - numbers of packets: each is written before that is done */
struct flow {
	volatile uint64_t sends;
	volatile uint64_t sent;
	volatile uint64_t reads;
	volatile uint64_t read;
};

static uint16_t frames_of(uint64_t sequence)
{
	return (uint16_t)(1 + sequence * 7 % 20);
}

static uint64_t frames_until(uint64_t sequence)
{
	uint64_t n = sequence / 20 * 210;

	for (uint64_t i = sequence / 20 * 20 + 1; i <= sequence; i++)
		n += frames_of(i);
	return n;
}

static void send_all(struct flow *flow)
{
	for (;;) {
		flow->sends++;
		send_frames(frames_of(flow->sends), flow->sends);
		flow->sent = flow->sends;
		while (flow->sent > flow->read + 50)
			sched_yield();
	}
}

static void read_all(struct flow *flow)
{
	struct pollfd readable = { .fd = pair[1], .events = POLLIN };
	size_t n_bytes;

	for (;;) {
		flow->reads = flow->read + 1;
		while (edge_receive(pair[1], packet, sizeof(packet), &n_bytes))
			poll(&readable, 1, -1);
		flow->read = flow->reads;
	}
}

static pid_t begin(void (*what)(struct flow *flow), struct flow *flow)
{
	pid_t pid = fork();

	if (pid == 0) {
		what(flow);
		_exit(0);
	}
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* no more than was sent then, and no less than had been sent and was not read */
static bool look_is_right(const struct flow *flow)
{
	uint64_t sent = flow->sent, read = flow->read;
	uint64_t n = depth_beyond(pair[1], read).n_frames;
	uint64_t sends, reads;

	reads = flow->reads;
	sends = flow->sends;
	if (frames_until(read) + n <= frames_until(sends) &&
	    frames_until(sent) <= frames_until(reads) + n)
		return true;
	harness_note("%llu frames: %llu to %llu were sent, %llu to %llu read",
		     (unsigned long long)n, (unsigned long long)sent,
		     (unsigned long long)sends, (unsigned long long)read,
		     (unsigned long long)reads);
	return false;
}

static void test_who_reads_meanwhile_does_not_mislead(void)
{
	struct flow *flow = mmap(NULL, sizeof(*flow), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int n = 0;
	pid_t sender, reader;

	CU_ASSERT_FATAL(flow != MAP_FAILED);
	open_pair();
	sender = begin(send_all, flow);
	reader = begin(read_all, flow);
	while (n < N_LOOKS && look_is_right(flow))
		n++;
	CU_ASSERT_EQUAL(n, N_LOOKS);
	end(sender);
	end(reader);
	close_pair();
	munmap(flow, sizeof(*flow));
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
	HARNESS_TEST(test_who_reads_meanwhile_does_not_mislead),
};
HARNESS_MAIN(tests)
