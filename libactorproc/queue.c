/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * queue.c - which of the held messages is next. Pure.
 */
#include "libactorproc/queue.h"

static bool before(const struct arena_held_message *a,
		   const struct arena_held_message *b)
{
	if (a->line != b->line)
		return a->line < b->line;
	if (a->line == ARENA_QUEUE && a->priority != b->priority)
		return a->priority < b->priority;

	return a->order < b->order;
}

static void swap(struct queue *queue, size_t i, size_t k)
{
	struct arena_held_message message = queue->heap[i];

	queue->heap[i] = queue->heap[k];
	queue->heap[k] = message;
}

void queue_put(struct queue *queue, const struct arena_held_message *message)
{
	size_t i = queue->n;

	if (queue->n == ARENA_HELD_MAX)
		return;
	queue->heap[queue->n++] = *message;
	for (; i && before(&queue->heap[i], &queue->heap[(i - 1) / 2]);
	     i = (i - 1) / 2)
		swap(queue, i, (i - 1) / 2);
}

int queue_first(const struct queue *queue)
{
	return queue->n ? (int)queue->heap[0].slot : -1;
}

bool queue_has_front(const struct queue *queue)
{
	return queue->n && queue->heap[0].line == ARENA_FRONT;
}

/* The child that comes first, or @i itself when none comes before it. */
static size_t first_of(const struct queue *queue, size_t i)
{
	size_t best = i;
	size_t child;

	for (child = 2 * i + 1; child <= 2 * i + 2; child++)
		if (child < queue->n &&
		    before(&queue->heap[child], &queue->heap[best]))
			best = child;

	return best;
}

void queue_pop(struct queue *queue)
{
	size_t i = 0;
	size_t best;

	if (!queue->n)
		return;
	queue->heap[0] = queue->heap[--queue->n];
	while ((best = first_of(queue, i)) != i) {
		swap(queue, i, best);
		i = best;
	}
}
