/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * test_link.c - control channels in the loop: nothing blocks, nothing is lost,
 * and a peer that breaks the rules is heard of.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/edge.h"
#include "supervisord/link.h"
#include "tests/harness/harness.h"

struct heard {
	unsigned int n;
	unsigned int n_full;
	unsigned int n_fds;
	int error;
	bool over;
	struct link *free_at_once;
	struct link *expected;
};

static sd_event *event;
static int peer;
static struct rlimit limit;

static void hear(void *data, struct control_message *m, int error)
{
	struct heard *heard = data;
	int fd;

	if (!m && error == -EMFILE) {
		heard->n_full++;
		return;
	}
	if (!m) {
		heard->over = true;
		heard->error = error;
		return;
	}
	heard->n++;
	if (heard->expected)
		link_expected(heard->expected);
	while ((fd = control_take_fd(m)) >= 0) {
		heard->n_fds++;
		close(fd);
	}
	if (heard->free_at_once)
		heard->free_at_once = link_free(heard->free_at_once);
}

static struct link *begin(struct heard *heard, bool accept_fds)
{
	struct link *link = NULL;
	int fds[2];

	CU_ASSERT_FATAL(sd_event_new(&event) >= 0);
	CU_ASSERT_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK |
				   SOCK_CLOEXEC, 0, fds) == 0);
	peer = fds[1];
	CU_ASSERT_EQUAL_FATAL(link_new(&link, event, fds[0], accept_fds, hear,
				       heard), 0);
	return link;
}

static void end(struct link *link)
{
	link_free(link);
	sd_event_unref(event);
	close(peer);
}

static void turn(void)
{
	while (sd_event_run(event, 0) > 0)
		;
}

static void say(struct link *link, const char *verb, const int *fds, size_t n)
{
	char bytes[1024];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), verb);
	fields_put_format(&w, "FILL", "%0900d", 1);
	link_send(link, &w, fds, n);
}

static void test_a_message_and_its_descriptors_arrive(void)
{
	struct heard heard = { 0 };
	struct link *link = begin(&heard, true);
	int fds[] = { STDIN_FILENO, STDERR_FILENO };

	CU_ASSERT_EQUAL(control_send(peer, "HELLO", 6, fds, 2), 0);
	turn();
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_EQUAL(heard.n_fds, 2);
	end(link);
}

static void test_descriptors_of_an_actor_are_refused(void)
{
	struct heard heard = { 0 };
	struct link *link = begin(&heard, false);
	int fd = STDIN_FILENO;

	control_send(peer, "HELLO", 6, &fd, 1);
	turn();
	CU_ASSERT_EQUAL(heard.n_fds, 0);
	end(link);
}

/* nobody has to close what does not come */
static void test_who_may_give_none_cannot_even_send_them(void)
{
	struct heard heard = { 0 };
	int fd = STDIN_FILENO;
	struct link *link;

	if (!edge_carries_no_rights())
		HARNESS_SKIP("a kernel before 6.16");
	link = begin(&heard, false);
	link_refuse_fds(link);
	CU_ASSERT_EQUAL(control_send(peer, "HELLO", 6, &fd, 1), -EPERM);
	CU_ASSERT_EQUAL(control_send(peer, "HELLO", 6, NULL, 0), 0);
	turn();
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_EQUAL(heard.n_fds, 0);
	link_accept_fds(link);
	CU_ASSERT_EQUAL(control_send(peer, "HELLO", 6, &fd, 1), 0);
	turn();
	CU_ASSERT_EQUAL(heard.n_fds, 1);
	end(link);
}

static void test_a_full_socket_queues_in_order(void)
{
	static struct control_message m;
	struct heard heard = { 0 };
	struct link *link = begin(&heard, true);
	unsigned int n = 0;
	char verb[16];

	for (unsigned int i = 0; i < 2000; i++) {
		snprintf(verb, sizeof(verb), "V%u", i);
		say(link, verb, NULL, 0);
	}
	while (n < 2000) {
		turn();
		while (control_receive(peer, &m, true) == 0) {
			snprintf(verb, sizeof(verb), "V%u", n++);
			CU_ASSERT_STRING_EQUAL(m.fields.verb, verb);
		}
	}
	end(link);
}

static void test_queued_descriptors_survive_their_originals(void)
{
	static struct control_message m;
	struct heard heard = { 0 };
	struct link *link = begin(&heard, true);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	unsigned int n_fds = 0, n = 0;

	for (unsigned int i = 0; i < 500; i++)
		say(link, "FD", &fd, 1);
	close(fd);
	while (n < 500) {
		turn();
		while (control_receive(peer, &m, true) == 0) {
			n++;
			n_fds += (unsigned int)m.n_fds;
			control_message_clear(&m);
		}
	}
	CU_ASSERT_EQUAL(n_fds, 500);
	end(link);
}

/* more descriptors on their way than an ordinary process may have there */
static void use_up_passing(int fds[2])
{
	struct rlimit low = { .rlim_cur = 48 };

	CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low.rlim_max = limit.rlim_max;
	CU_ASSERT_EQUAL_FATAL(link_pair(fds), 0);
	for (unsigned int i = 0; i < 64; i++)
		CU_ASSERT_EQUAL(control_send(fds[0], "F", 2, &peer, 1), 0);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &low), 0);
	CU_ASSERT_EQUAL(geteuid() ? 0 : seteuid(65534), 0);
}

static void restore_passing(int fds[2], uid_t uid)
{
	CU_ASSERT_EQUAL(seteuid(uid), 0);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	close(fds[0]);
	close(fds[1]);
}

static void test_what_the_kernel_does_not_pass_on_waits_and_all_behind_it(void)
{
	static struct control_message m;
	struct heard heard = { 0 };
	struct link *link = begin(&heard, true);
	uid_t uid = geteuid();
	int fds[2];

	use_up_passing(fds);
	say(link, "A", &peer, 1);
	say(link, "B", NULL, 0);
	turn();
	CU_ASSERT(link_waits(link));
	CU_ASSERT_EQUAL(control_receive(peer, &m, true), -EAGAIN);
	restore_passing(fds, uid);
	while (link_waits(link))
		sd_event_run(event, UINT64_MAX);
	CU_ASSERT_EQUAL(control_receive(peer, &m, true), 0);
	CU_ASSERT_STRING_EQUAL(m.fields.verb, "A");
	CU_ASSERT_EQUAL(m.n_fds, 1);
	control_message_clear(&m);
	CU_ASSERT_EQUAL(control_receive(peer, &m, true), 0);
	CU_ASSERT_STRING_EQUAL(m.fields.verb, "B");
	CU_ASSERT_FALSE(heard.over);
	end(link);
}

static void test_what_finds_no_room_here_waits_and_all_behind_it(void)
{
	struct heard heard = { 0 };
	struct link *link = begin(&heard, true);
	int next = fcntl(peer, F_DUPFD_CLOEXEC, 0);
	struct rlimit low;

	close(next);
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	low = (struct rlimit){ (rlim_t)next, limit.rlim_max };
	CU_ASSERT_EQUAL(control_send(peer, "A", 2, &peer, 1), 0);
	CU_ASSERT_EQUAL(control_send(peer, "B", 2, NULL, 0), 0);
	turn();		/* what the loop needs for itself it has now */
	CU_ASSERT_EQUAL(heard.n, 2);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &low), 0);
	CU_ASSERT_EQUAL(control_send(peer, "A", 2, &peer, 1), 0);
	CU_ASSERT_EQUAL(control_send(peer, "B", 2, NULL, 0), 0);
	for (unsigned int i = 0; i < 3 || heard.n_full < 3; i++)
		sd_event_run(event, UINT64_MAX);
	CU_ASSERT_EQUAL(heard.n, 2);
	CU_ASSERT_FALSE(heard.over);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (heard.n < 4)
		sd_event_run(event, UINT64_MAX);
	CU_ASSERT_EQUAL(heard.n_fds, 2);
	end(link);
}

static void test_a_peer_that_never_reads_is_heard_of(void)
{
	struct heard heard = { 0 };
	struct link *link = begin(&heard, true);

	for (size_t i = 0; i < LINK_QUEUE_BYTES / 900 + 1000; i++)
		say(link, "V", NULL, 0);
	turn();
	CU_ASSERT_TRUE(heard.over);
	end(link);
}

/* Return: how many of those that come one by one are heard at once */
static unsigned int hear_at_once(bool expected)
{
	struct heard heard = { 0 };
	struct link *link = begin(&heard, false);
	unsigned int n;

	heard.expected = expected ? link : NULL;
	for (unsigned int i = 0; i < 100; i++) {
		control_send(peer, "HELLO", 6, NULL, 0);
		turn();
	}
	n = heard.n;
	end(link);
	return n;
}

static void test_who_comes_too_often_waits_unless_it_was_asked(void)
{
	CU_ASSERT(hear_at_once(false) < 100);
	CU_ASSERT_EQUAL(hear_at_once(true), 100);
}

static void test_the_end_is_told_once(void)
{
	struct heard heard = { 0 };
	struct link *link = begin(&heard, true);

	CU_ASSERT_EQUAL(control_send(peer, "LAST", 5, NULL, 0), 0);
	shutdown(peer, SHUT_RDWR);
	turn();
	CU_ASSERT_EQUAL(heard.n, 1);
	CU_ASSERT_TRUE(heard.over);
	CU_ASSERT_EQUAL(heard.error, -EPIPE);
	end(link);
}

static void test_junk_is_told_as_such(void)
{
	static const char *const junk[] = { "", "no end", "A\0b=1\0" };
	static const size_t sizes[] = { 0, 6, 6 };

	for (size_t i = 0; i < 3; i++) {
		struct heard heard = { 0 };
		struct link *link = begin(&heard, false);

		CU_ASSERT_EQUAL(send(peer, junk[i], sizes[i], 0),
				(ssize_t)sizes[i]);
		turn();
		CU_ASSERT_EQUAL(heard.n, 0);
		CU_ASSERT_TRUE(heard.over);
		end(link);
	}
}

static void test_a_link_may_be_freed_while_it_delivers(void)
{
	struct heard heard = { 0 };
	struct link *link = begin(&heard, false);

	heard.free_at_once = link;
	CU_ASSERT_EQUAL(control_send(peer, "ONE", 4, NULL, 0), 0);
	CU_ASSERT_EQUAL(control_send(peer, "TWO", 4, NULL, 0), 0);
	turn();
	CU_ASSERT_EQUAL(heard.n, 1);
	end(NULL);
}

static const struct harness_test tests[] = {
	HARNESS_TEST(test_a_message_and_its_descriptors_arrive),
	HARNESS_TEST(test_descriptors_of_an_actor_are_refused),
	HARNESS_TEST(test_who_may_give_none_cannot_even_send_them),
	HARNESS_TEST(test_a_full_socket_queues_in_order),
	HARNESS_TEST(test_queued_descriptors_survive_their_originals),
	HARNESS_TEST(
		test_what_the_kernel_does_not_pass_on_waits_and_all_behind_it),
	HARNESS_TEST(test_what_finds_no_room_here_waits_and_all_behind_it),
	HARNESS_TEST(test_a_peer_that_never_reads_is_heard_of),
	HARNESS_TEST(test_who_comes_too_often_waits_unless_it_was_asked),
	HARNESS_TEST(test_the_end_is_told_once),
	HARNESS_TEST(test_junk_is_told_as_such),
	HARNESS_TEST(test_a_link_may_be_freed_while_it_delivers),
};
HARNESS_MAIN(tests)
