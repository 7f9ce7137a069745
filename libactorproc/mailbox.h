/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mailbox.h - from packets on edges to messages for the behaviour.
 */
#pragma once

#include "libactorproc/actor.h"

/**
 * mailbox_turn() - one step: handle the next message, or take a packet
 *
 * Return: false when there is nothing to do: nothing has arrived, or the next
 * message waits for a grant.
 */
bool mailbox_turn(struct actor *self);
/** mailbox_deinit() - what is kept of edges that are over */
void mailbox_deinit(struct actor *self);
/** mailbox_inherit() - after setup: what earlier generations left unsent */
void mailbox_inherit(struct actor *self);
