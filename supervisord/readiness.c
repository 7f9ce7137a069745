/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * readiness.c - when a program is ready that does not say so.
 *
 * The kernel tells nobody that a socket listens. So we look, often at first
 * and then seldom, and only until it is ready or its start_timeout is over.
 */
#include <stdio.h>
#include <string.h>

#include "supervisord/act/listeners.h"
#include "supervisord/act/pidfd.h"
#include "supervisord/readiness.h"

#define LOOK_FIRST_US 1000
#define LOOK_LAST_US 100000

static uid_t uid_of(const struct child *c)
{
	const struct launch_host *host = &c->supervisor->tree->host;

	return !host->user_mode && host->n_uids > 0 ? c->uid : (uid_t)-1;
}

static bool is_ready(struct child *c)
{
	if (c->node->ready == SPEC_READY_AT_ONCE)
		return launch_is_executing(c->error_fd);
	c->look_error = listeners_has(pidfd_pid(c->pidfd), uid_of(c),
				      &c->node->listen);
	return c->look_error > 0;
}

static int on_look(sd_event_source *source, uint64_t usec, void *data)
{
	struct child *c = data;

	(void)usec;
	if (c->state != CHILD_STARTING)
		return 0;
	if (is_ready(c)) {
		supervisor_event(c, CHILD_EVENT_READY);
		return 0;
	}
	if (c->node->ready == SPEC_READY_AT_ONCE)
		return 0;		/* its exit says why */
	c->look_again_us = c->look_again_us * 3 / 2;
	if (c->look_again_us > LOOK_LAST_US)
		c->look_again_us = LOOK_LAST_US;
	sd_event_source_set_time_relative(source, c->look_again_us);
	sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
	return 0;
}

int readiness_begin(struct child *c)
{
	int r;

	if (c->node->kind != SPEC_PROGRAM ||
	    c->node->ready == SPEC_READY_NOTIFY)
		return 0;
	c->look_again_us = LOOK_FIRST_US;
	c->look_error = 0;
	r = sd_event_add_time_relative(c->supervisor->event, &c->look_source,
				       CLOCK_MONOTONIC, 0, 500, on_look, c);
	return r < 0 ? r : 0;
}

void readiness_settle(struct child *c)
{
	if (c->look_source && c->state == CHILD_STARTING &&
	    c->node->ready == SPEC_READY_AT_ONCE && is_ready(c))
		supervisor_event(c, CHILD_EVENT_READY);
}

void readiness_end(struct child *c)
{
	c->look_source = sd_event_source_disable_unref(c->look_source);
}

void readiness_missing(const struct child *c, char *text, size_t size)
{
	const char *more = c->extended ? " and what it asked for more" : "";
	double seconds = (double)c->node->start_timeout_ns / 1e9;

	if (c->node->kind != SPEC_PROGRAM ||
	    c->node->ready == SPEC_READY_AT_ONCE)
		snprintf(text, size, "not ready within %g s: see start_timeout",
			 seconds);
	else if (c->node->ready == SPEC_READY_NOTIFY)
		snprintf(text, size, "no READY=1 within %g s%s: see ready and start_timeout",
			 seconds, more);
	else
		snprintf(text, size, "no socket of it listened on %.107s within %g s%s%s: see ready and start_timeout",
			 c->node->listen.text, seconds,
			 c->look_error < 0 ? ", as far as can be seen: " : "",
			 c->look_error < 0 ? strerror(-c->look_error) : "");
}
