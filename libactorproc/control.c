/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control.c - control messages with descriptors over a SEQPACKET socket.
 *
 * Moves them and checks their form; what they ask for is for others. Never
 * blocks, never keeps a descriptor it did not report.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libactorproc/control.h"

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83	/* Linux 6.16 */
#endif

union control_buffer {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(CONTROL_FDS_MAX * sizeof(int)) +
		   CMSG_SPACE(sizeof(struct ucred))];
};

static void attach_fds(struct msghdr *msg, union control_buffer *buffer,
		       const int *fds, size_t n_fds)
{
	struct cmsghdr *c;

	if (!n_fds)
		return;

	msg->msg_control = buffer->bytes;
	msg->msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
	memset(buffer->bytes, 0, msg->msg_controllen);
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
}

int control_send(int fd, const void *bytes, size_t n_bytes, const int *fds,
		 size_t n_fds)
{
	/* sendmsg does not write there, it only has no const */
	struct iovec iov = { .iov_base = (void *)bytes, .iov_len = n_bytes };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	union control_buffer buffer;
	ssize_t n;

	if (!n_bytes || n_bytes > ACTOR_CONTROL_MAX || n_fds > CONTROL_FDS_MAX)
		return -EMSGSIZE;

	attach_fds(&msg, &buffer, fds, n_fds);
	do
		n = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n >= 0)
		return 0;

	return errno == ECONNRESET || errno == ENOTCONN ? -EPIPE : -errno;
}

int control_pass_fds(int fd, bool pass)
{
	const int value = pass;

	return setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &value,
			  sizeof(value)) < 0 ? -errno : 0;
}

static void collect_sender(struct cmsghdr *c, struct control_message *m)
{
	struct ucred sender;

	memcpy(&sender, CMSG_DATA(c), sizeof(sender));
	m->sender = sender.pid;
}

static void collect_fds(struct msghdr *msg, struct control_message *m)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET)
			continue;
		if (c->cmsg_type == SCM_CREDENTIALS)
			collect_sender(c, m);
		if (c->cmsg_type != SCM_RIGHTS)
			continue;
		m->n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(m->fds, CMSG_DATA(c), m->n_fds * sizeof(int));
	}
}

bool control_hung_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 && p.revents & (POLLHUP | POLLRDHUP);
}

/* What was received is there; is it a message? */
static int check(int fd, struct control_message *m, ssize_t n, int flags)
{
	if (!n && control_hung_up(fd))
		return -EPIPE;
	if (flags & MSG_TRUNC)
		return -EBADMSG;

	return fields_parse(&m->fields, m->bytes, (size_t)n);
}

/* What goes along with mail can be lost, and is missed in time by who needs it. */
static bool goes_without_fds(const struct control_message *m)
{
	const char *verb = m->fields.verb;

	return strcmp(verb, "GIVE") == 0 || strcmp(verb, "GIVEN") == 0;
}

/* Beside those that came: else it is not for that that the others did not */
static bool table_is_full(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	if (copy >= 0)
		close(copy);

	return copy < 0;
}

/*
 * The kernel found no room for its descriptors: nothing else is half a message.
 * All it needs is to be looked at again when there is, unless it is not for that.
 */
static int without_fds(int fd, struct control_message *m)
{
	int r = m->n_fds < CONTROL_FDS_MAX && table_is_full(fd) ?
		-EMFILE : -EBADMSG;

	control_message_clear(m);

	return r == -EMFILE && goes_without_fds(m) ? 0 : r;
}

static int receive(int fd, struct msghdr *msg, int flags,
		   struct control_message *ret)
{
	ssize_t n;
	int r;

	do
		n = recvmsg(fd, msg, flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return errno == ENOTCONN ? -EPIPE : -errno;

	collect_fds(msg, ret);
	r = check(fd, ret, n, msg->msg_flags);
	if (r == 0 && msg->msg_flags & MSG_CTRUNC)
		r = flags & MSG_PEEK ? without_fds(fd, ret) : -EBADMSG;

	return r;
}

/* it is there: nobody else reads here */
static void drop_peeked(int fd)
{
	struct msghdr none = { .msg_iov = NULL };

	while (recvmsg(fd, &none, MSG_DONTWAIT) < 0 &&
	       (errno == EINTR || errno == EAGAIN))
		;
}

int control_receive(int fd, struct control_message *ret, bool accept_fds)
{
	struct iovec iov = { ret->bytes, sizeof(ret->bytes) };
	union control_buffer buffer;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = accept_fds ? buffer.bytes : NULL,
		.msg_controllen = accept_fds ? sizeof(buffer.bytes) : 0,
	};
	int r;

	ret->n_fds = 0;
	ret->sender = 0;
	r = receive(fd, &msg, accept_fds ? MSG_PEEK : 0, ret);
	if (accept_fds && (r == 0 || r == -EBADMSG))
		drop_peeked(fd);
	if (r < 0)
		control_message_clear(ret);

	return r;
}

int control_take_fd(struct control_message *m)
{
	int fd;

	if (!m->n_fds)
		return -1;

	fd = m->fds[0];
	m->n_fds--;
	memmove(m->fds, m->fds + 1, m->n_fds * sizeof(int));
	return fd;
}

void control_message_clear(struct control_message *m)
{
	while (m->n_fds)
		close(m->fds[--m->n_fds]);
}
