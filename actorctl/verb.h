/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verb.h - what actorctl can do: one descriptor for each verb.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** enum exit_status - a contract with scripts, see actorctl(1) */
enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NO_ACTOR = 3,
	EXIT_TIMED_OUT = 4,
	EXIT_DEAD_LETTER = 5,
	EXIT_NO_SYSTEM = 6,
};

/* X(symbol, name, takes an argument); --json and -s are everybody's */
#define VERB_OPTIONS(X)			\
	X(SYSTEM,	"system", true)	\
	X(JSON,		"json", false)	\
	X(HELP,		"help", false)	\
	X(ALL,		"all", false)	\
	X(AUDIT,	"audit", false)	\
	X(DETACH,	"detach", false) \
	X(WAIT,		"wait", false)	\
	X(TIMEOUT,	"timeout", true) \
	X(CONTENT,	"content", true) \
	X(SINCE,	"since", true)	\
	X(REASON,	"reason", true)	\
	X(LIMIT,	"limit", true)	\
	X(PLAN,		"plan", false)	\
	X(THRESHOLD,	"threshold", true) \
	X(OFFLINE,	"offline", true) \
	X(FOR,		"for", true)	\
	X(INSTANCES,	"instances", false) \
	X(OUTPUT,	"output", true)

enum verb_option {
#define X(symbol, name, argument) VERB_OPTION_##symbol,
	VERB_OPTIONS(X)
#undef X
	N_VERB_OPTIONS,
};

/**
 * struct request - the command line, taken apart
 * @option: the argument of each option, "" when given without; NULL: not given
 * @arguments: @n_arguments after the verb, then NULL
 */
struct request {
	const char *option[N_VERB_OPTIONS];
	char **arguments;
	size_t n_arguments;
};

/**
 * struct verb
 * @usage: what follows the name
 * @summary: one line
 * @min, @max: number of arguments
 * @options: bits 1 << VERB_OPTION_…, besides everybody's
 * @run: does it; an enum exit_status
 */
struct verb {
	const char *name;
	const char *usage;
	const char *summary;
	size_t min;
	size_t max;
	unsigned int options;
	int (*run)(const struct request *request);
};

extern const struct verb verb_run, verb_check, verb_tree, verb_show, verb_why,
	verb_tell, verb_ask, verb_start, verb_stop, verb_restart, verb_kill,
	verb_pause, verb_unpause, verb_spawn, verb_dead_letters, verb_mailbox,
	verb_version, verb_reload, verb_upgrade, verb_reexec, verb_security,
	verb_learn, verb_metrics;

/** request_json() - is JSON wanted? */
static inline bool request_json(const struct request *request)
{
	return request->option[VERB_OPTION_JSON];
}
