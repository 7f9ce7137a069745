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

/* Whole packets are peeked at from an offset that the kernel moves: so a read
 * between two peeks does not make the second one see the middle of a packet, or
 * nothing of those that have moved up. */
static ssize_t peek_next(int fd, struct actor_packet_header *ret)
{
	static _Alignas(8) char packet[ACTOR_PACKET_MAX + 1];
	ssize_t n = recv(fd, packet, sizeof(packet), MSG_PEEK | MSG_DONTWAIT);

	if (n >= (ssize_t)sizeof(*ret))
		memcpy(ret, packet, sizeof(*ret));
	return n;
}

static bool look_from(int fd, int at)
{
	return setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &at, sizeof(at)) == 0;
}

/* Return: false when another supervisor's look moves the offset too, as it seems */
static bool count(int fd, uint64_t taken, struct depth *ret)
{
	struct actor_packet_header header;
	unsigned int n_packets = 0;
	bool follow = true;
	ssize_t n;

	*ret = (struct depth){ .whole = true };
	if (!look_from(fd, 0))
		return true;
	while ((n = peek_next(fd, &header)) > 0) {
		ret->whole = ++n_packets <= DEPTH_PACKETS_MAX;
		if (!ret->whole)
			break;
		if (n < (ssize_t)sizeof(header))
			continue;
		follow &= !ret->last || header.sequence - ret->last <= 1;
		ret->last = header.sequence;
		if (header.sequence <= taken)
			continue;
		taken = header.sequence;
		ret->n_frames += header.n_frames;
	}
	return follow;
}

/* who is left out of what is sent leaves a gap as well: it is no more then */
struct depth depth_beyond(int fd, uint64_t taken)
{
	struct depth depth;

	for (unsigned int i = 0; i < LOOKS_MAX && !count(fd, taken, &depth); i++)
		;
	look_from(fd, -1);
	return depth;
}

uint64_t depth_of(int fd)
{
	return depth_beyond(fd, 0).n_frames;
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
	if (!look_from(fd, at))
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
	uint64_t last = 0;

	for (unsigned int i = 0; i < LOOKS_MAX && !walk(fd, &last); i++)
		;
	look_from(fd, -1);
	return last;
}
