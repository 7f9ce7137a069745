/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * outfit.h - what a child has when it starts.
 */
#pragma once

#include "supervisord/supervisor.h"

/** outfit_give() - all edges, mailboxes … that concern a child just made; and START,
 * unless it awaits that all above hold its mailbox */
void outfit_give(struct child *c);
/** outfit_start() - now it may begin */
void outfit_start(struct child *c);
/** outfit_message() - DESCRIPTOR; false: it is not */
bool outfit_message(struct supervisor *s, struct control_message *m);
