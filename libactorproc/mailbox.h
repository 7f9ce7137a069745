/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mailbox.h - from packets on edges to messages for the behaviour.
 */
#pragma once

#include "libactorproc/actor.h"

/**
 * mailbox_turn() - one step: handle the next message, or take a packet
 *
 * Return: false when there is nothing to do: nothing has arrived, or what has
 * waits for a grant.
 */
bool mailbox_turn(struct actor *self);
/** mailbox_has_mail() - there is a message, or an edge that may have one; also
 * when it waits */
bool mailbox_has_mail(const struct actor *self);
/** mailbox_line_up() - make the queue anew: what is held has changed */
void mailbox_line_up(struct actor *self);
/**
 * mailbox_hold() - keep a message beyond its packet, as part of the turn
 *
 * With its payload, wherever that is. Return: its slot; -ENOSPC.
 */
int mailbox_hold(struct actor *self, uint64_t key, const struct frame *frame,
		 bool stash);
/** mailbox_inherit() - after setup: what earlier generations left unsent */
void mailbox_inherit(struct actor *self);
