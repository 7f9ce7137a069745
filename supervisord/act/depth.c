/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * depth.c - how many messages wait in a socket.
 *
 * The kernel counts bytes only. A peek with SO_PEEK_OFF walks over the queued
 * packets, and each header says how many frames it has. The offset touches
 * nobody else: the actor never peeks, and its reads move the offset along. A
 * packet that was sent again around a crash has the number it had, and counts
 * once.
 */
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "libactorproc/protocol.h"
#include "supervisord/act/depth.h"

/* each peek walks from the start: who fills a large mailbox with the smallest
 * packets must not keep its supervisor busy. Beyond it is "at least" */
#define DEPTH_PACKETS_MAX 4096
#define LOOKS_MAX 8	/* while others look */
/* the last packet begins in there, whatever is in front of it; so many have room */
#define TAIL_BYTES (2 * ACTOR_PACKET_MAX)
#define TAIL_PACKETS_MAX                                                       \
	(TAIL_BYTES / (sizeof(struct actor_packet_header) +                    \
		       sizeof(struct actor_frame_header)))

struct depth depth_beyond(int fd, uint64_t taken)
{
	struct depth depth = { .whole = true };
	struct actor_packet_header header;
	unsigned int n_packets = 0;
	ssize_t n;
	int at = 0;

	for (;;) {
		if (setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &at,
			       sizeof(at)) < 0)
			break;
		n = recv(fd, &header, sizeof(header),
			 MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC);
		if (n <= 0)
			break;
		depth.whole = ++n_packets <= DEPTH_PACKETS_MAX;
		if (!depth.whole)
			break;
		at += (int)n;
		if (n < (ssize_t)sizeof(header))
			continue;
		depth.last = header.sequence;
		if (header.sequence <= taken)
			continue;
		taken = header.sequence;
		depth.n_frames += header.n_frames;
	}
	at = -1;
	setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &at, sizeof(at));
	return depth;
}

uint64_t depth_of(int fd)
{
	return depth_beyond(fd, 0).n_frames;
}

/* Whole packets are peeked at from an offset that the kernel moves: so a read
 * between two peeks does not make the second one see the middle of a packet. */
static ssize_t peek_next(int fd, struct actor_packet_header *ret)
{
	static _Alignas(8) char packet[ACTOR_PACKET_MAX + 1];
	ssize_t n = recv(fd, packet, sizeof(packet), MSG_PEEK | MSG_DONTWAIT);

	if (n >= (ssize_t)sizeof(*ret))
		memcpy(ret, packet, sizeof(*ret));
	return n;
}

/* Where a look that is for the last one may begin */
static int tail_of(int fd)
{
	int n_bytes;

	if (ioctl(fd, SIOCINQ, &n_bytes) < 0 || n_bytes <= (int)TAIL_BYTES)
		return 0;
	return n_bytes - (int)TAIL_BYTES;
}

/* The numbers go up by one, or are said again. Return: whether they did: another
 * supervisor's look at the same socket moves the offset too, and so does who reads */
static bool walk(int fd, uint64_t *ret_last)
{
	struct actor_packet_header header = { .sequence = 0 };
	size_t n_packets = 0;
	int at = tail_of(fd);

	*ret_last = 0;
	if (setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &at, sizeof(at)) < 0)
		return true;
	/* the rest of the packet in which that is */
	if (at && peek_next(fd, &header) <= 0)
		return false;
	while (n_packets++ <= TAIL_PACKETS_MAX && peek_next(fd, &header) > 0) {
		if (*ret_last && header.sequence != *ret_last &&
		    header.sequence != *ret_last + 1)
			return false;
		*ret_last = header.sequence;
	}
	return true;
}

uint64_t depth_last(int fd)
{
	const int off = -1;
	uint64_t last = 0;

	for (unsigned int i = 0; i < LOOKS_MAX && !walk(fd, &last); i++)
		;
	setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof(off));
	return last;
}
