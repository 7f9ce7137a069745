/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * queue.h - which of the held messages is next.
 *
 * First what was unstashed, then the lower priority number, then what waits
 * longer. Pure: slots are the arena's, and mean nothing here.
 */
#pragma once

#include "libactorproc/arena.h"

/** struct queue - a heap of all that can be handled; zeroed is empty */
struct queue {
	size_t n;
	struct arena_held_message heap[ARENA_HELD_MAX];
};

/** queue_clear() - one that is empty is not touched */
static inline void queue_clear(struct queue *queue)
{
	if (queue->n)
		queue->n = 0;
}

void queue_put(struct queue *queue, const struct arena_held_message *message);
/** queue_first() - Return: the slot that is next, or -1 */
int queue_first(const struct queue *queue);
/** queue_has_front() - is the next one to come before all mail? */
bool queue_has_front(const struct queue *queue);
/** queue_pop() - the first is taken out */
void queue_pop(struct queue *queue);
