/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * link.h - a control channel in the event loop, that never blocks.
 *
 * What the socket does not take waits in a bounded queue, with its descriptors.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <systemd/sd-event.h>

#include "libactorproc/control.h"

struct link;

/**
 * link_receive_fn - one message came, or the channel is over
 * @message: NULL at the end; the callee may take its descriptors
 * @error: with NULL: -EPIPE the end, -EBADMSG the peer breaks the protocol
 *
 * The callee may free the link.
 */
typedef void link_receive_fn(void *data, struct control_message *message,
			     int error);

/**
 * link_new() - watch a channel
 * @fd: becomes the link's, also on failure
 * @accept_fds: true between supervisors only; who is no supervisor is also not
 *              listened to more than a share of the time
 */
int link_new(struct link **ret, sd_event *event, int fd, bool accept_fds,
	     link_receive_fn *receive, void *data);
/** link_accept_fds() - from now on: an actor that may give descriptors */
void link_accept_fds(struct link *link);
struct link *link_free(struct link *link);

/**
 * link_send() - send or queue a message
 * @fds: stay the caller's
 *
 * A peer that lets more than LINK_QUEUE_BYTES wait loses the channel: the
 * receive function hears of its end.
 */
void link_send(struct link *link, const struct fields_writer *message,
	       const int *fds, size_t n_fds);
#define LINK_QUEUE_BYTES (16 * 1024 * 1024)

/** link_flush() - push the queue out, waiting up to @timeout_ms for the peer */
void link_flush(struct link *link, int timeout_ms);
/** link_drain() - receive everything that is there now */
void link_drain(struct link *link);
