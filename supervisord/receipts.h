/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * receipts.h - up to which packet an edge that is over has been taken.
 */
#pragma once

#include "supervisord/minting.h"

/** receipts_note() - of that sender's end, and tell the supervisors below on the way
 * to it; 0: that is not known */
void receipts_note(struct supervisor *s, const char *path, uint64_t key,
		uint64_t sequence);
/** receipts_say() - of one that is over */
void receipts_say(struct link *link, const struct custody_taken *taken);
/** receipts_give() - what a child that is a supervisor must know of it */
void receipts_give(struct child *c);
/** receipts_message() - CAME; false: it is not */
bool receipts_message(struct supervisor *s, const struct fields *f);
