/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control.c - control messages with descriptors over a SEQPACKET socket.
 *
 * Moves them and checks their form; what they ask for is for others. Never
 * blocks, never keeps a descriptor it did not report.
 */
#include <errno.h>
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

static bool hung_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 1 && p.revents & (POLLHUP | POLLRDHUP);
}

/*
 * The kernel found no room for its descriptors: nothing else is half a message.
 * What goes along with mail can be lost, and is missed in time by who needs it.
 */
static int without_fds(struct control_message *m)
{
	const char *verb = m->fields.verb;

	if (strcmp(verb, "GIVE") != 0 && strcmp(verb, "GIVEN") != 0)
		return -EBADMSG;
	control_message_clear(m);

	return 0;
}

/* What was received is there; is it a message? */
static int check(int fd, struct control_message *m, ssize_t n, int flags,
		 bool accept_fds)
{
	int r;

	if (!n && hung_up(fd))
		return -EPIPE;
	if (flags & MSG_TRUNC)
		return -EBADMSG;
	r = fields_parse(&m->fields, m->bytes, (size_t)n);
	if (r == 0 && flags & MSG_CTRUNC)
		r = accept_fds ? without_fds(m) : -EBADMSG;

	return r;
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
	ssize_t n;
	int r;

	ret->n_fds = 0;
	ret->sender = 0;
	do
		n = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && (errno == EINTR || errno == ECONNRESET));
	if (n < 0)
		return errno == ENOTCONN ? -EPIPE : -errno;

	collect_fds(&msg, ret);
	r = check(fd, ret, n, msg.msg_flags, accept_fds);
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
