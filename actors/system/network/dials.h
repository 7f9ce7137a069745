/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dials.h - connections that are being made.
 */
#pragma once

#include <stdbool.h>

#include "actors/system/network/address.h"

struct dial;

/** struct dials - zeroed is none */
struct dials {
	struct dial *first;
};

/** dials_begin() - answer the ask of this turn with a connection, later */
int dials_begin(struct dials *dials, struct actor *self,
		const struct actor_message *message,
		const struct address *address);
/** dials_ready() - a descriptor is ready; false: it is none of these */
bool dials_ready(struct dials *dials, struct actor *self, int fd);
/** dials_tick() - its asker waits no more; false: that timer is none of these */
bool dials_tick(struct dials *dials, struct actor *self, const char *key);
