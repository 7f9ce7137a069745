/* SPDX-License-Identifier: 0BSD */
/*
 * test-foreign.c - an actor that knows the protocol and not the library, as one
 * in another language could: it is set up, says that it is ready, and stops.
 *
 * With the argument "never" it says nothing at all.
 */
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <actorproc/protocol.h>

/* the verb, and nothing else; what comes with it is closed when we end */
static ssize_t receive(char *bytes, size_t size)
{
	struct pollfd channel = { .fd = ACTOR_CONTROL_FD, .events = POLLIN };
	char control[1024];
	struct iovec iov = { bytes, size };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	/* it does not block */
	poll(&channel, 1, -1);
	return recvmsg(ACTOR_CONTROL_FD, &message, 0);
}

int main(int argc, char **argv)
{
	static char bytes[ACTOR_CONTROL_MAX];

	(void)argv;
	while (receive(bytes, sizeof(bytes)) > 0) {
		if (strcmp(bytes, "START") == 0 && argc == 1 &&
		    send(ACTOR_CONTROL_FD, "READY", sizeof("READY"), 0) < 0)
			return 1;
		if (strcmp(bytes, "STOP") == 0)
			return 0;
	}
	return 1;
}
