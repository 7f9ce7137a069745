/* SPDX-License-Identifier: 0BSD */
/*
 * bench-nng.c - the contestant: nng over ipc; push and pull, request and reply.
 *
 * A socket for each receiver, so that the sender says who gets what. Queues are
 * as long as ZeroMQ's are by default, where nng lets them be: its own default
 * is none.
 */
#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>

#include "contest.h"

#define QUEUE_MESSAGES 1000

typedef int open_fn(nng_socket *ret_socket);

static void must(int error, const char *what)
{
	if (error)
		contest_fail(what, nng_strerror(error));
}

static nng_socket open_socket(open_fn *open)
{
	nng_socket socket;

	must(open(&socket), "open");
	/* not every protocol has them */
	(void)nng_socket_set_int(socket, NNG_OPT_SENDBUF, QUEUE_MESSAGES);
	(void)nng_socket_set_int(socket, NNG_OPT_RECVBUF, QUEUE_MESSAGES);
	must(nng_socket_set_size(socket, NNG_OPT_RECVMAXSZ, 0), "set");
	return socket;
}

static nng_socket listening(open_fn *open, unsigned int receiver)
{
	nng_socket socket = open_socket(open);
	char address[CONTEST_ADDRESS_MAX];

	contest_address(address, receiver);
	must(nng_listen(socket, address, NULL, 0), "nng_listen");
	return socket;
}

static nng_socket connected(open_fn *open, unsigned int receiver)
{
	nng_socket socket = open_socket(open);
	char address[CONTEST_ADDRESS_MAX];

	contest_address(address, receiver);
	must(nng_dial(socket, address, NULL, 0), "nng_dial");
	return socket;
}

static void say(nng_socket socket, void *payload, size_t size)
{
	must(nng_send(socket, payload, size, 0), "nng_send");
}

static nng_msg *hear(nng_socket socket)
{
	nng_msg *message;

	must(nng_recvmsg(socket, &message, 0), "nng_recvmsg");
	return message;
}

static void sends(const struct plan *plan, unsigned int sender)
{
	void *payload = contest_payload(plan, sender);
	nng_socket sockets[PLAN_PROCESSES_MAX];
	uint64_t quota = plan_quota(plan);
	unsigned int i;

	for (i = 0; i < plan->receivers; i++)
		sockets[i] = connected(nng_push0_open, i);
	contest_ready();
	while (quota-- > 0)
		for (i = 0; i < plan->receivers; i++)
			say(sockets[i], payload, plan->size);
}

static void takes(const struct plan *plan, unsigned int receiver,
		  struct tally *tally)
{
	nng_socket socket = listening(nng_pull0_open, receiver);
	nng_msg *message;

	(void)plan;
	contest_ready();
	while (tally->left > 0) {
		message = hear(socket);
		tally_take(tally, nng_msg_body(message), nng_msg_len(message));
		nng_msg_free(message);
	}
}

static void asks(const struct plan *plan, struct samples *samples)
{
	void *payload = contest_payload(plan, 0);
	nng_socket socket = connected(nng_req0_open, 0);
	uint64_t n = plan->n, begin;

	contest_ready();
	while (n-- > 0) {
		begin = contest_now_ns();
		say(socket, payload, plan->size);
		nng_msg_free(hear(socket));
		samples_add(samples, contest_now_ns() - begin);
	}
}

/* what was received is what is sent back: nng lets it be used again */
static void answers(const struct plan *plan)
{
	nng_socket socket = listening(nng_rep0_open, 0);

	(void)plan;
	contest_ready();
	for (;;)
		must(nng_sendmsg(socket, hear(socket), 0), "nng_sendmsg");
}

int main(int argc, char **argv)
{
	static const struct contestant nng = {
		.name = "nng",
		.send = sends,
		.take = takes,
		.ask = asks,
		.answer = answers,
	};

	return contest_main(&nng, argc, argv);
}
