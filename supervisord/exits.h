/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "supervisord/supervisor.h"

/* so many ends are dealt with before others have their turn */
#define EXITS_A_TURN 16

/**
 * exits_watch() - hear of the end of the process of @child, whose pidfd is there
 *
 * Return: 0; negative errno.
 */
int exits_watch(struct child *child);
/** exits_turn() - those that have ended, so many at a time, and strangers */
void exits_turn(struct supervisor *s);
/** exits_forget() - before its pidfd is closed; one that is not watched, too */
void exits_forget(struct child *child);
/**
 * exits_await_rest() - is anybody alive whom a program that has ended has forked?
 *
 * They are being killed, and hold what the next one needs: ports, locks. Then
 * child_process_ended() is called again in a moment, and the program stays unreaped
 * until then. After five seconds nobody is waited for.
 */
bool exits_await_rest(struct child *c);
