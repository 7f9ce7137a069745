/* SPDX-License-Identifier: 0BSD */
/*
 * pairs.c - a socket pair from each sender to each receiver.
 *
 * Nobody shares one: as between actors, each sender is known by its own.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "contest.h"
#include "pairs.h"

#define ROOM_PACKETS 4

static int pairs[PLAN_PROCESSES_MAX][PLAN_PROCESSES_MAX][2];
static int epoll_fd = -1;

/* The default has room for the rest; more than that only root may have. */
static void make_room(int fd, size_t packet_bytes)
{
	int room = (int)packet_bytes * ROOM_PACKETS, now = 0;
	socklen_t n_bytes = sizeof(now);

	getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &now, &n_bytes);
	if (packet_bytes < (size_t)now / 2)
		return;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, n_bytes) < 0)
		setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, n_bytes);
}

void pairs_make(const struct plan *plan, int type, size_t packet_bytes)
{
	uint64_t sender, receiver;

	for (sender = 0; sender < plan->senders; sender++)
		for (receiver = 0; receiver < plan->receivers; receiver++) {
			int *fds = pairs[sender][receiver];

			if (socketpair(AF_UNIX, type, 0, fds) < 0)
				contest_fail_errno("socketpair");
			make_room(fds[0], packet_bytes);
			make_room(fds[1], packet_bytes);
		}
}

int pairs_sender_fd(unsigned int sender, unsigned int receiver)
{
	return pairs[sender][receiver][0];
}

int pairs_receiver_fd(unsigned int sender, unsigned int receiver)
{
	return pairs[sender][receiver][1];
}

static void open_epoll(const struct plan *plan, unsigned int receiver)
{
	unsigned int sender;

	epoll_fd = epoll_create1(0);
	if (epoll_fd < 0)
		contest_fail_errno("epoll_create1");
	for (sender = 0; sender < plan->senders; sender++) {
		struct epoll_event event = {
			.events = EPOLLIN,
			.data.u32 = sender,
		};

		if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD,
			      pairs_receiver_fd(sender, receiver), &event) < 0)
			contest_fail_errno("epoll_ctl");
	}
}

size_t pairs_wait(const struct plan *plan, unsigned int receiver,
		  unsigned int *ret_senders)
{
	struct epoll_event events[PLAN_PROCESSES_MAX];
	int n, i;

	if (plan->senders == 1) {
		ret_senders[0] = 0;
		return 1;
	}
	if (epoll_fd < 0)
		open_epoll(plan, receiver);
	do
		n = epoll_wait(epoll_fd, events, PLAN_PROCESSES_MAX, -1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		contest_fail_errno("epoll_wait");
	for (i = 0; i < n; i++)
		ret_senders[i] = events[i].data.u32;
	return (size_t)n;
}

int pairs_receive_flags(const struct plan *plan)
{
	return plan->senders == 1 ? 0 : MSG_DONTWAIT;
}
