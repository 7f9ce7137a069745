/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * turnstile.h - the descriptors of all children, each in its turn.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <systemd/sd-event.h>

/* so many have their turn before all else has */
#define TURNSTILE_A_TURN 16
/* the time in which each may have only so many */
#define TURNSTILE_WINDOW_US 100000

struct turnstile;

/** turn_fn - something is to be read or written; it may end any turns */
typedef void turn_fn(void *data, uint32_t events);

/**
 * struct turn - a descriptor that is waited for; part of who waits
 * @stile: NULL: nobody waits
 * @most: turns in a window; 0: any number
 * @n: turns in the window that began at @since_us
 * @rests: it has had them all
 * @hushed: it has no turns any more, and has not ended
 */
struct turn {
	struct turnstile *stile;
	turn_fn *ready;
	void *data;
	int fd;
	uint32_t events;
	unsigned int most;
	unsigned int n;
	uint64_t since_us;
	struct turn *next;
	bool rests;
	bool hushed;
};

/**
 * turn_begin() - wait for a descriptor, which stays the caller's
 * @turn: its @ready, @data, @fd, @events and @most are set; it stays where it is
 *
 * Return: 0; negative errno.
 */
int turn_begin(struct turn *turn, sd_event *event);
/** turn_change() - wait for other events from now on */
void turn_change(struct turn *turn, uint32_t events);
/** turn_hush() - nobody is woken by it any more: who waits looks for himself when he
 * knows that there is nothing more to come. One that rests goes on */
void turn_hush(struct turn *turn);
/** turn_end() - before its descriptor is closed; one that is not waited for, too */
void turn_end(struct turn *turn);
/** turn_waits() - is it waited for, at once or later? */
static inline bool turn_waits(const struct turn *turn)
{
	return turn->stile;
}
