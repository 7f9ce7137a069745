/* SPDX-License-Identifier: 0BSD */
/*
 * test-hostile.c - an actor that breaks the rules, without our library.
 *
 * It speaks the control protocol itself, is ready as any good actor is, then
 * does one bad thing, and ends when it is told to stop. The argument says what:
 * see the table at the end.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define CONTROL_FD 3
#define PACKET_MAX 66560
#define FDS_MAX 16

static char received[32768];
static char junk[2 * PACKET_MAX];

/* what came last: its descriptors */
static int fds[FDS_MAX];
static size_t n_fds;

/* the edges we hold */
static int edges[FDS_MAX];
static size_t n_edges;

static ssize_t receive_control(void)
{
	char control[CMSG_SPACE(FDS_MAX * sizeof(int))];
	struct iovec iov = { received, sizeof(received) - 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct pollfd readable = { .fd = CONTROL_FD, .events = POLLIN };
	struct cmsghdr *c;
	ssize_t n;

	poll(&readable, 1, -1);
	n = recvmsg(CONTROL_FD, &msg, 0);
	n_fds = 0;
	for (c = CMSG_FIRSTHDR(&msg); n > 0 && c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), n_fds * sizeof(int));
	}
	if (n > 0)
		received[n] = '\0';
	return n;
}

static void keep_edge(ssize_t n)
{
	for (const char *field = received; field < received + n;
	     field += strlen(field) + 1)
		if (strcmp(field, "END=holder") == 0 && n_fds == 1 &&
		    n_edges < FDS_MAX)
			edges[n_edges++] = fds[0];
}

static void say(const void *bytes, size_t n_bytes)
{
	if (send(CONTROL_FD, bytes, n_bytes, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static void say_with_descriptor(int fd, const void *bytes, size_t n_bytes)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (void *)bytes, n_bytes };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int sent = CONTROL_FD;

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &sent, sizeof(sent));
	sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* ---- bad things --------------------------------------------------------- */

static void on_edges(const void *bytes, size_t n_bytes, size_t times)
{
	for (size_t i = 0; i < n_edges; i++)
		for (size_t k = 0; k < times; k++)
			send(edges[i], bytes, n_bytes,
			     MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void edge_garbage(void)
{
	on_edges(junk, 100, 10);
}

static void edge_empty(void)
{
	on_edges(junk, 0, 10);
}

static void edge_short(void)
{
	on_edges("\1", 1, 1);
}

static void edge_huge(void)
{
	on_edges(junk, sizeof(junk), 1);
}

static void edge_descriptor(void)
{
	for (size_t i = 0; i < n_edges; i++)
		for (int k = 0; k < 100; k++)
			say_with_descriptor(edges[i], junk, 100);
}

static void edge_shutdown(void)
{
	for (size_t i = 0; i < n_edges; i++)
		shutdown(edges[i], SHUT_RDWR);
}

static void control_garbage(void)
{
	say(junk, 100);
}

static void control_empty(void)
{
	say("", 0);
}

static void control_verb(void)
{
	say("DANCE", sizeof("DANCE"));
}

static void control_descriptor(void)
{
	for (int i = 0; i < 100; i++)
		say_with_descriptor(CONTROL_FD, "READY", sizeof("READY"));
}

static void control_numbers(void)
{
	static const char failed[] = "FAILED\0ERRNO=99999999999999999999";

	say(failed, sizeof(failed));
}

static void control_grants(void)
{
	static const char grant[] = "GRANT\0VIA=1\0EDGE=2";
	static const char claim[] = "CLAIM\0VIA=3\0GRANT=4";

	for (int i = 0; i < 100; i++) {
		say(grant, sizeof(grant));
		say(claim, sizeof(claim));
	}
}

static const struct {
	const char *name;
	void (*run)(void);
} deeds[] = {
	{ "edge-garbage",	edge_garbage },
	{ "edge-empty",		edge_empty },
	{ "edge-short",		edge_short },
	{ "edge-huge",		edge_huge },
	{ "edge-descriptor",	edge_descriptor },
	{ "edge-shutdown",	edge_shutdown },
	{ "control-garbage",	control_garbage },
	{ "control-empty",	control_empty },
	{ "control-verb",	control_verb },
	{ "control-descriptor",	control_descriptor },
	{ "control-numbers",	control_numbers },
	{ "control-grants",	control_grants },
};

int main(int argc, char **argv)
{
	ssize_t n;

	memset(junk, 0xa5, sizeof(junk));
	while ((n = receive_control()) > 0) {
		if (strcmp(received, "EDGE") == 0)
			keep_edge(n);
		if (strcmp(received, "STOP") == 0)
			return 0;
		if (strcmp(received, "START") != 0)
			continue;
		say("READY", sizeof("READY"));
		for (size_t i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++)
			if (argc > 1 && strcmp(argv[1], deeds[i].name) == 0)
				deeds[i].run();
	}
	return 1;
}
