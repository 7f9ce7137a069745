// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * gate.c - may this message pass? The limits of a reference, at one end.
 *
 * Pure. Never punishes a receiver's delay: what waited while nobody read was
 * sent in that time, so the time counts until nothing waits.
 */
#include "libactorproc/gate.h"

void gate_set(struct gate *gate, const struct actor_limits *limits,
	      unsigned int patience, uint64_t now_ns)
{
	uint64_t per_second = (uint64_t)limits->rate * patience;

	gate->limits = *limits;
	if (gate->rate.per_second != per_second)
		rate_init(&gate->rate, per_second, now_ns);
}

static bool is_oversize(const struct gate *gate, size_t payload_bytes)
{
	return gate->limits.bytes && payload_bytes > gate->limits.bytes;
}

enum gate_verdict gate_ask(struct gate *gate, size_t payload_bytes,
			   uint64_t now_ns)
{
	if (is_oversize(gate, payload_bytes))
		return GATE_OVERSIZE;
	gate_idle(gate, now_ns);

	return rate_has(&gate->rate) ? GATE_OPEN : GATE_OVERFLOW;
}

void gate_sent(struct gate *gate)
{
	rate_spend(&gate->rate);
}

enum gate_verdict gate_arrived(struct gate *gate, size_t payload_bytes,
			       uint64_t now_ns)
{
	if (is_oversize(gate, payload_bytes))
		return GATE_OVERSIZE;
	rate_earn(&gate->rate, now_ns);
	if (!rate_has(&gate->rate))
		return GATE_OVERFLOW;
	rate_spend(&gate->rate);

	return GATE_OPEN;
}

void gate_idle(struct gate *gate, uint64_t now_ns)
{
	rate_earn(&gate->rate, now_ns);
	rate_cap(&gate->rate);
}
