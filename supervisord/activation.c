/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * activation.c - an actor without a process, whose next message starts one.
 *
 * Its sockets are in our custody: we wait for them without reading, and only
 * while nobody runs who does. An epoll of its own has them, by the numbers of
 * their edges: one that is dropped meanwhile may stay in there as long as others
 * have it open, and is not found any more.
 *
 * No wake-up is lost: what came before the last process ended is in its arena or
 * in a socket, and both are looked at after its end; an epoll tells of what is in
 * a socket when it is added. What comes to the holder's end of an edge wakes
 * nobody: who has gone because it had nothing to do awaits no answer.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisord/act/mailbox.h"
#include "supervisord/activation.h"
#include "supervisord/breakpoint.h"

#define EVENTS_AT_ONCE 16

static struct custody_mailbox *mailbox_of(const struct child *c)
{
	return custody_mailbox(&c->supervisor->custody, c->node->path);
}

bool activation_may_rest(const struct child *c)
{
	return !c->is_supervisor && c->node->kind == SPEC_ACTOR && !c->wake &&
	       (c->node->activation == SPEC_ON_MESSAGE || c->idled);
}

/* what has no mailbox is started: that says what is wrong with it */
bool activation_rests(const struct child *c)
{
	const struct custody_mailbox *m;

	if (!activation_may_rest(c))
		return false;
	m = mailbox_of(c);
	return m && m->number;
}

/* a hang-up is none: its edge is over, and that is dealt with elsewhere */
static bool has_message(const struct custody_edge *edge)
{
	char byte;

	return edge->target_fd >= 0 &&
	       recv(edge->target_fd, &byte, sizeof(byte),
		    MSG_PEEK | MSG_DONTWAIT) > 0;
}

static bool is_to(const struct custody_edge *edge, const struct child *c)
{
	return edge->target_at == c->place && edge->target_fd >= 0;
}

static bool has_any_message(const struct child *c)
{
	const struct custody *custody = &c->supervisor->custody;

	for (size_t i = 0; i < custody->n_edges; i++)
		if (is_to(custody->edges[i], c) &&
		    has_message(custody->edges[i]))
			return true;
	return false;
}

static void wake(struct child *c)
{
	BREAKPOINT("on demand: mail came, nobody started");
	c->wake = true;
	supervisor_event(c, CHILD_EVENT_WAKE);
}

static int on_mail(sd_event_source *source, int fd, uint32_t events, void *data)
{
	struct epoll_event found[EVENTS_AT_ONCE];
	const struct custody_edge *edge;
	struct child *c = data;
	int n;

	(void)source;
	(void)events;
	n = epoll_wait(fd, found, EVENTS_AT_ONCE, 0);
	for (int i = 0; i < n && !c->paused; i++) {
		edge = custody_edge(&c->supervisor->custody,
				    found[i].data.u64);
		if (!edge || !is_to(edge, c) || !has_message(edge))
			continue;
		wake(c);
		break;
	}
	return 0;
}

static int edge_add(int epoll_fd, const struct custody_edge *edge)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLET,
		.data.u64 = edge->id,
	};

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, edge->target_fd, &event) <
	       0 && errno != EEXIST ? -errno : 0;
}

static int watch_all(struct child *c)
{
	const struct custody *custody = &c->supervisor->custody;
	int r = 0;

	c->mail_fd = epoll_create1(EPOLL_CLOEXEC);
	if (c->mail_fd < 0)
		return -errno;
	for (size_t i = 0; i < custody->n_edges && r == 0; i++)
		if (is_to(custody->edges[i], c))
			r = edge_add(c->mail_fd, custody->edges[i]);
	if (r == 0)
		r = sd_event_add_io(c->supervisor->event, &c->mail_source,
				    c->mail_fd, EPOLLIN, on_mail, c);
	return r < 0 ? r : 0;
}

/* who cannot be waited for is started: that costs a process, and no message */
void activation_begin(struct child *c)
{
	activation_end(c);
	BREAKPOINT("on demand: not waited for");
	if (watch_all(c) < 0)
		wake(c);
	else
		activation_look(c);
}

void activation_look(struct child *c)
{
	const struct custody_mailbox *m = mailbox_of(c);

	if (c->state != CHILD_IDLE || c->paused)
		return;
	if (!m || mailbox_is_busy(m->arena_fd) || has_any_message(c))
		wake(c);
}

void activation_edge(struct child *c, const struct custody_edge *edge)
{
	if (c->state != CHILD_IDLE || !is_to(edge, c))
		return;
	if (edge_add(c->mail_fd, edge) < 0)
		wake(c);
}

void activation_end(struct child *c)
{
	c->mail_source = sd_event_source_disable_unref(c->mail_source);
	if (c->mail_fd >= 0)
		close(c->mail_fd);
	c->mail_fd = -1;
}
