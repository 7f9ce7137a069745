/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seen.h - was this message told of before?
 *
 * A custodian that is killed may have told of a message and not noted that it
 * did; the next one tells again. A message is known by its edge, its direction
 * and its number there. The oldest are forgotten. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SEEN_MAX 4096
#define SEEN_BUCKETS 4096

/** struct seen_key - which message of which edge, @to_holder: an answer */
struct seen_key {
	uint64_t edge;
	uint64_t number;
	bool to_holder;
};

/**
 * struct seen - the newest SEEN_MAX of them; zeroed it is empty
 * @n: how many were ever entered; the next goes to place @n % SEEN_MAX
 * @first, @next: place + 1 of the first in a bucket, and of the one behind it
 */
struct seen {
	uint64_t n;
	struct seen_key keys[SEEN_MAX];
	uint16_t first[SEEN_BUCKETS];
	uint16_t next[SEEN_MAX];
};

/** seen_before() - is it in there? If not, it is from now on */
bool seen_before(struct seen *seen, const struct seen_key *key);
