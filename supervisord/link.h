/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * link.h - a control channel in the event loop, that never blocks.
 *
 * What the socket does not take waits in a bounded queue, with its descriptors.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "libactorproc/control.h"

struct link;

/**
 * link_receive_fn - one message came, or the channel is over
 * @message: NULL at the end; the callee may take its descriptors
 * @error: with NULL: -EPIPE the end, -EBADMSG the peer breaks the protocol; -EMFILE
 *         is no end: there is no room for the descriptors of what is next. It is
 *         tried again when this returns, and then until there is
 *
 * The callee may free the link.
 */
typedef void link_receive_fn(void *data, struct control_message *message,
			     int error);

/** link_pair() - the two ends of a channel, for link_new() or another process;
 * neither blocks. Return: 0; negative errno */
int link_pair(int ret_fds[2]);
/**
 * link_new() - watch a channel
 * @fd: becomes the link's, also on failure
 * @accept_fds: true between supervisors only; who is no supervisor is also not
 *              listened to more than a share of the time
 */
int link_new(struct link **ret, sd_event *event, int fd, bool accept_fds,
	     link_receive_fn *receive, void *data);
/**
 * link_sink_fn - takes what is said instead of a socket
 * @fds: stay the speaker's
 */
typedef void link_sink_fn(void *data, const struct fields_writer *message,
			  const int *fds, size_t n_fds);
/** link_new_sink() - a link without a socket; nothing waits in it */
int link_new_sink(struct link **ret, link_sink_fn *sink, void *data);
/** link_accept_fds() - from now on: an actor that may give descriptors */
void link_accept_fds(struct link *link);
/** link_refuse_fds() - who is there cannot send any, where the kernel knows of
 * that: else they are closed when they come, however long that takes */
void link_refuse_fds(struct link *link);
struct link *link_free(struct link *link);
/** link_end() - as link_free(), but its socket is now the caller's. Return: that;
 * -1 when there is none */
int link_end(struct link *link);
/** link_hush() - who is there is about to end: what it has said is heard when we
 * look (link_drain()) */
void link_hush(struct link *link);

/**
 * link_send() - send or queue a message
 * @fds: stay the caller's
 *
 * A peer that lets more than LINK_QUEUE_BYTES wait loses the channel: the
 * receive function hears of its end. While it waits, a copy of each descriptor
 * is kept. What the kernel does not take for now (no memory, ETOOMANYREFS) waits
 * like this, too: what is sent behind it never comes without it.
 */
void link_send(struct link *link, const struct fields_writer *message,
	       const int *fds, size_t n_fds);
#define LINK_QUEUE_BYTES (16 * 1024 * 1024)

#define LINK_WORDS_BYTES ((size_t)3 * PATH_MAX)
#define LINK_WORDS_FDS 3

/** struct link_message - @fds stay whose they are */
struct link_message {
	struct fields_writer w;
	char bytes[LINK_WORDS_BYTES];
	int fds[LINK_WORDS_FDS];
	size_t n_fds;
};

/**
 * struct link_words - a message that is made when it is sent
 * @make: fills in @ret, of which nothing but the room is there; false: there is
 *        nothing to say any more
 * @whose: who is to make it; outlives the link
 * @id, @number: what it is about, in the words of @make
 *
 * While it waits it has no descriptor, however many it will have. It may say what
 * is so later than what waits behind it.
 */
struct link_words {
	bool (*make)(const struct link_words *words, struct link_message *ret);
	void *whose;
	uint64_t id;
	uint64_t number;
};

/** link_send_words() - the same as link_send(), in its order */
void link_send_words(struct link *link, const struct link_words *words);

/** link_send_again() - as link_send(), but when there is no room for its descriptors
 * while it waits, @again makes it once more when it is sent */
void link_send_again(struct link *link, const struct fields_writer *message,
		     const int *fds, size_t n_fds,
		     const struct link_words *again);

/**
 * link_has_room() - may we let more descriptors wait?
 *
 * In all links together: who would queue them because an actor said so asks
 * before. False: enough wait already.
 */
bool link_has_room(void);

/** link_expected() - what is being received was asked for: its turn does not count
 * among the few that an actor has in a time */
void link_expected(struct link *link);
/** link_flush() - push the queue out, waiting up to @timeout_ms for the peer */
void link_flush(struct link *link, int timeout_ms);
/** link_fd() - the socket, which stays the link's */
int link_fd(const struct link *link);
/** link_waits() - is there anything in the queue? */
bool link_waits(const struct link *link);
/** link_catch_up() - receive what was there when this was called; of who goes on
 * sending not much more */
void link_catch_up(struct link *link);
/** link_drain() - receive everything that is there now */
void link_drain(struct link *link);
