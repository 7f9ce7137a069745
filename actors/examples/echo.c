// SPDX-License-Identifier: 0BSD
/*
 * echo.c - a server without a network: sends back what comes.
 *
 *	children:
 *	  - name: echo
 *	    exec: example-echo
 *	    args: ["127.0.0.1:7007"]
 *	    sandbox: { network: { listen: ["127.0.0.1:7007"] } }
 *
 * The socket that listens is made outside and kept there. Kill the process while
 * somebody connects: the next one serves them.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <actorproc.h>

struct echo {
	const char *address;
	int listener_fd;
};

/* Again in each process: the answer is the same socket. */
static int starting(struct actor *self, int argc, char **argv)
{
	struct echo *echo = actor_state(self);

	if (argc != 2)
		return -EINVAL;
	echo->address = argv[1];
	echo->listener_fd = -1;

	return actor_listen(self, echo->address, 0, NULL);
}

static int listening(struct actor *self, const struct actor_message *message)
{
	struct echo *echo = actor_state(self);

	echo->listener_fd = actor_message_take_descriptor(message, 0);
	if (echo->listener_fd < 0)
		return -EBADF;

	return actor_watch_fd(self, echo->listener_fd, EPOLLIN);
}

/* Its text says what to do, as which key of the file would grant it. */
static int refused(struct actor *self, const struct actor_message *message)
{
	struct echo *echo = actor_state(self);
	size_t size;
	const char *text = actor_message_payload(message, &size);

	if (actor_message_error(message) == -EINTR)
		return actor_listen(self, echo->address, 0, NULL);
	actor_log(self, 3, "%.*s", (int)size, text);

	return actor_message_error(message);
}

static int welcome(struct actor *self, int listener_fd)
{
	int fd = accept4(listener_fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return 0;
	if (actor_watch_fd(self, fd, EPOLLIN) < 0)
		close(fd);		/* 256 others are here */

	return 0;
}

/* What finds no room at a client that does not read is not for it. */
static int send_back(struct actor *self, int fd)
{
	char bytes[4096];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0 || send(fd, bytes, (size_t)n, MSG_NOSIGNAL) != n) {
		actor_unwatch_fd(self, fd);
		close(fd);
	}

	return 0;
}

static int receive(struct actor *self, const struct actor_message *message)
{
	struct echo *echo = actor_state(self);
	int fd = actor_message_fd(message);

	switch (actor_message_kind(message)) {
	case ACTOR_REPLY:
		return listening(self, message);
	case ACTOR_ERROR:
		return refused(self, message);
	case ACTOR_READY_FD:
		return fd == echo->listener_fd ? welcome(self, fd) :
						 send_back(self, fd);
	default:
		return ACTOR_UNHANDLED;
	}
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct echo),
		.start = starting,
		.receive = receive,
	};

	return actor_main(&class, argc, argv);
}
