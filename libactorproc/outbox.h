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
 * A large payload goes into the pool. Return: 0; -EAGAIN no room, here or at the
 * receiver's; -EMSGSIZE; -ENOENT no such edge (any more).
 */
int outbox_post(struct actor *self, uint64_t key, const struct frame *frame,
		bool reserve);
/**
 * outbox_room() - what the receiver has to say to a request, before it is posted
 *
 * Return: 0; -EAGAIN; -EMSGSIZE.
 */
int outbox_room(struct actor *self, struct edge *edge,
		const struct frame *frame);
/**
 * outbox_settle() - between two turns: send what should not wait any longer
 *
 * A packet that is full, too many edges with something, or something that has
 * waited for 200 µs while others had their turns.
 */
void outbox_settle(struct actor *self);
/** outbox_flush() - send all that the sockets take */
void outbox_flush(struct actor *self);
/** outbox_flush_in_turn() - the same, and by sockets that were full */
void outbox_flush_in_turn(struct actor *self);
/** outbox_inherit_grants() - say again what an earlier process has said, and maybe
 * nobody has heard */
void outbox_inherit_grants(struct actor *self);
/** outbox_look_for_room() - is there what somebody wants to hear of? */
void outbox_look_for_room(struct actor *self, struct edge *edge);
/** outbox_is_clogged() - does somebody ask, and not read the answers? */
bool outbox_is_clogged(struct actor *self, const struct edge *edge);
/** outbox_has_answer_room() - would any answer that goes there find room? */
bool outbox_has_answer_room(struct actor *self, struct edge *edge);
/** outbox_pause() - until the edge is over, or so long; 0; -EPIPE */
int outbox_pause(const struct edge *edge, uint64_t until_ns);
/**
 * outbox_wait() - until there may be room, the edge is over, or a deadline
 * @frame: that wants room
 *
 * Blocks. Between the turns' commits only: what was sent has left or waits for
 * the socket. Return: 0; -EPIPE.
 */
int outbox_wait(struct actor *self, struct edge *edge,
		const struct frame *frame, uint64_t deadline_ns);
/** outbox_interest() - what epoll is to tell of an edge, as it is now */
void outbox_interest(struct actor *self, struct edge *edge);
