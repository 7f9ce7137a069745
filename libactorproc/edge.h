/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * edge.h - one packet in or out of a socketpair end.
 *
 * The only sendmsg and recvmsg on edges. Never blocks, never raises SIGPIPE.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum edge_outcome {
	EDGE_DONE = 0,
	EDGE_FULL,	/* send: no room now, wait for EPOLLOUT */
	EDGE_EMPTY,	/* receive: nothing now */
	EDGE_CLOSED,	/* the other side is gone for good */
	EDGE_RESET,	/* receive: ECONNRESET once, good mail may follow */
};

/** edge_carries_no_rights() - the kernel keeps descriptors out of what comes by
 * one (Linux 6.16); what it says of the first time is kept */
bool edge_carries_no_rights(void);
/** edge_pair() - a new SEQPACKET pair: [0] the holder's end, [1] the target's;
 * @room_bytes: SO_SNDBUF of both ends, 0 for the default. 0 or negative errno */
int edge_pair(int ret_fds[2], size_t room_bytes);
/** edge_send() - an enum edge_outcome, or negative errno */
int edge_send(int fd, const void *packet, size_t n_bytes);
/**
 * edge_send_beyond() - the same, and a full socket takes a few packets more
 *
 * For who may not wait and cannot keep it. Where the kernel allows that: else it
 * is EDGE_FULL, as it is when those few are there.
 */
int edge_send_beyond(int fd, const void *packet, size_t n_bytes);
/** edge_is_silent() - neither a packet nor an end would be received now */
bool edge_is_silent(int fd);
/**
 * edge_receive() - one packet; descriptors that come along are refused
 * @ret_bytes: its true length, which may be more than @size_bytes
 *
 * A zero-length packet is a packet (of length 0), not an end. Return: an enum
 * edge_outcome, or negative errno.
 */
int edge_receive(int fd, void *buffer, size_t size_bytes, size_t *ret_bytes);
