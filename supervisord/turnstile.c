/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * turnstile.c - the descriptors of all children, each in its turn.
 *
 * An event source of the loop costs 300 bytes and more, and each child has two
 * descriptors that nearly always are silent. So they have one source together, in
 * front of a list of the kernel's, which is in the order in which they became
 * ready. Who comes through too often waits for a while, and nobody else does:
 * its descriptor is not in the list until then.
 *
 * Supervisors, who may come as often as they want to, have a source and a list
 * beside it: what one asks does not wait behind all actors that have just ended.
 *
 * What comes of a turn may be the end of others: those are struck out of the ones
 * that have been read from the list already.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "supervisord/turnstile.h"

#define ACCURACY_US 1000	/* 0 would be a quarter of a second */

/**
 * struct turnstile - one of the two of an event loop, as long as somebody waits at it
 * @unlimited: of those who may have any number of turns
 * @resting: turns that go on later; @timer: when the first of them does
 * @ready: those read from the list, of which @n_ready are not yet served
 */
struct turnstile {
	struct turnstile *next;
	sd_event *event;
	sd_event_source *source;
	sd_event_source *timer;
	int fd;
	bool unlimited;
	size_t n_turns;
	struct turn *resting;
	struct epoll_event ready[TURNSTILE_A_TURN];
	unsigned int n_ready;
};

/* a process that was forked has those of its parent as well, and a loop of its own */
static struct turnstile *stiles;

static int control(struct turn *turn, int operation)
{
	struct epoll_event event = {
		.events = turn->events,
		.data.ptr = turn,
	};

	return epoll_ctl(turn->stile->fd, operation, turn->fd, &event) < 0 ?
		-errno : 0;
}

static uint64_t now_us(const struct turnstile *stile)
{
	uint64_t us = 0;

	sd_event_now(stile->event, CLOCK_MONOTONIC, &us);
	return us;
}

/* ---- those who rest ---- */

static void unlink_resting(struct turn *turn)
{
	struct turn **at = &turn->stile->resting;

	while (*at && *at != turn)
		at = &(*at)->next;
	if (*at)
		*at = turn->next;
	turn->rests = false;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data);

static int arm(struct turnstile *stile, uint64_t at_us)
{
	if (!stile->timer)
		return sd_event_add_time(stile->event, &stile->timer,
					 CLOCK_MONOTONIC, at_us, ACCURACY_US,
					 on_timer, stile);
	sd_event_source_set_time(stile->timer, at_us);
	return sd_event_source_set_enabled(stile->timer, SD_EVENT_ONESHOT);
}

static uint64_t rested_us(const struct turn *turn)
{
	return turn->since_us + TURNSTILE_WINDOW_US;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct turnstile *stile = data;
	uint64_t now = now_us(stile), next_us = UINT64_MAX;
	struct turn *turn, *next;

	(void)source;
	(void)usec;
	for (turn = stile->resting; turn; turn = next) {
		next = turn->next;
		if (rested_us(turn) <= now) {
			if (control(turn, EPOLL_CTL_ADD) == 0) {
				unlink_resting(turn);
				continue;
			}
			turn->since_us = now;	/* a window later, then */
		}
		if (rested_us(turn) < next_us)
			next_us = rested_us(turn);
	}
	return stile->resting ? arm(stile, next_us) : 0;
}

/* Return: does it? Without a timer nobody would wake it */
static bool rest(struct turn *turn)
{
	struct turnstile *stile = turn->stile;

	/* who began before the first of them goes on a little late */
	if (!stile->resting && arm(stile, rested_us(turn)) < 0)
		return false;
	control(turn, EPOLL_CTL_DEL);
	turn->next = stile->resting;
	stile->resting = turn;
	turn->rests = true;
	return true;
}

/* Return: may it have this turn? */
static bool pass(struct turn *turn)
{
	uint64_t us;

	if (!turn->most)
		return true;
	us = now_us(turn->stile);
	if (us - turn->since_us >= TURNSTILE_WINDOW_US) {
		turn->since_us = us;
		turn->n = 0;
	}
	return turn->n++ < turn->most || !rest(turn);
}

/* ---- those who are ready ---- */

static struct turn *next_ready(struct turnstile *stile, uint32_t *ret_events)
{
	struct turn *turn = NULL;

	while (!turn && stile->n_ready > 0) {
		stile->n_ready--;
		turn = stile->ready[stile->n_ready].data.ptr;
		*ret_events = stile->ready[stile->n_ready].events;
	}
	return turn;
}

static void reverse(struct epoll_event *events, size_t n)
{
	struct epoll_event swap;

	for (size_t i = 0; i < n / 2; i++) {
		swap = events[i];
		events[i] = events[n - 1 - i];
		events[n - 1 - i] = swap;
	}
}

static void stile_free(struct turnstile *stile);

static int on_ready(sd_event_source *source, int fd, uint32_t events,
		    void *data)
{
	struct turnstile *stile = data;
	struct turn *turn;
	int n;

	(void)source;
	n = epoll_wait(fd, stile->ready, TURNSTILE_A_TURN, 0);
	stile->n_ready = n > 0 ? (unsigned int)n : 0;
	reverse(stile->ready, stile->n_ready);
	stile->n_turns++;		/* it stays while it is at work */
	while ((turn = next_ready(stile, &events)))
		if (pass(turn))
			turn->ready(turn->data, events);
	if (--stile->n_turns == 0)
		stile_free(stile);
	return 0;
}

static void strike_out(struct turnstile *stile, const struct turn *turn)
{
	for (unsigned int i = 0; i < stile->n_ready; i++)
		if (stile->ready[i].data.ptr == turn)
			stile->ready[i].data.ptr = NULL;
}

/* ---- the stile ---- */

static void stile_free(struct turnstile *stile)
{
	struct turnstile **at = &stiles;

	while (*at && *at != stile)
		at = &(*at)->next;
	if (*at)
		*at = stile->next;
	sd_event_source_disable_unref(stile->timer);
	sd_event_source_disable_unref(stile->source);
	close(stile->fd);
	free(stile);
}

static int stile_new(struct turnstile **ret, sd_event *event, bool unlimited)
{
	struct turnstile *stile = calloc(1, sizeof(*stile));
	int r;

	if (!stile)
		return -ENOMEM;
	stile->event = event;
	stile->unlimited = unlimited;
	stile->fd = epoll_create1(EPOLL_CLOEXEC);
	if (stile->fd < 0) {
		r = -errno;
		free(stile);
		return r;
	}
	stile->next = stiles;
	stiles = stile;
	r = sd_event_add_io(event, &stile->source, stile->fd, EPOLLIN,
			    on_ready, stile);
	if (r < 0) {
		stile_free(stile);
		return r;
	}
	*ret = stile;
	return 0;
}

static int stile_of(struct turnstile **ret, sd_event *event, bool unlimited)
{
	for (struct turnstile *stile = stiles; stile; stile = stile->next)
		if (stile->event == event && stile->unlimited == unlimited) {
			*ret = stile;
			return 0;
		}
	return stile_new(ret, event, unlimited);
}

int turn_begin(struct turn *turn, sd_event *event)
{
	struct turnstile *stile = NULL;
	int r = stile_of(&stile, event, !turn->most);

	if (r < 0)
		return r;
	turn->stile = stile;
	turn->n = 0;
	turn->rests = turn->hushed = false;
	stile->n_turns++;
	r = control(turn, EPOLL_CTL_ADD);
	if (r < 0)
		turn_end(turn);
	return r;
}

void turn_change(struct turn *turn, uint32_t events)
{
	if (!turn->stile || turn->events == events)
		return;
	turn->events = events;
	if (!turn->rests && !turn->hushed)
		control(turn, EPOLL_CTL_MOD);
}

void turn_hush(struct turn *turn)
{
	if (!turn->stile || turn->rests || turn->hushed)
		return;
	control(turn, EPOLL_CTL_DEL);
	strike_out(turn->stile, turn);
	turn->hushed = true;
}

void turn_end(struct turn *turn)
{
	struct turnstile *stile = turn->stile;

	if (!stile)
		return;
	if (turn->rests)
		unlink_resting(turn);
	else if (!turn->hushed)
		control(turn, EPOLL_CTL_DEL);
	strike_out(stile, turn);
	turn->stile = NULL;
	if (--stile->n_turns == 0)
		stile_free(stile);
}
