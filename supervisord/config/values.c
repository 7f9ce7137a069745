/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * values.c - the kinds of values a config file has.
 *
 * Text to value and back, without a word about where it stood: who asked
 * reports what is wrong. Locale has no say here. Pure.
 */
#include "supervisord/config/values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define N_ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

struct unit {
	const char *name;
	uint64_t worth;
};

/* the largest first: value_duration_format() takes the first that divides */
static const struct unit durations[] = {
	{ "d",	 86400 * UINT64_C(1000000000) },
	{ "h",	 3600 * UINT64_C(1000000000) },
	{ "min", 60 * UINT64_C(1000000000) },
	{ "s",	 UINT64_C(1000000000) },
	{ "ms",	 UINT64_C(1000000) },
	{ "us",	 UINT64_C(1000) },
	{ "ns",	 UINT64_C(1) },
};

static const struct unit sizes[] = {
	{ "G", UINT64_C(1) << 30 },
	{ "M", UINT64_C(1) << 20 },
	{ "K", UINT64_C(1) << 10 },
	{ "",  1 },
};

/* the digits at the start of *@text, which moves on. 0; -EINVAL; -ERANGE */
static int take_digits(const char **text, uint64_t *ret)
{
	const char *p = *text;
	uint64_t value = 0;

	if (*p < '0' || *p > '9')
		return -EINVAL;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value))
			return -ERANGE;
	}

	*text = p;
	*ret = value;

	return 0;
}

static const struct unit *find_unit(const struct unit *units, size_t n,
				    const char *name)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	}

	return NULL;
}

static int times_unit(uint64_t number, const struct unit *unit, uint64_t *ret)
{
	uint64_t product;

	if (__builtin_mul_overflow(number, unit->worth, &product))
		return -ERANGE;
	*ret = product;

	return 0;
}

int value_duration_parse(const char *text, uint64_t *ret_ns)
{
	const struct unit *unit;
	uint64_t number;
	int r;

	r = take_digits(&text, &number);
	if (r < 0)
		return r;
	if (*text == '\0' && number == 0) {
		*ret_ns = 0;
		return 0;
	}
	if (*text == '\0')
		return -ENOMSG;

	unit = find_unit(durations, N_ROWS(durations), text);
	if (!unit)
		return -EINVAL;

	return times_unit(number, unit, ret_ns);
}

int value_size_parse(const char *text, uint64_t *ret_bytes)
{
	const struct unit *unit;
	uint64_t number;
	int r;

	r = take_digits(&text, &number);
	if (r < 0)
		return r;

	unit = find_unit(sizes, N_ROWS(sizes), text);
	if (!unit)
		return -EINVAL;

	return times_unit(number, unit, ret_bytes);
}

static const char *format_in(const struct unit *units, size_t n,
			     uint64_t value, char *buffer)
{
	size_t i;

	for (i = 0; i < n - 1; i++) {
		if (value >= units[i].worth && value % units[i].worth == 0)
			break;
	}
	snprintf(buffer, VALUE_TEXT_MAX, "%" PRIu64 "%s",
		 value / units[i].worth, units[i].name);

	return buffer;
}

const char *value_duration_format(uint64_t ns, char buffer[VALUE_TEXT_MAX])
{
	if (ns == 0)
		return strcpy(buffer, "0");

	return format_in(durations, N_ROWS(durations), ns, buffer);
}

const char *value_size_format(uint64_t bytes, char buffer[VALUE_TEXT_MAX])
{
	return format_in(sizes, N_ROWS(sizes), bytes, buffer);
}

int value_count_parse(const char *text, uint64_t *ret_count)
{
	uint64_t number;
	int r;

	r = take_digits(&text, &number);
	if (r < 0)
		return r;
	if (*text != '\0')
		return -EINVAL;
	*ret_count = number;

	return 0;
}

int value_percent_parse(const char *text, uint64_t *ret_percent)
{
	uint64_t number;
	int r;

	r = take_digits(&text, &number);
	if (r < 0)
		return r;
	if (*text == '\0')
		return -ENOMSG;
	if (strcmp(text, "%") != 0)
		return -EINVAL;
	*ret_percent = number;

	return 0;
}

/* up to nine digits after a point, as a fraction of one */
static int take_fraction(const char **text, double *ret)
{
	const char *start = *text;
	double worth = 1;
	uint64_t digits;
	int r;

	r = take_digits(text, &digits);
	if (r < 0)
		return r;
	if (*text - start > 9)
		return -ERANGE;

	for (; start < *text; start++)
		worth *= 10;
	*ret = (double)digits / worth;

	return 0;
}

int value_factor_parse(const char *text, double *ret_factor)
{
	double fraction = 0;
	uint64_t whole;
	int r;

	r = take_digits(&text, &whole);
	if (r < 0)
		return r;
	if (*text == '.') {
		text++;
		r = take_fraction(&text, &fraction);
		if (r < 0)
			return r;
	}
	if (*text != '\0')
		return -EINVAL;
	*ret_factor = (double)whole + fraction;

	return 0;
}

int value_intensity_parse(const char *text, struct spec_intensity *ret)
{
	uint64_t restarts, period_ns;
	int r;

	r = take_digits(&text, &restarts);
	if (r < 0)
		return r;
	if (strncmp(text, " in ", 4) != 0)
		return -EINVAL;
	r = value_duration_parse(text + 4, &period_ns);
	if (r < 0)
		return r;
	if (restarts > UINT32_MAX)
		return -ERANGE;

	ret->restarts = (unsigned int)restarts;
	ret->period_ns = period_ns;

	return 0;
}

const struct value_words value_kinds = {
	.what = "a kind",
	.words = (const char *const[]){
		[SPEC_ACTOR] = "actor",
		[SPEC_PROGRAM] = "program",
		[SPEC_PROGRAM + 1] = NULL,
	},
};

const struct value_words value_strategies = {
	.what = "a strategy",
	.words = (const char *const[]){
		[SPEC_ONE_FOR_ONE] = "one_for_one",
		[SPEC_ONE_FOR_ALL] = "one_for_all",
		[SPEC_REST_FOR_ONE] = "rest_for_one",
		[SPEC_REST_FOR_ONE + 1] = NULL,
	},
};

const struct value_words value_restarts = {
	.what = "a restart type",
	.words = (const char *const[]){
		[SPEC_PERMANENT] = "permanent",
		[SPEC_TRANSIENT] = "transient",
		[SPEC_TEMPORARY] = "temporary",
		[SPEC_TEMPORARY + 1] = NULL,
	},
};

const struct value_words value_directives = {
	.what = "a directive",
	.words = (const char *const[]){
		[SPEC_DIRECTIVE_RESTART] = "restart",
		[SPEC_DIRECTIVE_RESUME] = "resume",
		[SPEC_DIRECTIVE_STOP] = "stop",
		[SPEC_DIRECTIVE_ESCALATE] = "escalate",
		[SPEC_DIRECTIVE_ESCALATE + 1] = NULL,
	},
};

const struct value_words value_networks = {
	.what = "a network",
	.words = (const char *const[]){
		[SPEC_NETWORK_NONE] = "none",
		[SPEC_NETWORK_LOOPBACK] = "loopback",
		[SPEC_NETWORK_HOST] = "host",
		[SPEC_NETWORK_HOST + 1] = NULL,
	},
};

const struct value_words value_permissions = {
	.what = "a permission",
	.words = (const char *const[]){
		[SPEC_DENY] = "deny",
		[SPEC_ALLOW] = "allow",
		[SPEC_ALLOW + 1] = NULL,
	},
};

const struct value_words value_overflows = {
	.what = "an overflow",
	.words = (const char *const[]){
		[SPEC_OVERFLOW_REFUSE] = "refuse",
		[SPEC_OVERFLOW_DEAD_LETTER] = "dead_letter",
		[SPEC_OVERFLOW_DEAD_LETTER + 1] = NULL,
	},
};

const struct value_words value_isolates = {
	.what = "a kind of isolation",
	.words = (const char *const[]){
		[SPEC_ISOLATE_CLASS] = "class",
		[SPEC_ISOLATE_INSTANCE] = "instance",
		[SPEC_ISOLATE_INSTANCE + 1] = NULL,
	},
};

const struct value_words value_activations = {
	.what = "an activation",
	.words = (const char *const[]){
		[SPEC_AT_START] = "at_start",
		[SPEC_ON_MESSAGE] = "on_message",
		[SPEC_ON_MESSAGE + 1] = NULL,
	},
};

const struct value_words value_mailboxes = {
	.what = "a kind of mailbox",
	.words = (const char *const[]){
		[SPEC_MAILBOX_FIFO] = "fifo",
		[SPEC_MAILBOX_PRIORITY] = "priority",
		[SPEC_MAILBOX_PRIORITY + 1] = NULL,
	},
};

const struct value_words value_scopes = {
	.what = "a scope",
	.words = (const char *const[]){
		[SPEC_SCOPE_GROUP] = "group",
		[SPEC_SCOPE_CHILD] = "child",
		[SPEC_SCOPE_CHILD + 1] = NULL,
	},
};

const struct value_words value_start_orders = {
	.what = "a start order",
	.words = (const char *const[]){
		[SPEC_SEQUENTIAL] = "sequential",
		[SPEC_PARALLEL] = "parallel",
		[SPEC_PARALLEL + 1] = NULL,
	},
};

const struct value_words value_significances = {
	.what = "a truth",
	.words = (const char *const[]){
		[SPEC_INSIGNIFICANT] = "false",
		[SPEC_SIGNIFICANT] = "true",
		[SPEC_SIGNIFICANT + 1] = NULL,
	},
};

const struct value_words value_auto_shutdowns = {
	.what = "an automatic shutdown",
	.words = (const char *const[]){
		[SPEC_NEVER] = "never",
		[SPEC_ANY_SIGNIFICANT] = "any_significant",
		[SPEC_ALL_SIGNIFICANT] = "all_significant",
		[SPEC_ALL_SIGNIFICANT + 1] = NULL,
	},
};

int value_word_parse(const struct value_words *words, const char *text,
		     unsigned int *ret)
{
	unsigned int i;

	for (i = 0; words->words[i]; i++) {
		if (strcmp(words->words[i], text) == 0) {
			*ret = i;
			return 0;
		}
	}

	return -EINVAL;
}
