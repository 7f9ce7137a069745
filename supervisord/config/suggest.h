/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * suggest.h - "did you mean": the known word nearest to an unknown one. Pure.
 */
#pragma once

#include <stddef.h>

#define SUGGEST_WORD_MAX 1023

/**
 * struct suggest - a search that is given one known word after the other
 * @word: the unknown one; must outlive the search
 * @nearest: the best so far, the first of equals; NULL: none is near enough.
 *           Points at what was offered
 */
struct suggest {
	const char *word;
	size_t n_bytes;
	size_t distance;
	const char *nearest;
};

void suggest_begin(struct suggest *s, const char *word);
void suggest_offer(struct suggest *s, const char *known);
/** suggest_from() - the same for a NULL-terminated list, which may be NULL */
const char *suggest_from(const char *const *known, const char *word);

/**
 * suggest_distance() - edits from one word to the other, or @limit + 1
 *
 * An edit inserts, drops or changes a byte, or swaps two neighbours. The time
 * is linear in the words, times @limit.
 */
size_t suggest_distance(const char *one, const char *other, size_t limit);
