/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flow.c - how much of what was sent still waits, and may there be more?
 *
 * Pure. The sender looks at the shared words only when, by what it heard last,
 * there is no room: so the receiver's stores seldom leave its own cache.
 *
 * No wake-up is lost: the sender says that it waits and then looks for room, the
 * receiver says what it has finished and then looks who waits, each with a full
 * barrier in between.
 */
#include "libactorproc/flow.h"

#define LOAD(place) __atomic_load_n(&(place), __ATOMIC_ACQUIRE)
#define STORE(place, value) \
	__atomic_store_n(&(place), (value), __ATOMIC_RELEASE)

static size_t at(const struct flow *flow, size_t i)
{
	return (flow->first + i) % FLOW_PACKETS_MAX;
}

void flow_sent(struct flow *flow, uint64_t end, uint64_t n_bytes)
{
	size_t i = at(flow, flow->n);

	if (!flow->shared)
		return;
	flow->n_bytes += n_bytes;
	if (flow->n == FLOW_PACKETS_MAX) {
		i = at(flow, flow->n - 1);
		flow->packets[i].end = end;
		flow->packets[i].n_bytes += n_bytes;
		return;
	}
	flow->packets[i].end = end;
	flow->packets[i].n_bytes = n_bytes;
	flow->n++;
}

void flow_sends(struct flow *flow, uint64_t end)
{
	if (flow->shared)
		STORE(flow->shared->sent, end);
}

bool flow_is_all(const struct actor_pool_flow *shared, uint64_t taken)
{
	return LOAD(shared->sent) == taken;
}

/* What has not left us cannot be finished, whatever is said of it. */
static void hear(struct flow *flow, const struct arena_edge_out *out)
{
	uint64_t finished = LOAD(flow->shared->finished);

	if (finished > out->next - out->n_frames)
		finished = out->next - out->n_frames;
	if (finished > flow->finished)
		flow->finished = finished;
	while (flow->n &&
	       flow->packets[flow->first].end <= flow->finished) {
		flow->n_bytes -= flow->packets[flow->first].n_bytes;
		flow->first = at(flow, 1);
		flow->n--;
	}
}

uint64_t flow_released(const struct flow *flow)
{
	uint64_t released = flow->shared ? LOAD(flow->shared->released) : 0;

	return released > flow->skipped ? released : flow->skipped;
}

void flow_pooled(struct flow *flow, uint64_t head, uint64_t position)
{
	if (flow_released(flow) >= head)
		flow->skipped = position;
}

static uint64_t pooled(const struct flow *flow,
		       const struct arena_edge_out *out)
{
	uint64_t released = flow_released(flow);

	return out->pool_head > released ? out->pool_head - released : 0;
}

static bool bytes_fit(const struct flow *flow,
		      const struct arena_edge_out *out, uint64_t n_bytes,
		      uint64_t n_pooled)
{
	uint64_t limit = LOAD(flow->shared->limit_bytes);
	uint64_t limit_all = LOAD(flow->shared->limit_all);
	uint64_t n = flow->n_bytes + out->n_bytes + n_bytes;

	return (!limit || n <= limit) &&
	       (!limit_all || n + pooled(flow, out) + n_pooled <= limit_all);
}

static bool fits(const struct flow *flow, const struct arena_edge_out *out,
		 uint64_t n_bytes, uint64_t n_pooled)
{
	uint64_t limit = LOAD(flow->shared->limit_messages);
	uint64_t n = out->next - flow->finished;

	return !n || ((!limit || n < limit) &&
		      bytes_fit(flow, out, n_bytes, n_pooled));
}

bool flow_has_room(struct flow *flow, const struct arena_edge_out *out,
		   uint64_t n_bytes, uint64_t n_pooled)
{
#ifdef ACTORPROC_BARE		/* only to measure what safety costs */
	return true;
#endif
	if (!flow->shared || fits(flow, out, n_bytes, n_pooled))
		return true;
	hear(flow, out);

	return fits(flow, out, n_bytes, n_pooled);
}

bool flow_too_large(const struct flow *flow, uint64_t payload_bytes)
{
	uint64_t limit = flow->shared ? LOAD(flow->shared->limit_payload) : 0;

	return limit && payload_bytes > limit;
}

void flow_wait(struct flow *flow, enum flow_waiting how,
	       const struct arena_edge_out *out)
{
	if (!flow->shared)
		return;
	hear(flow, out);
	STORE(flow->shared->wake_at,
	      out->next - (out->next - flow->finished) / 2);
	STORE(flow->shared->waiting, (uint32_t)how);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* A share of a sum that is at least one. */
static uint64_t share(uint64_t sum, uint64_t n)
{
	return sum && sum < n ? 1 : sum / n;
}

void flow_limit(struct actor_pool_flow *shared,
		const struct flow_bounds *bounds, uint64_t n_senders)
{
	uint64_t n = n_senders ? n_senders : 1;

	STORE(shared->limit_messages, share(bounds->messages, n));
	STORE(shared->limit_bytes, bounds->per_edge ? bounds->per_edge
						    : ACTOR_EDGE_BYTES);
	STORE(shared->limit_all, share(bounds->bytes, n));
	STORE(shared->limit_payload, bounds->payload);
}

void flow_finish(struct actor_pool_flow *shared, uint64_t finished,
		 uint64_t released)
{
	if (released > LOAD(shared->released))
		STORE(shared->released, released);
	STORE(shared->finished, finished);
}

enum flow_waiting flow_waits(struct actor_pool_flow *shared)
{
	uint32_t waiting;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	waiting = LOAD(shared->waiting);
	if (!waiting)
		return FLOW_NOT_WAITING;

	return waiting == FLOW_WAITS_FOR_WORD ? FLOW_WAITS_FOR_WORD
					      : FLOW_WAITS_FOR_FRAME;
}

bool flow_is_enough(const struct actor_pool_flow *shared)
{
	return LOAD(shared->finished) >= LOAD(shared->wake_at);
}

void flow_told(struct actor_pool_flow *shared)
{
	STORE(shared->waiting, FLOW_NOT_WAITING);
}
