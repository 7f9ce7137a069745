/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * held.h - what the limiters have held back, in a file that outlives us.
 *
 * They know it only as numbers, which a process that is killed would take along.
 * A place for each of their entries, with its number and the message that was
 * counted last, which may come again. A number is written in one piece: it is
 * the one of before or the one of after.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "actors/system/dead-letters/limiter.h"
#include "actors/system/dead-letters/seen.h"

#define HELD_TEXT_MAX 1984

/**
 * struct held - the file; @fd is not ours, -1 for none
 * @n_places: how many it may have; @n_before: so many it had at first, at most
 * @sequence: of what was written last
 * @last: which message was counted last; @has_last: it had a number
 */
struct held {
	int fd;
	unsigned int n_places;
	unsigned int n_before;
	uint64_t sequence;
	struct seen_key last;
	bool has_last;
};

/** struct held_entry - what an earlier process has not told; @key: into @text */
struct held_entry {
	struct limiter_key key;
	uint64_t count;
	char text[HELD_TEXT_MAX];
};

/** held_init() - take up a file with whatever an earlier life left in it */
void held_init(struct held *held, int fd, unsigned int n_places);
/** held_left() - what was left in that place; false: nothing, or nothing that
 * makes sense */
bool held_left(const struct held *held, unsigned int place,
	       struct held_entry *ret);
/** held_empty() - all that was left is told */
void held_empty(struct held *held);
/**
 * held_note() - that is the number from now on
 * @message: that was counted; NULL: it has no number of its own
 *
 * What cannot be written is forgotten with this process, as before.
 */
void held_note(struct held *held, unsigned int place,
	       const struct limiter_held *what, const struct seen_key *message);
/** held_told() - nothing is held back there any more */
void held_told(struct held *held, unsigned int place);
/** held_has() - was it @message that was counted last, by an earlier process? */
bool held_has(const struct held *held, const struct seen_key *message);
