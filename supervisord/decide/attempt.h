/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attempt.h - a start that somebody asked for has failed: what is said. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "supervisord/decide/verdict.h"

#define ATTEMPT_TEXT_MAX 512

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
