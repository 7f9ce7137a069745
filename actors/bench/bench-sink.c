/* SPDX-License-Identifier: 0BSD */
/*
 * bench-sink.c - takes what bench-source sends.
 *
 * Tells "x" are looked at and counted. The ask "expect" says how many there
 * will be, "all" is answered when they are taken, with the share of the slowest
 * sender. An ask "echo" is answered with its own payload, "crash" is a crash,
 * "leave" ends the process in an orderly way.
 *
 * With the argument --fork-exec it is no actor, but what bench-fork-exec and
 * bench-spawn start: the same echo and crash on a bare SEQPACKET socket at
 * descriptor 3. With BENCH_HERD in its environment it is one of a herd, which
 * another supervisor has started for bench-herd: it says that it is there, to its
 * output as well, and does nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <actorproc.h>

#include "tally.h"

#define BARE_FD 3

/**
 * struct sink - what has come
 * @token: who wants to know when all is there, or 0
 */
struct sink {
	struct tally tally;
	uint64_t token;
};

static _Noreturn void crash(void)
{
	raise(SIGSEGV);
	_exit(1);
}

static int answer(struct actor *self)
{
	struct sink *sink = actor_state(self);
	char text[32];
	struct actor_outgoing reply = {
		.type = "slowest",
		.payload = text,
		.content = ACTOR_CONTENT_TEXT,
	};
	uint64_t token = sink->token;

	reply.size = (size_t)snprintf(text, sizeof(text), "%.3f",
				      sink->tally.slowest);
	sink->token = 0;
	return actor_reply_to(self, token, &reply);
}

static int expect(struct actor *self, const struct actor_message *message)
{
	struct sink *sink = actor_state(self);
	struct plan plan;
	const char *text;
	size_t n_bytes;

	text = actor_message_payload(message, &n_bytes);
	if (plan_read(text, n_bytes, &plan) < 0)
		return actor_error(self, -EINVAL, "what plan?");
	if (sink->token)
		actor_error_to(self, sink->token, -ECANCELED, NULL);
	sink->token = 0;
	tally_begin(&sink->tally, &plan);
	return actor_reply(self, "expected", NULL, 0);
}

static int all(struct actor *self)
{
	struct sink *sink = actor_state(self);

	if (sink->token)
		return actor_error(self, -EBUSY, "one at a time");
	sink->token = actor_defer(self);
	return sink->tally.left == 0 ? answer(self) : 0;
}

static int take(struct actor *self, const struct actor_message *message)
{
	struct sink *sink = actor_state(self);
	const void *payload;
	size_t size;

	payload = actor_message_payload(message, &size);
	tally_take(&sink->tally, payload, size);
	return sink->token && sink->tally.left == 0 ? answer(self) : 0;
}

static int receive(struct actor *self, const struct actor_message *message)
{
	struct actor_outgoing echo = { .type = "echo" };

	if (actor_message_is(message, "x"))
		return take(self, message);
	if (actor_message_is(message, "echo")) {
		echo.payload = actor_message_payload(message, &echo.size);
		return actor_reply_message(self, &echo);
	}
	if (actor_message_is(message, "expect"))
		return expect(self, message);
	if (actor_message_is(message, "all"))
		return all(self);
	if (actor_message_is(message, "crash"))
		crash();
	if (actor_message_is(message, "leave"))
		return actor_stop(self, 0);
	return ACTOR_UNHANDLED;
}

/* the first byte says what it is: e(cho) or c(rash) */
static int no_actor(void)
{
	struct rlimit none = { 0, 0 };
	char bytes[4096];
	ssize_t n;

	setrlimit(RLIMIT_CORE, &none);
	if (send(BARE_FD, "r", 1, 0) != 1)
		return 1;
	while ((n = recv(BARE_FD, bytes, sizeof(bytes), 0)) > 0) {
		if (bytes[0] == 'c')
			crash();
		if (bytes[0] == 'e' && send(BARE_FD, bytes, (size_t)n, 0) != n)
			return 1;
	}
	return 0;
}

static int one_of_a_herd(const char *fifo)
{
	int fd = open(fifo, O_WRONLY | O_CLOEXEC);
	int32_t pid = getpid();

	if (puts("ready") < 0 || fflush(stdout) < 0 ||
	    write(fd, &pid, sizeof(pid)) != sizeof(pid))
		return 1;
	close(fd);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct sink),
		.receive = receive,
	};
	const char *herd = getenv("BENCH_HERD");

	if (herd)
		return one_of_a_herd(herd);
	if (argc > 1 && strcmp(argv[1], "--fork-exec") == 0)
		return no_actor();
	return actor_main(&class, argc, argv);
}
