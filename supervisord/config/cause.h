/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cause.h - why a child ended, and how that is written.
 *
 * exit:N  signal:NAME  seccomp:SYSCALL  oom  watchdog  start_timeout
 * start_failed:STEP:ERRNO  protocol  reported:ERRNO  supervisor  stopped. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum cause_kind {
	CAUSE_EXIT,		/* number: status */
	CAUSE_SIGNAL,		/* number: signal */
	CAUSE_SECCOMP,		/* text: syscall, or "" when unknown */
	CAUSE_OOM,
	CAUSE_WATCHDOG,
	CAUSE_START_TIMEOUT,
	CAUSE_START_FAILED,	/* text: step, number: errno */
	CAUSE_PROTOCOL,
	CAUSE_REPORTED,		/* number: errno, positive */
	CAUSE_SUPERVISOR,
	CAUSE_ESCALATED,	/* a supervisor gave up */
};

#define N_CAUSES (CAUSE_ESCALATED + 1)

struct cause {
	enum cause_kind kind;
	int number;
	char text[32];
};

#define CAUSE_TEXT_MAX 96

/** cause_kind_name() - "exit" …; NULL past the last */
const char *cause_kind_name(enum cause_kind kind);
/** cause_signal_name() - "SEGV"; NULL: it has none (real-time), or is none */
const char *cause_signal_name(int number);
/** cause_from_wait() - from waitid()'s si_code and si_status */
struct cause cause_from_wait(int code, int status);
/** cause_ended_well() - it ended by itself, with the status 0 */
bool cause_ended_well(const struct cause *cause);
/** cause_format() - as in the journal; truncates; returns @buffer */
const char *cause_format(const struct cause *cause, char *buffer,
			 size_t size_bytes);
/**
 * struct cause_pattern - a key of `directives:`
 * @whole: "signal" matches every signal; else number and text must be equal
 *         (but "start_failed:mount", number 0, matches any errno of that step)
 */
struct cause_pattern {
	struct cause cause;
	bool whole;
};

/** cause_pattern_parse() - "signal:SEGV", "exit:75", "reported", "oom" …
 * Return: 0; -EINVAL. */
int cause_pattern_parse(struct cause_pattern *ret, const char *text);
/** cause_errno_is_shortage() - of something that there may be again: ENOMEM … */
bool cause_errno_is_shortage(int number);
bool cause_matches(const struct cause_pattern *pattern,
		   const struct cause *cause);
