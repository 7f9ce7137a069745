/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seen.c - was this message told of before, by who may tell of it?
 *
 * A ring of words, with chains by hash through it. Pure.
 *
 * What both ends say of one message counts once: the receiver is believed, for it
 * had the message, and what the sender has said of it gives way. So who names
 * messages of others, or its own before they are dead, changes nothing but the
 * number of its own words.
 */
#include <stddef.h>

#include "actors/system/dead-letters/seen.h"

static uint16_t *bucket_of(struct seen *seen, const struct seen_key *key)
{
	uint64_t hash = key->edge ^ (key->number << 1 | key->to_holder);

	return &seen->first[hash * UINT64_C(0x9e3779b97f4a7c15) >> 52];
}

static bool is_same(const struct seen_key *a, const struct seen_key *b)
{
	return a->edge == b->edge && a->number == b->number &&
	       a->to_holder == b->to_holder;
}

/* who is told of as nobody is nobody else's match */
static uint64_t number_of(const struct seen *seen, const char *path)
{
	uint64_t n = seen->secret;

	if (*path != '/')
		return 0;
	for (; *path; path++) {
		n = (n ^ (unsigned char)*path) * UINT64_C(0xbf58476d1ce4e5b9);
		n ^= n >> 31;
	}
	return n ? n : 1;
}

static struct seen_entry entry_of(const struct seen *seen,
				  const struct seen_word *word)
{
	uint64_t receiver = number_of(seen, word->receiver);
	uint64_t sender = number_of(seen, word->sender);

	return (struct seen_entry) {
		.message = word->message,
		.speaker = word->by_sender ? sender : receiver,
		.about = word->by_sender ? receiver : sender,
		.by_sender = word->by_sender,
		.hearsay = word->hearsay,
		.elsewhere = word->elsewhere,
		.tag = word->tag,
	};
}

/* the sender knows to whom; the receiver may not know any more from whom */
static bool fit(const struct seen_entry *a, const struct seen_entry *b)
{
	if (a->by_sender == b->by_sender)
		return a->speaker == b->speaker;
	if (a->by_sender)
		return a->about && a->about == b->speaker;
	return b->about && b->about == a->speaker;
}

static struct seen_entry *find(struct seen *seen, uint16_t first,
			       const struct seen_entry *entry, bool by_sender)
{
	struct seen_entry *other;

	for (uint16_t at = first; at; at = seen->next[at - 1]) {
		other = &seen->entries[at - 1];
		if (other->by_sender == by_sender && fit(other, entry) &&
		    is_same(&other->message, &entry->message))
			return other;
	}

	return NULL;
}

static void forget(struct seen *seen, size_t place)
{
	uint16_t *at = bucket_of(seen, &seen->entries[place].message);

	while (*at && *at != place + 1)
		at = &seen->next[*at - 1];
	if (*at)
		*at = seen->next[place];
}

static void enter(struct seen *seen, uint16_t *bucket,
		  const struct seen_entry *entry)
{
	size_t place = seen->n % SEEN_MAX;

	if (seen->n >= SEEN_MAX)
		forget(seen, place);
	seen->n++;
	seen->entries[place] = *entry;
	seen->next[place] = *bucket;
	*bucket = (uint16_t)(place + 1);
}

enum seen_outcome seen_take(struct seen *seen, const struct seen_word *word,
			    uint8_t *ret_tag)
{
	struct seen_entry entry = entry_of(seen, word), *found;
	uint16_t *bucket = bucket_of(seen, &word->message);
	bool counted_here;

	found = find(seen, *bucket, &entry, entry.by_sender);
	if (!found)
		found = find(seen, *bucket, &entry, !entry.by_sender);
	if (!found) {
		enter(seen, bucket, &entry);
		return SEEN_NEW;
	}
	if (entry.by_sender || !found->by_sender || !found->hearsay)
		return SEEN_AGAIN;

	*ret_tag = found->tag;
	counted_here = !found->elsewhere;
	*found = entry;
	return counted_here ? SEEN_BETTER : SEEN_NEW;
}
