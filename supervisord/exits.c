/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exits.c - which process of ours ended, in which order.
 *
 * Any number of them may end at one moment. An event loop that knew each by
 * itself would look at all of them again in every turn, have them in no order,
 * and whoever says something meanwhile would wait behind all. So they have a list
 * of the kernel's own: it is in the order in which they ended, and is worked off
 * some at a time, in turn with all other things. What follows is begun at once, and
 * told when it has been. What an end means is child.c's.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "supervisord/act/orphans.h"
#include "supervisord/exits.h"

/* whoever is stuck in the kernel for so long is not waited for */
#define REST_NS UINT64_C(5000000000)
#define REST_FIRST_US 1000
#define REST_LAST_US 50000

/* one at a time: what follows of an end may be that another is forgotten */
static struct child *next_exit(int exits_fd)
{
	struct epoll_event event;

	return epoll_wait(exits_fd, &event, 1, 0) == 1 ? event.data.ptr : NULL;
}

/* strangers are behind them in line */
void exits_turn(struct supervisor *s)
{
	struct child *c;

	s->notes_may_wait = true;
	for (unsigned int i = 0; s->exits && i < EXITS_A_TURN &&
				 (c = next_exit(s->exits_fd)); i++)
		child_process_ended(c);
	if (s->has_programs)
		supervisor_reap_strangers(s);
	supervisor_follow(s);
	chores_soon(s);
}

static int on_exits(sd_event_source *source, int fd, uint32_t events,
		    void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	exits_turn(data);
	return 0;
}

static int begin(struct supervisor *s)
{
	int r;

	if (s->exits)
		return 0;
	s->exits_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->exits_fd < 0)
		return -errno;
	/* in turn with all others, in both directions */
	r = sd_event_add_io(s->event, &s->exits, s->exits_fd, EPOLLIN,
			    on_exits, s);
	if (r < 0)
		close(s->exits_fd);
	return r < 0 ? r : 0;
}

int exits_watch(struct child *c)
{
	struct supervisor *s = c->supervisor;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	int r = begin(s);

	supervisor_met(s, c->pid);
	if (r < 0)
		return r;
	if (epoll_ctl(s->exits_fd, EPOLL_CTL_ADD, c->pidfd, &event) < 0)
		return -errno;
	c->exit_watched = true;
	return 0;
}

static void stop_watching(struct child *c)
{
	if (c->exit_watched)
		epoll_ctl(c->supervisor->exits_fd, EPOLL_CTL_DEL, c->pidfd,
			  NULL);
	c->exit_watched = false;
}

void exits_forget(struct child *c)
{
	c->rest_source = sd_event_source_disable_unref(c->rest_source);
	c->rest_until_ns = 0;
	stop_watching(c);
}

/* ---- who is left of a program -------------------------------------------- */

static int on_rest(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	child_process_ended(data);
	return 0;
}

static bool look_again(struct child *c)
{
	if (!c->rest_source) {
		c->rest_us = REST_FIRST_US;
		return sd_event_add_time_relative(c->supervisor->event,
						  &c->rest_source,
						  CLOCK_MONOTONIC, c->rest_us,
						  c->rest_us, on_rest, c) >= 0;
	}
	c->rest_us = c->rest_us * 2 < REST_LAST_US ? c->rest_us * 2 :
						     REST_LAST_US;
	return sd_event_source_set_time_relative(c->rest_source, c->rest_us) >=
		       0 &&
	       sd_event_source_set_enabled(c->rest_source,
					   SD_EVENT_ONESHOT) >= 0;
}

bool exits_await_rest(struct child *c)
{
	uint64_t now = supervisor_now_ns();

	if (c->rest_until_ns == 0)
		c->rest_until_ns = now + REST_NS;
	/* nobody comes after them when all ends */
	if (supervisor_going_down(c->supervisor) || now > c->rest_until_ns ||
	    !orphans_in_group(c->pidfd) || !look_again(c))
		return false;
	stop_watching(c);
	return true;
}
