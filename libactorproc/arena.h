/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena.h - the memory of an actor's mailbox that survives the actor.
 *
 * A memfd of ARENA_BYTES, mapped by the actor, read (never mapped) by its
 * supervisor. It holds the packet in hand, what turns have released and the
 * socket has not yet taken (the outbox), the replies that are owed, and the
 * sequence numbers of every edge. One atomic store, arena_turn_commit(), ends a
 * turn: it marks the message done and releases what the turn sent.
 *
 * Pure: it works on memory it is given (aligned to 8), so that the actor, the
 * supervisor and the tests run the same code. Contents are hostile until
 * arena_check(), and must then be changed by these calls alone: check a copy,
 * never memory that its writer can still reach.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libactorproc/frame.h"

#define ARENA_EDGES_MAX 1024		/* edge ends of one actor */
#define ARENA_OWED_MAX 256
#define ARENA_BUFFERS_SMALL 112		/* of ACTOR_PACKET_FULL + one header */
#define ARENA_BUFFERS_LARGE 8		/* of ACTOR_PACKET_MAX */

/** ARENA_BYTES - size of every arena; only touched pages take memory */
extern const size_t ARENA_BYTES;
/** ARENA_PRESENT_BYTES - this much from the start must be present memory before
 * the first receive: recvmsg dequeues before it copies. Less than
 * ARENA_HEAD_BYTES; the rest comes when it is touched */
extern const size_t ARENA_PRESENT_BYTES;

/**
 * An edge end is named in an arena by its key: an actor can hold both ends of
 * an edge to itself. 0 is no edge.
 */
static inline uint64_t arena_key(uint64_t edge_id, enum edge_end end)
{
	return edge_id << 1 | (end == EDGE_TARGET);
}

static inline uint64_t arena_key_id(uint64_t key)
{
	return key >> 1;
}

static inline enum edge_end arena_key_end(uint64_t key)
{
	return key & 1 ? EDGE_TARGET : EDGE_HOLDER;
}

struct arena;	/* the layout is arena.c's own; cast from the memory */

/** arena_format() - make @memory (ARENA_BYTES, zeroed) an empty arena */
struct arena *arena_format(void *memory);
/**
 * arena_check() - is this an arena that every call below can work on?
 *
 * Checks every number in it once. Return: 0; -EBADMSG.
 */
int arena_check(const void *memory, size_t n_bytes);
/**
 * arena_used() - which byte ranges of a checked-head arena hold anything
 * @cursor: 0 at first
 *
 * For a supervisor that copies only what matters with pread() and pwrite():
 * read ARENA_HEAD_BYTES into zeroed memory, then these ranges, then check.
 * Works when only the head has been read yet; all ranges are within ARENA_BYTES
 * whatever the head says. They cover the parts of the head that hold anything,
 * so that the same ranges written to a fresh memfd are the same arena. Return:
 * true and a range.
 */
bool arena_used(const void *memory, size_t *cursor, size_t *ret_offset,
		size_t *ret_bytes);
extern const size_t ARENA_HEAD_BYTES;

/* ---- edges ---- */

/** arena_edge_add() - know this edge end; 0, also when known; -ENOSPC */
int arena_edge_add(struct arena *a, uint64_t key);
/**
 * arena_edge_remove() - forget it, with everything still in its outbox
 *
 * Walk the outbox with arena_outbox_peek()/drop() first for dead letters.
 */
void arena_edge_remove(struct arena *a, uint64_t key);
/**
 * arena_edge_next() - the keys of all known edge ends
 * @cursor: 0 at first
 *
 * Removing the one just returned is fine. Return: its key, or 0 at the end.
 */
uint64_t arena_edge_next(const struct arena *a, size_t *cursor);
/**
 * struct arena_edge_counts - numbers of an edge end, since its life began
 * @packets_taken: sequence of the last packet taken from it
 * @frames_taken: in those packets; what is in hand is part of it
 * @packets_sent: sequence of the last packet of the outbox that was dropped
 * @frames_sent: in those packets
 */
struct arena_edge_counts {
	uint64_t packets_taken;
	uint64_t frames_taken;
	uint64_t packets_sent;
	uint64_t frames_sent;
};

/** arena_edge_counts() - Return: 0; -ENOENT */
int arena_edge_counts(const struct arena *a, uint64_t key,
		      struct arena_edge_counts *ret);

/* ---- taking a packet ---- */

/**
 * arena_landing() - where to receive the next packet of this edge
 *
 * Only when arena_frame() has nothing more. ACTOR_PACKET_MAX + 1 bytes of room
 * (a larger packet shows by its length). Receive straight into it: a packet
 * that has arrived there is taken by arena_recover() even if the process dies
 * before arena_landed(). Calling it again for another edge is fine.
 */
void *arena_landing(struct arena *a, uint64_t key);

enum arena_landed {
	ARENA_TAKEN = 0,
	ARENA_AGAIN,		/* was taken before the crash: dropped */
};

/**
 * arena_landed() - @n_bytes have been received there
 * @ret_gap: packets missing before it (0 is right); may be NULL
 *
 * Return: an enum arena_landed; -EBADMSG: malformed, dropped; -ENOENT: the
 * edge was removed meanwhile, dropped.
 */
int arena_landed(struct arena *a, size_t n_bytes, uint64_t *ret_gap);
/**
 * arena_frame() - the next frame to handle of the packet in hand
 * @ret_key: the edge it came by
 *
 * Does not advance; arena_turn_begin(a, true) and commit do. After a crash and
 * arena_recover() it goes on at the right frame, with @ret->attempt set.
 * Return: true and a frame; false: nothing in hand.
 */
bool arena_frame(const struct arena *a, struct frame *ret, uint64_t *ret_key);
/** arena_waiting() - how many frames arena_frame() has yet to give; reads
 * nothing beyond ARENA_PRESENT_BYTES and trusts none of it, so it may be asked
 * of the first bytes of a living actor's arena */
size_t arena_waiting(const void *memory);

/* ---- turns ---- */

/**
 * arena_turn_begin() - @message: the turn handles arena_frame()
 *
 * A turn without a message leaves a message whose turn was aborted in hand.
 */
void arena_turn_begin(struct arena *a, bool message);
/** arena_turn_commit() - one atomic store: message done, sends released */
void arena_turn_commit(struct arena *a);
/**
 * arena_turn_abort() - discard what the turn sent; the message is in hand still
 *
 * To go on after it, begin a turn for the same message, send what is to be said
 * of it (a dead letter, an error to the asker) and commit: it is done. If the
 * process dies instead, arena_recover() reports the message as in hand.
 */
void arena_turn_abort(struct arena *a);

/* ---- outbox: inside a turn ---- */

/**
 * arena_send() - append a frame to the outbox of an edge
 * @reserve: may use the buffers kept free for replies and dead letters
 *
 * The attempt is not sent. Return: 0; -EAGAIN; -EMSGSIZE; -ENOENT unknown edge;
 * -EINVAL a frame that this end may not send, or not in this form.
 */
int arena_send(struct arena *a, uint64_t key, const struct frame *frame,
	       bool reserve);

/* ---- outbox: flushing what is released ---- */

/**
 * arena_outbox_peek() - the oldest released packet of an edge, sealed
 *
 * From the first peek on its bytes and sequence are fixed: sent twice around a
 * crash it is the same packet. For between turns: inside one, a packet to which
 * this turn has appended is not shown. Return: true; false: nothing released.
 */
bool arena_outbox_peek(struct arena *a, uint64_t key, const void **ret_packet,
		       size_t *ret_bytes);
/** arena_outbox_drop() - the peeked packet has been sent (or is undeliverable) */
void arena_outbox_drop(struct arena *a, uint64_t key);
/**
 * arena_outbox_next() - an edge that has something released
 * @cursor: 0 at first; for walking all of them
 *
 * Peeking and dropping between the calls is fine; an edge may then come twice.
 * Costs by the packets there are, not by the edges. Return: its key, or 0 at
 * the end.
 */
uint64_t arena_outbox_next(const struct arena *a, size_t *cursor);

/* ---- replies that are owed (deferred asks) ---- */

/** arena_owe() - part of the turn; token > 0, or 0 when full */
uint64_t arena_owe(struct arena *a, uint64_t key, const struct frame *ask);
/**
 * arena_owed() - what a token owes: edge, ask id, generation and trace
 *
 * Return: 0; -ENOENT.
 */
int arena_owed(const struct arena *a, uint64_t token, uint64_t *ret_key,
	       struct frame *ret_ask);
/**
 * arena_owed_next() - the tokens of all open ones
 * @cursor: 0 at first
 *
 * Return: a token for arena_owed() and arena_pay(), or 0 at the end.
 */
uint64_t arena_owed_next(const struct arena *a, size_t *cursor);
/** arena_pay() - settled, as part of the turn */
void arena_pay(struct arena *a, uint64_t token);

/* ---- after the death of the process ---- */

/**
 * struct arena_remains - what a crash left to be told
 * @in_hand: a turn was under way with a message; @frame and @key say which
 *           (points into the arena; good until the next arena_landing())
 * @retry: it will be tried again; else it is done and wants a dead letter, of
 *         reason `poison` when @frame.attempt is not 0, else `crashed`
 * @n_owed: asks that were taken and deferred and will never be answered
 */
struct arena_remains {
	bool in_hand;
	bool retry;
	struct frame frame;
	uint64_t key;
	size_t n_owed;
};

/**
 * arena_recover() - make a dead actor's checked arena fit for the next life
 * @redeliver: how often a message may be tried again
 *
 * Discards what an unfinished turn sent. The message in hand is kept for
 * another try (@ret->retry) or taken as done. Every owed reply, and that of the
 * message in hand when it was an ask, becomes an ERROR `interrupted` (EINTR) in
 * the outbox, released; what finds no room there follows by itself as packets
 * are dropped. A packet that had arrived and was not noted yet is taken.
 *
 * Idempotent: a second call changes nothing and reports nothing. So make the
 * dead letter that @ret asks for before the recovered arena replaces the old.
 */
void arena_recover(struct arena *a, uint32_t redeliver,
		   struct arena_remains *ret);
