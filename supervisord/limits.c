/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limits.c - whoever may have no more processes is told of.
 *
 * The one that was refused knows it alone, and may keep it to itself. Its cgroup
 * counts that, and the kernel says when the count has changed. Who forks without end
 * is refused as often as it can try: after each record nobody looks for a while.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>

#include "supervisord/limits.h"

#define QUIET_LAST_NS (UINT64_C(3600) * 1000000000)

/**
 * struct limits - of one process
 * @watch, @quiet: one of them at a time; none when that could not be had
 * @n_refused: as told
 */
struct limits {
	struct child *child;
	sd_event_source *watch;
	sd_event_source *quiet;
	uint64_t quiet_ns;
	uint64_t n_refused;
};

static void watch(struct limits *l);

/* Return: was there anything to tell? */
static bool look(struct limits *l)
{
	uint64_t n = cgroup_pids_refused(l->child->cgroup.fd);

	if (n <= l->n_refused)
		return false;
	l->n_refused = n;
	notes_limit(l->child, n);
	return true;
}

static int on_quiet(sd_event_source *source, uint64_t usec, void *data)
{
	struct limits *l = data;

	(void)source;
	(void)usec;
	l->quiet = sd_event_source_disable_unref(l->quiet);
	watch(l);
	return 0;
}

static void be_quiet(struct limits *l)
{
	l->watch = sd_event_source_disable_unref(l->watch);
	sd_event_add_time_relative(l->child->supervisor->event, &l->quiet,
				   CLOCK_MONOTONIC, l->quiet_ns / 1000, 0,
				   on_quiet, l);
	l->quiet_ns = l->quiet_ns * 2 < QUIET_LAST_NS ? l->quiet_ns * 2 :
							QUIET_LAST_NS;
}

static int on_change(sd_event_source *source, const struct inotify_event *event,
		     void *data)
{
	struct limits *l = data;

	(void)source;
	(void)event;
	if (look(l))
		be_quiet(l);
	return 0;
}

/* what came before it watched is seen as well */
static void watch(struct limits *l)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/" CGROUP_PIDS_EVENTS,
		 l->child->cgroup.fd);
	sd_event_add_inotify(l->child->supervisor->event, &l->watch, path,
			     IN_MODIFY, on_change, l);
	if (look(l))
		be_quiet(l);
}

void limits_watch(struct child *c)
{
	struct limits *l;

	if (c->is_supervisor || c->limits || c->cgroup.fd < 0 ||
	    spec_pids(c->node) == 1 ||
	    !cgroup_has(&c->supervisor->tree->host.cgroups, CGROUP_PIDS))
		return;
	l = calloc(1, sizeof(*l));
	if (!l)
		return;
	l->child = c;
	l->quiet_ns = LIMITS_QUIET_NS;
	/* of one that was told of by the program before us, or is new */
	l->n_refused = cgroup_pids_refused(c->cgroup.fd);
	c->limits = l;
	watch(l);
}

void limits_end(struct child *c)
{
	if (!c->limits)
		return;
	look(c->limits);
	sd_event_source_disable_unref(c->limits->watch);
	sd_event_source_disable_unref(c->limits->quiet);
	free(c->limits);
	c->limits = NULL;
}
