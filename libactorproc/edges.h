/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * edges.h - the edge ends this actor has: by key, those with mail, those with
 * something to send.
 *
 * The table owns the edges and closes their descriptors; what the ends of them
 * mean to others (asks, watches, references) is mailbox.c's to settle first.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "libactorproc/arena.h"
#include "libactorproc/gate.h"
#include "libactorproc/loop.h"

#define EDGES_BUCKETS 256
#define EDGE_REASON_MAX 63

/**
 * struct edge - one end of an edge
 * @key: see arena_key()
 * @peer: path of who is at the other end, as minted
 * @peer_life: its life, as minted; 0: not known
 * @reason: why the life behind it is over, when @over
 * @hung_up: nothing more will arrive but what is queued
 * @over: a TERMINATED has arrived: nothing can be sent any more
 * @readable: is in the list of those to be read
 * @unsent: is in the list of those with something to send
 * @unheard: its holder is dead, and may have said something before
 * @full: the socket took no more; it is waited for
 * @n_in_a_row: packets taken since it became readable or yielded
 * @sends_single: the last time, there was one packet and no more
 * @unsent_bytes: about how much has been added to the outbox since a flush
 * @has_grants: a frame in the outbox may carry references
 * @granted: sequence of the packet whose references have been announced
 * @inherited: its outbox holds what earlier generations have posted
 * @n_grants: frames with references posted since the outbox was empty
 * @n_announced: of those, announced
 * @revoked: the reference was taken back: what has not been taken is dead
 * @revoked_in_hand: the packet in hand was taken after that
 * @gate: the limits of the reference, at our end
 * @backlog: so many messages may have lain in it when we got it
 */
struct edge {
	struct loop_source source;
	uint64_t key;
	int fd;
	char *peer;
	uint64_t peer_life;
	char reason[EDGE_REASON_MAX + 1];
	bool hung_up;
	bool over;
	bool readable;
	bool unsent;
	bool unheard;
	bool full;
	bool has_grants;
	bool sends_single;
	unsigned int n_in_a_row;
	size_t unsent_bytes;
	uint64_t granted;
	bool inherited;
	uint64_t n_grants;
	uint64_t n_announced;
	bool revoked;
	bool revoked_in_hand;
	struct gate gate;
	uint64_t backlog;
	struct edges *table;
	LIST_ENTRY(edge) chain;
	TAILQ_ENTRY(edge) read_entry;
	TAILQ_ENTRY(edge) send_entry;
};

LIST_HEAD(edge_list, edge);
TAILQ_HEAD(edge_queue, edge);

/** struct edges - edges_init() before use */
struct edges {
	struct edge_list buckets[EDGES_BUCKETS];
	struct edge_queue readable;
	struct edge_queue unsent;
	size_t n;
	size_t n_unsent;
	size_t n_unheard;
};

void edges_init(struct edges *edges);
/** edges_deinit() - all of them; closes their descriptors */
void edges_deinit(struct edges *edges);
/**
 * edges_add() - a new edge end; takes @fd over, also when it fails
 *
 * Return: it; NULL without memory.
 */
struct edge *edges_add(struct edges *edges, uint64_t key, int fd,
		       const char *peer);
/** edges_next() - the one after @edge, NULL: the first; NULL at the end */
struct edge *edges_next(const struct edges *edges, const struct edge *edge);
struct edge *edges_find(const struct edges *edges, uint64_t key);
/** edges_remove() - forget it and close its descriptor */
void edges_remove(struct edges *edges, struct edge *edge);

/** edges_readable() - something may have arrived */
void edges_readable(struct edges *edges, struct edge *edge);
/** edges_read_out() - all that arrived has been read */
void edges_read_out(struct edges *edges, struct edge *edge);
/** edges_hear_out() - what the dead @peer has sent is unheard until read */
void edges_hear_out(struct edges *edges, const char *peer);
/** edges_heard() - all that this one had to say */
void edges_heard(struct edges *edges, struct edge *edge);
/** edges_yield() - the others first */
void edges_yield(struct edges *edges, struct edge *edge);
/** edges_unsent() - something is in its outbox */
void edges_unsent(struct edges *edges, struct edge *edge);
/** edges_sent() - nothing is, or it has to wait for room */
void edges_sent(struct edges *edges, struct edge *edge);
