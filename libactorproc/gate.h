/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * gate.h - may this message pass? The limits of a reference, at one end.
 *
 * The holder's library asks before it sends. The target's asks again, because
 * the holder may have no such library; it is twice as patient, since clocks and
 * batches differ. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libactorproc/limits.h"
#include "libactorproc/rate.h"

enum gate_verdict {
	GATE_OPEN = 0,
	GATE_OVERSIZE,	/* larger than one may be */
	GATE_OVERFLOW,	/* too many in this time */
};

/** struct gate - zeroed is open for everything */
struct gate {
	struct actor_limits limits;
	struct rate rate;
};

/** gate_limits() - does it need a look at all? */
static inline bool gate_limits(const struct gate *gate)
{
	return gate->limits.rate || gate->limits.bytes;
}

/**
 * gate_set() - these limits from now on
 * @patience: 1 at the holder's end, 2 at the target's
 *
 * The same rate as before changes nothing.
 */
void gate_set(struct gate *gate, const struct actor_limits *limits,
	      unsigned int patience, uint64_t now_ns);
/** gate_ask() - may one of that size be sent? Nothing is counted yet */
enum gate_verdict gate_ask(struct gate *gate, size_t payload_bytes,
			   uint64_t now_ns);
/** gate_sent() - one was, after GATE_OPEN */
void gate_sent(struct gate *gate);
/** gate_arrived() - one of that size came; counted when it may pass */
enum gate_verdict gate_arrived(struct gate *gate, size_t payload_bytes,
			       uint64_t now_ns);
/** gate_idle() - nothing waits in front of it: what was saved up runs over */
void gate_idle(struct gate *gate, uint64_t now_ns);
