/* SPDX-License-Identifier: 0BSD */
/*
 * bench-sink.c - takes what bench-source sends.
 *
 * As an actor: tells "x" are taken, an ask "echo" is answered with its own
 * payload, "crash" is a crash. With the argument --bare it is the same program
 * without actorproc, on a bare SEQPACKET socket at descriptor 3: the other side
 * of the comparison.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <actorproc.h>

#define BARE_FD 3

static _Noreturn void crash(void)
{
	raise(SIGSEGV);
	_exit(1);
}

static int receive(struct actor *self, const struct actor_message *message)
{
	struct actor_outgoing echo = { .type = "echo" };

	if (actor_message_is(message, "x"))
		return 0;
	if (actor_message_is(message, "echo")) {
		echo.payload = actor_message_payload(message, &echo.size);
		return actor_reply_message(self, &echo);
	}
	if (actor_message_is(message, "crash"))
		crash();
	return ACTOR_UNHANDLED;
}

/* the first byte says what it is: x, e(cho) or c(rash) */
static int bare(void)
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

int main(int argc, char **argv)
{
	static const struct actor_class class = { .receive = receive };

	if (argc > 1 && strcmp(argv[1], "--bare") == 0)
		return bare();
	return actor_main(&class, argc, argv);
}
