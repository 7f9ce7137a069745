// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * loop.c - waiting: for descriptors, and for a moment in time.
 *
 * The only epoll and timerfd. The timer runs on CLOCK_BOOTTIME, so deadlines
 * go on during suspend; it is set only when we are about to look and something
 * is due before what it is set to, so a stream of asks costs no system call. It
 * is made when it is set first: who never waits for a moment has none.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "libactorproc/loop.h"

#define NS_PER_S UINT64_C(1000000000)
#define EVENTS_AT_ONCE 64
#define WITHOUT_TIMER_MAX_MS 1000

static void timer_fired(struct loop_source *source, uint32_t events)
{
	struct loop *loop = (struct loop *)((char *)source -
					    offsetof(struct loop, timer));

	(void)events;
	loop->armed_ns = UINT64_MAX;
}

int loop_init(struct loop *loop)
{
	loop->armed_ns = UINT64_MAX;
	loop->timer.ready = timer_fired;
	loop->timer_fd = -1;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	return loop->epoll_fd < 0 ? -errno : 0;
}

void loop_deinit(struct loop *loop)
{
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	loop->timer_fd = -1;
	loop->epoll_fd = -1;
}

static int control(struct loop *loop, int operation, int fd, uint32_t events,
		   struct loop_source *source)
{
	struct epoll_event event = { .events = events, .data.ptr = source };

	return epoll_ctl(loop->epoll_fd, operation, fd, &event) < 0 ? -errno
								    : 0;
}

int loop_add(struct loop *loop, int fd, uint32_t events,
	     struct loop_source *source)
{
	return control(loop, EPOLL_CTL_ADD, fd, events, source);
}

int loop_change(struct loop *loop, int fd, uint32_t events,
		struct loop_source *source)
{
	return control(loop, EPOLL_CTL_MOD, fd, events, source);
}

void loop_remove(struct loop *loop, int fd)
{
	control(loop, EPOLL_CTL_DEL, fd, 0, NULL);
}

static int make_timer(struct loop *loop)
{
	int fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK), r;

	if (fd < 0)
		return -errno;
	/* edge-triggered: it need never be read */
	r = loop_add(loop, fd, EPOLLIN | EPOLLET, &loop->timer);
	if (r < 0)
		close(fd);
	else
		loop->timer_fd = fd;

	return r;
}

/* Without a timer, for want of a descriptor: not beyond the deadline, but time in
 * suspend is lost; and it is tried again each time. */
static int milliseconds_until(uint64_t deadline_ns)
{
	uint64_t left_ns = deadline_ns - loop_now_ns();

	if ((int64_t)left_ns <= 0)
		return 0;
	return left_ns / 1000000 < WITHOUT_TIMER_MAX_MS ?
		       (int)(left_ns / 1000000) + 1 : WITHOUT_TIMER_MAX_MS;
}

/*
 * Setting the timer costs as much as all the rest. Return: for how many
 * milliseconds to wait: for any number (-1), or for none, as @deadline_ns is
 * past; then it counts as fired, though it may do so once more, for a later one.
 */
static int arm(struct loop *loop, uint64_t deadline_ns)
{
	struct itimerspec when = {
		.it_value.tv_sec = (time_t)(deadline_ns / NS_PER_S),
		.it_value.tv_nsec = (long)(deadline_ns % NS_PER_S),
	};

	if (deadline_ns >= loop->armed_ns)
		return -1;
	if (deadline_ns <= loop_now_ns()) {
		loop->armed_ns = UINT64_MAX;
		return 0;
	}
	if ((loop->timer_fd < 0 && make_timer(loop) < 0) ||
	    timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) < 0)
		return milliseconds_until(deadline_ns);
	loop->armed_ns = deadline_ns;

	return -1;
}

int loop_wait(struct loop *loop, bool block, uint64_t deadline_ns)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int wait_ms, n, i;

	wait_ms = arm(loop, deadline_ns);
	n = epoll_wait(loop->epoll_fd, events, EVENTS_AT_ONCE,
		       block ? wait_ms : 0);
	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	for (i = 0; i < n; i++) {
		struct loop_source *source = events[i].data.ptr;

		source->ready(source, events[i].events);
	}

	return 0;
}

int loop_wait_writable(int fd)
{
	struct epoll_event event = { .events = EPOLLOUT };
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int r = 0;

	if (epoll_fd < 0)
		return -errno;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ||
	    (epoll_wait(epoll_fd, &event, 1, -1) < 0 && errno != EINTR))
		r = -errno;
	close(epoll_fd);

	return r;
}

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);

	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

uint64_t loop_now_ns(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

uint64_t loop_tick(void)
{
	return read_clock(CLOCK_MONOTONIC_COARSE);
}
