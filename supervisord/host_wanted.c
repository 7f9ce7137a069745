/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host_wanted.c - what a file's tree needs of its host, besides what all need.
 *
 * Who counts a layer as missing asks here: at a start, at a reload, after it.
 */
#include "supervisord/host_wanted.h"

#include "supervisord/act/launch.h"
#include "supervisord/cgroups.h"
#include "supervisord/decide/network.h"

unsigned int host_wanted(const struct spec_node *node)
{
	return cgroups_wanted(node) |
	       (network_wants_ports(node) ? LAUNCH_WANTS_PORTS : 0);
}
