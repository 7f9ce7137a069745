/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * schedule.c - what restarts when, as text for `actorctl check`.
 *
 * The worst case is worth knowing before it happens: a child that fails each
 * time as soon as it is ready. Delays only grow, so a sum of the first ones
 * says whether the intensity ends it, even when no delay is cut short by its
 * jitter. Pure.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "supervisord/config/values.h"
#include "supervisord/decide/backoff.h"
#include "supervisord/decide/schedule.h"

#define DELAYS_SHOWN_MAX 6

/* struct text - grows; after a failure it stays as it is */
struct text {
	char *bytes;
	size_t n_bytes;
	bool failed;
};

__attribute__((format(printf, 2, 3)))
static void append(struct text *text, const char *format, ...)
{
	va_list arguments;
	char *bytes;
	int n;

	if (text->failed)
		return;
	text->failed = true;

	va_start(arguments, format);
	n = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (n < 0)
		return;
	bytes = realloc(text->bytes, text->n_bytes + (size_t)n + 1);
	if (!bytes)
		return;

	va_start(arguments, format);
	vsnprintf(bytes + text->n_bytes, (size_t)n + 1, format, arguments);
	va_end(arguments);
	text->bytes = bytes;
	text->n_bytes += (size_t)n;
	text->failed = false;
}

static void append_duration(struct text *text, uint64_t ns)
{
	char buffer[VALUE_TEXT_MAX];

	append(text, "%s", value_duration_format(ns, buffer));
}

/* the longest delay of restart i, from 1 */
static uint64_t delay_ns(const struct spec_backoff *spec, unsigned int i)
{
	return spec->set && i > 1 ? backoff_ceiling_ns(spec, i - 2) : 0;
}

/* do the delays after this one stay the same? */
static bool is_longest(const struct spec_backoff *spec, uint64_t ns)
{
	return !spec->set || spec->min_ns == 0 || !(spec->factor > 1) ||
	       ns >= spec->max_ns;
}

static uint64_t longest_ns(const struct spec_backoff *spec)
{
	if (!spec->set)
		return 0;
	if (is_longest(spec, 0))
		return backoff_ceiling_ns(spec, 0);
	return spec->max_ns;
}

/* the sum of the first @n delays; of more than @enough_ns, some of it */
static uint64_t sum_ns(const struct spec_backoff *spec, unsigned int n,
		       uint64_t enough_ns)
{
	uint64_t sum = 0, next;
	unsigned int i;

	for (i = 2; i <= n && sum < enough_ns; i++) {
		next = delay_ns(spec, i);
		if (is_longest(spec, next)) {
			n -= i - 1;
			if (next && n > (enough_ns - sum) / next)
				return enough_ns;
			return sum + n * next;
		}
		sum += next;
	}
	return sum;
}

struct schedule schedule_of(const struct spec_node *supervisor,
			    const struct spec_node *child)
{
	unsigned int limit = supervisor->intensity.restarts;
	uint64_t period_ns = supervisor->intensity.period_ns;
	const struct spec_backoff *spec = &child->backoff;
	struct schedule schedule = {};
	uint64_t sum;

	if (child->restart == SPEC_TEMPORARY)
		return schedule;

	/* what is as old as the period still counts */
	sum = sum_ns(spec, limit, period_ns < UINT64_MAX ? period_ns + 1 :
		     period_ns);
	schedule.gives_up = sum <= period_ns;
	schedule.longest_ns = longest_ns(spec);
	if (schedule.gives_up) {
		schedule.n_restarts = limit;
		schedule.lasts_ns = sum;
		schedule.longest_ns = delay_ns(spec, limit);
		schedule.backoff_unreached = spec->set && limit < 2;
		schedule.max_unreached = spec->set && limit >= 2 &&
					 schedule.longest_ns < longest_ns(spec);
	}
	schedule.restarts = !schedule.gives_up || limit > 0;
	return schedule;
}

static void append_delays(struct text *text, const struct spec_backoff *spec,
			  const struct schedule *schedule)
{
	unsigned int i, n = UINT_MAX;
	uint64_t ns = 0;

	if (schedule->gives_up)
		n = schedule->n_restarts;
	for (i = 2; i <= n && i < DELAYS_SHOWN_MAX + 2; i++) {
		if (i > 2 && is_longest(spec, ns))
			return;
		ns = delay_ns(spec, i);
		append(text, i == 2 ? ", then within " : ", ");
		append_duration(text, ns);
	}
	if (i > n || ns >= schedule->longest_ns)
		return;
	append(text, ", … ");
	append_duration(text, schedule->longest_ns);
}

static void append_end(struct text *text, const struct schedule *schedule)
{
	if (!schedule->gives_up) {
		append(text, "; for ever, unless the jitter cuts it short\n");
		return;
	}
	append(text, "; gives up at failure %u", schedule->n_restarts + 1);
	if (schedule->lasts_ns) {
		append(text, ", after ");
		append_duration(text, schedule->lasts_ns);
		append(text, " or sooner");
	}
	append(text, "\n");
}

static void append_notes(struct text *text, const struct spec_backoff *spec,
			 const struct schedule *schedule, int width)
{
	if (schedule->backoff_unreached)
		append(text, "  %*s  note: the backoff is never reached: "
		       "the intensity trips first\n", width, "");
	if (!schedule->max_unreached)
		return;
	append(text, "  %*s  note: the backoff never grows to its max of ",
	       width, "");
	append_duration(text, spec->max_ns);
	append(text, ": the intensity trips first\n");
}

static void append_child(struct text *text, const struct spec_node *supervisor,
			 const struct spec_node *child, int width)
{
	struct schedule schedule = schedule_of(supervisor, child);

	append(text, "  %-*s  %s: ", width, child->name,
	       spec_restart_name(child->restart));
	if (child->restart == SPEC_TEMPORARY) {
		append(text, "never restarted\n");
		return;
	}
	if (!schedule.restarts) {
		append(text, "never restarted: gives up at failure 1\n");
	} else {
		append(text, "at once");
		if (child->backoff.set)
			append_delays(text, &child->backoff, &schedule);
		append_end(text, &schedule);
	}
	append_notes(text, &child->backoff, &schedule, width);
}

static int name_width(const struct spec_node *supervisor)
{
	size_t i, n, width = 0;

	for (i = 0; i < supervisor->n_children; i++) {
		n = strlen(supervisor->children[i]->name);
		if (n > width)
			width = n;
	}
	for (i = 0; i < supervisor->n_templates; i++) {
		n = strlen(supervisor->templates[i]->name);
		if (n > width)
			width = n;
	}
	return (int)width;
}

static void append_supervisor(struct text *text, const struct spec_node *node)
{
	int width = name_width(node);
	size_t i;

	append(text, "%s  %s  %u in ", node->path,
	       spec_strategy_name(node->strategy), node->intensity.restarts);
	append_duration(text, node->intensity.period_ns);
	append(text, "%s\n", node->intensity.scope == SPEC_SCOPE_CHILD ?
	       " for each child" : "");
	for (i = 0; i < node->n_children; i++)
		append_child(text, node, node->children[i], width);
	for (i = 0; i < node->n_templates; i++)
		append_child(text, node, node->templates[i], width);
	for (i = 0; i < node->n_children; i++)
		if (node->children[i]->n_children > 0 ||
		    node->children[i]->n_templates > 0)
			append_supervisor(text, node->children[i]);
}

int schedule_format(const struct spec_node *top, char **ret_text)
{
	struct text text = {};

	append_supervisor(&text, top);
	if (text.failed) {
		free(text.bytes);
		return -ENOMEM;
	}
	*ret_text = text.bytes;
	return 0;
}
