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
#include <sys/epoll.h>
#include <sys/queue.h>

#include "libactorproc/arena.h"
#include "libactorproc/flow.h"
#include "libactorproc/gate.h"
#include "libactorproc/loop.h"
#include "libactorproc/pool.h"

#define EDGES_BUCKETS 256
#define EDGE_REASON_MAX 63
/* what epoll tells of each: once, since it is read until there is no more */
#define EDGES_EVENTS (EPOLLIN | EPOLLET)

/** enum edge_stall - what the next message of an edge waits for */
enum edge_stall {
	EDGE_GOES_ON,
	EDGE_AWAITS_GRANT,	/* or a descriptor */
	EDGE_AWAITS_READER,	/* of our answers: an ask, whose own needs room */
};

/**
 * struct edge - one end of an edge
 * @key: see arena_key()
 * @fd: -1: it has ended, and messages that came by it are held still; or @promised
 * @peer: path of who is at the other end, as minted
 * @peer_life: its life, as minted; 0: not known
 * @reason: why the life behind it is over, when @over
 * @unread: it does not read our answers, so we do not read it
 * @promised: it has no socket until something is to be sent by it
 * @hung_up: nothing more will arrive but what is queued
 * @over: a TERMINATED has arrived: nothing can be sent any more
 * @readable: is in the list of those to be read
 * @unsent: is in the list of those with something to send
 * @unheard: its holder is dead, and may have said something before, in so many
 *           packets at most
 * @full: the socket took no more; it is waited for
 * @events: what epoll tells of it
 * @n_in_a_row: packets taken since it became readable or yielded
 * @unsent_bytes: about how much has been added to the outbox since a flush
 * @has_grants: a frame in the outbox may carry references
 * @granted: sequence of the packet whose references have been announced
 * @dead_letter: what finds no room behind it becomes a dead letter at once
 * @n_descriptors: so many its peer takes in one message
 * @wanted: somebody wants to hear when there is room behind it
 * @pool: what it shares with its other end
 * @flow: of what we send
 * @back: of what we receive: where we say what is finished; NULL
 * @n_taken: number of the next message to come
 * @n_waiting: messages that are neither handled nor dead
 * @n_passed: descriptors that go along with these
 * @released: up to where we need the pool no more
 * @progressed: is in the list of those whose sender may wait to hear so
 * @inherited: its outbox holds what earlier generations have posted
 * @n_grants: frames with references posted since the outbox was empty
 * @n_announced: of those, announced
 * @revoked: the reference was taken back: what has not been taken is dead
 * @revoked_in_hand: the packet in hand was taken after that
 * @gate: the limits of the reference, at our end
 * @backlog: so many messages may have lain in it when we got it
 * @stall: its next message cannot be handled yet, so none behind it is
 * @marked: number of the frame behind the one by which we hear that its peer has
 *          read all our answers
 * @beside_end: up to there it has released what is beside the window
 */
struct edge {
	struct loop_source source;
	uint64_t key;
	int fd;
	char *peer;
	uint64_t peer_life;
	char reason[EDGE_REASON_MAX + 1];
	bool promised;
	bool hung_up;
	bool over;
	bool unread;
	bool readable;
	bool unsent;
	unsigned int unheard;
	bool full;
	bool has_grants;
	uint32_t events;
	unsigned int n_in_a_row;
	size_t unsent_bytes;
	uint64_t granted;
	bool dead_letter;
	uint64_t n_descriptors;
	bool wanted;
	bool progressed;
	struct pool pool;
	struct flow flow;
	struct actor_pool_flow *back;
	uint64_t n_taken;
	uint64_t n_waiting;
	uint64_t n_passed;
	uint64_t released;
	bool inherited;
	uint64_t n_grants;
	uint64_t n_announced;
	bool revoked;
	bool revoked_in_hand;
	struct gate gate;
	uint64_t backlog;
	enum edge_stall stall;
	uint64_t marked;
	uint64_t beside_end;
	struct edges *table;
	LIST_ENTRY(edge) chain;
	TAILQ_ENTRY(edge) read_entry;
	TAILQ_ENTRY(edge) send_entry;
	TAILQ_ENTRY(edge) progress_entry;
	TAILQ_ENTRY(edge) stall_entry;
};

LIST_HEAD(edge_list, edge);
TAILQ_HEAD(edge_queue, edge);

/** struct edges - edges_init() before use */
struct edges {
	struct edge_queue readable;
	struct edge_queue unsent;
	struct edge_queue progressed;
	struct edge_queue stalled;
	size_t n;
	size_t n_targets;
	size_t n_unsent;
	size_t n_unheard;
	size_t n_awaiting;		/* edges stalled for a grant */
	struct edge *written;		/* last, and not looked at since */
	struct edge_list buckets[EDGES_BUCKETS];
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
/** edges_promise() - one that has no socket yet; NULL without memory */
struct edge *edges_promise(struct edges *edges, uint64_t key,
			   const char *peer);
/** edges_next() - the one after @edge, NULL: the first; NULL at the end */
struct edge *edges_next(const struct edges *edges, const struct edge *edge);
struct edge *edges_find(const struct edges *edges, uint64_t key);
/** edges_standing() - the same, but NULL when it has ended */
struct edge *edges_standing(const struct edges *edges, uint64_t key);
/** edges_usable() - may something be put into its outbox? */
static inline bool edges_usable(const struct edge *edge)
{
	return edge->fd >= 0 || edge->promised;
}
/** edges_share() - it has a pool: take the mapping over */
void edges_share(struct edge *edge, struct pool *pool);
/** edges_end() - it is over: close its descriptor, and forget it as soon as no
 * message that came by it waits */
void edges_end(struct edges *edges, struct edge *edge);
/** edges_finished() - a message that came by it is handled, or dead */
void edges_finished(struct edges *edges, struct edge *edge);
/** edges_pass() - so many descriptors go along with what was taken and waits:
 * its sender is told that, and what was taken */
void edges_pass(struct edge *edge, uint64_t n_passed);
/**
 * edges_look_ahead() - has who was written to last sent something meanwhile?
 *
 * Its edge is readable then. By its word, so it is asked once for each packet that
 * it was sent.
 */
bool edges_look_ahead(struct edges *edges);
/** edges_publish() - tell its sender, by their shared words, what is finished */
void edges_publish(struct edges *edges, struct edge *edge);
/** edges_told() - its sender knows of all that is finished, or does not wait */
void edges_told(struct edges *edges, struct edge *edge);

/** edges_readable() - something may have arrived */
void edges_readable(struct edges *edges, struct edge *edge);
/** edges_read_out() - all that arrived has been read */
void edges_read_out(struct edges *edges, struct edge *edge);
/** edges_hear_out() - what the dead @peer has sent is unheard until read */
void edges_hear_out(struct edges *edges, const char *peer);
/** edges_heard_one() - one packet of it */
void edges_heard_one(struct edges *edges, struct edge *edge);
/** edges_heard() - all that this one had to say */
void edges_heard(struct edges *edges, struct edge *edge);
/** edges_yield() - the others first */
void edges_yield(struct edges *edges, struct edge *edge);
/** edges_stall() - nothing that came by it is handled for now */
void edges_stall(struct edges *edges, struct edge *edge, enum edge_stall why);
/** edges_go_on() - it may be again */
void edges_go_on(struct edges *edges, struct edge *edge);
/** edges_unsent() - something is in its outbox */
void edges_unsent(struct edges *edges, struct edge *edge);
/** edges_sent() - nothing is, or it has to wait for room */
void edges_sent(struct edges *edges, struct edge *edge);
