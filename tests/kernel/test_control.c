/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_control.c - control messages and their descriptors over real sockets.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/control.h"
#include "tests/harness/harness.h"

static int pair[2];
static struct control_message message;

static void open_pair(void)
{
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
					 0, pair), 0);
}

static void close_pair(void)
{
	close(pair[0]);
	close(pair[1]);
}

static int send_edge(const int *fds, size_t n_fds)
{
	struct fields_writer w;
	char bytes[128];

	fields_begin(&w, bytes, sizeof(bytes), "EDGE");
	fields_put_u64(&w, "ID", 42);
	return control_send(pair[0], bytes, w.length_bytes, fds, n_fds);
}

static void test_a_message_arrives_with_its_descriptors(void)
{
	uint64_t id = 0;
	int fd;

	open_pair();
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), -EAGAIN);
	CU_ASSERT_EQUAL(send_edge(pair, 2), 0);
	CU_ASSERT_EQUAL_FATAL(control_receive(pair[1], &message, true), 0);
	CU_ASSERT_STRING_EQUAL(message.fields.verb, "EDGE");
	CU_ASSERT_EQUAL(fields_get_u64(&message.fields, "ID", &id), 0);
	CU_ASSERT_EQUAL(id, 42);
	CU_ASSERT_EQUAL(message.n_fds, 2);

	fd = control_take_fd(&message);
	CU_ASSERT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	fd = message.fds[0];
	CU_ASSERT_EQUAL(message.n_fds, 1);
	control_message_clear(&message);
	CU_ASSERT_EQUAL(fcntl(fd, F_GETFD), -1);
	CU_ASSERT_EQUAL(control_take_fd(&message), -1);
	close_pair();
}

static void test_all_descriptors_that_fit_arrive_in_order(void)
{
	int fds[CONTROL_FDS_MAX];
	size_t i;

	open_pair();
	for (i = 0; i < CONTROL_FDS_MAX; i++)
		fds[i] = pair[i % 2];
	CU_ASSERT_EQUAL(send_edge(fds, CONTROL_FDS_MAX), 0);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), 0);
	CU_ASSERT_EQUAL(message.n_fds, CONTROL_FDS_MAX);
	control_message_clear(&message);
	CU_ASSERT_EQUAL(send_edge(fds, CONTROL_FDS_MAX + 1), -EMSGSIZE);
	close_pair();
}

/* What the harness finds open after the test would be a leak. */
static void test_descriptors_that_are_not_wanted_are_refused(void)
{
	open_pair();
	CU_ASSERT_EQUAL(send_edge(pair, 2), 0);
	CU_ASSERT_EQUAL(send_edge(NULL, 0), 0);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, false), -EBADMSG);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, false), 0);
	CU_ASSERT_EQUAL(message.n_fds, 0);
	close_pair();
}

/* as few as it has now, and so many more */
static rlim_t leave_room_for(unsigned int n)
{
	struct rlimit limit;
	int next = fcntl(pair[0], F_DUPFD_CLOEXEC, 0);
	rlim_t before;

	close(next);
	getrlimit(RLIMIT_NOFILE, &limit);
	before = limit.rlim_cur;
	limit.rlim_cur = (rlim_t)next + n;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

static void restore_room(rlim_t before)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = before;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static void test_what_finds_no_room_waits_whole(void)
{
	rlim_t before;

	open_pair();
	CU_ASSERT_EQUAL(send_edge(pair, 2), 0);
	CU_ASSERT_EQUAL(send_edge(NULL, 0), 0);
	before = leave_room_for(1);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), -EMFILE);
	CU_ASSERT_EQUAL(message.n_fds, 0);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), -EMFILE);
	restore_room(before);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), 0);
	CU_ASSERT_EQUAL(message.n_fds, 2);
	control_message_clear(&message);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), 0);
	CU_ASSERT_EQUAL(message.n_fds, 0);
	close_pair();
}

static void test_a_gift_that_finds_no_room_is_lost_alone(void)
{
	rlim_t before;

	open_pair();
	CU_ASSERT_EQUAL(control_send(pair[0], "GIVE\0VIA=1", 11, pair, 1), 0);
	before = leave_room_for(0);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), 0);
	CU_ASSERT_EQUAL(message.n_fds, 0);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), -EAGAIN);
	restore_room(before);
	close_pair();
}

static void test_a_malformed_message_is_consumed_with_its_descriptors(void)
{
	open_pair();
	CU_ASSERT_EQUAL(control_send(pair[0], "EDGE\0id=1", 10, pair, 2), 0);
	CU_ASSERT_EQUAL(control_send(pair[0], "no NUL", 6, pair, 1), 0);
	CU_ASSERT_EQUAL(send(pair[0], "", 0, 0), 0);
	CU_ASSERT_EQUAL(send_edge(NULL, 0), 0);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), -EBADMSG);
	CU_ASSERT_EQUAL(message.n_fds, 0);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), -EBADMSG);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), -EBADMSG);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), 0);
	close_pair();
}

static void test_a_message_that_is_too_long_is_refused(void)
{
	static char bytes[ACTOR_CONTROL_MAX + 1];

	open_pair();
	CU_ASSERT_EQUAL(control_send(pair[0], bytes, sizeof(bytes), NULL, 0),
			-EMSGSIZE);
	CU_ASSERT_EQUAL(control_send(pair[0], bytes, 0, NULL, 0), -EMSGSIZE);
	memset(bytes, 'a', ACTOR_CONTROL_MAX);
	CU_ASSERT_EQUAL(send(pair[0], bytes, sizeof(bytes), 0), sizeof(bytes));
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), -EBADMSG);
	close_pair();
}

static void test_the_end_is_seen_after_the_mail(void)
{
	open_pair();
	CU_ASSERT_EQUAL(send_edge(NULL, 0), 0);
	CU_ASSERT_EQUAL(shutdown(pair[0], SHUT_RDWR), 0);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), 0);
	CU_ASSERT_EQUAL(control_receive(pair[1], &message, true), -EPIPE);
	CU_ASSERT_EQUAL(control_send(pair[1], "V", 2, NULL, 0), -EPIPE);
	close_pair();
}

static void test_a_full_channel_says_so(void)
{
	int r;

	open_pair();
	do
		r = send_edge(NULL, 0);
	while (!r);
	CU_ASSERT_EQUAL(r, -EAGAIN);
	close_pair();
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_message_arrives_with_its_descriptors),
	HARNESS_TEST(test_all_descriptors_that_fit_arrive_in_order),
	HARNESS_TEST(test_descriptors_that_are_not_wanted_are_refused),
	HARNESS_TEST(test_what_finds_no_room_waits_whole),
	HARNESS_TEST(test_a_gift_that_finds_no_room_is_lost_alone),
	HARNESS_TEST(test_a_malformed_message_is_consumed_with_its_descriptors),
	HARNESS_TEST(test_a_message_that_is_too_long_is_refused),
	HARNESS_TEST(test_the_end_is_seen_after_the_mail),
	HARNESS_TEST(test_a_full_channel_says_so),
};
HARNESS_MAIN(tests)
