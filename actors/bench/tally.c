/* SPDX-License-Identifier: 0BSD */
/*
 * tally.c - what a receiver does with each message.
 *
 * The rates of the senders are compared when the first of them is through: up
 * to then all were sending, afterwards the rest have more than their share.
 */
#include <string.h>

#include "tally.h"

#define PAGE_BYTES 4096

void tally_begin(struct tally *tally, const struct plan *plan)
{
	*tally = (struct tally){
		.senders = plan->senders,
		.quota = plan_quota(plan),
		.left = plan_quota(plan) * plan->senders,
		.slowest = 1,
	};
}

void tally_sign(void *payload, unsigned int sender)
{
	uint64_t word = sender;

	memcpy(payload, &word, sizeof(word));
}

static void compare(struct tally *tally)
{
	uint64_t sum = 0, least = tally->quota;
	uint64_t i;

	for (i = 0; i < tally->senders; i++) {
		sum += tally->n[i];
		if (tally->n[i] < least)
			least = tally->n[i];
	}
	tally->slowest = (double)(least * tally->senders) / (double)sum;
}

static uint64_t word_at(const void *payload, size_t at)
{
	uint64_t word;

	memcpy(&word, (const char *)payload + at, sizeof(word));
	return word;
}

void tally_take(struct tally *tally, const void *payload, size_t size)
{
	uint64_t sender;
	size_t at;

	if (size < sizeof(uint64_t))
		return;
	sender = word_at(payload, 0) % PLAN_PROCESSES_MAX;
	for (at = PAGE_BYTES; at + sizeof(uint64_t) <= size; at += PAGE_BYTES)
		tally->seen += word_at(payload, at);
	if (++tally->n[sender] == tally->quota && tally->left > 0 &&
	    tally->slowest == 1)
		compare(tally);
	if (tally->left > 0)
		tally->left--;
}
