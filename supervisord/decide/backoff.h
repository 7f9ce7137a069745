/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * backoff.h - how long does a failed child wait for its restart? Pure.
 */
#pragma once

#include <stdint.h>

#include "supervisord/config/spec.h"

/**
 * struct backoff - of one child; zero at the start of its life
 * @n_restarts: since it last ran for `stable_after`
 */
struct backoff {
	unsigned int n_restarts;
};

/**
 * backoff_next_ns() - the delay of the restart that is to happen now
 * @ran_ns: how long it ran since it was ready; 0 when it never was
 * @random: 64 random bits
 *
 * The first restart is at once; delayed restart n, from 0, waits for a time
 * from (0, backoff_ceiling_ns(n)]: the full jitter that keeps many children
 * that fail together from coming back together. Without a backoff: 0.
 */
uint64_t backoff_next_ns(struct backoff *backoff,
			 const struct spec_backoff *spec, uint64_t ran_ns,
			 uint64_t random);
/** backoff_ceiling_ns() - min(max, min * factor^n), in nanoseconds */
uint64_t backoff_ceiling_ns(const struct spec_backoff *spec, unsigned int n);
