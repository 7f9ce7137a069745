/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fd_watches.h - descriptors of the actor's own that it wants a turn for.
 *
 * In the loop each is reported once and then silent until its turn is over, so
 * one that stays ready while no turn may run does not make the loop spin.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "libactorproc/loop.h"

#define FD_WATCHES_MAX 256

/** struct fd_watch - @ready: what has been reported and not had its turn */
struct fd_watch {
	struct loop_source source;
	int fd;
	uint32_t events;
	uint32_t ready;
	struct fd_watches *table;
	LIST_ENTRY(fd_watch) entry;
	TAILQ_ENTRY(fd_watch) ready_entry;
};

LIST_HEAD(fd_watch_list, fd_watch);
TAILQ_HEAD(fd_watch_queue, fd_watch);

/** struct fd_watches - fd_watches_init() before use */
struct fd_watches {
	struct fd_watch_list list;
	struct fd_watch_queue ready;
	size_t n;
};

void fd_watches_init(struct fd_watches *watches);
/** fd_watches_deinit() - the descriptors stay open: they are the actor's */
void fd_watches_deinit(struct fd_watches *watches, struct loop *loop);
/** fd_watches_set() - Return: 0; -ENOSPC; -ENOMEM; what loop_add() returns */
int fd_watches_set(struct fd_watches *watches, struct loop *loop, int fd,
		   uint32_t events);
/** fd_watches_remove() - Return: 0; -ENOENT */
int fd_watches_remove(struct fd_watches *watches, struct loop *loop, int fd);
/** fd_watches_take_ready() - the one that waits longest for its turn */
bool fd_watches_take_ready(struct fd_watches *watches, int *ret_fd,
			   uint32_t *ret_events);
/** fd_watches_rearm() - after its turn; one that was removed is fine */
void fd_watches_rearm(struct fd_watches *watches, struct loop *loop, int fd);
