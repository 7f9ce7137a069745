/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limiter.h - how many records of one kind of trouble are worth writing?
 *
 * For each (path, type, reason, sender): a burst of records, then one summary a period
 * with the exact count of what was held back, for as long as it goes on. A
 * period without any held back is forgiven: the next burst passes. Pure: the
 * time comes in as an argument.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LIMITER_ENTRIES_MAX 1024

struct limiter;

/** struct limiter_key - what is limited together; no member may be NULL */
struct limiter_key {
	const char *path;
	const char *type;
	const char *reason;
	const char *sender;
};

/**
 * struct limiter_summary - what was held back under one key
 * @key: owned by the summary
 * @count: how many, exactly
 * @place: of what limiter_held() said
 */
struct limiter_summary {
	struct limiter_key key;
	uint64_t count;
	unsigned int place;
	char *text;
};

/**
 * struct limiter_held - what is held back under the key that was taken last
 * @place: a number that no other key has meanwhile, below LIMITER_PLACES
 * @first: nothing was, before that
 * @text: the key's members, each with its NUL; until the next call
 */
struct limiter_held {
	unsigned int place;
	bool first;
	uint64_t count;
	const char *text;
	size_t n_text;
};

/* one more than entries: one that made room may have to be told of yet */
#define LIMITER_PLACES (LIMITER_ENTRIES_MAX + 1)

enum limiter_verdict {
	LIMITER_PASS,
	LIMITER_HOLD,
};

/** limiter_new() - NULL without memory; limiter_free() takes NULL, returns it */
struct limiter *limiter_new(uint64_t period_ns);
struct limiter *limiter_free(struct limiter *limiter);
/**
 * limiter_take() - may this record be written?
 * @burst: how many of its key pass in a period; 0: only summaries
 * @count: how many things this one record stands for
 * @now_ns: never goes back
 *
 * Without memory everything passes. When the table is full the entry that was
 * quiet longest makes room: what it held back is in limiter_due() at once.
 */
enum limiter_verdict limiter_take(struct limiter *limiter,
				  const struct limiter_key *key,
				  unsigned int burst, uint64_t count,
				  uint64_t now_ns);
/** limiter_held() - after LIMITER_HOLD: how many that makes */
struct limiter_held limiter_held(const struct limiter *limiter);
/**
 * limiter_due() - the next summary whose time has come
 * @now_ns: UINT64_MAX for all there are
 *
 * Return: true and a summary to limiter_summary_clear(); false when no more.
 */
bool limiter_due(struct limiter *limiter, uint64_t now_ns,
		 struct limiter_summary *ret);
void limiter_summary_clear(struct limiter_summary *summary);
/** limiter_next_ns() - when limiter_due() has something; UINT64_MAX: never */
uint64_t limiter_next_ns(const struct limiter *limiter);
