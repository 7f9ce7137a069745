/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mailboxes.h - the arenas of actors below, in the custody of all above.
 */
#pragma once

#include "supervisord/supervisor.h"

/** mailboxes_push() - all above keep a copy too; true: when it has a number,
 * afterlife_kept() will hear of it, or afterlife_all_kept() when that is the next
 * one that is asked for; false: there is nobody above */
bool mailboxes_push(struct supervisor *s,
		    const struct custody_mailbox *mailbox);
/** mailboxes_say() - hand it on, up or down */
void mailboxes_say(struct supervisor *s, struct link *link,
		   const struct custody_mailbox *m);
/** mailboxes_end() - a life is over; the root keeps what it counted */
void mailboxes_end(struct supervisor *s, const char *path,
		   const struct ended_lives *life);
/** mailboxes_is_ending() - its life is over, and is being settled below */
bool mailboxes_is_ending(const struct supervisor *s, const char *path);
/** mailboxes_message() - MAILBOX, MAILBOX_END; false: neither
 * @from: the child it came from, NULL for the parent */
bool mailboxes_message(struct supervisor *s, struct child *from,
		       struct control_message *m);
