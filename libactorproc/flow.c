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
 *
 * What is finished is a number and not which: who stashes, or has priorities, may
 * finish what came late and keep what came early. Of descriptors that matters, so
 * their receiver says with how many it still has, and up to where it has taken.
 * The rest is on its way, and in order.
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

bool flow_is_more(const struct actor_pool_flow *shared, uint64_t taken)
{
	uint64_t sent = LOAD(shared->sent);

	return sent > taken && sent != FLOW_AGAIN;
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
		      const struct arena_edge_out *out,
		      const struct flow_need *need)
{
	uint64_t limit = LOAD(flow->shared->limit_bytes);
	uint64_t limit_all = LOAD(flow->shared->limit_all);
	uint64_t n = flow->n_bytes + out->n_bytes + need->n_bytes;

	return (!limit || n <= limit) &&
	       (!limit_all ||
		n + pooled(flow, out) + need->n_pooled <= limit_all);
}

/* Who never says what it has taken has taken at least what it has finished. */
static uint64_t taken_of(const struct flow *flow,
			 const struct arena_edge_out *out)
{
	uint64_t taken = LOAD(flow->shared->taken);

	if (taken > out->next - out->n_frames)
		taken = out->next - out->n_frames;

	return taken > flow->finished ? taken : flow->finished;
}

/* What a turn sent that was taken back has no number any more. */
static void forget_passed(struct flow *flow, const struct arena_edge_out *out,
			  uint64_t taken)
{
	size_t i, n = 0;

	for (i = 0; i < flow->n_passing; i++) {
		if (flow->passed[i].end > out->next)
			flow->passed[i].end = out->next;
		if (flow->passed[i].end > taken)
			flow->passed[n++] = flow->passed[i];
		else
			flow->n_passed -= flow->passed[i].n;
	}
	flow->n_passing = n;
}

/* The receiver counts one up before it says that it has taken it. */
static bool descriptors_fit(struct flow *flow, const struct arena_edge_out *out,
			    uint64_t n)
{
	uint64_t n_there;

	if (!n)
		return true;
	forget_passed(flow, out, taken_of(flow, out));
	n_there = LOAD(flow->shared->n_passed);

	return n_there <= ACTOR_EDGE_DESCRIPTORS &&
	       n_there + flow->n_passed + n <= ACTOR_EDGE_DESCRIPTORS;
}

static bool fits(struct flow *flow, const struct arena_edge_out *out,
		 const struct flow_need *need)
{
	uint64_t limit = LOAD(flow->shared->limit_messages);
	uint64_t n = out->next - flow->finished;

	return !n || ((!limit || n < limit) && bytes_fit(flow, out, need) &&
		      descriptors_fit(flow, out, need->n_descriptors));
}

bool flow_has_room(struct flow *flow, const struct arena_edge_out *out,
		   const struct flow_need *need)
{
#ifdef ACTORPROC_BARE		/* only to measure what safety costs */
	return true;
#endif
	if (!flow->shared || fits(flow, out, need))
		return true;
	hear(flow, out);

	return fits(flow, out, need);
}

void flow_passes(struct flow *flow, uint64_t end, uint64_t n)
{
	if (!flow->shared)
		return;
	if (flow->n_passing < FLOW_PASSED_MAX)
		flow->passed[flow->n_passing++].n = 0;
	flow->passed[flow->n_passing - 1].end = end;
	flow->passed[flow->n_passing - 1].n += n;
	flow->n_passed += n;
}

void flow_inherits(struct flow *flow, uint64_t end)
{
	if (end)
		flow_passes(flow, end, ACTOR_EDGE_DESCRIPTORS);
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

void flow_take(struct actor_pool_flow *shared, uint64_t taken,
	       uint64_t n_passed)
{
	STORE(shared->n_passed, n_passed);
	STORE(shared->taken, taken);
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
