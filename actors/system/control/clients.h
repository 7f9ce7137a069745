/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * clients.h - connections of actorctl, busctl and their like.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-bus.h>

#include "actors/system/control/control.h"

/**
 * struct client - one connection
 * @uid, @pid: who it is, from the kernel
 * @events: what its descriptor is watched for
 * @active_ns: when anything came last
 * @n_unread, @unread_ns: replies it has not read, and since when it reads none
 * @broken: to be dropped when its callbacks are through
 */
struct client {
	struct control *control;
	sd_bus *bus;
	int fd;
	uid_t uid;
	pid_t pid;
	uint32_t events;
	uint64_t since_ns;
	uint64_t active_ns;
	uint64_t n_unread;
	uint64_t unread_ns;
	unsigned int n_calls;
	bool broken;
};

/** clients_start() - listen; 0 or negative errno */
int clients_start(struct control *control);
/** clients_ready() - a descriptor is ready; was it ours? */
bool clients_ready(struct control *control, int fd);
/** clients_tick() - deadlines */
bool clients_tick(struct control *control, const struct actor_message *message);
/** clients_flush() - something was sent to it: see that it leaves */
void clients_flush(struct client *client);
/** clients_settle() - at the end of a turn: drop who must go, set the timer */
void clients_settle(struct control *control);
void clients_clear(struct control *control);
