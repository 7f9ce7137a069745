/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * footprint.h - what this process takes of the host.
 */
#pragma once

#include <stdint.h>

/**
 * struct footprint - 0: that cannot be read
 * @n_fds: descriptors that are open, of at most @max_fds
 * @memory_bytes: resident, with what is shared with other supervisors
 */
struct footprint {
	uint64_t n_fds;
	uint64_t max_fds;
	uint64_t memory_bytes;
};

/** footprint_of_us() - never blocks, and opens one descriptor at a time */
struct footprint footprint_of_us(void);
