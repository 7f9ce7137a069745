// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * asks.c - the asks of this process that wait for their answer.
 *
 * Pure: the time comes in as an argument. An ask lives in the slot that its id
 * names, so an answer finds it at once; ids whose slot is taken are left out.
 */
#include <errno.h>
#include <string.h>

#include "libactorproc/asks.h"

static struct ask *slot_of(struct asks *asks, uint64_t id)
{
	return &asks->slots[id % ASKS_MAX];
}

static void release(struct asks *asks, struct ask *ask)
{
	if (ask->error)
		asks->n_failed--;
	asks->n--;
	memset(ask, 0, sizeof(*ask));
}

static void fail(struct asks *asks, struct ask *ask, int error)
{
	if (ask->error)
		return;
	ask->error = error;
	asks->n_failed++;
}

int asks_open(struct asks *asks, uint64_t key, uint64_t deadline_ns,
	      uint64_t *ret_id)
{
	uint64_t id = asks->last_id + 1;
	struct ask *ask;

	if (asks->n == ASKS_MAX)
		return -ENOSPC;
	while (slot_of(asks, id)->id)
		id++;

	ask = slot_of(asks, id);
	*ask = (struct ask){
		.id = id,
		.key = key,
		.deadline_ns = deadline_ns,
	};
	if (asks->n == asks->n_failed || deadline_ns < asks->earliest_ns)
		asks->earliest_ns = deadline_ns;
	asks->n++;
	asks->last_id = id;
	*ret_id = id;

	return 0;
}

bool asks_waiting(const struct asks *asks, uint64_t id, uint64_t key)
{
	const struct ask *ask = &asks->slots[id % ASKS_MAX];

	return id && ask->id == id && ask->key == key;
}

bool asks_close(struct asks *asks, uint64_t id, uint64_t key)
{
	if (!asks_waiting(asks, id, key))
		return false;
	release(asks, slot_of(asks, id));

	return true;
}

void asks_fail(struct asks *asks, uint64_t id, uint64_t key, int error)
{
	if (asks_waiting(asks, id, key))
		fail(asks, slot_of(asks, id), error);
}

void asks_fail_edge(struct asks *asks, uint64_t key, int error)
{
	size_t i;

	if (asks->n == asks->n_failed)
		return;
	for (i = 0; i < ASKS_MAX; i++)
		if (asks->slots[i].id && asks->slots[i].key == key)
			fail(asks, &asks->slots[i], error);
}

void asks_expire(struct asks *asks, uint64_t now_ns)
{
	uint64_t earliest_ns = UINT64_MAX;
	struct ask *ask;

	if (now_ns < asks_next_ns(asks))
		return;
	for (ask = asks->slots; ask < asks->slots + ASKS_MAX; ask++) {
		if (!ask->id || ask->error)
			continue;
		if (ask->deadline_ns <= now_ns)
			fail(asks, ask, -ETIMEDOUT);
		else if (ask->deadline_ns < earliest_ns)
			earliest_ns = ask->deadline_ns;
	}
	asks->earliest_ns = earliest_ns;
}

bool asks_take_failed(struct asks *asks, struct ask *ret_ask)
{
	struct ask *oldest = NULL;
	struct ask *ask;

	if (!asks->n_failed)
		return false;
	for (ask = asks->slots; ask < asks->slots + ASKS_MAX; ask++)
		if (ask->error && (!oldest || ask->id < oldest->id))
			oldest = ask;
	*ret_ask = *oldest;
	release(asks, oldest);

	return true;
}

void asks_forget_after(struct asks *asks, uint64_t id)
{
	uint64_t forget;

	for (forget = id + 1; forget <= asks->last_id; forget++)
		if (slot_of(asks, forget)->id == forget)
			release(asks, slot_of(asks, forget));
}

uint64_t asks_next_ns(const struct asks *asks)
{
	return asks->n == asks->n_failed ? UINT64_MAX : asks->earliest_ns;
}
