/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flow.h - how much of what was sent still waits, and may there be more?
 *
 * A receiver says in the shared page of an edge how many messages it has
 * finished, and what it lets wait. The sender counts what it has sent. Pure:
 * it reads and writes the words it is given. The other side may write nonsense
 * there, which then costs nobody but itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libactorproc/arena.h"
#include "libactorproc/protocol.h"

#define FLOW_PACKETS_MAX 32
#define FLOW_PASSED_MAX 16

/**
 * struct flow - what one end of an edge has sent, and of which nobody has said
 * that it is finished
 * @shared: the words of that direction; NULL: there are no limits
 * @finished: messages, as far as we have heard
 * @skipped: the position before which nothing is in the pool, whatever has been
 *           released
 * @packets: sent, oldest first from @first; the newest stands for several when
 *           there are many
 * @n_bytes: in them
 * @passed: messages with descriptors that nobody has taken, as far as we know,
 *          oldest first; the newest stands for several when there are many
 * @n_passed: descriptors of these
 * @n_passing: how many of @passed count
 */
struct flow {
	struct actor_pool_flow *shared;
	uint64_t finished;
	uint64_t skipped;
	uint64_t n_bytes;
	size_t first;
	size_t n;
	struct {
		uint64_t end;		/* number of the frame behind it */
		uint64_t n_bytes;
	} packets[FLOW_PACKETS_MAX];
	uint64_t n_passed;
	size_t n_passing;
	struct {
		uint64_t end;		/* number of the message behind it */
		uint64_t n;
	} passed[FLOW_PASSED_MAX];
};

/** enum flow_waiting - what a sender waits for, in the shared page */
enum flow_waiting {
	FLOW_NOT_WAITING,
	FLOW_WAITS_FOR_FRAME,
	FLOW_WAITS_FOR_WORD,
};

/** FLOW_AGAIN - for flow_sends(): a socket may have a packet twice, so that it is
 * not empty when all has been taken */
#define FLOW_AGAIN UINT64_MAX
/** flow_sends() - a packet with the frames before @end is about to be sent */
void flow_sends(struct flow *flow, uint64_t end);
/** flow_sent() - a packet with the frames before @end is in the socket */
void flow_sent(struct flow *flow, uint64_t end, uint64_t n_bytes);
/** flow_passes() - @n descriptors go along with the message before @end */
void flow_passes(struct flow *flow, uint64_t end, uint64_t n);
/**
 * flow_inherits() - what is before @end was sent by those before us
 *
 * Nobody knows which descriptors go along with it, so none more do until all of
 * it has been taken.
 */
void flow_inherits(struct flow *flow, uint64_t end);
/**
 * struct flow_need - what one more message takes
 * @n_bytes: of it in a packet
 * @n_pooled: of it in the pool
 * @n_descriptors: that go along
 */
struct flow_need {
	uint64_t n_bytes;
	uint64_t n_pooled;
	uint64_t n_descriptors;
};

/**
 * flow_has_room() - may one more message wait there?
 * @out: what the outbox has, with what this turn adds
 *
 * One message may always wait, whatever its size.
 */
bool flow_has_room(struct flow *flow, const struct arena_edge_out *out,
		   const struct flow_need *need);
/** flow_too_large() - is that payload larger than what the receiver takes? */
bool flow_too_large(const struct flow *flow, uint64_t payload_bytes);
/** flow_released() - the position up to which places in the pool are free */
uint64_t flow_released(const struct flow *flow);
/**
 * flow_pooled() - a place at @position has been taken
 * @head: where the last one before it ended
 *
 * When nothing was out, what lies between the two takes no room.
 */
void flow_pooled(struct flow *flow, uint64_t head, uint64_t position);
/**
 * flow_wait() - say that we wait; ask flow_has_room() again after it
 *
 * Until half of what waits is finished: waking up costs more than a message.
 */
void flow_wait(struct flow *flow, enum flow_waiting how,
	       const struct arena_edge_out *out);

/**
 * struct flow_bounds - what may wait in a mailbox; 0: no limit
 * @messages: in all
 * @bytes: in all, with what is in pools
 * @per_edge: bytes in packets of one sender; 0: ACTOR_EDGE_BYTES
 * @payload: largest
 */
struct flow_bounds {
	uint64_t messages;
	uint64_t bytes;
	uint64_t per_edge;
	uint64_t payload;
};

/**
 * flow_limit() - as the receiver: say what may wait of this sender
 * @n_senders: there are, of whom nobody can use the share of another
 */
void flow_limit(struct actor_pool_flow *shared,
		const struct flow_bounds *bounds, uint64_t n_senders);
/** flow_finish() - as the receiver: that many are finished, @released needs no
 * place in the pool any more; neither ever goes back */
void flow_finish(struct actor_pool_flow *shared, uint64_t finished,
		 uint64_t released);
/** flow_take() - as the receiver: all before @taken has been, and @n_passed
 * descriptors go along with what of it is not finished */
void flow_take(struct actor_pool_flow *shared, uint64_t taken,
	       uint64_t n_passed);
/** flow_is_all() - as the receiver: has nothing been sent from @taken on? */
bool flow_is_all(const struct actor_pool_flow *shared, uint64_t taken);
/** flow_is_more() - as the receiver: is something behind @taken in the socket, or
 * about to be? By the sender's word */
bool flow_is_more(const struct actor_pool_flow *shared, uint64_t taken);
/** flow_waits() - as the receiver, after flow_finish(): does the sender wait? */
enum flow_waiting flow_waits(struct actor_pool_flow *shared);
/** flow_is_enough() - is as much finished as it waits for? */
bool flow_is_enough(const struct actor_pool_flow *shared);
/** flow_told() - as the receiver: it has been told */
void flow_told(struct actor_pool_flow *shared);
