/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sandbox_ports.c - which ports of TCP, in a ruleset of Landlock that denies all.
 *
 * Its numbers are written out here: headers are often older than the kernel. UDP
 * and local sockets are not its business.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/sandbox.h"

#define NET_BIND_TCP (1 << 0)
#define NET_CONNECT_TCP (1 << 1)
#define RULE_NET_PORT 2

struct net_port_attr {
	uint64_t allowed;
	uint64_t port;
};

int sandbox_ports_add(int landlock_fd, const struct spec_ports *ports)
{
	for (size_t i = 0; i < ports->n; i++) {
		const struct spec_port *port = &ports->ports[i];
		struct net_port_attr rule = {
			.allowed = (port->connect ? NET_CONNECT_TCP : 0) |
				   (port->listen ? NET_BIND_TCP : 0),
			.port = port->number,
		};

		if (syscall(SYS_landlock_add_rule, landlock_fd, RULE_NET_PORT,
			    &rule, 0) < 0)
			return -errno;
	}
	return 0;
}
