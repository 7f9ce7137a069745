/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * timers.h - keyed timers: which key is due, and when the next one is.
 *
 * Pure: the time comes in as an argument, in nanoseconds of any one clock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libactorproc/actorproc.h"

#define TIMERS_MAX 256

/** struct timer - @interval_ns is 0 for a single tick */
struct timer {
	uint64_t deadline_ns;
	uint64_t interval_ns;
	char key[ACTOR_TYPE_MAX + 1];
};

/** struct timers - @timers[0] to [@n - 1]; zeroed is empty */
struct timers {
	size_t n;
	uint64_t next_ns;
	struct timer timers[TIMERS_MAX];
};

/**
 * timers_set() - a timer under that key, in place of the one it had
 *
 * Return: 0; -EINVAL for an empty or too long key; -ENOSPC with TIMERS_MAX.
 */
int timers_set(struct timers *timers, const char *key, uint64_t deadline_ns,
	       uint64_t interval_ns);
/** timers_cancel() - Return: 0; -ENOENT */
int timers_cancel(struct timers *timers, const char *key);
/**
 * timers_take_due() - the timer that is due longest
 *
 * A single one is gone afterwards; a repeated one is set again, one interval
 * after @now_ns. Return: true and its key.
 */
bool timers_take_due(struct timers *timers, uint64_t now_ns,
		     char ret_key[ACTOR_TYPE_MAX + 1]);
/** timers_next_ns() - when the next one is due; UINT64_MAX: never */
uint64_t timers_next_ns(const struct timers *timers);
