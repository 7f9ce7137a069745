/* SPDX-License-Identifier: 0BSD */
/*
 * test-caller.c - has connections made, and listens, without any socket call.
 *
 * With an argument it listens there from the start, and sends back what comes.
 *
 * Messages, with text payloads; all are asks, if not said otherwise:
 *   connect ADDRESS   "connected", or the error and its text; told and not asked
 *                     for it stays under way for as long as nobody answers there
 *   listen ADDRESS    "listening", or the same
 *   say TEXT          through the connection; what comes back, or "closed"
 *   hang-up           closes the connection
 *   open              how many descriptors this process has
 *   elsewhere PORT    tries to make of its connection one to that port of
 *                     127.0.0.1, when the peer has closed it; "no" or "yes"
 *   socket            makes one, and is killed
 *   shutdown          of its edges and its connection, and is killed
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <actorproc.h>

#define TEXT_BYTES 512
#define FDS_MAX 4200
#define LONG_NS UINT64_C(600000000000)

struct caller {
	int listener_fd;
	int connection_fd;
	uint64_t token;		/* of who asked for what is under way */
	uint64_t ask;
	bool says;
};

static int answer(struct actor *self, const char *text)
{
	return actor_reply(self, "text", text, strlen(text));
}

static int answer_later(struct actor *self, const char *text, size_t n)
{
	struct caller *caller = actor_state(self);
	const struct actor_outgoing reply = {
		.type = "text",
		.payload = text,
		.size = n,
	};
	uint64_t token = caller->token;

	caller->token = 0;
	return token ? actor_reply_to(self, token, &reply) : 0;
}

static void text_of(const struct actor_message *message,
		    char text[static TEXT_BYTES])
{
	size_t size;
	const char *payload = actor_message_payload(message, &size);

	snprintf(text, TEXT_BYTES, "%.*s", (int)size, payload);
}

/* ---- asking for them ---------------------------------------------------- */

static int ask(struct actor *self, const struct actor_message *message,
	       int (*call)(struct actor *, const char *, uint64_t, uint64_t *))
{
	struct caller *caller = actor_state(self);
	bool told = actor_message_kind(message) == ACTOR_TELL;
	char text[TEXT_BYTES];
	int r;

	text_of(message, text);
	r = call(self, text, told ? LONG_NS : 0, &caller->ask);
	if (r < 0)
		return answer(self, strerrorname_np(-r));
	caller->token = actor_defer(self);
	return 0;
}

static int on_error(struct actor *self, const struct actor_message *message)
{
	char text[TEXT_BYTES], whole[TEXT_BYTES + 32];

	text_of(message, text);
	snprintf(whole, sizeof(whole), "%s: %s",
		 strerrorname_np(-actor_message_error(message)), text);
	return answer_later(self, whole, strlen(whole));
}

static int on_reply(struct actor *self, const struct actor_message *message)
{
	struct caller *caller = actor_state(self);
	const char *type = actor_message_type(message);
	int fd = actor_message_take_descriptor(message, 0);

	if (fd < 0)
		return answer_later(self, "no descriptor", 13);
	if (!strcmp(type, "listening")) {
		caller->listener_fd = fd;
		actor_watch_fd(self, fd, EPOLLIN);
	} else {
		caller->connection_fd = fd;
	}
	return answer_later(self, type, strlen(type));
}

/* ---- using them --------------------------------------------------------- */

static int on_client(struct actor *self, int listener_fd)
{
	int fd = accept4(listener_fd, NULL, NULL,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return errno == EAGAIN ? 0 : -errno;
	return actor_watch_fd(self, fd, EPOLLIN);
}

static int echo(struct actor *self, int fd)
{
	char bytes[TEXT_BYTES];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	if (n <= 0 || send(fd, bytes, (size_t)n, MSG_NOSIGNAL) < 0) {
		actor_unwatch_fd(self, fd);
		close(fd);
	}
	return 0;
}

static int hear(struct actor *self, int fd)
{
	struct caller *caller = actor_state(self);
	char bytes[TEXT_BYTES];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	actor_unwatch_fd(self, fd);
	caller->says = false;
	return n > 0 ? answer_later(self, bytes, (size_t)n) :
	       answer_later(self, "closed", 6);
}

static int on_fd(struct actor *self, int fd)
{
	struct caller *caller = actor_state(self);

	if (fd == caller->listener_fd)
		return on_client(self, fd);
	return fd == caller->connection_fd && caller->says ? hear(self, fd) :
	       echo(self, fd);
}

static int say(struct actor *self, const struct actor_message *message)
{
	struct caller *caller = actor_state(self);
	char text[TEXT_BYTES];

	text_of(message, text);
	if (send(caller->connection_fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		return answer(self, strerrorname_np(errno));
	caller->token = actor_defer(self);
	caller->says = true;
	return actor_watch_fd(self, caller->connection_fd, EPOLLIN);
}

static int hang_up(struct actor *self)
{
	struct caller *caller = actor_state(self);

	close(caller->connection_fd);
	caller->connection_fd = -1;
	return answer(self, "closed");
}

static int count_open(struct actor *self)
{
	char text[32];
	int n = 0;

	for (int fd = 0; fd < FDS_MAX; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	snprintf(text, sizeof(text), "%d", n);
	return answer(self, text);
}

/* ---- what it should not be able to -------------------------------------- */

static int go_elsewhere(struct actor *self, const struct actor_message *message)
{
	struct caller *caller = actor_state(self);
	struct sockaddr_in there = {
		.sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	char text[TEXT_BYTES];
	bool went = false;

	text_of(message, text);
	there.sin_port = htons((uint16_t)atoi(text));
	for (int i = 0; i < 3 && !went; i++)
		went = sendto(caller->connection_fd, "here", 4,
			      MSG_FASTOPEN | MSG_NOSIGNAL,
			      (struct sockaddr *)&there, sizeof(there)) == 4 ||
		       errno == EINPROGRESS;
	if (caller->listener_fd >= 0)
		went |= sendto(caller->listener_fd, "here", 4,
			       MSG_FASTOPEN | MSG_NOSIGNAL,
			       (struct sockaddr *)&there, sizeof(there)) == 4;
	return answer(self, went ? "yes" : "no");
}

static int receive(struct actor *self, const struct actor_message *message)
{
	struct caller *caller = actor_state(self);

	if (actor_message_is(message, "connect"))
		return ask(self, message, actor_connect);
	if (actor_message_is(message, "listen"))
		return ask(self, message, actor_listen);
	if (actor_message_is(message, "say"))
		return say(self, message);
	if (actor_message_is(message, "hang-up"))
		return hang_up(self);
	if (actor_message_is(message, "open"))
		return count_open(self);
	if (actor_message_is(message, "elsewhere"))
		return go_elsewhere(self, message);
	if (actor_message_is(message, "socket"))
		return socket(AF_INET, SOCK_STREAM, 0) < 0 ? -errno : 0;
	if (actor_message_is(message, "shutdown"))
		return shutdown(caller->connection_fd, SHUT_RDWR);
	switch (actor_message_kind(message)) {
	case ACTOR_READY_FD:
		return on_fd(self, actor_message_fd(message));
	case ACTOR_REPLY:
		return on_reply(self, message);
	case ACTOR_ERROR:
		return on_error(self, message);
	default:
		return ACTOR_UNHANDLED;
	}
}

static int start(struct actor *self, int argc, char **argv)
{
	struct caller *caller = actor_state(self);

	caller->listener_fd = caller->connection_fd = -1;
	return argc > 1 ? actor_listen(self, argv[1], 0, NULL) : 0;
}

int main(int argc, char **argv)
{
	static const struct actor_class class = {
		.state_size = sizeof(struct caller),
		.start = start,
		.receive = receive,
	};

	return actor_main(&class, argc, argv);
}
