/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_network.c - network namespaces, and loopback in them by libnl.
 *
 * They are made by a helper process and kept by a descriptor: one costs more
 * than everything else of a sandbox together.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <sched.h>
#include <unistd.h>

#include "supervisord/act/clone.h"
#include "supervisord/act/sandbox.h"

static int error_of_libnl(int error)
{
	switch (-error) {
	case NLE_SUCCESS:
		return 0;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_NODEV:
		return -ENODEV;
	default:
		return -EIO;
	}
}

static int raise_link(struct nl_sock *socket, const char *name)
{
	struct rtnl_link *link = NULL, *change;
	int r;

	change = rtnl_link_alloc();
	if (!change)
		return -NLE_NOMEM;
	r = rtnl_link_get_kernel(socket, 0, name, &link);
	if (r >= 0) {
		rtnl_link_set_flags(change, IFF_UP);
		r = rtnl_link_change(socket, link, change, 0);
		rtnl_link_put(link);
	}
	rtnl_link_put(change);
	return r;
}

static int raise_loopback(void)
{
	struct nl_sock *socket;
	int r;

	socket = nl_socket_alloc();
	if (!socket)
		return -ENOMEM;
	r = nl_connect(socket, NETLINK_ROUTE);
	if (r >= 0)
		r = raise_link(socket, "lo");
	nl_socket_free(socket);
	return error_of_libnl(r);
}

struct network {
	bool loopback;
	int fd;
};

static int network_work(void *data)
{
	struct network *network = data;

	network->fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (network->fd < 0)
		return -errno;
	return network->loopback ? raise_loopback() : 0;
}

int sandbox_network_new(bool loopback, int *ret_network_fd)
{
	struct network network = { .loopback = loopback, .fd = -1 };
	int r;

	r = clone_helper(CLONE_NEWNET, network_work, &network);
	if (r < 0) {
		if (network.fd >= 0)
			close(network.fd);
		return r;
	}
	*ret_network_fd = network.fd;
	return 0;
}

int sandbox_network_enter(const struct sandbox_plan *plan)
{
	if (plan->network_fd >= 0 && setns(plan->network_fd, CLONE_NEWNET) < 0)
		return -errno;
	return 0;
}
