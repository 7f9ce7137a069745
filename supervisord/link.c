/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * link.c - a control channel in the event loop, that never blocks.
 *
 * It alone queues control messages. It never looks into one.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisord/link.h"

#define LINK_TURN_MESSAGES 64
/* so often may an actor have a turn: it waits then, and nobody else does */
#define LINK_ACTOR_TURNS 16
#define LINK_ACTOR_TURNS_US 100000

struct queued {
	struct queued *next;
	size_t n_fds;
	size_t n_bytes;
	int fds[CONTROL_FDS_MAX];
	char bytes[];
};

struct link {
	int fd;
	bool accept_fds;
	bool broken;
	sd_event_source *source;
	struct queued *head, **tail;
	size_t queued_bytes;
	link_receive_fn *receive;
	void *data;
	/* set while receive() runs: where to note that the link was freed */
	bool *freed;
};

/* one buffer: links are served one after the other, never inside each other */
static struct control_message incoming;

static void queued_free(struct queued *q)
{
	for (size_t i = 0; i < q->n_fds; i++)
		close(q->fds[i]);
	free(q);
}

static void link_interest(struct link *link)
{
	uint32_t events = EPOLLIN | (link->head ? EPOLLOUT : 0);

	if (link->source)
		sd_event_source_set_io_events(link->source, events);
}

static void link_push_out(struct link *link)
{
	struct queued *q;
	int r;

	while ((q = link->head)) {
		r = control_send(link->fd, q->bytes, q->n_bytes, q->fds,
				 q->n_fds);
		if (r == -EAGAIN)
			break;
		/* gone: the end shows as a hang-up when we receive */
		link->head = q->next;
		link->queued_bytes -= q->n_bytes;
		queued_free(q);
	}
	if (!link->head)
		link->tail = &link->head;
	link_interest(link);
}

/* returns false when the link is gone */
static bool link_deliver(struct link *link, struct control_message *message,
			 int error)
{
	bool freed = false;

	link->freed = &freed;
	link->receive(link->data, message, error);
	if (freed)
		return false;
	link->freed = NULL;
	return true;
}

static void link_end(struct link *link, int error)
{
	link->source = sd_event_source_disable_unref(link->source);
	link->broken = true;
	link_deliver(link, NULL, error);
}

static bool link_receive_some(struct link *link, unsigned int n)
{
	bool alive = true;
	int r;

	while (alive && n-- > 0) {
		r = control_receive(link->fd, &incoming, link->accept_fds);
		if (r == -EAGAIN)
			return true;
		if (r < 0) {
			link_end(link, r == -EBADMSG || link->broken ?
				 -EBADMSG : -EPIPE);
			return false;
		}
		alive = link_deliver(link, &incoming, 0);
		control_message_clear(&incoming);
		if (alive && link->broken)
			return false;
	}
	return alive;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct link *link = data;

	(void)source;
	(void)fd;
	if (events & EPOLLOUT)
		link_push_out(link);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		link_receive_some(link, LINK_TURN_MESSAGES);
	return 0;
}

int link_new(struct link **ret, sd_event *event, int fd, bool accept_fds,
	     link_receive_fn *receive, void *data)
{
	struct link *link = calloc(1, sizeof(*link));
	int r;

	if (!link) {
		close(fd);
		return -ENOMEM;
	}
	link->fd = fd;
	link->accept_fds = accept_fds;
	link->tail = &link->head;
	link->receive = receive;
	link->data = data;
	r = sd_event_add_io(event, &link->source, fd, EPOLLIN, on_io, link);
	if (r >= 0 && !accept_fds)
		r = sd_event_source_set_ratelimit(link->source,
						  LINK_ACTOR_TURNS_US,
						  LINK_ACTOR_TURNS);
	if (r < 0) {
		link_free(link);
		return r;
	}
	*ret = link;
	return 0;
}

void link_accept_fds(struct link *link)
{
	link->accept_fds = true;
}

struct link *link_free(struct link *link)
{
	struct queued *q;

	if (!link)
		return NULL;
	if (link->freed)
		*link->freed = true;
	sd_event_source_disable_unref(link->source);
	while ((q = link->head)) {
		link->head = q->next;
		queued_free(q);
	}
	close(link->fd);
	free(link);
	return NULL;
}

static struct queued *queued_new(const struct fields_writer *message,
				 const int *fds, size_t n_fds)
{
	struct queued *q = malloc(sizeof(*q) + message->length_bytes);

	if (!q)
		return NULL;
	q->next = NULL;
	q->n_fds = 0;
	q->n_bytes = message->length_bytes;
	memcpy(q->bytes, message->buffer, message->length_bytes);
	for (size_t i = 0; i < n_fds; i++) {
		q->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
		if (q->fds[i] < 0) {
			queued_free(q);
			return NULL;
		}
		q->n_fds++;
	}
	return q;
}

void link_send(struct link *link, const struct fields_writer *message,
	       const int *fds, size_t n_fds)
{
	struct queued *q;

	if (!link || link->broken || message->overflow ||
	    n_fds > CONTROL_FDS_MAX)
		return;
	if (!link->head && control_send(link->fd, message->buffer,
					message->length_bytes, fds,
					n_fds) != -EAGAIN)
		return;
	q = queued_new(message, fds, n_fds);
	if (!q || link->queued_bytes + q->n_bytes > LINK_QUEUE_BYTES) {
		/* told at the next turn of the loop, not inside the caller */
		if (q)
			queued_free(q);
		link->broken = true;
		shutdown(link->fd, SHUT_RDWR);
		return;
	}
	*link->tail = q;
	link->tail = &q->next;
	link->queued_bytes += q->n_bytes;
	link_interest(link);
}

void link_flush(struct link *link, int timeout_ms)
{
	struct pollfd p;

	while (link && link->head && !link->broken) {
		p = (struct pollfd){ .fd = link->fd, .events = POLLOUT };
		if (poll(&p, 1, timeout_ms) <= 0 || (p.revents & POLLHUP))
			return;
		link_push_out(link);
	}
}

void link_drain(struct link *link)
{
	if (link && link->source)
		link_receive_some(link, UINT32_MAX);
}
