/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cause.c - why a child ended, and how that is written.
 *
 * One table says for each kind its name and what follows the colon; format,
 * parse and match go by it. Pure.
 */
#include "supervisord/config/cause.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERRNO_MAX 4095

/* what is written behind the name of a kind */
enum detail {
	DETAIL_NONE,
	DETAIL_STATUS,		/* :N */
	DETAIL_SIGNAL,		/* :SEGV */
	DETAIL_TEXT,		/* :openat */
	DETAIL_ERRNO,		/* :EIO */
	DETAIL_TEXT_ERRNO,	/* :mount:EPERM */
};

static const struct {
	const char *name;
	enum detail detail;
} kinds[] = {
	[CAUSE_EXIT] =		{ "exit",		DETAIL_STATUS },
	[CAUSE_SIGNAL] =	{ "signal",		DETAIL_SIGNAL },
	[CAUSE_SECCOMP] =	{ "seccomp",		DETAIL_TEXT },
	[CAUSE_OOM] =		{ "oom",		DETAIL_NONE },
	[CAUSE_WATCHDOG] =	{ "watchdog",		DETAIL_NONE },
	[CAUSE_START_TIMEOUT] =	{ "start_timeout",	DETAIL_NONE },
	[CAUSE_START_FAILED] =	{ "start_failed",	DETAIL_TEXT_ERRNO },
	[CAUSE_PROTOCOL] =	{ "protocol",		DETAIL_NONE },
	[CAUSE_REPORTED] =	{ "reported",		DETAIL_ERRNO },
	[CAUSE_SUPERVISOR] =	{ "supervisor",		DETAIL_NONE },
	[CAUSE_ESCALATED] =	{ "escalated",		DETAIL_NONE },
};

#define N_KINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *cause_kind_name(enum cause_kind kind)
{
	return (size_t)kind < N_KINDS ? kinds[kind].name : NULL;
}

const char *cause_signal_name(int number)
{
	return sigabbrev_np(number);
}

/*
 * A filter's own kill and a plain SIGSYS look alike to waitid(); nobody else sends
 * that signal. What a listener was told is better: see violations.c, and child.c
 * for who has one.
 */
struct cause cause_from_wait(int code, int status)
{
	struct cause cause = { .kind = CAUSE_EXIT, .number = status };

	if (code == CLD_EXITED)
		return cause;

	cause.kind = CAUSE_SIGNAL;
	if (status == SIGSYS) {
		cause.kind = CAUSE_SECCOMP;
		cause.number = 0;
	}

	return cause;
}

static void format_number(char *buffer, size_t size_bytes, const char *name,
			  int number)
{
	if (name)
		snprintf(buffer, size_bytes, ":%s", name);
	else
		snprintf(buffer, size_bytes, ":%d", number);
}

static void format_detail(const struct cause *cause, char *buffer,
			  size_t size_bytes)
{
	const char *error = strerrorname_np(cause->number);

	switch (kinds[cause->kind].detail) {
	case DETAIL_NONE:
		break;
	case DETAIL_STATUS:
		format_number(buffer, size_bytes, NULL, cause->number);
		break;
	case DETAIL_SIGNAL:
		format_number(buffer, size_bytes,
			      cause_signal_name(cause->number), cause->number);
		break;
	case DETAIL_TEXT:
		if (cause->text[0] != '\0')
			snprintf(buffer, size_bytes, ":%.*s",
				 (int)sizeof(cause->text), cause->text);
		break;
	case DETAIL_ERRNO:
		format_number(buffer, size_bytes, error, cause->number);
		break;
	case DETAIL_TEXT_ERRNO:
		snprintf(buffer, size_bytes, ":%.*s", (int)sizeof(cause->text),
			 cause->text);
		if (cause->number != 0)
			format_number(buffer + strlen(buffer),
				      size_bytes - strlen(buffer), error,
				      cause->number);
		break;
	}
}

bool cause_ended_well(const struct cause *cause)
{
	return cause->kind == CAUSE_EXIT && cause->number == 0;
}

const char *cause_format(const struct cause *cause, char *buffer,
			 size_t size_bytes)
{
	const char *name = cause_kind_name(cause->kind);
	char detail[CAUSE_TEXT_MAX] = "";

	if (name)
		format_detail(cause, detail, sizeof(detail));
	snprintf(buffer, size_bytes, "%s%s", name ? name : "unknown", detail);

	return buffer;
}

static int parse_number(const char *text, int max, int *ret)
{
	char *end;
	long number;

	if (*text < '0' || *text > '9' || strlen(text) > 9)
		return -EINVAL;
	number = strtol(text, &end, 10);
	if (*end != '\0' || number > max)
		return -EINVAL;
	*ret = (int)number;

	return 0;
}

static int parse_signal(const char *text, int *ret)
{
	int number;

	if (strncmp(text, "SIG", 3) == 0)
		text += 3;
	for (number = 1; number < NSIG; number++) {
		const char *name = cause_signal_name(number);

		if (name && strcmp(name, text) == 0) {
			*ret = number;
			return 0;
		}
	}
	if (parse_number(text, NSIG - 1, &number) < 0 || number == 0)
		return -EINVAL;
	*ret = number;

	return 0;
}

/* names that share a number with the one strerrorname_np() knows */
static const struct {
	const char *name;
	int number;
} errno_aliases[] = {
	{ "EWOULDBLOCK",	EWOULDBLOCK },
	{ "EOPNOTSUPP",		EOPNOTSUPP },
	{ "ENOTSUP",		ENOTSUP },
	{ "EDEADLOCK",		EDEADLOCK },
};

static int parse_errno(const char *text, int *ret)
{
	int number;
	size_t i;

	for (number = 1; number <= ERRNO_MAX; number++) {
		const char *name = strerrorname_np(number);

		if (name && strcmp(name, text) == 0) {
			*ret = number;
			return 0;
		}
	}
	for (i = 0; i < sizeof(errno_aliases) / sizeof(errno_aliases[0]); i++) {
		if (strcmp(errno_aliases[i].name, text) == 0) {
			*ret = errno_aliases[i].number;
			return 0;
		}
	}
	if (parse_number(text, ERRNO_MAX, &number) < 0 || number == 0)
		return -EINVAL;
	*ret = number;

	return 0;
}

static int parse_word(const char *text, size_t n_bytes, struct cause *cause)
{
	if (n_bytes == 0 || n_bytes >= sizeof(cause->text))
		return -EINVAL;
	if (strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") < n_bytes)
		return -EINVAL;
	memcpy(cause->text, text, n_bytes);

	return 0;
}

static int parse_detail(const char *text, struct cause *cause)
{
	size_t n_word = strcspn(text, ":");
	int r;

	switch (kinds[cause->kind].detail) {
	case DETAIL_NONE:
		return -EINVAL;
	case DETAIL_STATUS:
		return parse_number(text, 255, &cause->number);
	case DETAIL_SIGNAL:
		return parse_signal(text, &cause->number);
	case DETAIL_TEXT:
		return parse_word(text, strlen(text), cause);
	case DETAIL_ERRNO:
		return parse_errno(text, &cause->number);
	case DETAIL_TEXT_ERRNO:
		r = parse_word(text, n_word, cause);
		if (r < 0 || text[n_word] == '\0')
			return r;
		return parse_errno(text + n_word + 1, &cause->number);
	}

	return -EINVAL;
}

static int parse_kind(const char *text, size_t n_bytes, enum cause_kind *ret)
{
	size_t i;

	for (i = 0; i < N_KINDS; i++) {
		if (strlen(kinds[i].name) == n_bytes &&
		    memcmp(kinds[i].name, text, n_bytes) == 0) {
			*ret = (enum cause_kind)i;
			return 0;
		}
	}

	return -EINVAL;
}

int cause_pattern_parse(struct cause_pattern *ret, const char *text)
{
	struct cause_pattern pattern = { .whole = false };
	size_t n_kind = strcspn(text, ":");
	int r;

	r = parse_kind(text, n_kind, &pattern.cause.kind);
	if (r < 0)
		return r;
	if (text[n_kind] == '\0')
		pattern.whole = true;
	else
		r = parse_detail(text + n_kind + 1, &pattern.cause);
	if (r < 0)
		return r;
	*ret = pattern;

	return 0;
}

bool cause_matches(const struct cause_pattern *pattern,
		   const struct cause *cause)
{
	const struct cause *wanted = &pattern->cause;

	if (wanted->kind != cause->kind)
		return false;
	if (pattern->whole)
		return true;
	if (strncmp(wanted->text, cause->text, sizeof(cause->text)) != 0)
		return false;

	/* "start_failed:mount" is that step with any errno */
	return wanted->number == cause->number ||
	       (wanted->kind == CAUSE_START_FAILED && wanted->number == 0);
}

bool cause_errno_is_shortage(int number)
{
	switch (number) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOSPC:
	case ENOBUFS:
	case ETOOMANYREFS:
	case EAGAIN:
	case EINTR:
		return true;
	default:
		return false;
	}
}
