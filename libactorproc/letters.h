/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * letters.h - dead letters and records, as part of a turn.
 *
 * They go to /system/dead-letters over the declared edge "dead-letters". An
 * actor without one (that actor itself) makes none.
 */
#pragma once

#include "libactorproc/actor.h"

/* X(symbol, name): the reasons for which this library makes dead letters */
#define LETTER_REASONS(X)			\
	X(TERMINATED,	"terminated")		\
	X(CRASHED,	"crashed")		\
	X(EXPIRED,	"expired")		\
	X(UNHANDLED,	"unhandled")		\
	X(OVERFLOW,	"overflow")		\
	X(OVERSIZE,	"oversize")		\
	X(STASH,	"stash")		\
	X(CAPABILITY_LOST, "capability_lost")	\
	X(LATE_REPLY,	"late_reply")		\
	X(REVOKED,	"revoked")		\
	X(UNDELIVERED,	"undelivered")

enum letter_reason {
#define X(symbol, name) LETTER_##symbol,
	LETTER_REASONS(X)
#undef X
};

/**
 * letters_received() - the message in hand, which we will not handle
 * @sender: path of who sent it
 * @key: our end of the edge by which it came; 0: that is not known
 * @cause: of a crash, else NULL
 */
void letters_received(struct actor *self, const struct frame *frame,
		      const char *sender, uint64_t key,
		      enum letter_reason reason, const char *cause);
/**
 * struct letters_place - which message of an edge, so that it counts once
 * @key: our end of it
 * @number: as in the header of its packet
 */
struct letters_place {
	uint64_t key;
	uint64_t number;
};

/** letters_unsent() - we sent this, and @target (NULL: unknown) never got it;
 * @place: NULL when it never was on an edge */
void letters_unsent(struct actor *self, const struct frame *frame,
		    const char *target, enum letter_reason reason,
		    const struct letters_place *place);
/** letters_settle() - outside of a turn: those that had no room are told of, as
 * their number; what has no room for that either is told of with the next one */
void letters_settle(struct actor *self);
/** letters_wait() - those there are wait for somebody to read */
bool letters_wait(const struct actor *self);
/** letters_malformed() - @sender sent @what, and its edge is over */
void letters_malformed(struct actor *self, const char *sender,
		       const char *what);
/** letters_gap() - @n_messages of @sender's never arrived */
void letters_gap(struct actor *self, const char *sender,
		 uint64_t n_messages);
/** letters_log() - what the actor has to say. Return: 0; -EAGAIN */
int letters_log(struct actor *self, int priority, const char *text);
