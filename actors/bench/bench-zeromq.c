/* SPDX-License-Identifier: 0BSD */
/*
 * bench-zeromq.c - the contestant: ZeroMQ over ipc; PUSH and PULL, REQ and REP.
 *
 * A socket for each receiver, so that the sender says who gets what. All
 * options are ZeroMQ's defaults.
 */
#include <zmq.h>

#include "contest.h"

static _Noreturn void fail(const char *what)
{
	contest_fail(what, zmq_strerror(zmq_errno()));
}

static void *open_socket(void *context, int type)
{
	void *socket = zmq_socket(context, type);

	if (!socket)
		fail("zmq_socket");
	return socket;
}

static void *listening(int type, unsigned int receiver)
{
	void *socket = open_socket(zmq_ctx_new(), type);
	char address[CONTEST_ADDRESS_MAX];

	contest_address(address, receiver);
	if (zmq_bind(socket, address) < 0)
		fail("zmq_bind");
	return socket;
}

static void *connected(void *context, int type, unsigned int receiver)
{
	void *socket = open_socket(context, type);
	char address[CONTEST_ADDRESS_MAX];

	contest_address(address, receiver);
	if (zmq_connect(socket, address) < 0)
		fail("zmq_connect");
	return socket;
}

static void say(void *socket, const void *payload, size_t size)
{
	if (zmq_send(socket, payload, size, 0) < 0)
		fail("zmq_send");
}

static void hear(void *socket, zmq_msg_t *message)
{
	if (zmq_msg_recv(message, socket, 0) < 0)
		fail("zmq_msg_recv");
}

static void sends(const struct plan *plan, unsigned int sender)
{
	const void *payload = contest_payload(plan, sender);
	void *sockets[PLAN_PROCESSES_MAX], *context = zmq_ctx_new();
	uint64_t quota = plan_quota(plan);
	unsigned int i;

	for (i = 0; i < plan->receivers; i++)
		sockets[i] = connected(context, ZMQ_PUSH, i);
	contest_ready();
	while (quota-- > 0)
		for (i = 0; i < plan->receivers; i++)
			say(sockets[i], payload, plan->size);
}

static void takes(const struct plan *plan, unsigned int receiver,
		  struct tally *tally)
{
	void *socket = listening(ZMQ_PULL, receiver);
	zmq_msg_t message;

	(void)plan;
	zmq_msg_init(&message);
	contest_ready();
	while (tally->left > 0) {
		hear(socket, &message);
		tally_take(tally, zmq_msg_data(&message),
			   zmq_msg_size(&message));
	}
}

static void asks(const struct plan *plan, struct samples *samples)
{
	void *payload = contest_payload(plan, 0);
	void *socket = connected(zmq_ctx_new(), ZMQ_REQ, 0);
	uint64_t n = plan->n, begin;
	zmq_msg_t message;

	zmq_msg_init(&message);
	contest_ready();
	while (n-- > 0) {
		begin = contest_now_ns();
		say(socket, payload, plan->size);
		hear(socket, &message);
		samples_add(samples, contest_now_ns() - begin);
	}
}

static void answers(const struct plan *plan)
{
	void *socket = listening(ZMQ_REP, 0);
	zmq_msg_t message;

	(void)plan;
	zmq_msg_init(&message);
	contest_ready();
	for (;;) {
		hear(socket, &message);
		say(socket, zmq_msg_data(&message), zmq_msg_size(&message));
	}
}

int main(int argc, char **argv)
{
	static const struct contestant zeromq = {
		.name = "zeromq",
		.send = sends,
		.take = takes,
		.ask = asks,
		.answer = answers,
	};

	return contest_main(&zeromq, argc, argv);
}
