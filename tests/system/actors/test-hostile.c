/* SPDX-License-Identifier: 0BSD */
/*
 * test-hostile.c - an actor that breaks the rules, without our library.
 *
 * It speaks the control protocol itself, is ready as any good actor is, then
 * does one bad thing, and ends when it is told to stop. The argument says what:
 * see the tables at the end.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <actorproc/protocol.h>

#define CONTROL_FD 3
#define PACKET_MAX 66560
#define FDS_MAX 16

static char received[32768];
static char junk[2 * PACKET_MAX];

/* what came last: its descriptors */
static int fds[FDS_MAX];
static size_t n_fds;

/* the first of our arena */
#define ARENA_BYTES ((size_t)1 << 20)
static void *arena = MAP_FAILED;

/* the edges we hold */
static int edges[FDS_MAX];
static unsigned long edge_ids[FDS_MAX];
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

/* the value of a field of what was received; "" when it has none */
static const char *field_of(ssize_t n, const char *name)
{
	size_t length = strlen(name);

	for (const char *field = received; field < received + n;
	     field += strlen(field) + 1)
		if (strncmp(field, name, length) == 0 && field[length] == '=')
			return field + length + 1;
	return "";
}

static void keep_edge(ssize_t n)
{
	for (const char *field = received; field < received + n;
	     field += strlen(field) + 1)
		if (strcmp(field, "END=holder") == 0 && n_fds > 0 &&
		    n_edges < FDS_MAX) {
			edge_ids[n_edges] = strtoul(field_of(n, "ID"), NULL,
						    10);
			edges[n_edges++] = fds[0];
		}
}

static void say(const void *bytes, size_t n_bytes)
{
	if (send(CONTROL_FD, bytes, n_bytes, MSG_NOSIGNAL) < 0)
		_exit(1);
}

static void say_with(int sent, int fd, const void *bytes, size_t n_bytes)
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

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &sent, sizeof(sent));
	sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void say_with_descriptor(int fd, const void *bytes, size_t n_bytes)
{
	say_with(CONTROL_FD, fd, bytes, n_bytes);
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

static void control_close(void)
{
	close(CONTROL_FD);
	for (;;)
		pause();
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

/* whose failure it was says the channel, and nothing else */
static void control_of_others(void)
{
	static const char failed[] =
		"FAILED\0ERRNO=5\0PATH=victim\0NAME=victim\0PID=1\0LIFE=1\0"
		"GENERATION=0";

	say(failed, sizeof(failed));
}

/* its own memory, which its supervisor will read when it is dead */
static void arena_garbage(void)
{
	if (arena == MAP_FAILED)
		_exit(2);
	memset(arena, 0xa5, ARENA_BYTES);
	_exit(1);
}

static void control_grants(void)
{
	static const char grant[] = "GRANT\0VIA=1\0EDGE=2";
	static const char claim[] = "CLAIM\0VIA=3\0GRANT=4";
	static const char limit[] = "LIMIT\0EDGE=2\0RATE=5";
	static const char nonsense[] = "LIMIT\0EDGE=2\0RATE=99999999999";
	static const char revoke[] = "REVOKE\0LIFE=5\0EDGE=2";

	for (int i = 0; i < 100; i++) {
		say(grant, sizeof(grant));
		say(claim, sizeof(claim));
		say(limit, sizeof(limit));
		say(nonsense, sizeof(nonsense));
		say(revoke, sizeof(revoke));
	}
}

/* ---- with an edge that it was given ------------------------------------- */

static uint32_t checksum(const unsigned char *bytes, size_t n)
{
	uint32_t sum = ~0u;

	for (size_t i = 0; i < n; i++) {
		sum ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78 : 0);
	}
	return ~sum;
}

struct packet {
	struct actor_packet_header header;
	struct actor_frame_header frame;
	char text[16];			/* type and payload, padded */
};

/* good messages, but for what the edge allows: "note fifth"; the first one asks
 * for a receipt */
static void send_note(int fd, uint64_t number)
{
	bool ask = number == 0;
	struct packet packet = {
		.header = {
			.version = ACTOR_PACKET_VERSION,
			.n_frames = 1,
			.sequence = number + 1,
			.first = number,
		},
		.frame = {
			.length = sizeof(packet.frame) + 13,
			.kind = ask ? 2 : 1,
			.priority = ACTOR_PRIORITY_NORMAL,
			.flags = ask ? ACTOR_FRAME_RECEIPT : 0,
			.ask_id = ask ? 1 : 0,
			.type_length = 4,
		},
		.text = "note\0\0\0\0fifth",
	};
	size_t n = sizeof(packet);

	packet.header.length = (uint32_t)n;
	packet.header.checksum = checksum((unsigned char *)&packet, n);
	send(fd, &packet, n, MSG_NOSIGNAL);
}

struct sealed_packet {
	struct actor_packet_header header;
	struct actor_frame_header frame;
	char type[8];
	struct actor_passed passed;
	struct actor_sealed sealed;
};

/* "note", of 1 MiB in descriptor 1 */
static void send_sealed(int fd)
{
	struct sealed_packet packet = {
		.header = {
			.version = ACTOR_PACKET_VERSION,
			.n_frames = 1,
			.length = sizeof(packet),
			.sequence = 1,
		},
		.frame = {
			.length = sizeof(packet) - sizeof(packet.header),
			.kind = 1,
			.priority = ACTOR_PRIORITY_NORMAL,
			.flags = ACTOR_FRAME_SEALED,
			.type_length = 4,
			.n_descriptors = 1,
		},
		.type = "note",
		.passed = { 1, 1 },
		.sealed = { 1 << 20 },
	};

	packet.header.checksum = checksum((unsigned char *)&packet,
					  sizeof(packet));
	send(fd, &packet, sizeof(packet), MSG_NOSIGNAL);
}

/* what it calls a sealed payload is a pipe: who read that would block */
static void sealed_lie(void)
{
	char give[64];
	int ends[2], length;

	if (pipe2(ends, O_CLOEXEC) < 0)
		_exit(1);
	for (size_t i = 0; i < n_edges; i++) {
		length = snprintf(give, sizeof(give),
				  "GIVE%cVIA=%lu%cNUMBER=1", 0, edge_ids[i],
				  0);
		say_with(ends[0], CONTROL_FD, give, (size_t)length + 1);
		send_sealed(edges[i]);
	}
}

/* what was sent once is sent again, and what came before that */
static void edge_again(void)
{
	static const uint64_t numbers[] = { 0, 1, 1, 0, 1 };

	for (size_t i = 0; i < n_edges; i++)
		for (size_t k = 0; k < sizeof(numbers) / sizeof(*numbers); k++)
			send_note(edges[i], numbers[k]);
}

static void edge_flood(void)
{
	struct pollfd answered = { .fd = fds[0], .events = POLLIN };

	send_note(fds[0], 0);
	poll(&answered, 1, -1);		/* now the target has its end */
	for (uint64_t i = 1; i < 100; i++)
		send_note(fds[0], i);
}

/* the newest edge that leads to it: by it the newest reference came */
static char newest[32];

/* who gave it that shall get it as well */
static void edge_pass_on(ssize_t n)
{
	char grant[128];
	int length;

	length = snprintf(grant, sizeof(grant), "GRANT%cVIA=%s%cEDGE=%s", 0,
			  newest, 0, field_of(n, "ID"));
	for (int i = 0; i < 100; i++)
		say(grant, (size_t)length + 1);
}

static void at_edge(const char *deed, ssize_t n)
{
	if (strcmp(field_of(n, "END"), "target") == 0)
		snprintf(newest, sizeof(newest), "%.31s", field_of(n, "ID"));
	else if (*field_of(n, "NAME") || n_fds == 0)
		return;
	else if (strcmp(deed, "limits-ignored") == 0)
		edge_flood();
	else if (strcmp(deed, "limits-passed-on") == 0)
		edge_pass_on(n);
}

/* whatever there is to do; three times */
static void control_idle(void)
{
	if (atoi(getenv("ACTOR_GENERATION")) == 3)
		return;
	say("IDLE", sizeof("IDLE"));
	_exit(0);
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
	{ "edge-again",		edge_again },
	{ "control-garbage",	control_garbage },
	{ "control-empty",	control_empty },
	{ "control-close",	control_close },
	{ "control-verb",	control_verb },
	{ "control-descriptor",	control_descriptor },
	{ "control-numbers",	control_numbers },
	{ "control-grants",	control_grants },
	{ "control-of-others",	control_of_others },
	{ "control-idle",	control_idle },
	{ "sealed-lie",		sealed_lie },
	{ "arena-garbage",	arena_garbage },
};

/* as one would that was linked with a library of long ago */
static int say_that_arena_is_foreign(void)
{
	static const char words[] = "START_FAILED\0ERRNO=93\0ARENA=1";

	say(words, sizeof(words));
	return 1;
}

int main(int argc, char **argv)
{
	ssize_t n;

	memset(junk, 0xa5, sizeof(junk));
	while ((n = receive_control()) > 0) {
		if (strcmp(received, "SETUP") == 0 && n_fds > 0)
			arena = mmap(NULL, ARENA_BYTES, PROT_WRITE, MAP_SHARED,
				     fds[0], 0);
		if (strcmp(received, "SETUP") == 0 && argc > 1 &&
		    strcmp(argv[1], "old-library") == 0)
			return say_that_arena_is_foreign();
		if (strcmp(received, "EDGE") == 0)
			keep_edge(n);
		if (strcmp(received, "EDGE") == 0 && argc > 1)
			at_edge(argv[1], n);
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
