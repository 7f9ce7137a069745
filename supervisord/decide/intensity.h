/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * intensity.h - has this supervisor restarted too often? Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/**
 * struct intensity - the restarts of the last period, of a supervisor or a child
 * @times: ring of @limit times, NULL when the limit is 0
 * @next: where the next one goes
 * @n: how many there are, whether forgiven or not
 */
struct intensity {
	unsigned int limit;
	uint64_t period_ns;
	uint64_t *times;
	unsigned int next;
	unsigned int n;
};

enum intensity_outcome {
	INTENSITY_OK,
	INTENSITY_EXCEEDED,
};

/**
 * intensity_init() - @limit restarts within @period_ns are forgiven
 *
 * As OTP's MaxR and MaxT: with a limit of 3 the fourth restart within the
 * period is one too many, with 0 the first. Return: 0; -ENOMEM.
 */
int intensity_init(struct intensity *intensity, unsigned int limit,
		   uint64_t period_ns);
void intensity_deinit(struct intensity *intensity);
/** intensity_change() - other limits from now on; what was noted stays, as far as
 * it has room. Return: 0; -ENOMEM, and all is as it was */
int intensity_change(struct intensity *intensity, unsigned int limit,
		     uint64_t period_ns);

/**
 * intensity_note() - a restart is wanted now
 *
 * One call for a whole group restart. One that is exceeded is not noted, as it
 * does not happen. Time never goes back; if it does, nothing is forgiven.
 */
enum intensity_outcome intensity_note(struct intensity *intensity,
				      uint64_t now_ns);
/** intensity_forget() - all of them: what they were about has a new life */
void intensity_forget(struct intensity *intensity);
/** intensity_count() - restarts within the period that ends now, edges included */
unsigned int intensity_count(const struct intensity *intensity,
			     uint64_t now_ns);
/** intensity_window_left_ns() - the oldest counts for so long yet, and no longer;
 * 0: there is none, or this is its last moment */
uint64_t intensity_window_left_ns(const struct intensity *intensity,
				  uint64_t now_ns);
