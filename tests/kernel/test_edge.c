/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_edge.c - packets in and out of real socketpairs, and their ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/arena.h"
#include "libactorproc/edge.h"
#include "libactorproc/edges.h"
#include "libactorproc/protocol.h"
#include "tests/harness/harness.h"

static int pair[2] = { -1, -1 };
static char buffer[ACTOR_PACKET_MAX + 1];
static size_t n_bytes;

static void open_pair(void)
{
	CU_ASSERT_EQUAL_FATAL(edge_pair(pair, 0), 0);
}

static void close_end(int end)
{
	if (pair[end] >= 0)
		close(pair[end]);
	pair[end] = -1;
}

static void close_pair(void)
{
	close_end(0);
	close_end(1);
}

static int receive(int end)
{
	n_bytes = 0;
	return edge_receive(pair[end], buffer, sizeof(buffer), &n_bytes);
}

static void test_packets_go_both_ways(void)
{
	open_pair();
	CU_ASSERT_EQUAL(receive(1), EDGE_EMPTY);
	CU_ASSERT_EQUAL(edge_send(pair[0], "request", 7), EDGE_DONE);
	CU_ASSERT_EQUAL(receive(1), EDGE_DONE);
	CU_ASSERT_EQUAL(n_bytes, 7);
	CU_ASSERT_EQUAL(edge_send(pair[1], "reply", 5), EDGE_DONE);
	CU_ASSERT_EQUAL(receive(0), EDGE_DONE);
	CU_ASSERT_EQUAL(n_bytes, 5);
	CU_ASSERT_EQUAL(memcmp(buffer, "reply", 5), 0);
	close_pair();
}

static void test_the_ends_close_on_exec(void)
{
	open_pair();
	CU_ASSERT_TRUE(fcntl(pair[0], F_GETFD) & FD_CLOEXEC);
	CU_ASSERT_TRUE(fcntl(pair[1], F_GETFD) & FD_CLOEXEC);
	close_pair();
}

static void test_a_full_edge_says_so_and_loses_nothing(void)
{
	unsigned int n_sent = 0, n_got = 0;

	open_pair();
	while (edge_send(pair[0], &n_sent, sizeof(n_sent)) == EDGE_DONE)
		n_sent++;
	CU_ASSERT_EQUAL(edge_send(pair[0], &n_sent, sizeof(n_sent)), EDGE_FULL);
	CU_ASSERT_TRUE(n_sent > 10);
	for (; receive(1) == EDGE_DONE; n_got++)
		CU_ASSERT_EQUAL(memcmp(buffer, &n_got, sizeof(n_got)), 0);
	CU_ASSERT_EQUAL(n_got, n_sent);
	close_pair();
}

static int room_of(int fd)
{
	socklen_t size = sizeof(int);
	int room_bytes = 0;

	CU_ASSERT_EQUAL(getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room_bytes,
				   &size), 0);
	return room_bytes;
}

static void test_a_full_edge_takes_a_few_packets_beyond(void)
{
	static const char packet[ACTOR_PACKET_MAX];
	unsigned int n_sent = 0, n_got = 0, n_beyond = 0;
	int room_bytes;

	open_pair();
	room_bytes = room_of(pair[0]);
	while (edge_send(pair[0], packet, sizeof(packet)) == EDGE_DONE)
		n_sent++;
	while (edge_send_beyond(pair[0], packet, sizeof(packet)) == EDGE_DONE)
		n_beyond++;
	CU_ASSERT(n_beyond > 0 && n_beyond < 10);
	CU_ASSERT_EQUAL(room_of(pair[0]), room_bytes);
	while (receive(1) == EDGE_DONE)
		n_got++;
	CU_ASSERT_EQUAL(n_got, n_sent + n_beyond);
	CU_ASSERT_EQUAL(edge_send_beyond(pair[0], "", 0), EDGE_DONE);
	close_end(1);
	CU_ASSERT_EQUAL(edge_send_beyond(pair[0], "x", 1), EDGE_CLOSED);
	CU_ASSERT_EQUAL(edge_send_beyond(-1, "x", 1), -EBADF);
	close_pair();
}

static void test_the_largest_packet_fits_the_smallest_edge(void)
{
	static const char packet[ACTOR_PACKET_MAX];

	CU_ASSERT_EQUAL_FATAL(edge_pair(pair, 1), 0);
	CU_ASSERT_EQUAL(edge_send(pair[0], packet, sizeof(packet)), EDGE_DONE);
	CU_ASSERT_EQUAL(receive(1), EDGE_DONE);
	CU_ASSERT_EQUAL(n_bytes, sizeof(packet));
	close_pair();
}

static void test_a_packet_that_is_too_long_shows_its_length(void)
{
	char small[4];

	open_pair();
	CU_ASSERT_EQUAL(edge_send(pair[0], "long one", 8), EDGE_DONE);
	CU_ASSERT_EQUAL(edge_receive(pair[1], small, sizeof(small), &n_bytes),
			EDGE_DONE);
	CU_ASSERT_EQUAL(n_bytes, 8);
	close_pair();
}

static void test_an_empty_packet_is_not_the_end(void)
{
	open_pair();
	CU_ASSERT_EQUAL(edge_send(pair[0], "", 0), EDGE_DONE);
	CU_ASSERT_EQUAL(edge_send(pair[0], "mail", 4), EDGE_DONE);
	CU_ASSERT_EQUAL(receive(1), EDGE_DONE);
	CU_ASSERT_EQUAL(n_bytes, 0);
	CU_ASSERT_EQUAL(receive(1), EDGE_DONE);
	CU_ASSERT_EQUAL(n_bytes, 4);
	close_pair();
}

static void test_empty_packets_hide_no_mail_at_the_end(void)
{
	int n = 0;

	open_pair();
	while (n < 100 && edge_send(pair[0], "", 0) == EDGE_DONE)
		n++;
	CU_ASSERT_EQUAL(edge_send(pair[0], "mail", 4), EDGE_DONE);
	close_end(0);
	CU_ASSERT_EQUAL(receive(1), EDGE_DONE);
	CU_ASSERT_EQUAL(n_bytes, 4);
	CU_ASSERT_EQUAL(receive(1), EDGE_CLOSED);
	close_pair();
}

static void test_mail_before_the_end_is_received(void)
{
	open_pair();
	CU_ASSERT_EQUAL(edge_send(pair[0], "mail", 4), EDGE_DONE);
	close_end(0);
	CU_ASSERT_EQUAL(receive(1), EDGE_DONE);
	CU_ASSERT_EQUAL(n_bytes, 4);
	CU_ASSERT_EQUAL(receive(1), EDGE_CLOSED);
	CU_ASSERT_EQUAL(receive(1), EDGE_CLOSED);
	CU_ASSERT_EQUAL(edge_send(pair[1], "x", 1), EDGE_CLOSED);
	close_pair();
}

static void test_a_reset_comes_once_with_mail_behind_it(void)
{
	open_pair();
	CU_ASSERT_EQUAL(edge_send(pair[0], "mail", 4), EDGE_DONE);
	CU_ASSERT_EQUAL(edge_send(pair[1], "unread", 6), EDGE_DONE);
	close_end(0);
	CU_ASSERT_EQUAL(receive(1), EDGE_RESET);
	CU_ASSERT_EQUAL(receive(1), EDGE_DONE);
	CU_ASSERT_EQUAL(n_bytes, 4);
	CU_ASSERT_EQUAL(receive(1), EDGE_CLOSED);
	close_pair();
}

static void test_a_hang_up_closes_both_ways(void)
{
	int copy;

	open_pair();
	copy = dup(pair[1]);
	CU_ASSERT_EQUAL(edge_send(pair[1], "terminated", 10), EDGE_DONE);
	CU_ASSERT_EQUAL(shutdown(pair[1], SHUT_RDWR), 0);
	CU_ASSERT_EQUAL(edge_send(pair[0], "x", 1), EDGE_CLOSED);
	CU_ASSERT_EQUAL(receive(0), EDGE_DONE);
	CU_ASSERT_EQUAL(n_bytes, 10);
	CU_ASSERT_EQUAL(receive(0), EDGE_CLOSED);
	close(copy);
	close_pair();
}

static void test_an_end_that_nobody_reads_is_not_closed(void)
{
	int custody;

	open_pair();
	custody = dup(pair[1]);
	close_end(1);
	CU_ASSERT_EQUAL(edge_send(pair[0], "waits", 5), EDGE_DONE);
	CU_ASSERT_EQUAL(receive(0), EDGE_EMPTY);
	pair[1] = custody;
	CU_ASSERT_EQUAL(receive(1), EDGE_DONE);
	CU_ASSERT_EQUAL(n_bytes, 5);
	close_pair();
}

/* A new descriptor would show as one left open when the test ends. */
static void test_descriptors_do_not_come_along(void)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { .bytes = { 0 } };
	struct iovec iov = { buffer, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	ssize_t n;

	open_pair();
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &pair[0], sizeof(int));
	n = sendmsg(pair[0], &msg, MSG_DONTWAIT);
	/* SO_PASSRIGHTS refuses them already there */
	CU_ASSERT_TRUE(n == 1 || errno == EPERM);
	CU_ASSERT_EQUAL(receive(1), n == 1 ? EDGE_DONE : EDGE_EMPTY);
	close_pair();
}

static void test_what_is_no_socket_is_an_error(void)
{
	CU_ASSERT_EQUAL(edge_send(-1, "x", 1), -EBADF);
	CU_ASSERT_EQUAL(edge_receive(-1, buffer, 1, &n_bytes), -EBADF);
}

/* ---- the table of them -------------------------------------------------- */

/* more than any socket holds */
#define WORDS_MAX 4096

static void test_who_is_said_to_be_dead_is_not_heard_out_for_ever(void)
{
	static struct edges edges;
	struct edge *edge;
	size_t i;

	open_pair();
	edges_init(&edges);
	edge = edges_add(&edges, arena_key(7, EDGE_TARGET), pair[0],
			 "/test/dead");
	pair[0] = -1;
	CU_ASSERT_PTR_NOT_NULL_FATAL(edge);
	edges_hear_out(&edges, "/test/other");
	CU_ASSERT_EQUAL(edges.n_unheard, 0);
	edges_hear_out(&edges, "/test/dead");
	CU_ASSERT_EQUAL(edges.n_unheard, 1);
	for (i = 0; i < WORDS_MAX && edges.n_unheard; i++)
		edges_heard_one(&edges, edge);
	CU_ASSERT_EQUAL(i, WORDS_MAX);
	CU_ASSERT_EQUAL(edges.n_unheard, 0);
	/* and nobody waits for one that is over */
	edges_hear_out(&edges, "/test/dead");
	edges_end(&edges, edge);
	CU_ASSERT_EQUAL(edges.n_unheard, 0);
	edges_deinit(&edges);
	close_end(1);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_packets_go_both_ways),
	HARNESS_TEST(test_the_ends_close_on_exec),
	HARNESS_TEST(test_a_full_edge_says_so_and_loses_nothing),
	HARNESS_TEST(test_a_full_edge_takes_a_few_packets_beyond),
	HARNESS_TEST(test_the_largest_packet_fits_the_smallest_edge),
	HARNESS_TEST(test_a_packet_that_is_too_long_shows_its_length),
	HARNESS_TEST(test_an_empty_packet_is_not_the_end),
	HARNESS_TEST(test_empty_packets_hide_no_mail_at_the_end),
	HARNESS_TEST(test_mail_before_the_end_is_received),
	HARNESS_TEST(test_a_reset_comes_once_with_mail_behind_it),
	HARNESS_TEST(test_a_hang_up_closes_both_ways),
	HARNESS_TEST(test_an_end_that_nobody_reads_is_not_closed),
	HARNESS_TEST(test_descriptors_do_not_come_along),
	HARNESS_TEST(test_what_is_no_socket_is_an_error),
	HARNESS_TEST(test_who_is_said_to_be_dead_is_not_heard_out_for_ever),
};
HARNESS_MAIN(tests)
