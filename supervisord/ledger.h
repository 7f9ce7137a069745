/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ledger.h - what was counted at one end of an edge, or at many, as a sum. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libactorproc/arena.h"
#include "libactorproc/fields.h"

/* X(member, field of a control message) */
#define LEDGER_COUNTS(X)						\
	X(packets,	"PACKETS")	/* number of the last one taken */ \
	X(accepted,	"ACCEPTED")	/* released by a turn */	\
	X(sent,		"SENT")		/* of those: in the socket, or beyond */ \
	X(unsent,	"UNSENT")	/* of those: in the outbox */	\
	X(buried,	"BURIED")	/* of those: dead letters here */ \
	X(taken,	"TAKEN")	/* out of the socket */		\
	X(waiting,	"WAITING")	/* of those: not handled yet */	\
	X(dead,		"DEAD")		/* of those: dead letters here */ \
	X(lost,		"LOST")		/* never came out of the socket */

/**
 * struct ledger - numbers of messages
 *
 * The law, for the sender's end S and the receiver's end R of an edge, with
 * handled = R.taken - R.waiting - R.dead:
 *
 *	S.accepted = handled + R.dead + S.buried
 *		     + S.unsent + in the socket + R.waiting
 *
 * and R.lost = 0. actorctl(1) adds up and judges; nobody here does.
 */
struct ledger {
#define X(member, name) uint64_t member;
	LEDGER_COUNTS(X)
#undef X
};

/** ledger_of_edge() - of one edge end; all zero when the arena knows it not */
struct ledger ledger_of_edge(const struct arena *a, uint64_t key);
/** ledger_of_past() - of all ends that the arena has forgotten */
struct ledger ledger_of_past(const struct arena *a);
/** ledger_of_life() - of all there ever were but @left_out */
struct ledger ledger_of_life(const struct arena *a, uint64_t left_out);

void ledger_add(struct ledger *to, const struct ledger *counts);
bool ledger_equal(const struct ledger *one, const struct ledger *other);
void ledger_put(const struct ledger *counts, struct fields_writer *w);
/** ledger_get() - what is missing is zero: gossip of a supervisor below */
struct ledger ledger_get(const struct fields *f);
