/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * room.h - senders that wait until we have finished more.
 */
#pragma once

#include "libactorproc/actor.h"

/**
 * room_tell() - to those who wait for what we have finished
 * @at_once: also when it is less than they wait for
 */
void room_tell(struct actor *self, bool at_once);
/** room_tell_one() - a ROOM by that edge. Return: false: there is no room for it */
bool room_tell_one(struct actor *self, struct edge *edge);
