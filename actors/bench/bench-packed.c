/* SPDX-License-Identifier: 0BSD */
/*
 * bench-packed.c - the contestant: a bare SEQPACKET pair, many messages a call.
 *
 * As many as fit share a packet of 16 KiB; what does not fit goes in pieces of
 * that size. Nothing is promised about crashes, no message is ever held back
 * from a receiver for its sake, nothing has a type or a sender: it is what
 * packing alone can do. A lone message is a packet either way, so it does not
 * ask: bench-seqpacket does.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "contest.h"
#include "pairs.h"

#define PACKET_BYTES 16384
#define IN_A_ROW 16
#define ALIGNED(n) (((n) + 7) & ~(size_t)7)

/**
 * struct piece - what is before the bytes of a message, or of a part of one
 * @size: of the whole message
 * @here: how much of it follows
 */
struct piece {
	uint32_t size;
	uint32_t here;
};

/* a packet that is being filled, for each receiver */
static struct packet {
	char bytes[PACKET_BYTES];
	size_t n;
} packets[PLAN_PROCESSES_MAX];

/* a message that is being put together, from each sender */
static struct gathered {
	char *bytes;
	size_t n;
} gathered[PLAN_PROCESSES_MAX];

static void prepare(const struct plan *plan)
{
	pairs_make(plan, SOCK_SEQPACKET, PACKET_BYTES);
}

static void flush(struct packet *packet, int fd)
{
	if (packet->n &&
	    send(fd, packet->bytes, packet->n, MSG_NOSIGNAL) < 0)
		contest_fail_errno("send");
	packet->n = 0;
}

static void pack(struct packet *packet, int fd, const void *payload,
		 size_t size)
{
	struct piece piece = {
		.size = (uint32_t)size,
		.here = (uint32_t)size,
	};
	size_t n = sizeof(piece) + ALIGNED(size);

	if (packet->n + n > PACKET_BYTES)
		flush(packet, fd);
	memcpy(packet->bytes + packet->n, &piece, sizeof(piece));
	memcpy(packet->bytes + packet->n + sizeof(piece), payload, size);
	packet->n += n;
}

static void cut(int fd, const char *payload, size_t size)
{
	struct piece piece = { .size = (uint32_t)size };
	struct iovec parts[2] = {
		{ .iov_base = &piece, .iov_len = sizeof(piece) },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	size_t at;

	for (at = 0; at < size; at += piece.here) {
		piece.here = PACKET_BYTES - sizeof(piece);
		if (piece.here > size - at)
			piece.here = (uint32_t)(size - at);
		parts[1].iov_base = (void *)(payload + at);
		parts[1].iov_len = piece.here;
		if (sendmsg(fd, &message, MSG_NOSIGNAL) < 0)
			contest_fail_errno("sendmsg");
	}
}

static void sends(const struct plan *plan, unsigned int sender)
{
	const void *payload = contest_payload(plan, sender);
	uint64_t quota = plan_quota(plan);
	bool fits = sizeof(struct piece) + plan->size <= PACKET_BYTES;
	unsigned int i;

	contest_ready();
	while (quota-- > 0)
		for (i = 0; i < plan->receivers; i++)
			if (fits)
				pack(&packets[i], pairs_sender_fd(sender, i),
				     payload, plan->size);
			else
				cut(pairs_sender_fd(sender, i), payload,
				    plan->size);
	for (i = 0; i < plan->receivers; i++)
		flush(&packets[i], pairs_sender_fd(sender, i));
}

/* @first is apart: so the bytes of pieces land behind each other, uncopied */
static void unpack(struct piece first, const char *bytes, size_t n,
		   struct tally *tally)
{
	struct piece piece = first;
	size_t at = 0;

	for (;;) {
		tally_take(tally, bytes + at, piece.size);
		at += ALIGNED(piece.size);
		if (at + sizeof(piece) > n)
			return;
		memcpy(&piece, bytes + at, sizeof(piece));
		at += sizeof(piece);
	}
}

static bool take_packet(struct gathered *from, int fd, int flags,
			struct tally *tally)
{
	struct piece piece;
	struct iovec parts[2] = {
		{ .iov_base = &piece, .iov_len = sizeof(piece) },
		{ .iov_base = from->bytes + from->n, .iov_len = PACKET_BYTES },
	};
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n = recvmsg(fd, &message, flags);

	if (n < 0 && errno == EAGAIN)
		return false;
	if (n < (ssize_t)sizeof(piece))
		contest_fail_errno("recvmsg");
	if (piece.here == piece.size) {
		unpack(piece, from->bytes, (size_t)n - sizeof(piece), tally);
		return true;
	}
	from->n += piece.here;
	if (from->n == piece.size) {
		tally_take(tally, from->bytes, piece.size);
		from->n = 0;
	}
	return true;
}

static void drain(const struct plan *plan, unsigned int sender,
		  unsigned int receiver, struct tally *tally)
{
	int flags = pairs_receive_flags(plan);
	int fd = pairs_receiver_fd(sender, receiver);
	unsigned int i;

	for (i = 0; i < IN_A_ROW && tally->left > 0; i++)
		if (!take_packet(&gathered[sender], fd, flags, tally))
			return;
}

static void takes(const struct plan *plan, unsigned int receiver,
		  struct tally *tally)
{
	unsigned int senders[PLAN_PROCESSES_MAX];
	size_t n, i;

	for (i = 0; i < plan->senders; i++) {
		gathered[i].bytes = calloc(1, plan->size + PACKET_BYTES);
		if (!gathered[i].bytes)
			contest_fail_errno("calloc");
	}
	contest_ready();
	while (tally->left > 0) {
		n = pairs_wait(plan, receiver, senders);
		for (i = 0; i < n; i++)
			drain(plan, senders[i], receiver, tally);
	}
}

int main(int argc, char **argv)
{
	static const struct contestant packed = {
		.name = "packed",
		.prepare = prepare,
		.send = sends,
		.take = takes,
	};

	return contest_main(&packed, argc, argv);
}
