/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attempt.h - a start that somebody asked for has failed, or waits for one that
 * has: what is said. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "supervisord/decide/verdict.h"

#define ATTEMPT_TEXT_MAX 768

/**
 * struct attempt - a start, and what follows from its failure
 * @text: what a person should know besides the cause, or ""
 * @rests: without a delay it has no process until a message comes
 */
struct attempt {
	const struct cause *cause;
	const char *text;
	const struct verdict *verdict;
	bool rests;
};

/** attempt_text() - the cause, and what happens next; returns @buffer */
const char *attempt_text(const struct attempt *attempt,
			 char buffer[static ATTEMPT_TEXT_MAX]);

/**
 * struct attempt_wait - a start that is not tried before that of another one
 * @path: whose
 * @cause, @text: of its failure, as above; NULL: it has not failed
 * @delay_ns: until it is tried again
 */
struct attempt_wait {
	const char *path;
	const struct cause *cause;
	const char *text;
	uint64_t delay_ns;
};

/** attempt_waits_text() - for whom it waits, and how long; returns @buffer */
const char *attempt_waits_text(const struct attempt_wait *wait,
			       char buffer[static ATTEMPT_TEXT_MAX]);
