/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * turn.h - turns: one message, all or nothing.
 */
#pragma once

#include "libactorproc/actor.h"

/**
 * turn_run() - the behaviour handles self->message
 * @mail: it is the frame in hand, and is done when the turn is
 *
 * A failing behaviour leaves the actor in phase ACTOR_FAILED.
 */
void turn_run(struct actor *self, bool mail);
/**
 * turn_open() - begin a turn of the library's own, to send letters
 * @mail: it is about the message in hand, self->held of self->from
 * turn_close() - the end of it
 * turn_discard() - it never was; what it handles is in hand still
 */
void turn_open(struct actor *self, bool mail);
void turn_close(struct actor *self);
void turn_discard(struct actor *self);
/** turn_start() - the start hook. Return: 0; the negative errno that it returned */
int turn_start(struct actor *self, int argc, char **argv);
/** turn_post_restart() - the one behind it, when it is a restart; the same */
int turn_post_restart(struct actor *self);
/** turn_hook() - any other hook, as a turn of its own. Return: 0; what it failed
 * with, and nothing that it sent leaves */
int turn_hook(struct actor *self, int (*hook)(struct actor *self));
/** turn_stop() - the last hooks, as turns */
void turn_stop(struct actor *self);
/**
 * turn_release() - what it has done so far becomes true; it goes on
 */
void turn_release(struct actor *self);
/** turn_is_due() - has turn_local() something to do at once? */
bool turn_is_due(const struct actor *self);
/** turn_local() - run one turn that is due and is no mail. Return: ran one */
bool turn_local(struct actor *self);
/** turn_resume() - after a failure: its message becomes a dead letter */
void turn_resume(struct actor *self);
