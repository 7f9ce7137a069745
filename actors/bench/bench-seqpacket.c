/* SPDX-License-Identifier: 0BSD */
/*
 * bench-seqpacket.c - the contestant: a bare SEQPACKET pair, a message a call.
 */
#include <errno.h>
#include <sys/socket.h>

#include "contest.h"
#include "pairs.h"

#define IN_A_ROW 64

static void prepare(const struct plan *plan)
{
	pairs_make(plan, SOCK_SEQPACKET, plan->size);
}

static void say(int fd, const void *payload, size_t size)
{
	if (send(fd, payload, size, MSG_NOSIGNAL) != (ssize_t)size)
		contest_fail_errno("send");
}

static void hear(int fd, void *payload, size_t size)
{
	if (recv(fd, payload, size, 0) != (ssize_t)size)
		contest_fail_errno("recv");
}

static void sends(const struct plan *plan, unsigned int sender)
{
	const void *payload = contest_payload(plan, sender);
	uint64_t quota = plan_quota(plan);
	unsigned int i;

	contest_ready();
	while (quota-- > 0)
		for (i = 0; i < plan->receivers; i++)
			say(pairs_sender_fd(sender, i), payload, plan->size);
}

/* what one sender has sent, but not so much that the others wait for long */
static void drain(const struct plan *plan, int fd, void *payload,
		  struct tally *tally)
{
	int flags = pairs_receive_flags(plan);
	unsigned int i;
	ssize_t n;

	for (i = 0; i < IN_A_ROW && tally->left > 0; i++) {
		n = recv(fd, payload, plan->size, flags);
		if (n < 0 && errno == EAGAIN)
			return;
		if (n != (ssize_t)plan->size)
			contest_fail_errno("recv");
		tally_take(tally, payload, plan->size);
	}
}

static void takes(const struct plan *plan, unsigned int receiver,
		  struct tally *tally)
{
	unsigned int senders[PLAN_PROCESSES_MAX];
	void *payload = contest_payload(plan, 0);
	size_t n, i;

	contest_ready();
	while (tally->left > 0) {
		n = pairs_wait(plan, receiver, senders);
		for (i = 0; i < n; i++)
			drain(plan, pairs_receiver_fd(senders[i], receiver),
			      payload, tally);
	}
}

static void asks(const struct plan *plan, struct samples *samples)
{
	void *payload = contest_payload(plan, 0);
	int fd = pairs_sender_fd(0, 0);
	uint64_t n = plan->n, begin;

	contest_ready();
	while (n-- > 0) {
		begin = contest_now_ns();
		say(fd, payload, plan->size);
		hear(fd, payload, plan->size);
		samples_add(samples, contest_now_ns() - begin);
	}
}

static void answers(const struct plan *plan)
{
	void *payload = contest_payload(plan, 0);
	int fd = pairs_receiver_fd(0, 0);

	contest_ready();
	for (;;) {
		hear(fd, payload, plan->size);
		say(fd, payload, plan->size);
	}
}

int main(int argc, char **argv)
{
	static const struct contestant seqpacket = {
		.name = "seqpacket",
		.prepare = prepare,
		.send = sends,
		.take = takes,
		.ask = asks,
		.answer = answers,
	};

	return contest_main(&seqpacket, argc, argv);
}
