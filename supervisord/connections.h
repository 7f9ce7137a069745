/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * connections.h - what /system/network is told of who may have which.
 */
#pragma once

#include "supervisord/supervisor.h"

/** connections_begin() - at the root, before anybody runs. Return: 0; a negative
 * errno: nobody will be granted any */
int connections_begin(struct supervisor *s);
/** connections_spawned() - this one is in the tree now */
void connections_spawned(struct supervisor *s, const struct spec_node *node);
/** connections_renew() - the tree is a new one. Return: 0; -ENOMEM */
int connections_renew(struct supervisor *s);
