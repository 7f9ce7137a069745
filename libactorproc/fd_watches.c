// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fd_watches.c - descriptors of the actor's own that it wants a turn for.
 *
 * Never reads or writes them.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "libactorproc/fd_watches.h"

static void fd_ready(struct loop_source *source, uint32_t events)
{
	struct fd_watch *watch = (struct fd_watch *)source; /* first member */

	if (!watch->ready)
		TAILQ_INSERT_TAIL(&watch->table->ready, watch, ready_entry);
	watch->ready |= events;
}

static struct fd_watch *find(const struct fd_watches *watches, int fd)
{
	struct fd_watch *watch;

	LIST_FOREACH(watch, &watches->list, entry)
		if (watch->fd == fd)
			return watch;

	return NULL;
}

static void unready(struct fd_watch *watch)
{
	if (watch->ready)
		TAILQ_REMOVE(&watch->table->ready, watch, ready_entry);
	watch->ready = 0;
}

static void forget(struct fd_watch *watch)
{
	unready(watch);
	LIST_REMOVE(watch, entry);
	watch->table->n--;
	free(watch);
}

void fd_watches_init(struct fd_watches *watches)
{
	LIST_INIT(&watches->list);
	TAILQ_INIT(&watches->ready);
	watches->n = 0;
}

void fd_watches_deinit(struct fd_watches *watches, struct loop *loop)
{
	while (!LIST_EMPTY(&watches->list)) {
		loop_remove(loop, LIST_FIRST(&watches->list)->fd);
		forget(LIST_FIRST(&watches->list));
	}
}

static int add(struct fd_watches *watches, struct loop *loop, int fd,
	       uint32_t events)
{
	struct fd_watch *watch;
	int r;

	if (watches->n == FD_WATCHES_MAX)
		return -ENOSPC;
	watch = calloc(1, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	watch->source.ready = fd_ready;
	watch->fd = fd;
	watch->events = events;
	watch->table = watches;
	r = loop_add(loop, fd, events | EPOLLONESHOT, &watch->source);
	if (r < 0) {
		free(watch);
		return r;
	}
	LIST_INSERT_HEAD(&watches->list, watch, entry);
	watches->n++;

	return 0;
}

int fd_watches_set(struct fd_watches *watches, struct loop *loop, int fd,
		   uint32_t events)
{
	struct fd_watch *watch = find(watches, fd);
	int r;

	if (!watch)
		return add(watches, loop, fd, events);

	unready(watch);
	r = loop_change(loop, fd, events | EPOLLONESHOT, &watch->source);
	if (r == -ENOENT || r == -EBADF) {
		/* it was closed; this may be another one of that number */
		forget(watch);
		return add(watches, loop, fd, events);
	}
	if (r == 0)
		watch->events = events;

	return r;
}

int fd_watches_remove(struct fd_watches *watches, struct loop *loop, int fd)
{
	struct fd_watch *watch = find(watches, fd);

	if (!watch)
		return -ENOENT;
	loop_remove(loop, fd);
	forget(watch);

	return 0;
}

bool fd_watches_take_ready(struct fd_watches *watches, int *ret_fd,
			   uint32_t *ret_events)
{
	struct fd_watch *watch = TAILQ_FIRST(&watches->ready);

	if (!watch)
		return false;
	*ret_fd = watch->fd;
	*ret_events = watch->ready;
	unready(watch);

	return true;
}

void fd_watches_rearm(struct fd_watches *watches, struct loop *loop, int fd)
{
	struct fd_watch *watch = find(watches, fd);

	if (watch && loop_change(loop, fd, watch->events | EPOLLONESHOT,
				 &watch->source) < 0)
		forget(watch);
}
