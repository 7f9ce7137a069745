/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stalls.h - messages that cannot be handled yet hold up their edge, no other.
 */
#pragma once

#include "libactorproc/actor.h"

/** stalls_stall() - that which is looked at waits. Return: false */
bool stalls_stall(struct actor *self, enum edge_stall why);
/** stalls_look_again() - what a message that came by that edge waits for may have
 * come */
void stalls_look_again(struct actor *self, uint64_t via);
/** stalls_have_readers() - Return: a reader was waited for, and has come */
bool stalls_have_readers(struct actor *self);
/** stalls_insist() - readers are waited for no longer; Return: one was */
bool stalls_insist(struct actor *self);
