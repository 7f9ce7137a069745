// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * edges.c - the edge ends this actor has: by key, those with mail, those with
 * something to send.
 *
 * Only the table: mailbox.c reads edges, outbox.c writes them.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "libactorproc/edges.h"
#include "libactorproc/path.h"

#define QUEUED_PACKETS_MAX 4096	/* no socket holds more */

static struct edge_list *bucket_of(const struct edges *edges, uint64_t key)
{
	/* ids are random; the lowest bit of a key only tells the end */
	return (struct edge_list *)&edges->buckets[(key >> 1) % EDGES_BUCKETS];
}

static void edge_ready(struct loop_source *source, uint32_t events)
{
	struct edge *edge = (struct edge *)source;	/* its first member */

	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		edges_readable(edge->table, edge);
	if (events & EPOLLHUP)
		edge->hung_up = true;
	if (events & EPOLLOUT && edge->full)
		edges_unsent(edge->table, edge);
}

void edges_init(struct edges *edges)
{
	size_t i;

	for (i = 0; i < EDGES_BUCKETS; i++)
		LIST_INIT(&edges->buckets[i]);
	TAILQ_INIT(&edges->readable);
	TAILQ_INIT(&edges->unsent);
	TAILQ_INIT(&edges->progressed);
	TAILQ_INIT(&edges->stalled);
	edges->n = 0;
	edges->n_targets = 0;
	edges->n_unsent = 0;
	edges->n_unheard = 0;
	edges->n_awaiting = 0;
	edges->written = NULL;
}

struct edge *edges_add(struct edges *edges, uint64_t key, int fd,
		       const char *peer)
{
	struct edge *edge = calloc(1, sizeof(*edge));

	if (edge)
		edge->peer = strdup(peer);
	if (!edge || !edge->peer) {
		free(edge);
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	edge->source.ready = edge_ready;
	edge->key = key;
	edge->fd = fd;
	edge->events = EDGES_EVENTS;
	edge->table = edges;
	LIST_INSERT_HEAD(bucket_of(edges, key), edge, chain);
	edges->n++;

	return edge;
}

struct edge *edges_promise(struct edges *edges, uint64_t key,
			   const char *peer)
{
	struct edge *edge = edges_add(edges, key, -1, peer);

	if (edge)
		edge->promised = true;

	return edge;
}

struct edge *edges_find(const struct edges *edges, uint64_t key)
{
	struct edge *edge;

	LIST_FOREACH(edge, bucket_of(edges, key), chain)
		if (edge->key == key)
			return edge;

	return NULL;
}

struct edge *edges_standing(const struct edges *edges, uint64_t key)
{
	struct edge *edge = edges_find(edges, key);

	return edge && edge->fd >= 0 ? edge : NULL;
}

struct edge *edges_next(const struct edges *edges, const struct edge *edge)
{
	size_t i = 0;

	if (edge && LIST_NEXT(edge, chain))
		return LIST_NEXT(edge, chain);
	if (edge)
		i = (size_t)(bucket_of(edges, edge->key) - edges->buckets) + 1;
	for (; i < EDGES_BUCKETS; i++)
		if (!LIST_EMPTY(&edges->buckets[i]))
			return LIST_FIRST(&edges->buckets[i]);

	return NULL;
}

/*
 * Is it one of those who share what may wait here? Not the actors of the system:
 * whoever looks with actorctl must not change what others may send.
 */
static bool is_sender(const struct edge *edge)
{
	return edge->back && arena_key_end(edge->key) == EDGE_TARGET &&
	       !path_is_within(edge->peer, "/system");
}

void edges_share(struct edge *edge, struct pool *pool)
{
	enum edge_end end = arena_key_end(edge->key);

	edge->pool = *pool;
	edge->flow.shared = pool_flow(pool, end);
	edge->back = pool_flow(pool, arena_other_end(edge->key));
	edge->table->n_targets += is_sender(edge);
}

static void hang_up(struct edges *edges, struct edge *edge)
{
	if (!edges_usable(edge))
		return;
	edges_read_out(edges, edge);
	edges_heard(edges, edge);
	edges_sent(edges, edge);
	if (edges->written == edge)
		edges->written = NULL;
	edges->n--;
	edges->n_targets -= is_sender(edge);
	if (edge->fd >= 0)
		close(edge->fd);
	edge->fd = -1;
	edge->promised = false;
	edge->over = true;
}

static void forget(struct edges *edges, struct edge *edge)
{
	hang_up(edges, edge);
	edges_told(edges, edge);
	edges_go_on(edges, edge);
	LIST_REMOVE(edge, chain);
	pool_unmap(&edge->pool);
	free(edge->peer);
	free(edge);
}

void edges_deinit(struct edges *edges)
{
	size_t i;

	for (i = 0; i < EDGES_BUCKETS; i++)
		while (!LIST_EMPTY(&edges->buckets[i]))
			forget(edges, LIST_FIRST(&edges->buckets[i]));
}

void edges_end(struct edges *edges, struct edge *edge)
{
	hang_up(edges, edge);
	if (!edge->n_waiting)
		forget(edges, edge);
}

void edges_publish(struct edges *edges, struct edge *edge)
{
	flow_finish(edge->back, edge->n_taken - edge->n_waiting,
		    edge->released);
	if (edge->progressed)
		return;
	edge->progressed = true;
	TAILQ_INSERT_TAIL(&edges->progressed, edge, progress_entry);
}

void edges_pass(struct edge *edge, uint64_t n_passed)
{
	edge->n_passed = n_passed;
	if (edge->back)
		flow_take(edge->back, edge->n_taken, n_passed);
}

void edges_finished(struct edges *edges, struct edge *edge)
{
	edge->n_waiting--;
	if (edge->back)
		edges_publish(edges, edge);
	if (edge->fd < 0 && !edge->n_waiting)
		forget(edges, edge);
}

void edges_told(struct edges *edges, struct edge *edge)
{
	if (!edge->progressed)
		return;
	edge->progressed = false;
	TAILQ_REMOVE(&edges->progressed, edge, progress_entry);
}

void edges_readable(struct edges *edges, struct edge *edge)
{
	if (edge->readable)
		return;
	edge->readable = true;
	edge->n_in_a_row = 0;
	TAILQ_INSERT_TAIL(&edges->readable, edge, read_entry);
}

bool edges_look_ahead(struct edges *edges)
{
	struct edge *edge = edges->written;

	if (!edge)
		return false;
	edges->written = NULL;
	if (!edge->back || !flow_is_more(edge->back, edge->n_taken))
		return false;
	edges_readable(edges, edge);

	return true;
}

void edges_read_out(struct edges *edges, struct edge *edge)
{
	if (!edge->readable)
		return;
	edge->readable = false;
	TAILQ_REMOVE(&edges->readable, edge, read_entry);
}

static void hear_out(struct edges *edges, struct edge *edge)
{
	if (!edge->unheard)
		edges->n_unheard++;
	edge->unheard = QUEUED_PACKETS_MAX;
	edges_readable(edges, edge);
}

void edges_hear_out(struct edges *edges, const char *peer)
{
	struct edge *edge;
	size_t i;

	for (i = 0; i < EDGES_BUCKETS; i++)
		LIST_FOREACH(edge, &edges->buckets[i], chain)
			if (edge->fd >= 0 &&
			    arena_key_end(edge->key) == EDGE_TARGET &&
			    strcmp(edge->peer, peer) == 0)
				hear_out(edges, edge);
}

void edges_heard(struct edges *edges, struct edge *edge)
{
	if (edge->unheard)
		edges->n_unheard--;
	edge->unheard = 0;
}

/* Who pretends to be dead and goes on talking is not listened to for ever. */
void edges_heard_one(struct edges *edges, struct edge *edge)
{
	if (edge->unheard == 1)
		edges_heard(edges, edge);
	else if (edge->unheard)
		edge->unheard--;
}

void edges_yield(struct edges *edges, struct edge *edge)
{
	edges_read_out(edges, edge);
	edges_readable(edges, edge);
}

void edges_stall(struct edges *edges, struct edge *edge, enum edge_stall why)
{
	edges_go_on(edges, edge);
	edge->stall = why;
	edges->n_awaiting += why == EDGE_AWAITS_GRANT;
	TAILQ_INSERT_TAIL(&edges->stalled, edge, stall_entry);
}

void edges_go_on(struct edges *edges, struct edge *edge)
{
	if (edge->stall == EDGE_GOES_ON)
		return;
	edges->n_awaiting -= edge->stall == EDGE_AWAITS_GRANT;
	edge->stall = EDGE_GOES_ON;
	TAILQ_REMOVE(&edges->stalled, edge, stall_entry);
}

void edges_unsent(struct edges *edges, struct edge *edge)
{
	if (edge->unsent)
		return;
	edge->unsent = true;
	edges->n_unsent++;
	TAILQ_INSERT_TAIL(&edges->unsent, edge, send_entry);
}

void edges_sent(struct edges *edges, struct edge *edge)
{
	edge->unsent_bytes = 0;
	if (!edge->unsent)
		return;
	edge->unsent = false;
	edges->n_unsent--;
	TAILQ_REMOVE(&edges->unsent, edge, send_entry);
}
