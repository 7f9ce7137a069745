/* SPDX-License-Identifier: 0BSD */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "plan.h"

/**
 * struct tally - what one receiver has taken
 * @left: messages that are still to come
 * @slowest: of all senders, while all were sending: the rate of the slowest
 *           over the mean rate; 1 when all are equal
 * @seen: what was read, so that the compiler has to read it
 */
struct tally {
	uint64_t senders;
	uint64_t quota;
	uint64_t left;
	uint64_t n[PLAN_PROCESSES_MAX];
	double slowest;
	uint64_t seen;
};

/** tally_begin() - expect what a plan has one receiver take */
void tally_begin(struct tally *tally, const struct plan *plan);

/** tally_sign() - write into a payload which sender it is from */
void tally_sign(void *payload, unsigned int sender);

/**
 * tally_take() - look at one message: whose it is, and a word of each page
 *
 * Every receiver of every contestant does just this with every message.
 */
void tally_take(struct tally *tally, const void *payload, size_t size);
