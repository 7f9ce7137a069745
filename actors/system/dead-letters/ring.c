/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ring.c - the latest dead letters, for who asks.
 *
 * Pure but for memory.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "actors/system/dead-letters/ring.h"

int ring_init(struct ring *ring)
{
	*ring = (struct ring) {
		.letters = calloc(RING_LETTERS_MAX, sizeof(*ring->letters)),
	};

	return ring->letters ? 0 : -ENOMEM;
}

static void drop_oldest(struct ring *ring)
{
	struct ring_letter *oldest = &ring->letters[ring->first];

	ring->n_bytes -= oldest->n_bytes;
	free(oldest->bytes);
	*oldest = (struct ring_letter) { .bytes = NULL };
	ring->first = (ring->first + 1) % RING_LETTERS_MAX;
	ring->n--;
}

void ring_deinit(struct ring *ring)
{
	while (ring->n > 0)
		drop_oldest(ring);
	free(ring->letters);
	ring->letters = NULL;
}

int ring_put(struct ring *ring, uint64_t time_us, const void *bytes,
	     size_t n_bytes)
{
	char *copy = malloc(n_bytes);

	if (!copy)
		return -ENOMEM;
	memcpy(copy, bytes, n_bytes);

	while (ring->n > 0 && (ring->n == RING_LETTERS_MAX ||
			       ring->n_bytes + n_bytes > RING_BYTES_MAX))
		drop_oldest(ring);

	ring->letters[(ring->first + ring->n) % RING_LETTERS_MAX] =
		(struct ring_letter) {
			.sequence = ++ring->last_sequence,
			.time_us = time_us,
			.n_bytes = n_bytes,
			.bytes = copy,
		};
	ring->n++;
	ring->n_bytes += n_bytes;
	return 0;
}

const struct ring_letter *ring_newest(const struct ring *ring, size_t index)
{
	if (index >= ring->n)
		return NULL;

	return &ring->letters[(ring->first + ring->n - 1 - index) %
			      RING_LETTERS_MAX];
}
