/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * depth.h - how many messages wait in a socket.
 */
#pragma once

#include <stdint.h>

/**
 * depth_of() - messages queued at the target's end of an edge
 *
 * Looks without taking, from a copy of the end that its actor may be reading
 * meanwhile: exact when it is not, else of that moment. Never blocks.
 */
uint64_t depth_of(int fd);
