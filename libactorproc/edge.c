/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * edge.c - one packet in or out of a socketpair end.
 *
 * The only place that sends and receives on edges. It gives no control buffer,
 * so descriptors that a stranger sends along are closed by the kernel. Never
 * looks into a packet.
 *
 * What is strange: a SEQPACKET socket returns 0 both for a packet without bytes
 * and at the end. Only when the other side has hung up can it be the end, and
 * then packets without bytes may lie before good ones. They are skipped there,
 * as many as can ever be queued; no honest sender makes any.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/control.h"
#include "libactorproc/edge.h"
#include "libactorproc/protocol.h"

#define EMPTY_PACKETS_MAX 1024
#define BEYOND_BYTES (8 * ACTOR_PACKET_MAX)	/* with what they cost the kernel */

/* Both options are for the better: a kernel that lacks one goes without. */
static void edge_set_up(int fd, int room_bytes)
{
	(void)control_pass_fds(fd, false);
	if (room_bytes && setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE,
				     &room_bytes, sizeof(room_bytes)) < 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room_bytes,
				 sizeof(room_bytes));
}

/* One packet of the largest size must always fit, or it waits for ever. */
static int room_for(size_t room_bytes)
{
	if (!room_bytes)
		return 0;
	if (room_bytes < ACTOR_PACKET_MAX)
		return ACTOR_PACKET_MAX;

	return room_bytes > 1 << 30 ? 1 << 30 : (int)room_bytes;
}

bool edge_carries_no_rights(void)
{
	static int known = -1;
	int fd;

	if (known >= 0)
		return known;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	known = control_pass_fds(fd, false) == 0;
	close(fd);

	return known;
}

int edge_pair(int ret_fds[2], size_t room_bytes)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;

	edge_set_up(fds[0], room_for(room_bytes));
	edge_set_up(fds[1], room_for(room_bytes));
	ret_fds[0] = fds[0];
	ret_fds[1] = fds[1];
	return 0;
}

static int send_outcome(int error)
{
	switch (error) {
	case EAGAIN:
	case ENOBUFS:
		return EDGE_FULL;
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		return EDGE_CLOSED;
	default:
		return -error;
	}
}

int edge_send(int fd, const void *packet, size_t n_bytes)
{
	ssize_t n;

	do
		n = send(fd, packet, n_bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);

	return n < 0 ? send_outcome(errno) : EDGE_DONE;
}

/* As the kernel counts, which is twice what is asked for. */
static bool set_room(int fd, int room_bytes)
{
	const int half = room_bytes / 2;

	return setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &half,
			  sizeof(half)) == 0 ||
	       setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &half, sizeof(half)) == 0;
}

/* The room is as it was afterwards, so it is never much more than that. */
int edge_send_beyond(int fd, const void *packet, size_t n_bytes)
{
	int r = edge_send(fd, packet, n_bytes);
	socklen_t size = sizeof(int);
	int room_bytes;

	if (r != EDGE_FULL ||
	    getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room_bytes, &size) < 0 ||
	    room_bytes > INT_MAX - BEYOND_BYTES ||
	    !set_room(fd, room_bytes + BEYOND_BYTES))
		return r;
	r = edge_send(fd, packet, n_bytes);
	set_room(fd, room_bytes);

	return r;
}

static int receive_outcome(int error)
{
	switch (error) {
	case EAGAIN:
		return EDGE_EMPTY;
	case ECONNRESET:
		return EDGE_RESET;
	case EPIPE:
	case ENOTCONN:
		return EDGE_CLOSED;
	default:
		return -error;
	}
}

/* MSG_TRUNC: the true length, however little room there was. */
static ssize_t receive(int fd, void *buffer, size_t size_bytes)
{
	ssize_t n;

	do
		n = recv(fd, buffer, size_bytes, MSG_DONTWAIT | MSG_TRUNC);
	while (n < 0 && errno == EINTR);

	return n;
}

static bool hung_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 && p.revents & (POLLHUP | POLLRDHUP);
}

bool edge_is_silent(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

int edge_receive(int fd, void *buffer, size_t size_bytes, size_t *ret_bytes)
{
	int tries;

	for (tries = 0; tries < EMPTY_PACKETS_MAX; tries++) {
		ssize_t n = receive(fd, buffer, size_bytes);

		if (n < 0)
			return receive_outcome(errno);
		if (n > 0 || (!tries && !hung_up(fd))) {
			*ret_bytes = (size_t)n;
			return EDGE_DONE;
		}
	}

	return EDGE_CLOSED;
}
