/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reports.h - what an actor tells its supervisor, over the control channel.
 *
 * Each may block for a moment while the channel is full: a supervisor never
 * waits for an actor, so it will read. Return: 0; -EPIPE the supervisor is
 * gone; other negative errno.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libactorproc/arena.h"
#include "libactorproc/limits.h"

/** report_ready() - the start hook is done; @closed: and the sandbox closed */
int report_ready(bool closed);
/** report_start_failed() - it is not; @error is a negative errno
 * @step: the one behind the start hook that failed; NULL: that, or one before */
int report_start_failed(int error, const char *step);
/** report_foreign() - nor can it be: our library knows arenas of @version, and this
 * one has another */
int report_foreign(uint32_t version);
/** report_idle() - we go, since there is nothing to do; the life goes on */
int report_idle(void);
/** report_letters() - there is something for the edge that was to come LATER */
int report_letters(void);
/** report_failed() - a turn failed; the mailbox waits for RESUME or STOP */
int report_failed(int error);
/**
 * report_grant() - the peer of that edge shall get whom our reference leads to
 * @grant: as it is noted: arena_grant_say()
 * @again: the message was released by an earlier generation, which may have
 *         taken the reference back since
 */
int report_grant(const struct arena_grant *grant, bool again);
/** report_limit() - our edge @edge is passed on with these limits too */
int report_limit(uint64_t edge, const struct actor_limits *limits);
/** report_revoke() - the actor of that life shall lose what we gave as @number */
int report_revoke(uint64_t life, uint64_t number);
/** report_give() - the peer of edge @via shall get a copy of @fd as @number */
int report_give(uint64_t via, uint64_t number, int fd);
/** report_withdraw() - no frame names what we gave there as @number */
int report_withdraw(uint64_t via, uint64_t number);
/** report_fetch() - a frame that came over @via named descriptor @number */
int report_fetch(uint64_t via, uint64_t number);
/** report_taken() - and is handled, or dead */
int report_taken(uint64_t via, uint64_t number);
/**
 * struct report_child - what a head wants with a child
 * @verb: SPAWN, STOP_CHILD, CHILDREN
 * @number: that the answer will have
 * @template, @name: NULL: not said
 * @waits: for its start, @wait_ns at most
 */
struct report_child {
	const char *verb;
	uint64_t number;
	const char *template;
	const char *name;
	bool waits;
	uint64_t wait_ns;
};

int report_child(const struct report_child *report);
/** report_saved() - the next process may have our state, of that version */
int report_saved(uint32_t version, size_t n_bytes);
/** report_claim() - a frame that came over @via named grant @number */
int report_claim(uint64_t via, uint64_t number);
