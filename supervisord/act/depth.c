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
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "libactorproc/protocol.h"
#include "supervisord/act/depth.h"

/* each peek walks from the start: who fills a large mailbox with the smallest
 * packets must not keep its supervisor busy. Beyond it is "at least" */
#define DEPTH_PACKETS_MAX 4096
#define LOOKS_MAX 8	/* while its actor reads */

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

static int queued_bytes(int fd)
{
	int n_bytes = 0;

	return ioctl(fd, SIOCINQ, &n_bytes) == 0 ? n_bytes : 0;
}

/* a read between two peeks makes the second one see the middle of a packet; so
 * nothing is believed when there are fewer bytes than before */
uint64_t depth_last(int fd)
{
	struct depth depth;
	int n_bytes;

	for (unsigned int i = 0; i < LOOKS_MAX; i++) {
		n_bytes = queued_bytes(fd);
		depth = depth_beyond(fd, 0);
		if (queued_bytes(fd) == n_bytes)
			return depth.last;
	}
	return 0;
}
