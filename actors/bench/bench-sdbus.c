/* SPDX-License-Identifier: 0BSD */
/*
 * bench-sdbus.c - the contestant: sd-bus from peer to peer, over a socket pair.
 *
 * A tell is a method call without reply, an ask is one with; the payload is an
 * array of bytes.
 */
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include <systemd/sd-bus.h>
#include <systemd/sd-id128.h>

#include "contest.h"
#include "pairs.h"

#define QUEUED_MAX 64
#define IN_A_ROW 64
#define TIMEOUT_US 60000000

static sd_bus *buses[PLAN_PROCESSES_MAX];

static int must(int r, const char *what)
{
	if (r < 0)
		contest_fail(what, strerror(-r));
	return r;
}

static void prepare(const struct plan *plan)
{
	pairs_make(plan, SOCK_STREAM, 0);
}

static sd_bus *open_bus(int fd)
{
	sd_bus *bus;

	must(sd_bus_new(&bus), "sd_bus_new");
	must(sd_bus_set_fd(bus, fd, fd), "sd_bus_set_fd");
	return bus;
}

static sd_bus *client(int fd)
{
	sd_bus *bus = open_bus(fd);

	must(sd_bus_start(bus), "sd_bus_start");
	while (must(sd_bus_is_ready(bus), "sd_bus_is_ready") == 0)
		if (must(sd_bus_process(bus, NULL), "sd_bus_process") == 0)
			must(sd_bus_wait(bus, UINT64_MAX), "sd_bus_wait");
	return bus;
}

static sd_bus *server(int fd, sd_bus_message_handler_t on_message, void *data)
{
	sd_bus *bus = open_bus(fd);
	sd_id128_t id;

	must(sd_id128_randomize(&id), "sd_id128_randomize");
	must(sd_bus_set_server(bus, 1, id), "sd_bus_set_server");
	must(sd_bus_add_filter(bus, NULL, on_message, data),
	     "sd_bus_add_filter");
	must(sd_bus_start(bus), "sd_bus_start");
	return bus;
}

static sd_bus_message *call(sd_bus *bus, const void *payload, size_t size)
{
	sd_bus_message *message;

	must(sd_bus_message_new_method_call(bus, &message, NULL, "/bench",
					    "org.example.Bench", "Take"),
	     "sd_bus_message_new_method_call");
	must(sd_bus_message_append_array(message, 'y', payload, size),
	     "sd_bus_message_append_array");
	return message;
}

static void tell(sd_bus *bus, const void *payload, size_t size)
{
	sd_bus_message *message = call(bus, payload, size);
	uint64_t n_queued = 0;

	must(sd_bus_message_set_expect_reply(message, 0),
	     "sd_bus_message_set_expect_reply");
	must(sd_bus_send(bus, message, NULL), "sd_bus_send");
	sd_bus_message_unref(message);
	sd_bus_get_n_queued_write(bus, &n_queued);
	if (n_queued > QUEUED_MAX)
		must(sd_bus_flush(bus), "sd_bus_flush");
}

static void sends(const struct plan *plan, unsigned int sender)
{
	const void *payload = contest_payload(plan, sender);
	uint64_t quota = plan_quota(plan);
	unsigned int i;

	for (i = 0; i < plan->receivers; i++)
		buses[i] = client(pairs_sender_fd(sender, i));
	contest_ready();
	while (quota-- > 0)
		for (i = 0; i < plan->receivers; i++)
			tell(buses[i], payload, plan->size);
	for (i = 0; i < plan->receivers; i++)
		must(sd_bus_flush(buses[i]), "sd_bus_flush");
}

static int on_tell(sd_bus_message *message, void *data, sd_bus_error *error)
{
	const void *payload;
	size_t size;

	(void)error;
	if (!sd_bus_message_is_method_call(message, NULL, "Take"))
		return 0;
	must(sd_bus_message_read_array(message, 'y', &payload, &size),
	     "sd_bus_message_read_array");
	tally_take(data, payload, size);
	return 1;
}

/* a few of each, so that nobody waits for long */
static bool process_all(unsigned int n)
{
	bool more = false;
	unsigned int i, k;
	int r;

	for (i = 0; i < n; i++) {
		for (k = 0, r = 1; k < IN_A_ROW && r > 0; k++)
			r = must(sd_bus_process(buses[i], NULL),
				 "sd_bus_process");
		more = more || r > 0;
	}
	return more;
}

static void wait_for_any(unsigned int n)
{
	struct pollfd fds[PLAN_PROCESSES_MAX];
	unsigned int i;

	for (i = 0; i < n; i++)
		fds[i] = (struct pollfd){
			.fd = sd_bus_get_fd(buses[i]),
			.events = (short)sd_bus_get_events(buses[i]),
		};
	if (poll(fds, n, -1) < 0)
		contest_fail_errno("poll");
}

static void takes(const struct plan *plan, unsigned int receiver,
		  struct tally *tally)
{
	unsigned int n = (unsigned int)plan->senders, i;

	for (i = 0; i < n; i++)
		buses[i] = server(pairs_receiver_fd(i, receiver), on_tell,
				  tally);
	contest_ready();
	while (tally->left > 0)
		if (!process_all(n) && tally->left > 0)
			wait_for_any(n);
}

static void asks(const struct plan *plan, struct samples *samples)
{
	void *payload = contest_payload(plan, 0);
	sd_bus *bus = client(pairs_sender_fd(0, 0));
	uint64_t n = plan->n, begin;

	contest_ready();
	while (n-- > 0) {
		sd_bus_message *message, *reply;

		begin = contest_now_ns();
		message = call(bus, payload, plan->size);
		must(sd_bus_call(bus, message, TIMEOUT_US, NULL, &reply),
		     "sd_bus_call");
		sd_bus_message_unref(message);
		sd_bus_message_unref(reply);
		samples_add(samples, contest_now_ns() - begin);
	}
}

static int on_ask(sd_bus_message *message, void *data, sd_bus_error *error)
{
	sd_bus_message *reply;
	const void *payload;
	size_t size;

	(void)data;
	(void)error;
	if (!sd_bus_message_is_method_call(message, NULL, "Take"))
		return 0;
	must(sd_bus_message_read_array(message, 'y', &payload, &size),
	     "sd_bus_message_read_array");
	must(sd_bus_message_new_method_return(message, &reply),
	     "sd_bus_message_new_method_return");
	must(sd_bus_message_append_array(reply, 'y', payload, size),
	     "sd_bus_message_append_array");
	must(sd_bus_send(NULL, reply, NULL), "sd_bus_send");
	sd_bus_message_unref(reply);
	return 1;
}

static void answers(const struct plan *plan)
{
	(void)plan;
	buses[0] = server(pairs_receiver_fd(0, 0), on_ask, NULL);
	contest_ready();
	for (;;)
		if (!process_all(1))
			wait_for_any(1);
}

int main(int argc, char **argv)
{
	static const struct contestant sdbus = {
		.name = "sdbus",
		.prepare = prepare,
		.send = sends,
		.take = takes,
		.ask = asks,
		.answer = answers,
	};

	return contest_main(&sdbus, argc, argv);
}
