/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * autopsy.h - what there is of messages when a process with an arena dies.
 *
 * Messages are known by a number, the second word of their trace.
 */
#pragma once

#include "libactorproc/arena.h"

#define WITNESS_MAX 256

/**
 * struct witness - who is at the far end of an edge, and what it has seen
 * @at: its own end
 * @sequence: of the last packet; one that comes again is not seen again
 */
struct witness {
	enum edge_end at;
	uint64_t sequence;
	size_t n;
	struct {
		enum frame_kind kind;
		uint64_t number;
	} seen[WITNESS_MAX];
};

/** witness_look() - at a packet that came, or will come */
void witness_look(struct witness *w, const void *packet, size_t n_bytes);
/** witness_receive() - all that has come by now */
void witness_receive(struct witness *w, int fd);
/** witness_count() - how often it has seen that number in such a frame */
size_t witness_count(const struct witness *w, enum frame_kind kind,
		     uint64_t number);

/** autopsy_copy() - as it is now, for arena_recover(); good until the next */
struct arena *autopsy_copy(const void *arena);
/** autopsy_outbox() - what a recovered arena has still to send there */
void autopsy_outbox(struct arena *a, uint64_t key, struct witness *w);
/**
 * autopsy_queue() - what waits in a socket, without taking it
 * @w: the end that will receive it
 * @copy_fd: the far end of another edge, where the same is sent; or -1
 */
void autopsy_queue(int fd, struct witness *w, int copy_fd);
