/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * outbox.h - what turns send: into the arena first, to the sockets later.
 */
#pragma once

#include "libactorproc/actor.h"

/**
 * outbox_post() - add a frame to the outbox of an edge, as part of the turn
 * @reserve: may use the room kept for replies and dead letters
 *
 * Return: 0; -EAGAIN no room; -EMSGSIZE; -ENOENT no such edge (any more).
 */
int outbox_post(struct actor *self, uint64_t key, const struct frame *frame,
		bool reserve);
/**
 * outbox_settle() - between two turns: send what should not wait any longer
 *
 * A packet that is full, too many edges with something, or something that has
 * waited for 200 µs while others had their turns.
 */
void outbox_settle(struct actor *self);
/** outbox_flush() - send all that the sockets take */
void outbox_flush(struct actor *self);
/** outbox_flush_edge() - the same for one edge */
void outbox_flush_edge(struct actor *self, struct edge *edge);
