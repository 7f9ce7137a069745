/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * watchdog.h - does a process still do what it is there for? Pure.
 *
 * By readings, made now and then, of what it does: whether its loop turns, and
 * whether its messages are handled. Time counts only in which it could have run.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/config/spec.h"

/** WATCHDOG_LOOKS - readings within the shorter of the two times */
#define WATCHDOG_LOOKS 4

/**
 * struct watchdog_reading - a process at one moment
 * @now_ns: CLOCK_MONOTONIC, which stands still while the host is suspended
 * @stopped: by SIGSTOP, a debugger or a freezer: it cannot run
 * @runnable: it runs, or waits for a processor
 * @has_times: the two below are known
 * @ran_ns: how long it has had a processor
 * @starved_ns: how long it has waited for one, up to when it last got it
 * @beat: another number than before: its loop has turned, or it has said so
 * @asleep: its loop waits for something to happen
 * @held_up: what it has to do next waits for others
 * @n_finished: messages, modulo 2^64
 * @n_waiting: messages that have come and are not finished
 */
struct watchdog_reading {
	uint64_t now_ns;
	bool stopped;
	bool runnable;
	bool has_times;
	uint64_t ran_ns;
	uint64_t starved_ns;
	uint32_t beat;
	bool asleep;
	bool held_up;
	uint64_t n_finished;
	uint64_t n_waiting;
};

/**
 * struct watchdog_level - one of the two things that it looks at
 * @since_ns: for how long it has been so, as far as the process could run
 * @n_misses: how often that was the whole time it has
 */
struct watchdog_level {
	uint64_t since_ns;
	uint32_t n_misses;
};

/**
 * struct watchdog - what was seen so far; zeroed: nothing
 * @seen: @last is a reading
 * @batch: so many messages waited at @batch_at finished ones: when more than
 *         these are finished, none of them waits any longer; 0: none waited
 */
struct watchdog {
	bool seen;
	struct watchdog_reading last;
	struct watchdog_level loop;
	struct watchdog_level message;
	uint64_t batch;
	uint64_t batch_at;
};

enum watchdog_what {
	WATCHDOG_FINE,
	WATCHDOG_REPORT,	/* the first miss: say what it does */
	WATCHDOG_ACT,		/* so many of them that it is ended */
};

/**
 * struct watchdog_finding
 * @of_loop: its loop; else a message that waits
 * @since_ns: how long it has been so
 * @n_misses: with this one
 */
struct watchdog_finding {
	enum watchdog_what what;
	bool of_loop;
	uint64_t since_ns;
	uint32_t n_misses;
};

/** watchdog_is_set() - is there anything to look at? */
bool watchdog_is_set(const struct spec_watchdog *spec);
/** watchdog_interval_ns() - how often to look */
uint64_t watchdog_interval_ns(const struct spec_watchdog *spec);
/** watchdog_counts() - does the next reading need @n_waiting? To count can take
 * a while */
bool watchdog_counts(const struct watchdog *w,
		     const struct spec_watchdog *spec);
/** watchdog_look() - one reading more */
struct watchdog_finding watchdog_look(struct watchdog *w,
				      const struct spec_watchdog *spec,
				      const struct watchdog_reading *now);
