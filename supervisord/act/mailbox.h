/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mailbox.h - the arenas a supervisor keeps for its actors, as memfds.
 *
 * The supervisor reads an arena once, after the death of its actor, and never
 * maps it; what it checked goes into a fresh memfd, for the next generation or
 * for its own last look at a mailbox.
 */
#pragma once

#include "libactorproc/arena.h"

/** mailbox_new() - an empty arena in a sealed memfd; 0 or negative errno */
int mailbox_new(int *ret_fd);

/**
 * mailbox_load() - a private, checked copy of an arena
 * @ret_arena: free it with mailbox_unload()
 *
 * Return: 0; -EBADMSG: it is not to be trusted; other negative errno.
 */
int mailbox_load(int arena_fd, struct arena **ret_arena);
/** mailbox_leave() - as mailbox_unload() of mailbox_load(), but nobody has to wait
 * for it: mailbox_prepare() does it */
struct arena *mailbox_leave(struct arena *arena);
/**
 * mailbox_prepare() - what the next of mailbox_load() and mailbox_store() want
 *
 * To be done when nobody waits: it is most of what they cost.
 */
void mailbox_prepare(void);
/** mailbox_begin() - in a process that was forked: descriptors are its parent's */
void mailbox_begin(void);
/** mailbox_end() - what was prepared is not wanted any more */
void mailbox_end(void);
/** mailbox_store() - a copy into a fresh memfd; 0 or negative errno */
int mailbox_store(const struct arena *arena, int *ret_fd);
/**
 * mailbox_map() - a copy of our own making, to work in where all can see it
 *
 * Only of what mailbox_store() or mailbox_new() made here and no actor was ever
 * given. What is done to it survives us: it is the same memory that others hold
 * the descriptor of. Return: 0; negative errno.
 */
int mailbox_map(int arena_fd, struct arena **ret_arena);
/** mailbox_make_present() - of such a map, before anything is received into it */
void mailbox_make_present(struct arena *arena);
/** mailbox_unload() - of mailbox_load() or mailbox_map(); NULL is fine; returns
 * NULL */
struct arena *mailbox_unload(struct arena *arena);
/**
 * mailbox_waiting() - messages an actor has taken and not yet handled
 *
 * Of a living one too: then it is a number of that moment, and only gossip.
 * Return: 0; a negative errno: it cannot be known just now, and @ret is 0.
 */
int mailbox_waiting(int arena_fd, size_t *ret);
/**
 * mailbox_head() - a private copy of its head, unchecked
 *
 * For arena_taken(), arena_waiting(), arena_outbox_doubtful(), arena_outbox_has()
 * and ledger_of_life(), and nothing else: these stay within its tables whatever it
 * says. The last one goes through the packets for each edge end, which takes up to
 * 1 ms, also for a head that lies. Return: free it with mailbox_unload(); NULL: it
 * cannot be had.
 */
struct arena *mailbox_head(int arena_fd);
/** mailbox_is_busy() - is there anything for a process to do in it, for all we
 * know? A message to handle, or to send */
bool mailbox_is_busy(int arena_fd);
/** mailbox_pulse() - how the loop turns of whoever runs on it; gossip. 0 or a
 * negative errno */
int mailbox_pulse(int arena_fd, struct arena_pulse *ret);
