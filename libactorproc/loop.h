/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * loop.h - waiting: for descriptors, and for a moment in time.
 *
 * Knows nothing of what it waits for. loop_wait() calls @ready of each source
 * that is; that function only takes note, the work is done afterwards.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/** struct loop_source - embedded in what is waited for */
struct loop_source {
	void (*ready)(struct loop_source *source, uint32_t events);
};

/**
 * struct loop - an epoll and a timer
 * @timer_fd: -1: nothing has been waited for so far that is due at a time
 * @armed_ns: when the timer fires; UINT64_MAX: it is not armed
 */
struct loop {
	int epoll_fd;
	int timer_fd;
	uint64_t armed_ns;
	struct loop_source timer;
};

/** loop_init() - Return: 0; negative errno, and nothing to deinit */
int loop_init(struct loop *loop);
void loop_deinit(struct loop *loop);
/** loop_add() - @fd stays the caller's. Return: 0; negative errno */
int loop_add(struct loop *loop, int fd, uint32_t events,
	     struct loop_source *source);
/** loop_change() - other events; reports again what is so already */
int loop_change(struct loop *loop, int fd, uint32_t events,
		struct loop_source *source);
/** loop_remove() - needed even before a close(): others hold copies */
void loop_remove(struct loop *loop, int fd);
/**
 * loop_wait() - until a source is ready or @deadline_ns (CLOCK_BOOTTIME)
 * @block: false: only look, wait for nothing
 *
 * Return: 0, also for a signal and for the deadline; negative errno.
 */
int loop_wait(struct loop *loop, bool block, uint64_t deadline_ns);
/** loop_wait_writable() - blocks for one descriptor only */
int loop_wait_writable(int fd);
/** loop_now_ns() - CLOCK_BOOTTIME */
uint64_t loop_now_ns(void);
/** loop_tick() - a number that changes every few milliseconds, cheap to read */
uint64_t loop_tick(void);
