/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listeners.h - does a program listen on an address?
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "supervisord/config/spec.h"

/**
 * listeners_has() - a socket of a process or of its descendants listens there
 * @pid: as /proc shows it
 * @uid: of nobody else, which is believed where a container does not let us
 *       look at descriptors of others; (uid_t)-1: none
 *
 * In its network namespace, whatever that is. Return: 1; 0: not yet; negative
 * errno: it cannot be seen.
 */
int listeners_has(pid_t pid, uid_t uid, const struct spec_listen *address);
