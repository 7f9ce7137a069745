/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limiter.c - how many records of one kind of trouble are worth writing?
 *
 * A table of entries scanned by hash. Pure: the time comes in as an argument.
 */
#include <stdlib.h>
#include <string.h>

#include "actors/system/dead-letters/limiter.h"

/*
 * @text: the members of the key, each with its NUL, in one piece
 * @opened_ns: when the present period began
 * @held_before: what @n_held was before the last take
 */
struct entry {
	char *text;
	size_t n_text;
	uint64_t hash;
	uint64_t opened_ns;
	uint64_t last_ns;
	uint64_t n_passed;
	uint64_t n_held;
	uint64_t held_before;
	unsigned int place;
};

/*
 * One entry more than the table: the one pushed out waits there, due.
 * @taken: whose place is whose; @last: entry that was taken last
 */
struct limiter {
	uint64_t period_ns;
	bool taken[LIMITER_PLACES];
	const struct entry *last;
	size_t n_entries;
	struct entry entries[LIMITER_ENTRIES_MAX];
	struct entry evicted;
};

struct limiter *limiter_new(uint64_t period_ns)
{
	struct limiter *limiter = calloc(1, sizeof(*limiter));

	if (limiter)
		limiter->period_ns = period_ns;

	return limiter;
}

struct limiter *limiter_free(struct limiter *limiter)
{
	if (!limiter)
		return NULL;

	for (size_t i = 0; i < limiter->n_entries; i++)
		free(limiter->entries[i].text);
	free(limiter->evicted.text);
	free(limiter);
	return NULL;
}

static char *join_key(const struct limiter_key *key, size_t *ret_n)
{
	const char *const members[] = {
		key->path, key->type, key->reason, key->sender,
	};
	size_t n = 0;
	char *text, *at;

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		n += strlen(members[i]) + 1;
	text = at = malloc(n);
	for (size_t i = 0; text && i < sizeof(members) / sizeof(*members); i++)
		at = stpcpy(at, members[i]) + 1;
	*ret_n = n;
	return text;
}

/* FNV-1a */
static uint64_t hash_bytes(const char *bytes, size_t n)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ (unsigned char)bytes[i]) *
		       UINT64_C(0x100000001b3);

	return hash;
}

static struct entry *find_entry(struct limiter *limiter, const char *text,
				size_t n_text, uint64_t hash)
{
	for (size_t i = 0; i < limiter->n_entries; i++) {
		struct entry *e = &limiter->entries[i];

		if (e->hash == hash && e->n_text == n_text &&
		    !memcmp(e->text, text, n_text))
			return e;
	}

	return NULL;
}

/* the table has fewer entries */
static unsigned int find_place(struct limiter *limiter)
{
	unsigned int place = 0;

	while (limiter->taken[place])
		place++;
	limiter->taken[place] = true;
	return place;
}

static void remove_entry(struct limiter *limiter, struct entry *e)
{
	limiter->taken[e->place] = false;
	free(e->text);
	*e = limiter->entries[--limiter->n_entries];
}

static uint64_t period_end(const struct limiter *limiter,
			   const struct entry *e)
{
	if (e->opened_ns > UINT64_MAX - limiter->period_ns)
		return UINT64_MAX;

	return e->opened_ns + limiter->period_ns;
}

/* make room: a forgiven entry, else the one that was quiet longest */
static bool make_room(struct limiter *limiter)
{
	struct entry *oldest = &limiter->entries[0];

	if (limiter->n_entries < LIMITER_ENTRIES_MAX)
		return true;

	for (size_t i = 1; i < limiter->n_entries; i++)
		if (limiter->entries[i].last_ns < oldest->last_ns)
			oldest = &limiter->entries[i];

	if (oldest->n_held > 0) {
		/* its count must not be lost: the caller has to fetch it */
		if (limiter->evicted.text)
			return false;
		limiter->evicted = *oldest;
		*oldest = limiter->entries[--limiter->n_entries];
		return true;
	}

	remove_entry(limiter, oldest);
	return true;
}

static enum limiter_verdict count_in(struct entry *e, unsigned int burst,
				     uint64_t count, uint64_t now_ns)
{
	e->last_ns = now_ns;
	e->held_before = e->n_held;
	if (e->n_passed < burst) {
		e->n_passed++;
		return LIMITER_PASS;
	}

	e->n_held += count;
	return LIMITER_HOLD;
}

enum limiter_verdict limiter_take(struct limiter *limiter,
				  const struct limiter_key *key,
				  unsigned int burst, uint64_t count,
				  uint64_t now_ns)
{
	size_t n_text;
	char *text = join_key(key, &n_text);
	struct entry *e;
	uint64_t hash;

	if (!text)
		return LIMITER_PASS;

	hash = hash_bytes(text, n_text);
	e = find_entry(limiter, text, n_text, hash);
	if (e) {
		free(text);
		/* a period that held nothing back is over: forgiven */
		if (e->n_held == 0 && now_ns >= period_end(limiter, e)) {
			e->opened_ns = now_ns;
			e->n_passed = 0;
		}
		limiter->last = e;
		return count_in(e, burst, count, now_ns);
	}

	if (!make_room(limiter)) {
		free(text);
		return LIMITER_PASS;
	}

	e = &limiter->entries[limiter->n_entries++];
	*e = (struct entry) {
		.text = text,
		.n_text = n_text,
		.hash = hash,
		.opened_ns = now_ns,
		.place = find_place(limiter),
	};
	limiter->last = e;
	return count_in(e, burst, count, now_ns);
}

struct limiter_held limiter_held(const struct limiter *limiter)
{
	const struct entry *e = limiter->last;

	return (struct limiter_held) {
		.place = e->place,
		.first = e->held_before == 0,
		.count = e->n_held,
		.text = e->text,
		.n_text = e->n_text,
	};
}

static void take_summary(struct entry *e, char *text,
			 struct limiter_summary *ret)
{
	const char *type = text + strlen(text) + 1;
	const char *reason = type + strlen(type) + 1;

	*ret = (struct limiter_summary) {
		.key = {
			.path = text,
			.type = type,
			.reason = reason,
			.sender = reason + strlen(reason) + 1,
		},
		.count = e->n_held,
		.place = e->place,
		.text = text,
	};
	e->n_held = 0;
}

bool limiter_due(struct limiter *limiter, uint64_t now_ns,
		 struct limiter_summary *ret)
{
	if (limiter->evicted.text) {
		take_summary(&limiter->evicted, limiter->evicted.text, ret);
		limiter->evicted.text = NULL;
		limiter->taken[limiter->evicted.place] = false;
		return true;
	}

	for (size_t i = 0; i < limiter->n_entries; i++) {
		struct entry *e = &limiter->entries[i];
		char *text;

		if (e->n_held == 0 || now_ns < period_end(limiter, e))
			continue;

		text = malloc(e->n_text);
		if (!text)
			return false;
		memcpy(text, e->text, e->n_text);
		take_summary(e, text, ret);
		/* the burst stays used up while the trouble goes on */
		e->opened_ns = now_ns;
		return true;
	}

	return false;
}

void limiter_summary_clear(struct limiter_summary *summary)
{
	free(summary->text);
	*summary = (struct limiter_summary) { .count = 0 };
}

uint64_t limiter_next_ns(const struct limiter *limiter)
{
	uint64_t next = UINT64_MAX;

	if (limiter->evicted.text)
		return 0;

	for (size_t i = 0; i < limiter->n_entries; i++) {
		const struct entry *e = &limiter->entries[i];

		if (e->n_held > 0 && period_end(limiter, e) < next)
			next = period_end(limiter, e);
	}

	return next;
}
