/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ring.h - the latest dead letters, for who asks.
 *
 * Bounded in number and in bytes; the oldest go first. Pure but for memory.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define RING_LETTERS_MAX 4096
#define RING_BYTES_MAX (4 * 1024 * 1024)

/**
 * struct ring_letter - one of them
 * @sequence: from 1, never used again
 * @time_us: when it came, CLOCK_REALTIME
 * @bytes: a list of journal fields, @n_bytes
 */
struct ring_letter {
	uint64_t sequence;
	uint64_t time_us;
	size_t n_bytes;
	char *bytes;
};

struct ring {
	struct ring_letter *letters;	/* RING_LETTERS_MAX of them */
	size_t first;
	size_t n;
	size_t n_bytes;
	uint64_t last_sequence;
};

/** ring_init() - 0; -ENOMEM */
int ring_init(struct ring *ring);
void ring_deinit(struct ring *ring);
/** ring_put() - a copy of it; 0; -ENOMEM */
int ring_put(struct ring *ring, uint64_t time_us, const void *bytes,
	     size_t n_bytes);
/** ring_newest() - the @index-th from the newest, from 0; NULL past the oldest */
const struct ring_letter *ring_newest(const struct ring *ring, size_t index);
