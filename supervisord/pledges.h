/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pledges.h - grants that were said, until all above are known to know them.
 */
#pragma once

#include "supervisord/minting.h"

/** pledges_note() - an actor of ours has said so, or its arena does */
void pledges_note(struct supervisor *s, const struct grant_order *order);
/**
 * pledges_known() - all above know that grant, or have refused it
 * @via, @number: its names
 * @receiver: who was to get it
 * @said: as the giver counts; that is told so
 */
void pledges_known(struct supervisor *s, uint64_t via, const char *receiver,
		   uint64_t number, uint64_t said);
/** pledges_renew() - order again what @giver has said and is not known; false:
 * there is nothing like that */
bool pledges_renew(struct supervisor *s, const char *giver);
/**
 * pledges_ask() - what became of a grant that our @c has heard of by @via
 *
 * It is made, or made again, or refused by the supervisor of who gave it. Return:
 * false: there is nobody to be asked.
 */
bool pledges_ask(struct child *c, uint64_t via, uint64_t number);
/** pledges_withdraw() - what was given by the edge @parent as @number to that life
 * has been taken back */
void pledges_withdraw(struct supervisor *s, uint64_t parent, uint64_t number,
		      uint64_t to);
/** pledges_message() - KNOWN, WANTED; false: neither */
bool pledges_message(struct supervisor *s, const struct fields *f);
