/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verdict.h - a child failed: what happens now? The whole decision. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "supervisord/config/cause.h"
#include "supervisord/config/spec.h"
#include "supervisord/decide/backoff.h"
#include "supervisord/decide/intensity.h"

/**
 * struct verdict_input - all that the decision depends on
 * @supervisor: its strategy and children
 * @failed: index of the failed child among them
 * @cause: why
 * @ready: it had been ready since it was last started
 * @coming_up: its group is being started for the first time
 * @learning: the file allows lessons: who cannot start is left for one
 * @now_ns: monotonic
 * @ran_ns: since it was ready; 0 when it never was
 * @random: 64 random bits
 * @n_significant: other significant children that have a life
 */
struct verdict_input {
	const struct spec_node *supervisor;
	size_t failed;
	struct cause cause;
	bool ready;
	bool coming_up;
	bool learning;
	uint64_t now_ns;
	uint64_t ran_ns;
	uint64_t random;
	unsigned int n_significant;
};

/*
 * X(symbol, name in the journal)
 *
 * RESUME: it goes on with its next message. RESTART: the range, after the
 * delay. STOP: its life is over, siblings are not touched. FAIL_START: the group
 * cannot start: stop what runs of it and fail. GIVE_UP: stop all children and
 * fail. SHUT_DOWN: its life is over, and it was significant: so are all others,
 * and the supervisor ends in good order. ESCALATE: of a head: its node has failed,
 * for that one's parent to decide.
 */
#define VERDICTS(X)						\
	X(RESUME, "resume")					\
	X(RESTART, "restart")					\
	X(STOP, "stop")						\
	X(FAIL_START, "fail-start")				\
	X(GIVE_UP, "give-up")					\
	X(SHUT_DOWN, "shut-down")				\
	X(ESCALATE, "escalate")

enum verdict_what {
#define X(symbol, name) VERDICT_##symbol,
	VERDICTS(X)
#undef X
	N_VERDICTS,
};

/**
 * struct verdict - what happens, and the numbers that explain it
 * @directive: what the file or the default said about the cause
 * @first, @last: the children it concerns, both included
 * @delay_ns: of the restart, from now; it may pass while siblings stop
 * @count: restarts within the period, this one included
 * @limit: of them
 * @window_left_ns: until the oldest is forgiven
 *
 * GIVE_UP with a count above the limit: too many; else the directive escalates.
 */
struct verdict {
	enum verdict_what what;
	enum spec_directive directive;
	size_t first;
	size_t last;
	uint64_t delay_ns;
	unsigned int count;
	unsigned int limit;
	uint64_t window_left_ns;
};

/**
 * verdict_of() - decide
 * @intensity: the supervisor's, or with `scope: child` the failed child's; a
 *             restart that happens is noted, once a group
 * @backoff: the failed child's
 */
struct verdict verdict_of(const struct verdict_input *input,
			  struct intensity *intensity,
			  struct backoff *backoff);
const char *verdict_name(enum verdict_what what);
