/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * setup.h - what the supervisor tells this process, and what follows from it.
 */
#pragma once

#include "libactorproc/actor.h"

/**
 * setup_serve() - do what has arrived on the control channel
 *
 * Ends when there is nothing more or the phase has changed; then
 * self->control_ready says which. Return: 0; -EPIPE the supervisor is gone;
 * other negative errno: it asked for what cannot be done.
 */
int setup_serve(struct actor *self);
/**
 * setup_await() - in the middle of a turn: until self->request is answered
 * @deadline_ns: CLOCK_BOOTTIME; UINT64_MAX: there is none
 *
 * What else arrives is done meanwhile; an order to stop is kept for the end of
 * the turn. Return: 0; -ETIMEDOUT; -ECANCELED: told to stop; -EPIPE.
 */
int setup_await(struct actor *self, uint64_t deadline_ns);
/** setup_has_hooks() - has it something of its own to do before its first message? */
bool setup_has_hooks(const struct actor_class *class);
/** setup_share_bounds() - tell all who send here what may wait: the edges are
 * other ones now */
void setup_share_bounds(struct actor *self);
