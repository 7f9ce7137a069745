/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * attempt.c - a start that somebody asked for has failed, or waits for one that
 * has: what is said.
 *
 * Pure.
 */
#include <stdio.h>

#include "supervisord/decide/attempt.h"

static const char *const ends[N_VERDICTS] = {
	[VERDICT_RESUME] = "it goes on",
	[VERDICT_RESTART] = "it is started again",
	[VERDICT_STOP] = "it is stopped",
	[VERDICT_FAIL_START] = "so its supervisor could not start",
	[VERDICT_GIVE_UP] = "its supervisor gave up",
	[VERDICT_SHUT_DOWN] = "it is stopped, and its supervisor with it",
	[VERDICT_ESCALATE] = "its supervisor's parent decides",
};

static const struct unit {
	const char *name;
	uint64_t ms;
} units[] = {
	{ "d", 86400000 }, { "h", 3600000 }, { "min", 60000 },
	{ "s", 1000 }, { "ms", 1 },
};

#define N_UNITS (sizeof(units) / sizeof(units[0]))

/* two units say enough: "11h 31min" */
static void put_delay(char *text, size_t size, const char *who,
		      uint64_t delay_ns)
{
	uint64_t ms = (delay_ns + 999999) / 1000000;
	size_t i = 0;
	int n;

	while (i < N_UNITS - 1 && ms < units[i].ms)
		i++;
	n = snprintf(text, size, "%s is backing off for %llu%s", who,
		     (unsigned long long)(ms / units[i].ms), units[i].name);
	ms %= units[i].ms;
	if (i < N_UNITS - 1 && ms >= units[i + 1].ms)
		snprintf(text + n, size - (size_t)n, " %llu%s",
			 (unsigned long long)(ms / units[i + 1].ms),
			 units[i + 1].name);
}

static void put_next(char *text, size_t size, const struct attempt *attempt)
{
	const struct verdict *v = attempt->verdict;

	if (v->what == VERDICT_RESTART && v->delay_ns > 0)
		put_delay(text, size, "it", v->delay_ns);
	else if (v->what == VERDICT_RESTART && attempt->rests)
		snprintf(text, size, "it is idle until a message comes");
	else
		snprintf(text, size, "%s", ends[v->what]);
}

const char *attempt_text(const struct attempt *attempt,
			 char buffer[static ATTEMPT_TEXT_MAX])
{
	char cause[CAUSE_TEXT_MAX], next[64];

	put_next(next, sizeof(next), attempt);
	snprintf(buffer, ATTEMPT_TEXT_MAX, "%s%s%s; %s",
		 cause_format(attempt->cause, cause, sizeof(cause)),
		 *attempt->text ? ": " : "", attempt->text, next);
	return buffer;
}

const char *attempt_waits_text(const struct attempt_wait *wait,
			       char buffer[static ATTEMPT_TEXT_MAX])
{
	char cause[CAUSE_TEXT_MAX] = "", next[64] = "which is started again";

	if (wait->delay_ns > 0)
		put_delay(next, sizeof(next), "which", wait->delay_ns);
	if (wait->cause)
		cause_format(wait->cause, cause, sizeof(cause));
	snprintf(buffer, ATTEMPT_TEXT_MAX, "it waits for %.200s, %s%s%s%s%s",
		 wait->path, next, *cause ? ": " : "", cause,
		 *cause && *wait->text ? ": " : "", *cause ? wait->text : "");
	return buffer;
}
