/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * autopsy.h - what there is of messages when a process with an arena dies.
 *
 * Messages are known by a number, the second word of their trace.
 */
#pragma once

#include "libactorproc/arena.h"
#include "libactorproc/pool.h"

#define WITNESS_MAX 256

/**
 * struct witness - who is at the far end of an edge, and what it has seen
 * @at: its own end
 * @pool: of that edge; NULL: nothing comes by it
 * @sequence: of the last packet; one that comes again is not seen again
 * @sum: CRC-32C of a payload in the pool, as it was there then; else 0
 */
struct witness {
	enum edge_end at;
	struct pool *pool;
	uint64_t sequence;
	size_t n;
	struct {
		enum frame_kind kind;
		uint64_t number;
		uint32_t sum;
	} seen[WITNESS_MAX];
};

/** witness_look() - at a packet that came, or will come */
void witness_look(struct witness *w, const void *packet, size_t n_bytes);
/** witness_receive() - all that has come by now */
void witness_receive(struct witness *w, int fd);
/** witness_count() - how often it has seen that number in such a frame */
size_t witness_count(const struct witness *w, enum frame_kind kind,
		     uint64_t number);

/** autopsy_sum() - CRC-32C of a payload, which may be in that pool */
uint32_t autopsy_sum(struct pool *pool, enum edge_end sender,
		     const struct frame *frame);
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
/** autopsy_pool() - all that is in a pool, into another one that is empty */
void autopsy_pool(int fd, int copy_fd);
