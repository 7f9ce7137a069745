/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arena.h - the memory of an actor's mailbox that survives the actor.
 *
 * A memfd of ARENA_BYTES, mapped by the actor, read (never mapped) by its
 * supervisor. It holds the packet in hand, messages held beyond their packet
 * (those that wait for their class, the stash), what turns have released and
 * the socket has not yet taken (the outbox), the replies that are owed, and the
 * numbers of every edge. One atomic store, arena_turn_commit(), ends a turn: it
 * marks the message done and releases what the turn sent.
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

#ifndef ARENA_EDGES_MAX	/* a test makes them small */
#define ARENA_EDGES_MAX 1024		/* edge ends of one actor */
#define ARENA_HELD_MAX 2048		/* messages held beyond their packet */
#define ARENA_HEAP_PAGES 20480		/* of 4096, for the larger of them */
#endif
#define ARENA_OWED_MAX 256
#define ARENA_GRANTS_MAX 256
#define ARENA_LIMITS_MAX 64
#define ARENA_BUFFERS 256		/* each a packet of the outbox */
#define ARENA_HELD_SMALL 512		/* bytes of a frame that has a place of its own */

/** ARENA_BYTES - size of every arena; only touched pages take memory */
extern const size_t ARENA_BYTES;
/** ARENA_PRESENT_BYTES - this much from the start must be present memory before
 * the first receive: recvmsg dequeues before it copies. Less than
 * ARENA_HEAD_BYTES; the rest comes when it is touched. Of an arena without mail
 * the first page is there, and the others after arena_make_present() */
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

/** arena_other_end() - the end that is not ours: who sends to us by that edge */
static inline enum edge_end arena_other_end(uint64_t key)
{
	return key & 1 ? EDGE_HOLDER : EDGE_TARGET;
}

struct arena;	/* the layout is arena.c's own; cast from the memory */

/** arena_format() - make @memory (ARENA_BYTES, zeroed) an empty arena */
struct arena *arena_format(void *memory);
/** arena_version() - of the arenas that arena_format() makes */
uint32_t arena_version(void);
/** arena_is_foreign() - is it one of another version? arena_check() refuses it */
bool arena_is_foreign(const void *memory);
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
 * arena_edge_end() - the same, but when it is added again, it counts on
 *
 * Only who is above all knows for sure that an edge is over: when supervisors
 * die in that moment, the next process is given it once more. Nothing of it may
 * then have a number that something else had: it would pass for that.
 */
void arena_edge_end(struct arena *a, uint64_t key);
/** arena_edge_forget() - as arena_edge_remove(), and what it counted is in no sum */
void arena_edge_forget(struct arena *a, uint64_t key);
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
 * @frames_taken: taken from it; what is in hand or held is part of it
 * @frames_waiting: of those: neither handled nor dead
 * @frames_dead: of those: they became dead letters here
 * @frames_lost: never arrived, by the numbers of those that did
 * @packets_sent: sequence of the last packet of the outbox that was dropped
 * @frames_sent: taken by the socket
 * @frames_unsent: released, and in the outbox still
 * @frames_buried: released, and undeliverable: dead letters here
 * @frames_accepted: released: the sum of the three before
 */
struct arena_edge_counts {
	uint64_t packets_taken;
	uint64_t frames_taken;
	uint64_t frames_waiting;
	uint64_t frames_dead;
	uint64_t frames_lost;
	uint64_t packets_sent;
	uint64_t frames_sent;
	uint64_t frames_unsent;
	uint64_t frames_buried;
	uint64_t frames_accepted;
};

/**
 * arena_edge_counts() - what has become of the messages of an edge end
 *
 * Of checked memory, or of a copy of a living actor's: then it is of that
 * moment. Return: 0; -ENOENT.
 */
int arena_edge_counts(const struct arena *a, uint64_t key,
		      struct arena_edge_counts *ret);
/** arena_past_counts() - the sums of all edge ends that were removed */
void arena_past_counts(const struct arena *a, struct arena_edge_counts *ret);
/** arena_life_counts() - the sums of all edge ends there ever were */
void arena_life_counts(const struct arena *a, struct arena_edge_counts *ret);
/**
 * struct arena_edge_out - what this end has to send, with what this turn adds
 * @next: number of the next frame
 * @n_frames: in the outbox
 * @n_bytes: of packets in the outbox
 * @pool_head: up to where places in the pool are given out
 * @beside_end: released up to there, nothing is beside the window
 * @beside_bytes: until then, so much of that is given out
 */
struct arena_edge_out {
	uint64_t next;
	uint64_t n_frames;
	uint64_t n_bytes;
	uint64_t pool_head;
	uint64_t beside_end;
	uint64_t beside_bytes;
};

/** arena_edge_out() - costs nothing. Return: 0; -ENOENT */
int arena_edge_out(struct arena *a, uint64_t key, struct arena_edge_out *ret);

/* ---- taking a packet ---- */

/** arena_make_present() - ARENA_PRESENT_BYTES of a mapping, before the first
 * arena_landing(); who then finds no memory dies, and has received nothing */
void arena_make_present(const struct arena *a);
/**
 * arena_landing() - where to receive the next packet of this edge
 *
 * Only when the packet in hand has nothing more: arena_packet_rest() is 0.
 * ACTOR_PACKET_MAX + 1 bytes of room
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
 * @ret_gap: messages missing before it (0 is right); may be NULL
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
/** arena_packet_rest() - how many frames of the packet in hand are not done */
size_t arena_packet_rest(const struct arena *a);
/** arena_packet_passed() - how many descriptors go along with these */
uint64_t arena_packet_passed(const struct arena *a);
/** arena_passed() - the same, of all messages that came by an edge and wait */
uint64_t arena_passed(const struct arena *a, uint64_t key);
/** arena_waiting() - how many messages wait, in the packet in hand and held;
 * reads nothing beyond ARENA_PRESENT_BYTES and trusts none of it, so it may be
 * asked of the first bytes of a living actor's arena */
size_t arena_waiting(const void *memory);

/** arena_taken() - the sequence of the last packet that came by an edge, also by
 * one that is over; 0: none. Reads nothing beyond ARENA_HEAD_BYTES and trusts
 * none of it, as arena_waiting() */
uint64_t arena_taken(const struct arena *a, uint64_t key);

/* ---- signs of life ----------------------------------------------------- */

/**
 * struct arena_pulse - what a loop does, for those who look from outside
 * @beat: another number at each turn of the loop; it wraps
 * @asleep: it waits for something to happen
 * @held_up: what it has to do next waits for others
 * @n_finished: messages that this process has handled, stashed or called dead
 * @n_put_aside: messages in the stash: they wait because it said so
 */
struct arena_pulse {
	uint32_t beat;
	bool asleep;
	bool held_up;
	uint64_t n_finished;
	uint64_t n_put_aside;
};

/** ARENA_PULSE_BYTES - so much from the start has all of it */
extern const size_t ARENA_PULSE_BYTES;
/** arena_pulse_set() - three stores, at any time */
void arena_pulse_set(struct arena *a, const struct arena_pulse *pulse);
/** arena_pulse_of() - of these bytes, whatever they are: gossip */
struct arena_pulse arena_pulse_of(const void *memory);

/* ---- messages held beyond their packet -------------------------------- */

/** enum arena_line - where a held message waits, in order of what comes first */
enum arena_line {
	ARENA_FRONT,		/* was unstashed: before all others */
	ARENA_QUEUE,		/* for its class: the lower priority number first */
	ARENA_STASH,		/* not before it is unstashed */
};

/**
 * struct arena_held_message - one of them; @slot names it
 * @order: the lower waits longer
 */
struct arena_held_message {
	size_t slot;
	enum arena_line line;
	uint8_t priority;
	uint64_t order;
};

/**
 * arena_hold() - keep a copy of a message, as part of the turn
 * @frame: its payload may be longer than a packet; ACTOR_FRAME_POOLED is not set
 * @stash: into the stash, else into the queue of its class
 *
 * With arena_turn_move() the turn only moves the message of the packet in hand.
 * Return: its slot; -ENOSPC.
 */
int arena_hold(struct arena *a, uint64_t key, const struct frame *frame,
	       bool stash);
/**
 * arena_hold_again() - the held message of this turn goes into the stash
 *
 * It is marked, not copied. Return: its slot; -ENOENT: it is in its packet.
 */
int arena_hold_again(struct arena *a);
/** arena_unstash() - what is stashed comes first, as part of the turn; how many */
size_t arena_unstash(struct arena *a);
/**
 * arena_held_next() - all that are held, in no order
 * @cursor: 0 at first
 *
 * Between turns. Return: true and one.
 */
bool arena_held_next(const struct arena *a, size_t *cursor,
		     struct arena_held_message *ret);
/** arena_held_frame() - what it says, with its number and attempt; true */
bool arena_held_frame(const struct arena *a, size_t slot, struct frame *ret,
		      uint64_t *ret_key);
/** arena_held_line() - where it waits now */
enum arena_line arena_held_line(const struct arena *a, size_t slot);

/* ---- turns ---- */

/**
 * arena_see_time() - turns that begin from here on begin at about @now_ns
 *
 * For those who will tell how long a message was in hand.
 */
void arena_see_time(struct arena *a, uint64_t now_ns);
uint64_t arena_time_seen(const struct arena *a);

/**
 * arena_turn_begin() - @message: the turn handles arena_frame()
 *
 * A turn without a message leaves a message whose turn was aborted in hand.
 */
void arena_turn_begin(struct arena *a, bool message);
/**
 * arena_turn_begin_held() - the turn handles that held message
 *
 * One message is in hand at most: when that of an aborted turn was another one,
 * it goes back to where it waited.
 */
void arena_turn_begin_held(struct arena *a, size_t slot);
/**
 * arena_turn_begin_move() - the turn takes arena_frame() out of its packet
 *
 * To be held: arena_hold(), then the commit. A crash before that leaves it
 * where it was, and no message was in hand.
 */
void arena_turn_begin_move(struct arena *a);
/** arena_turn_dead() - its message is not handled but becomes a dead letter, of
 * which the turn tells */
void arena_turn_dead(struct arena *a);
/** arena_turn_commit() - one atomic store: message done, sends released */
void arena_turn_commit(struct arena *a);
/**
 * arena_turn_release() - what the turn has done so far becomes true now
 *
 * The turn goes on, with its message in hand still. Return: 0; -EBUSY: it has
 * been held apart or called dead by this turn, and cannot be that and in hand.
 */
int arena_turn_release(struct arena *a);
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

/**
 * arena_has_room() - would a frame of that size find room just now?
 * @pooled: most of it would go into the pool, of which @released is free
 */
bool arena_has_room(struct arena *a, uint64_t key, uint64_t n_bytes,
		    bool pooled, uint64_t released);

/** arena_has_reserve() - would any answer find room just now? */
bool arena_has_reserve(struct arena *a, uint64_t key);

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
/**
 * struct arena_offer - a packet that is about to be given to a socket
 * @again: it was before, by who was killed then: that socket may have it
 */
struct arena_offer {
	const void *packet;
	size_t n_bytes;
	bool again;
};

/**
 * arena_outbox_offer() - the same, and from now on a socket may have it
 *
 * Who then hears from the socket says one of the next two.
 */
bool arena_outbox_offer(struct arena *a, uint64_t key,
			struct arena_offer *ret);
/** arena_outbox_drop() - the peeked packet has been sent */
void arena_outbox_drop(struct arena *a, uint64_t key);
/** arena_outbox_refused() - it was not: what was never offered before is in no
 * socket */
void arena_outbox_refused(struct arena *a, uint64_t key,
			  const struct arena_offer *offer);
/** arena_outbox_doubtful() - may a socket have the oldest packet of an edge? It
 * can be so of no other. May be asked of a head, as arena_taken() */
bool arena_outbox_doubtful(const struct arena *a, uint64_t key);
/** arena_outbox_has() - is there any packet of an edge, released or not? May be
 * asked of a head */
bool arena_outbox_has(const struct arena *a, uint64_t key);
/**
 * arena_outbox_bury() - the peeked packet is undeliverable, as part of the turn
 *
 * Which tells of all its frames. It is gone with the commit.
 */
void arena_outbox_bury(struct arena *a, uint64_t key);
/**
 * arena_outbox_next() - an edge that has something released
 * @cursor: 0 at first; for walking all of them
 *
 * Peeking and dropping between the calls is fine; an edge may then come twice.
 * Costs by the packets there are, not by the edges. Return: its key, or 0 at
 * the end.
 */
uint64_t arena_outbox_next(const struct arena *a, size_t *cursor);
/** arena_n_interrupted() - errors to askers of a process that died, which have
 * found no room yet; each that does is released by the drop that made it */
size_t arena_n_interrupted(const struct arena *a);

/* ---- the pool of an edge: where large payloads lie --------------------- */

/**
 * arena_pool_take() - a place for a payload, as part of the turn
 * @released: up to where the receiver says that it needs nothing any more
 *
 * Places are positions in an endless stream; see actor-protocol(7) for where in
 * the pool a position is. Return: 0; -EAGAIN; -ENOENT.
 */
int arena_pool_take(struct arena *a, uint64_t key, uint64_t n_bytes,
		    uint64_t released, uint64_t *ret_position);
/**
 * arena_pool_take_beside() - the same beside the window: for answers, which
 * nobody may refuse
 *
 * There is room for any payload when nothing is there. Return: 0; -EAGAIN;
 * -ENOENT.
 */
int arena_pool_take_beside(struct arena *a, uint64_t key, uint64_t n_bytes,
			   uint64_t released, struct actor_pooled *ret_place);
/** arena_pool_end() - where the place of a payload ends: what its receiver releases */
uint64_t arena_pool_end(struct actor_pooled pooled);
/** arena_pool_give_back() - the place just taken, since nothing was sent: it is
 * as it @was before */
void arena_pool_give_back(struct arena *a, uint64_t key,
			  const struct arena_edge_out *was);
/** arena_pool_released() - up to where a recovered arena needs the pool of an
 * edge no more: the dead process may not have said so */
uint64_t arena_pool_released(const struct arena *a, uint64_t key);

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

/* ---- grants that may still be lost: arena_grants.c ---- */

/**
 * struct arena_grant - one that was said, and may not be known to all above
 * @key: by which edge the message with it goes; in the table, 0: unused
 * @number: that is in the frame
 * @said: when, as a count: the word that it is known is about one time only
 */
struct arena_grant {
	uint64_t key;
	uint64_t number;
	uint64_t said;
};

/**
 * arena_grant_say() - it is about to be said, or said again
 *
 * Of more than ARENA_GRANTS_MAX that are not known yet it is not noted. Return:
 * its @said.
 */
uint64_t arena_grant_say(struct arena *a, uint64_t key, uint64_t number);
/** arena_grant_known() - what was said then, of the edge @via, is known above */
void arena_grant_known(struct arena *a, uint64_t via, uint64_t number,
		       uint64_t said);
/**
 * arena_grant_next() - those that may be lost
 * @cursor: 0 at first
 */
bool arena_grant_next(const struct arena *a, size_t *cursor,
		      struct arena_grant *ret);
/** arena_grant_forget() - it was taken back */
void arena_grant_forget(struct arena *a, uint64_t key, uint64_t number);
/**
 * struct arena_limit - with which an edge of ours was passed on: limits_number()
 * @key: of its end; in the table, 0: unused
 */
struct arena_limit {
	uint64_t key;
	uint64_t rate;
	uint64_t bytes;
	uint64_t no_grants;
};

/** arena_limit_say() - the supervisor is about to be told; the oldest of more than
 * ARENA_LIMITS_MAX is forgotten */
void arena_limit_say(struct arena *a, const struct arena_limit *limit);
/** arena_limit_next() - those that it was told; @cursor: 0 at first */
bool arena_limit_next(const struct arena *a, size_t *cursor,
		      struct arena_limit *ret);
/** arena_limits_forget() - that edge is over */
void arena_limits_forget(struct arena *a, uint64_t key);
/** arena_grants_forget() - that edge is over: all that went by it */
void arena_grants_forget(struct arena *a, uint64_t key);

/* ---- after the death of the process ---- */

/**
 * struct arena_remains - what a crash left to be told
 * @in_hand: a turn was under way with a message; @frame and @key say which
 *           (points into the arena; good until the next arena_landing())
 *           A ROOM or TERMINATED frame is none: it waits as before
 * @retry: it will be tried again; else it is done and wants a dead letter, of
 *         reason `poison` when @frame.attempt is not 0, else `crashed`
 * @begun_ns: when that turn began, as arena_see_time() was told; gossip
 * @n_owed: asks that were taken and deferred and will never be answered
 * @n_lost: messages missing before a packet that had just arrived, over @lost_key
 */
struct arena_remains {
	bool in_hand;
	bool retry;
	struct frame frame;
	uint64_t key;
	uint64_t begun_ns;
	size_t n_owed;
	uint64_t n_lost;
	uint64_t lost_key;
};

/**
 * arena_tidy() - wipe what an unfinished turn did, and make all hints anew
 *
 * Hints are what arena_check() does not look at: before this, or arena_recover(),
 * which begins with it, no other call is safe on a stranger's arena.
 */
void arena_tidy(struct arena *a);
/**
 * arena_is_at_rest() - was nothing in hand, and nothing owed?
 *
 * Of a dead actor's checked arena, which it tidies: then arena_recover() comes to
 * the same whatever that one died of.
 */
bool arena_is_at_rest(struct arena *a);
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
