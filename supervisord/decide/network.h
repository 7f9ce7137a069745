/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * network.h - who may have which connections, for who makes them. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "supervisord/config/spec.h"

/** NETWORK_PATH - who makes connections for those that may not */
#define NETWORK_PATH "/system/network"

/** network_is_granted() - may it ask for any? */
bool network_is_granted(const struct spec_node *node);
/** network_listens() - may it have sockets that listen? */
bool network_listens(const struct spec_node *node);
/** network_n_granted() - how many addresses */
size_t network_n_granted(const struct spec_node *node);
/** network_wants_ports() - is anybody's network there limited to some ports? But
 * for /system/network, and templates count */
bool network_wants_ports(const struct spec_node *root);
/**
 * network_table() - all that is granted, in lines: PATH, "connect" or "listen",
 * the address, with a space between
 * @root: node with path "/"
 * @ret_text: free()d by the caller; never NULL when 0 is returned
 *
 * Return: 0; -ENOMEM.
 */
int network_table(const struct spec_node *root, char **ret_text);
/**
 * network_limit() - /system/network may use the ports of the tree, and no others
 *
 * Those of names are looked up at port 53 too. Templates count. Return: whether it
 * had others before; -ENOMEM: nothing has changed.
 */
int network_limit(struct spec_node *root);
