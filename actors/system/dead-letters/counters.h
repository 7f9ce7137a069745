/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * counters.h - how many dead letters there were, by reason.
 *
 * Exact, whatever was written of them. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <actorproc/messages.h>

/* the reasons of actorproc(7), and one for any other word */
#define COUNTERS_REASONS(X)	\
	ACTOR_LETTER_REASONS(X)	\
	X(OTHER, "other")

enum counters_reason {
#define X(symbol, name) COUNTERS_##symbol,
	COUNTERS_REASONS(X)
#undef X
	COUNTERS_N_REASONS,
};

/**
 * struct counters - since this process started
 * @own: of those, about our own mail and the journal's: counted, never sent
 * @held: of those, and of records, what the limiter held back
 * @repeated: told of again, and not counted again
 */
struct counters {
	uint64_t total;
	uint64_t by_reason[COUNTERS_N_REASONS];
	uint64_t own;
	uint64_t held;
	uint64_t repeated;
	uint64_t n_records;
	uint64_t n_malformed;
};

const char *counters_reason_name(enum counters_reason reason);
/** counters_reason() - COUNTERS_OTHER for what is not in the list */
enum counters_reason counters_reason(const char *name);
/** counters_add() - @count dead letters with that reason */
void counters_add(struct counters *counters, const char *reason,
		  uint64_t count);
/** counters_take_back() - one of those with @reason was none */
void counters_take_back(struct counters *counters,
			enum counters_reason reason);
