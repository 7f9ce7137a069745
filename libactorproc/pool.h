/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pool.h - the memory that both ends of an edge share.
 *
 * For payloads too large to be worth a packet, and for a few words of flow
 * control; protocol.h says what lies where. The other side is a stranger: what
 * it writes there is gossip, and is copied before it is looked at.
 */
#pragma once

#include "libactorproc/frame.h"

/** POOL_PAYLOAD_MIN - shorter payloads go in the packet: it costs less */
#define POOL_PAYLOAD_MIN 4096

/**
 * struct pool - zeroed: an edge without one
 * @page: of words; all that most edges ever need
 * @all: the page and what is behind it; NULL: pool_open() maps that
 * @fd: for that, and to look at what its sender never wrote, which a mapping
 *      cannot; -1: all is mapped, and nobody looks
 * @there_from, @there_to: bytes of it that somebody has written
 */
struct pool {
	struct actor_pool_page *page;
	uint8_t *all;
	int fd;
	uint64_t there_from;
	uint64_t there_to;
};

/** pool_new() - a sealed memfd for an edge; 0 or negative errno */
int pool_new(int *ret_fd);
/** pool_limit() - what its target lets wait, before that one is there to say;
 * 0 or negative errno */
int pool_limit(int fd, const struct actor_pool_flow *limits);
/** pool_sends() - flow_sends() of who is dead, by who has no mapping; 0 or
 * negative errno */
int pool_sends(int fd, enum edge_end sender, uint64_t end);
/** pool_map() - @fd stays the caller's, and may be closed; 0 or negative errno */
int pool_map(struct pool *pool, int fd);
void pool_unmap(struct pool *pool);
/** pool_open() - it is about to be written to; 0 or negative errno */
int pool_open(struct pool *pool);

/** pool_flow() - of what is sent by that end; NULL without a pool */
struct actor_pool_flow *pool_flow(const struct pool *pool,
				  enum edge_end sender);
/** pool_write() - a payload into its place; it is open */
void pool_write(const struct pool *pool, enum edge_end sender,
		struct actor_pooled place, const void *bytes);
/**
 * pool_place() - where a payload is, to be copied and not to be believed
 *
 * NULL: some of it was never written, or it cannot be mapped. To look at it there
 * would make that memory, and make it ours: pool_read() does not.
 */
const void *pool_place(struct pool *pool, enum edge_end sender,
		       struct actor_pooled place);
/** pool_read() - a copy of a payload; its place is a valid one */
void pool_read(struct pool *pool, enum edge_end sender,
	       struct actor_pooled place, void *ret_bytes);

/**
 * pool_wait() - as long as our waiting word is FLOW_WAITS_FOR_WORD
 *
 * Blocks, for a while at most: it may return early.
 */
void pool_wait(struct actor_pool_flow *flow, uint64_t timeout_ns);
/** pool_wake() - who waits for that */
void pool_wake(struct actor_pool_flow *flow);
