/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * depth.h - how many messages wait in a socket.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/**
 * struct depth - what waits in a socket
 * @last: the number of the last packet; 0: there is none
 * @whole: there is no more; else there were too many packets to look at all
 */
struct depth {
	uint64_t n_frames;
	uint64_t last;
	bool whole;
};

/**
 * depth_beyond() - messages in packets after number @taken
 *
 * Looks without taking, as depth_of().
 */
struct depth depth_beyond(int fd, uint64_t taken);
/**
 * depth_of() - messages queued at the target's end of an edge
 *
 * Looks without taking, from a copy of the end that its actor may be reading
 * meanwhile: exact when it is not, else of that moment. Never blocks.
 */
uint64_t depth_of(int fd);
/**
 * depth_last() - the number of the last packet that waits in a socket; 0: none
 *
 * Of one whose other end sends nothing more: then it is exact, also when its
 * actor reads meanwhile.
 */
uint64_t depth_last(int fd);
