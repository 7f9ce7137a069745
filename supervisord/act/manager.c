/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * manager.c - the service manager that started us, by the words of sd_notify(3).
 *
 * sd_notify(3) itself may wait; this never does.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisord/act/manager.h"

/* a path, or with @ in front a name that is nowhere in the file system */
static int address_of(const char *text, struct sockaddr_un *ret,
		      socklen_t *ret_size)
{
	size_t n = strlen(text);

	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((*text != '/' && *text != '@') || !text[1])
		return -EAFNOSUPPORT;
	if (n >= sizeof(ret->sun_path))
		return -ENAMETOOLONG;
	memcpy(ret->sun_path, text, n);
	if (*text == '@')
		ret->sun_path[0] = '\0';
	*ret_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n +
				(*text == '/'));
	return 0;
}

int manager_connect(const char *address)
{
	struct sockaddr_un name;
	socklen_t size = 0;
	int fd, r = address_of(address, &name, &size);

	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&name, size) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

/* too many descriptors are on their way, of this user or with the manager */
static bool is_for_later(int error)
{
	return error == ENOBUFS || error == ENOMEM ||
	       error == ETOOMANYREFS || error == EINTR;
}

int manager_send(int fd, const char *text, const int *fds, size_t n_fds)
{
	struct iovec iov = { (char *)text, strlen(text) };
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(MANAGER_FDS_MAX * sizeof(int))];
	} buffer = { .bytes = { 0 } };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (n_fds > MANAGER_FDS_MAX)
		return -E2BIG;
	if (n_fds) {
		message.msg_control = buffer.bytes;
		message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	if (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	return is_for_later(errno) ? -EBUSY : -errno;
}
