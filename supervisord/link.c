/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * link.c - a control channel in the event loop, that never blocks.
 *
 * It alone queues control messages. It never looks into one.
 *
 * A descriptor that waits is one more in our table, which all our actors share.
 * So what an actor can cause to be said in any number waits without: its words
 * are made when they are sent. Other descriptors that wait are counted, and who
 * could cause more of them asks first (link_has_room()).
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "supervisord/link.h"
#include "supervisord/turnstile.h"

#define LINK_TURN_MESSAGES 64
#define LINK_SOCKET_MESSAGES 512	/* more no socket of an actor has room for */
/* so often may an actor have a turn: it waits then, and nobody else does */
#define LINK_ACTOR_TURNS 16

/* the kernel does not say when it is no longer short of something */
#define LINK_AGAIN_US 10000

/* of what a process may have, the part that may wait in all its links */
#define LINK_FDS_SHARE 8

/**
 * struct queued - a message that waits
 * @words: how to make it; without, it is @fds, and the bytes behind them
 */
struct queued {
	struct queued *next;
	struct link_words words;
	size_t n_fds;
	size_t n_bytes;
	int fds[];
};

struct link {
	int fd;
	bool accept_fds;
	bool broken;
	struct turn turn;
	struct queued *head, **tail;
	size_t queued_bytes;
	sd_event *event;
	sd_event_source *again;	/* @head waits for the kernel, not for the peer */
	sd_event_source *full;	/* what is to be received waits, for our table */
	link_receive_fn *receive;
	link_sink_fn *sink;	/* of one without a socket */
	void *data;
	/* set while receive() runs: where to note that the link was freed */
	bool *freed;
};

/* links are served one after the other; but while one is, another may be
 * drained, to see what was said before */
#define LINK_DEPTH 2
static struct control_message received[LINK_DEPTH];
static unsigned int depth;
static struct link_message outgoing;

/* descriptors that wait, in all links */
static size_t n_waiting_fds;

static void queued_free(struct queued *q)
{
	for (size_t i = 0; i < q->n_fds; i++)
		close(q->fds[i]);
	n_waiting_fds -= q->n_fds;
	free(q);
}

static size_t cost_of(const struct queued *q)
{
	return sizeof(*q) + q->n_fds * sizeof(q->fds[0]) + q->n_bytes;
}

bool link_has_room(void)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	       n_waiting_fds < limit.rlim_cur / LINK_FDS_SHARE;
}

/* a healthy link, and nothing was sent: later. What is sent behind it never comes
 * without it: there can be a word that all before has come (keeping.c) */
static bool is_for_later(int error)
{
	return error == -EAGAIN || error == -ENOBUFS || error == -ENOMEM ||
	       error == -ETOOMANYREFS;
}

/* 0, also when there is nothing to say any more or nobody to hear it; or it is for
 * later */
static int send_words(struct link *link, const struct link_words *words)
{
	struct link_message *m = &outgoing;
	int r;

	m->n_fds = 0;
	if (!words->make(words, m) || m->w.overflow)
		return 0;
	if (link->sink) {
		link->sink(link->data, &m->w, m->fds, m->n_fds);
		return 0;
	}
	r = control_send(link->fd, m->bytes, m->w.length_bytes, m->fds,
			 m->n_fds);
	return is_for_later(r) ? r : 0;
}

static int send_queued(struct link *link, const struct queued *q)
{
	if (q->words.make)
		return send_words(link, &q->words);
	return control_send(link->fd, q->fds + q->n_fds, q->n_bytes, q->fds,
			    q->n_fds);
}

static void link_interest(struct link *link)
{
	bool waits = link->head && !link->again;

	turn_change(&link->turn, (link->full ? 0 : EPOLLIN) |
				 (waits ? EPOLLOUT : 0));
}

static void link_push_out(struct link *link);

static int on_again(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	link_push_out(data);
	return 0;
}

/* without a timer it is tried in each turn */
static void try_again(struct link *link)
{
	sd_event_add_time_relative(link->event, &link->again, CLOCK_MONOTONIC,
				   LINK_AGAIN_US, 1000, on_again, link);
}

static void link_push_out(struct link *link)
{
	struct queued *q;
	int r = 0;

	link->again = sd_event_source_disable_unref(link->again);
	while ((q = link->head)) {
		r = send_queued(link, q);
		if (is_for_later(r))
			break;
		/* gone: the end shows as a hang-up when we receive */
		link->head = q->next;
		link->queued_bytes -= cost_of(q);
		queued_free(q);
	}
	if (!link->head)
		link->tail = &link->head;
	else if (r != -EAGAIN)
		try_again(link);
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

static void link_is_over(struct link *link, int error)
{
	turn_end(&link->turn);
	link->full = sd_event_source_disable_unref(link->full);
	link->broken = true;
	link_deliver(link, NULL, error);
}

static bool link_receive_some(struct link *link, unsigned int n);

static int on_room(sd_event_source *source, uint64_t usec, void *data)
{
	struct link *link = data;

	(void)source;
	(void)usec;
	link->full = sd_event_source_disable_unref(link->full);
	link_interest(link);
	link_receive_some(link, LINK_TURN_MESSAGES);
	return 0;
}

/* who speaks waits as well, in time. Without a timer it is tried in each turn */
static void rest_until_room(struct link *link)
{
	if (link->full)
		return;
	sd_event_add_time_relative(link->event, &link->full, CLOCK_MONOTONIC,
				   LINK_AGAIN_US, 1000, on_room, link);
	link_interest(link);
}

/*
 * There was no room for the descriptors of what is next: whoever has some put by
 * gives them up, or it waits, whole, with all that is behind it. Of who is gone
 * nothing can wait.
 * Return: 0; -EAGAIN; -EPIPE; -ECANCELED the link is gone
 */
static int make_room(struct link *link, struct control_message *incoming)
{
	int r;

	if (!link_deliver(link, NULL, -EMFILE))
		return -ECANCELED;
	r = control_receive(link->fd, incoming, link->accept_fds);
	if (r != -EMFILE)
		return r;
	if (control_hung_up(link->fd))
		return -EPIPE;
	rest_until_room(link);
	return -EAGAIN;
}

static bool receive_into(struct control_message *incoming, struct link *link,
			 unsigned int n)
{
	bool alive = true;
	int r;

	while (alive && n-- > 0) {
		r = control_receive(link->fd, incoming, link->accept_fds);
		if (r == -EMFILE)
			r = make_room(link, incoming);
		if (r == -ECANCELED)
			return false;
		if (r == -EAGAIN)
			return true;
		if (r < 0) {
			link_is_over(link, r == -EBADMSG || link->broken ?
					   -EBADMSG : -EPIPE);
			return false;
		}
		alive = link_deliver(link, incoming, 0);
		control_message_clear(incoming);
		if (alive && link->broken)
			return false;
	}
	return alive;
}

static bool link_receive_some(struct link *link, unsigned int n)
{
	bool alive;

	if (depth == LINK_DEPTH)
		return true;
	alive = receive_into(&received[depth++], link, n);
	depth--;
	return alive;
}

static void on_turn(void *data, uint32_t events)
{
	struct link *link = data;

	if (events & EPOLLOUT)
		link_push_out(link);
	if (events & EPOLLIN ? !link->full : events & (EPOLLHUP | EPOLLERR))
		link_receive_some(link, LINK_TURN_MESSAGES);
}

int link_pair(int ret_fds[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
			  SOCK_NONBLOCK, 0, ret_fds) < 0 ? -errno : 0;
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
	link->event = event;
	link->accept_fds = accept_fds;
	link->tail = &link->head;
	link->receive = receive;
	link->data = data;
	link->turn = (struct turn){
		.ready = on_turn,
		.data = link,
		.fd = fd,
		.events = EPOLLIN,
		.most = accept_fds ? 0 : LINK_ACTOR_TURNS,
	};
	r = turn_begin(&link->turn, event);
	if (r < 0) {
		link_free(link);
		return r;
	}
	*ret = link;
	return 0;
}

int link_new_sink(struct link **ret, link_sink_fn *sink, void *data)
{
	struct link *link = calloc(1, sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->fd = -1;
	link->tail = &link->head;
	link->sink = sink;
	link->data = data;
	*ret = link;
	return 0;
}

void link_accept_fds(struct link *link)
{
	link->accept_fds = true;
	(void)control_pass_fds(link->fd, true);
}

void link_refuse_fds(struct link *link)
{
	(void)control_pass_fds(link->fd, false);
}

int link_end(struct link *link)
{
	struct queued *q;
	int fd;

	if (!link)
		return -1;
	if (link->freed)
		*link->freed = true;
	turn_end(&link->turn);
	sd_event_source_disable_unref(link->again);
	sd_event_source_disable_unref(link->full);
	while ((q = link->head)) {
		link->head = q->next;
		queued_free(q);
	}
	fd = link->fd;
	free(link);
	return fd;
}

struct link *link_free(struct link *link)
{
	int fd = link_end(link);

	if (fd >= 0)
		close(fd);
	return NULL;
}

void link_hush(struct link *link)
{
	if (link)
		turn_hush(&link->turn);
}

static struct queued *queued_new(const struct fields_writer *message,
				 const int *fds, size_t n_fds)
{
	struct queued *q = malloc(sizeof(*q) + n_fds * sizeof(q->fds[0]) +
				  message->length_bytes);

	if (!q)
		return NULL;
	*q = (struct queued){ .n_bytes = message->length_bytes };
	for (size_t i = 0; i < n_fds; i++) {
		q->fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 0);
		if (q->fds[i] < 0) {
			queued_free(q);
			return NULL;
		}
		q->n_fds++;
		n_waiting_fds++;
	}
	memcpy(q->fds + n_fds, message->buffer, message->length_bytes);
	return q;
}

static struct queued *queued_words(const struct link_words *words)
{
	struct queued *q = malloc(sizeof(*q));

	if (q)
		*q = (struct queued){ .words = *words };
	return q;
}

/* takes it; without one there was no memory, or no descriptor */
static void enqueue(struct link *link, struct queued *q)
{
	if (!q || link->queued_bytes + cost_of(q) > LINK_QUEUE_BYTES) {
		/* told at the next turn of the loop, not inside the caller */
		if (q)
			queued_free(q);
		link->broken = true;
		shutdown(link->fd, SHUT_RDWR);
		return;
	}
	*link->tail = q;
	link->tail = &q->next;
	link->queued_bytes += cost_of(q);
	link_interest(link);
}

void link_send_again(struct link *link, const struct fields_writer *message,
		     const int *fds, size_t n_fds,
		     const struct link_words *again)
{
	struct queued *q = NULL;

	if (!link || link->broken || message->overflow ||
	    n_fds > CONTROL_FDS_MAX)
		return;
	if (link->sink) {
		link->sink(link->data, message, fds, n_fds);
		return;
	}
	if (!link->head &&
	    !is_for_later(control_send(link->fd, message->buffer,
				       message->length_bytes, fds, n_fds)))
		return;
	if (!again || link_has_room())
		q = queued_new(message, fds, n_fds);
	enqueue(link, q || !again ? q : queued_words(again));
}

void link_send(struct link *link, const struct fields_writer *message,
	       const int *fds, size_t n_fds)
{
	link_send_again(link, message, fds, n_fds, NULL);
}

void link_send_words(struct link *link, const struct link_words *words)
{
	if (!link || link->broken ||
	    (!link->head && send_words(link, words) == 0))
		return;
	enqueue(link, queued_words(words));
}

void link_expected(struct link *link)
{
	if (link->turn.n > 0)
		link->turn.n--;
}

void link_flush(struct link *link, int timeout_ms)
{
	struct pollfd p;

	while (link && link->head && !link->broken) {
		p = (struct pollfd){ .fd = link->fd, .events = POLLOUT };
		if (poll(&p, 1, timeout_ms) <= 0 || (p.revents & POLLHUP))
			return;
		link_push_out(link);
		if (!link->again)
			continue;
		if (timeout_ms-- <= 0)
			return;
		poll(NULL, 0, 1);
	}
}

int link_fd(const struct link *link)
{
	return link->fd;
}

bool link_waits(const struct link *link)
{
	return link->head;
}

void link_catch_up(struct link *link)
{
	if (link && turn_waits(&link->turn))
		link_receive_some(link, LINK_SOCKET_MESSAGES);
}

void link_drain(struct link *link)
{
	if (link && turn_waits(&link->turn))
		link_receive_some(link, UINT32_MAX);
}
