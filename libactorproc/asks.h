/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * asks.h - the asks of this process that wait for their answer.
 *
 * Each ask ends exactly once: closed by its answer, or failed (its deadline
 * passed, or its target is gone) and then taken by the caller to tell the
 * actor. Pure: the time comes in as an argument.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASKS_MAX 1024

/**
 * struct ask - one open ask
 * @id: from 1, counts up; 0: a free slot
 * @key: the edge it went by
 * @deadline_ns: when it fails by itself
 * @error: 0 while it is open, else the negative errno it failed with
 */
struct ask {
	uint64_t id;
	uint64_t key;
	uint64_t deadline_ns;
	int error;
};

/**
 * struct asks - all of them; zeroed is empty
 * @earliest_ns: no open ask is due before; meaningless when all have failed
 */
struct asks {
	size_t n;
	size_t n_failed;
	uint64_t last_id;
	uint64_t earliest_ns;
	struct ask slots[ASKS_MAX];
};

/** asks_open() - Return: 0 and its id; -ENOSPC with ASKS_MAX */
int asks_open(struct asks *asks, uint64_t key, uint64_t deadline_ns,
	      uint64_t *ret_id);
/**
 * asks_close() - an answer came over the edge @key
 *
 * Return: false when no such ask waits there: the answer is late, or a lie.
 */
bool asks_close(struct asks *asks, uint64_t id, uint64_t key);
/** asks_waiting() - would asks_close() find it? */
bool asks_waiting(const struct asks *asks, uint64_t id, uint64_t key);
/** asks_fail() - its answer came, and cannot be had */
void asks_fail(struct asks *asks, uint64_t id, uint64_t key, int error);
/** asks_fail_edge() - nothing will come over this edge any more */
void asks_fail_edge(struct asks *asks, uint64_t key, int error);
/** asks_expire() - those whose deadline is @now_ns or before have failed */
void asks_expire(struct asks *asks, uint64_t now_ns);
/** asks_take_failed() - the oldest failed one, which is then forgotten */
bool asks_take_failed(struct asks *asks, struct ask *ret_ask);
/** asks_forget_after() - as if asks with ids above @id had not been opened */
void asks_forget_after(struct asks *asks, uint64_t id);
/** asks_next_ns() - when asks_expire() has something to do; UINT64_MAX: never */
uint64_t asks_next_ns(const struct asks *asks);
