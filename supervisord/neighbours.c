/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * neighbours.c - what the supervisors above and below say to each other of edges,
 * mailboxes and what is passed on.
 *
 * It only says whose business a message is. What is left is for supervisor.c
 * and child.c: starts, stops, requests and their answers.
 *
 * Beside what protocol.h says:
 *   EDGE       ID HOLDER TARGET NAME? HAS=h|t|ht POOL? HOLDER_LIFE TARGET_LIFE
 *              OVER=h|t|ht? REVOKED? SETTLING? and limits
 *                                                     the ends and the pool, both
 *                                                     directions
 *   EDGE_END   ID BY=holder|target|revoked TAKEN?     both
 *   SHUT       ID                    of one that was taken back: its door, up
 *   SETTLED    ID HOLDER? TARGET?    what came by it of what these had sent, both
 *   CAME       ID FROM=h|t PATH TAKEN     of an edge that is no more, down
 *   MAILBOX    PATH LIFE GENERATION NUMBER? END?      the arena, both
 *   KEEP       PATH NUMBER            is all of it held?  up
 *   KEPT       PATH NUMBER            all above hold it   down
 *   MAILBOX_END PATH UNREADABLE? and those of ledger.h  up
 *   DESCRIPTOR PATH NAME                              it, down
 *   MINT       HOLDER TARGET VIA GRANT PARENT SAID and limits    both
 *   REFUSED    PATH VIA GRANT                         both
 *   KNOWN      PATH VIA GRANT SAID    to the giver PATH: that is done, or refused
 *   WANTED     PATH VIA GRANT TO      to the giver PATH: what about it?  both
 *   LETTERS    PATH LIFE ID           it has some, and no edge for them  up
 *   RENEW      PATH                                   up
 *   RENEWED    PATH                                   down
 *   GIVE       VIA NUMBER TO                          it, to all above TO
 *   TAKEN      VIA NUMBER TO                          the same way
 *   LEAVE      PATH?                                  down
 *   SHORT                             of descriptors, there or behind it, both
 *   AMPLE                             not any more, both
 *   RELOAD     ID                                     a file, down
 * and to all who hold the edge named first:
 *   GRANTED    EDGE VIA GRANT PARENT TO SUPPORTS and limits
 *   UNGRANTED  EDGE VIA GRANT      that is no more
 *   LIMITED    EDGE and limits     its own, from now on
 *   LIMIT      EDGE and limits     its holder passes it on with these, up
 *   REVOKE     EDGE GRANT TO       its holder takes this back from that life
 *   UNDONE     EDGE GRANT TO       it has, down
 * What goes up goes from the root to store.c, when a service manager keeps it, and
 * comes down again from recall.c.
 *
 * where limits are RATE BYTES NO_GRANTS, each left out when there is none.
 */
#include "supervisord/adoption.h"
#include "supervisord/endings.h"
#include "supervisord/gifts.h"
#include "supervisord/keeping.h"
#include "supervisord/letters.h"
#include "supervisord/mailboxes.h"
#include "supervisord/minting.h"
#include "supervisord/neighbours.h"
#include "supervisord/nursery.h"
#include "supervisord/outfit.h"
#include "supervisord/pledges.h"
#include "supervisord/rationing.h"
#include "supervisord/receipts.h"
#include "supervisord/renewals.h"
#include "supervisord/takings.h"

bool neighbours_message(struct supervisor *s, struct child *from,
			struct control_message *m)
{
	const struct minting_source source = { from, !from };
	const struct fields *f = &m->fields;

	return (!from && adoption_message(s, m)) ||
	       minting_message(s, from, m) || endings_message(s, source, f) ||
	       takings_message(s, source, f) || receipts_message(s, f) ||
	       mailboxes_message(s, from, m) || keeping_message(s, from, f) ||
	       outfit_message(s, m) || renewals_message(s, f) ||
	       letters_message(s, from, f) || rationing_message(s, from, f) ||
	       nursery_message(s, from, f) || gifts_message(s, source, m) ||
	       pledges_message(s, f) || grants_message(s, source, f) ||
	       revocations_message(s, source, f);
}
