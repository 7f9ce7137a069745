/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * parcels.c - what goes out to the service manager, in order, without waiting.
 *
 * It alone speaks to it. What finds no room in its socket waits here, with copies
 * of its descriptors, and all that comes behind it, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "supervisord/act/manager.h"
#include "supervisord/parcels.h"
#include "supervisord/supervisor.h"

#define AGAIN_US 5000
#define QUEUE_BYTES (16 * 1024 * 1024)

/** struct parcels - @room: the socket can take one; @again: maybe by then */
struct parcels {
	int fd;
	struct parcels_ways ways;
	struct parcel *head, **tail;
	size_t n_bytes;
	sd_event_source *room;
	sd_event_source *again;
};

static int send_parcel(const struct parcels *q, const struct parcel *p)
{
	char text[PARCEL_NAME_BYTES + 64];

	snprintf(text, sizeof(text), p->n_fds ?
		 "FDSTORE=1\nFDNAME=%s\nFDPOLL=0" :
		 "FDSTOREREMOVE=1\nFDNAME=%s", p->name);
	return manager_send(q->fd, text, p->fds, p->n_fds);
}

/* it may have been started anew itself */
static int connect_again(const struct parcels *q)
{
	const char *address = getenv("NOTIFY_SOCKET");
	int fd = address ? manager_connect(address) : -ENOTCONN;

	if (fd < 0)
		return fd;
	if (dup3(fd, q->fd, O_CLOEXEC) < 0) {
		close(fd);
		return -EMFILE;
	}
	close(fd);
	return 0;
}

static bool waits(int error)
{
	return error == -EAGAIN || error == -EBUSY;
}

static int deliver(const struct parcels *q, const struct parcel *p)
{
	int r = *p->name ? send_parcel(q, p) : 0;

	if (r < 0 && !waits(r) && connect_again(q) == 0)
		r = send_parcel(q, p);
	return r < 0 ? r : q->ways.sent(q->ways.data, p);
}

static struct parcel *parcel_free(struct parcel *p)
{
	while (p && p->n_fds)
		close(p->fds[--p->n_fds]);
	free(p);
	return NULL;
}

static size_t cost_of(const struct parcel *p)
{
	return sizeof(*p) + p->entry.n_text;
}

static void wait_for_room(struct parcels *q, int error)
{
	if (error == -EAGAIN) {
		sd_event_source_set_enabled(q->room, SD_EVENT_ONESHOT);
		return;
	}
	sd_event_source_set_time_relative(q->again, AGAIN_US);
	sd_event_source_set_enabled(q->again, SD_EVENT_ONESHOT);
}

static void push_out(struct parcels *q)
{
	struct parcel *p;
	int r = 0;

	while ((p = q->head)) {
		r = deliver(q, p);
		if (r < 0)
			break;
		q->head = p->next;
		q->n_bytes -= cost_of(p);
		parcel_free(p);
	}
	if (!q->head)
		q->tail = &q->head;
	if (waits(r))
		wait_for_room(q, r);
	else if (r < 0)
		q->ways.failed(q->ways.data, r);
	else
		q->ways.empty(q->ways.data);
}

static int copy_fds(struct parcel *to, const struct parcel *from)
{
	while (to->n_fds < from->n_fds) {
		to->fds[to->n_fds] = fcntl(from->fds[to->n_fds],
					   F_DUPFD_CLOEXEC, 0);
		if (to->fds[to->n_fds] < 0)
			return -errno;
		to->n_fds++;
	}
	return 0;
}

static int enqueue(struct parcels *q, const struct parcel *p)
{
	struct parcel *copy = NULL;

	if (q->n_bytes <= QUEUE_BYTES)
		copy = malloc(cost_of(p));
	if (!copy)
		return -ENOBUFS;
	*copy = *p;
	copy->next = NULL;
	copy->n_fds = 0;
	if (p->entry.n_text)
		memcpy(copy->text, p->entry.text, p->entry.n_text);
	copy->entry.text = copy->text;
	if (copy_fds(copy, p) < 0) {
		parcel_free(copy);
		return -EMFILE;
	}
	*q->tail = copy;
	q->tail = &copy->next;
	q->n_bytes += cost_of(copy);
	return 0;
}

void parcels_post(struct parcels *q, const struct parcel *p)
{
	int r = q->head ? -EAGAIN : deliver(q, p);

	if (waits(r) && !q->head)
		wait_for_room(q, r);
	if (waits(r))
		r = enqueue(q, p);
	if (r < 0)
		q->ways.failed(q->ways.data, r);
}

int parcels_fd(const struct parcels *q)
{
	return q->fd;
}

bool parcels_wait(const struct parcels *q)
{
	return q->head;
}

void parcels_forget(struct parcels *q)
{
	struct parcel *p;

	while ((p = q->head)) {
		q->head = p->next;
		parcel_free(p);
	}
	q->tail = &q->head;
	q->n_bytes = 0;
}

void parcels_forget_news(struct parcels *q)
{
	struct parcel **at = &q->head, *p;

	while ((p = *at)) {
		if (*p->name && !p->n_fds) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		q->n_bytes -= cost_of(p);
		parcel_free(p);
	}
	q->tail = at;
}

int parcels_withdraw(struct parcels *q, const char *name, uint64_t until_ns)
{
	struct pollfd room = { .fd = q->fd, .events = POLLOUT };
	struct parcel p = { .n_fds = 0 };
	int r;

	snprintf(p.name, sizeof(p.name), "%s", name);
	while (waits(r = send_parcel(q, &p)) &&
	       supervisor_now_ns() < until_ns)
		poll(&room, r == -EAGAIN ? 1 : 0, AGAIN_US / 1000);
	return r;
}

int parcels_withdraw_waiting(struct parcels *q, uint64_t until_ns)
{
	int r = 0;

	for (const struct parcel *p = q->head; p && r == 0; p = p->next)
		if (*p->name && !p->n_fds)
			r = parcels_withdraw(q, p->name, until_ns);
	return r;
}

/* ---- the loop ----------------------------------------------------------- */

static int on_room(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	push_out(data);
	return 0;
}

static int on_again(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	push_out(data);
	return 0;
}

static int watch(struct parcels *q, sd_event *event)
{
	int r;

	r = sd_event_add_io(event, &q->room, q->fd, EPOLLOUT, on_room, q);
	if (r >= 0)
		r = sd_event_source_set_enabled(q->room, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time(event, &q->again, CLOCK_MONOTONIC, 0, 1,
				      on_again, q);
	if (r >= 0)
		r = sd_event_source_set_enabled(q->again, SD_EVENT_OFF);
	return r;
}

int parcels_new(struct parcels **ret, sd_event *event, int fd,
		const struct parcels_ways *ways)
{
	struct parcels *q = calloc(1, sizeof(*q));
	int r;

	if (!q) {
		close(fd);
		return -ENOMEM;
	}
	q->fd = fd;
	q->ways = *ways;
	q->tail = &q->head;
	r = watch(q, event);
	if (r < 0) {
		parcels_free(q);
		return r;
	}
	*ret = q;
	return 0;
}

struct parcels *parcels_free(struct parcels *q)
{
	if (!q)
		return NULL;
	parcels_forget(q);
	sd_event_source_disable_unref(q->room);
	sd_event_source_disable_unref(q->again);
	close(q->fd);
	free(q);
	return NULL;
}
