/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * dials.c - connections that are being made.
 *
 * One address after the other, without waiting for any. It gives away only what is
 * connected for good: a socket that is not, or that has not heard so, could be made
 * to connect to somewhere else by who gets it (MSG_FASTOPEN), with no connect().
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/system/network/dials.h"

#define OF_ONE_MAX 32		/* at a time, of one asker */
#define KEY_BYTES 32

/**
 * struct dial - @at: the address that is tried; of the list @addresses
 * @fd: -1: none is tried just now
 */
struct dial {
	struct dial *next;
	uint64_t token;
	int fd;
	struct addrinfo *addresses;
	struct addrinfo *at;
	struct address address;
	char *asker;
};

/* ---- one of them -------------------------------------------------------- */

static void close_one(struct dial *d, struct actor *self)
{
	if (d->fd < 0)
		return;
	actor_unwatch_fd(self, d->fd);
	close(d->fd);
	d->fd = -1;
}

static void key_of(const struct dial *d, char key[static KEY_BYTES])
{
	snprintf(key, KEY_BYTES, "dial %llu", (unsigned long long)d->token);
}

static void forget(struct dials *dials, struct dial *d, struct actor *self)
{
	struct dial **at = &dials->first;
	char key[KEY_BYTES];

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	key_of(d, key);
	actor_timer_cancel(self, key);
	close_one(d, self);
	if (d->addresses)
		freeaddrinfo(d->addresses);
	free(d->asker);
	free(d);
}

static int fail(struct dials *dials, struct dial *d, struct actor *self,
		int error, const char *why)
{
	char text[ADDRESS_BYTES + 128];
	int r;

	snprintf(text, sizeof(text), "%s: %s", d->address.text, why);
	r = actor_error_to(self, d->token, error, text);
	forget(dials, d, self);
	return r;
}

static int succeed(struct dials *dials, struct dial *d, struct actor *self)
{
	const struct actor_outgoing reply = {
		.type = "connected",
		.descriptors = &d->fd,
		.n_descriptors = 1,
	};
	int r = actor_reply_to(self, d->token, &reply);

	if (r < 0)
		return fail(dials, d, self, r, strerror(-r));
	forget(dials, d, self);
	return 0;
}

/* ---- trying ------------------------------------------------------------- */

/* the second call says to the socket, too, that it is connected */
static int try_to_connect(const struct dial *d)
{
	if (connect(d->fd, d->at->ai_addr, d->at->ai_addrlen) < 0 &&
	    errno != EISCONN)
		return -errno;
	if (connect(d->fd, d->at->ai_addr, d->at->ai_addrlen) < 0 &&
	    errno != EISCONN)
		return -errno;
	return 0;
}

static int open_one(struct dial *d)
{
	d->fd = socket(d->at->ai_family,
		       SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	return d->fd < 0 ? -errno : try_to_connect(d);
}

/* the addresses from @d->at on; the last one's error is that of all */
static int dial(struct dials *dials, struct dial *d, struct actor *self)
{
	int r = -EHOSTUNREACH;

	for (; d->at; d->at = d->at->ai_next) {
		r = open_one(d);
		if (r == -EINPROGRESS)
			r = actor_watch_fd(self, d->fd, EPOLLOUT);
		else if (r == 0)
			return succeed(dials, d, self);
		if (r == 0)
			return 0;
		close_one(d, self);
	}
	return fail(dials, d, self, r, strerror(-r));
}

static int error_of(int fd)
{
	socklen_t n = sizeof(int);
	int error = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0)
		return -errno;
	return -error;
}

static void go_on(struct dials *dials, struct dial *d, struct actor *self)
{
	int r = error_of(d->fd);

	if (r == 0)
		r = try_to_connect(d);
	if (r == -EINPROGRESS || r == -EALREADY)
		return;
	if (r == 0) {
		succeed(dials, d, self);
		return;
	}
	close_one(d, self);
	d->at = d->at->ai_next;
	if (d->at)
		dial(dials, d, self);
	else
		fail(dials, d, self, r, strerror(-r));
}

/* ---- all of them -------------------------------------------------------- */

static size_t n_of(const struct dials *dials, const char *asker)
{
	size_t n = 0;

	for (const struct dial *d = dials->first; d; d = d->next)
		n += !strcmp(d->asker, asker);
	return n;
}

static struct dial *dial_new(const struct actor_message *message,
			     const struct address *address)
{
	struct dial *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->fd = -1;
	d->address = *address;
	d->asker = strdup(actor_message_sender(message));
	if (!d->asker) {
		free(d);
		return NULL;
	}
	return d;
}

/* who asked has given up then: what is connected later is for nobody */
static int set_deadline(const struct dial *d, struct actor *self,
			const struct actor_message *message)
{
	uint64_t deadline_ns = actor_message_deadline_ns(message);
	uint64_t now_ns = actor_now_ns();
	char key[KEY_BYTES];

	key_of(d, key);
	return actor_timer(self, key,
			   deadline_ns > now_ns ? deadline_ns - now_ns : 0);
}

int dials_begin(struct dials *dials, struct actor *self,
		const struct actor_message *message,
		const struct address *address)
{
	const char *why;
	struct dial *d;
	int r;

	if (n_of(dials, actor_message_sender(message)) >= OF_ONE_MAX)
		return actor_error(self, -EAGAIN,
				   "it has 32 connections being made already");
	d = dial_new(message, address);
	if (!d)
		return actor_error(self, -ENOMEM, NULL);
	d->token = actor_defer(self);
	d->next = dials->first;
	dials->first = d;
	if (!d->token) {
		forget(dials, d, self);
		return actor_error(self, -EAGAIN,
				   "256 connections are being made already");
	}
	r = set_deadline(d, self, message);
	if (r < 0)
		return fail(dials, d, self, r, strerror(-r));
	r = address_find(address, false, &d->addresses, &why);
	if (r < 0)
		return fail(dials, d, self, r, why);
	d->at = d->addresses;
	return dial(dials, d, self);
}

bool dials_ready(struct dials *dials, struct actor *self, int fd)
{
	for (struct dial *d = dials->first; d; d = d->next) {
		if (d->fd != fd)
			continue;
		go_on(dials, d, self);
		return true;
	}
	return false;
}

bool dials_tick(struct dials *dials, struct actor *self, const char *key)
{
	char own[KEY_BYTES];

	for (struct dial *d = dials->first; d; d = d->next) {
		key_of(d, own);
		if (strcmp(own, key))
			continue;
		fail(dials, d, self, -ETIMEDOUT, strerror(ETIMEDOUT));
		return true;
	}
	return false;
}
