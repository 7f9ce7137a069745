/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * control.h - control messages with descriptors over a SEQPACKET socket.
 *
 * Used on both sides of an actor's control channel and between supervisors;
 * what the messages say is protocol.h's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "libactorproc/fields.h"

#define CONTROL_FDS_MAX 128

/**
 * control_send() - one message with descriptors (which stay the caller's)
 *
 * Return: 0; -EAGAIN full; -EPIPE gone; other negative errno.
 */
int control_send(int fd, const void *bytes, size_t n_bytes, const int *fds,
		 size_t n_fds);

/**
 * control_pass_fds() - may its peer send descriptors there? (Linux 6.16)
 *
 * Those that are refused stay the sender's (EPERM): nobody has to close them, which
 * can take as long as the sender likes, as with a TCP socket that lingers.
 *
 * Return: 0; negative errno, as of older kernels: then they come.
 */
int control_pass_fds(int fd, bool pass);

/**
 * struct control_message - one received message
 * @fds: @n_fds descriptors, close-on-exec; the message owns those not taken
 * @sender: the kernel's word, of a socket with SO_PASSCRED; else 0
 */
struct control_message {
	struct fields fields;
	int fds[CONTROL_FDS_MAX];
	size_t n_fds;
	pid_t sender;
	char bytes[ACTOR_CONTROL_MAX];
};

/**
 * control_receive() - one message; @accept_fds false: refuse descriptors
 *
 * Where they are accepted it is looked at before it is taken out: so one for whose
 * descriptors we had no room is there once more when we have.
 *
 * Return: 0; -EAGAIN nothing; -EPIPE the end; -EBADMSG malformed (consumed);
 * -EMFILE no room for its descriptors (not consumed); other negative errno. On an
 * error @ret holds no descriptors; nor does a GIVE or GIVEN for whose descriptor we
 * had no room.
 */
int control_receive(int fd, struct control_message *ret, bool accept_fds);
/** control_hung_up() - the other end is gone, whatever is still to be read */
bool control_hung_up(int fd);
/** control_take_fd() - the next descriptor of it, now the caller's, or -1 */
int control_take_fd(struct control_message *m);
/** control_message_clear() - close what was not taken */
void control_message_clear(struct control_message *m);
