/* SPDX-License-Identifier: 0BSD */
/*
 * fault.h - what the relay server does wrong on purpose, and how often.
 */
#pragma once

#include <stdbool.h>

/* enum and names come from this list */
#define FAULT_MODES(X)							\
	X(NONE,		"none")		/* the list, as it should be */	\
	X(REFUSE,	"refuse")	/* closes without a word */	\
	X(HANG,		"hang")		/* takes the request, is silent */ \
	X(STATUS_500,	"500")						\
	X(TRUNCATED,	"truncated")	/* half of what it announced */	\
	X(NOT_JSON,	"not-json")					\
	X(POISON,	"poison")	/* kills the parser of the demo */

enum fault_mode {
#define X(symbol, name) FAULT_##symbol,
	FAULT_MODES(X)
#undef X
};

/**
 * struct fault - the present one
 * @n_times: requests it is still for; 0: until it is changed
 */
struct fault {
	enum fault_mode mode;
	unsigned int n_times;
};

const char *fault_name(enum fault_mode mode);
/** fault_parse() - by name. Return: 0; -EINVAL. */
int fault_parse(enum fault_mode *ret_mode, const char *name);
/** fault_next() - the mode for one more request; counts it */
enum fault_mode fault_next(struct fault *fault);
