/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * seen.h - was this message told of before, by who may tell of it?
 *
 * A custodian that is killed may have told of a message and not noted that it
 * did; the next one tells again. A message is known by its edge, its direction
 * and its number there, which are no secret: so a word stands only against those
 * who speak of the same end. The oldest are forgotten. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SEEN_MAX 4096
#define SEEN_BUCKETS 4096

/** struct seen_key - which message of which edge, @to_holder: an answer */
struct seen_key {
	uint64_t edge;
	uint64_t number;
	bool to_holder;
};

/** seen_key_equal() - are they of one message? */
static inline bool seen_key_equal(const struct seen_key *a,
				  const struct seen_key *b)
{
	return a->edge == b->edge && a->number == b->number &&
	       a->to_holder == b->to_holder;
}

/**
 * struct seen_word - who says that a message is dead
 * @receiver, @sender: paths of its ends. The one that speaks is known from its
 *	edge; what an actor says of the other is gossip
 * @by_sender: it is the sender's word
 * @hearsay: and it says so itself, and no supervisor
 * @elsewhere: who had it in hand before has counted it, and its counts have ended
 * @tag: of the caller, which gets it back from SEEN_BETTER
 */
struct seen_word {
	struct seen_key message;
	const char *receiver;
	const char *sender;
	bool by_sender;
	bool hearsay;
	bool elsewhere;
	uint8_t tag;
};

/** struct seen_entry - @speaker, @about: of its words, as numbers */
struct seen_entry {
	struct seen_key message;
	uint64_t speaker;
	uint64_t about;
	bool by_sender;
	bool hearsay;
	bool elsewhere;
	uint8_t tag;
};

/**
 * struct seen - the newest SEEN_MAX of them; zeroed it is empty
 * @secret: whoever knows it can give two paths one number
 * @n: how many were ever entered; the next goes to place @n % SEEN_MAX
 * @first, @next: place + 1 of the first in a bucket, and of the one behind it
 */
struct seen {
	uint64_t secret;
	uint64_t n;
	struct seen_entry entries[SEEN_MAX];
	uint16_t first[SEEN_BUCKETS];
	uint16_t next[SEEN_MAX];
};

/** enum seen_outcome - what a word is worth */
enum seen_outcome {
	SEEN_NEW,
	SEEN_AGAIN,	/* it counts no more */
	SEEN_BETTER,	/* it takes the place of what its sender has said of it,
			 * which was counted here */
};

/** seen_take() - the same word is SEEN_AGAIN from now on; @ret_tag: of the one
 * whose place it takes */
enum seen_outcome seen_take(struct seen *seen, const struct seen_word *word,
			    uint8_t *ret_tag);
