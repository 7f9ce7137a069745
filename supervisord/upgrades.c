/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * upgrades.c - another program for a life that goes on.
 *
 * All that a start needs of the new program is prepared beside that of the old
 * one before anything is stopped. What was prepared of a program has its file, not
 * its name; so the old one can be started again when the new one is not
 * ready, though another file lies in its place.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libactorproc/actorproc.h"
#include "supervisord/act/launch_program.h"
#include "supervisord/act/memory_file.h"
#include "supervisord/spare.h"
#include "supervisord/upgrades.h"
#include "supervisord/zygotes.h"

#define WHY_BYTES 512

/**
 * struct upgrade - one that is under way
 * @old: what goes on when the new one is not ready; NULL: there is none
 * @failed: it was not
 * @state_fd: for the state of the old one; -1: it was not asked
 * @saved: it wrote @n_bytes, of that version
 */
struct upgrade {
	struct launch_program *old;
	bool failed;
	int state_fd;
	bool saved;
	uint64_t version;
	uint64_t n_bytes;
	char why[WHY_BYTES];
};

/* NULL: nothing is against it */
static const char *why_not(const struct child *c, int *ret_error)
{
	*ret_error = -EOPNOTSUPP;
	if (c->is_supervisor)
		return c->node->exec ?
		       "it has children: its node is started anew as a whole, with the program that is there, by: actorctl restart" :
		       "it is a supervisor: it has no program";
	if (zygotes_serve(c))
		return "its class has one process of which all are forked, and no way back: restart takes the program that is there, for it and for who starts after it; with \"isolate: instance\" it can be upgraded";
	*ret_error = -ESRCH;
	if (!c->living)
		return "its life is over; the next one is of the program that is there";
	*ret_error = -EBUSY;
	if (c->upgrade)
		return "it is just being upgraded";
	if (c->stop_wanted || (c->state != CHILD_RUNNING &&
			       c->state != CHILD_PAUSED &&
			       c->state != CHILD_WAITING &&
			       c->state != CHILD_IDLE))
		return "it is being started, stopped or restarted";
	*ret_error = -EALREADY;
	if (c->program && !launch_program_is_stale(c->program))
		return "its program is the one that is there: put the new one in its place first, by a rename";
	return NULL;
}

/* without a root of its own it is found by its name, and that is the new one's */
static bool can_come_back(const struct launch_program *program)
{
	return program && program->root_fd >= 0;
}

static int prepare(struct child *c, struct launch_program **ret,
		   const char **ret_why)
{
	static char why[WHY_BYTES];
	const char *what = "exec";
	int r = launch_program_new(ret, &c->supervisor->tree->host, c->node,
				   &what);

	if (r < 0) {
		snprintf(why, sizeof(why), "%s: %s; the old program goes on",
			 what, strerror(-r));
		*ret_why = why;
		r = -ECANCELED;	/* no file, but an actor there is */
	}
	return r;
}

/* at once, whatever it waits for */
static void replace(struct child *c)
{
	c->delay_until_ns = 0;
	c->wake = true;
	if (child_state_has_process(c->state)) {
		supervisor_stop_child(c, PURPOSE_RESTART, NULL,
				      ++c->supervisor->last_group);
		return;
	}
	supervisor_event(c, CHILD_EVENT_WAKE);
	supervisor_step_soon(c->supervisor);
}

int upgrades_begin(struct child *c, const char **ret_why)
{
	struct launch_program *new = NULL;
	struct upgrade *u;
	int r;

	*ret_why = why_not(c, &r);
	if (*ret_why)
		return r;
	r = prepare(c, &new, ret_why);
	if (r < 0)
		return r;
	u = calloc(1, sizeof(*u));
	if (!u) {
		launch_program_free(new);
		return -ENOMEM;
	}
	u->old = c->program;
	u->state_fd = -1;
	c->program = new;
	c->upgrade = u;
	spare_renew(c);
	replace(c);
	return 0;
}

static void explain(struct upgrade *u, const struct child *c)
{
	char cause[CAUSE_TEXT_MAX];

	snprintf(u->why, sizeof(u->why),
		 "the new program was not ready: %s%s%s; the old one goes on",
		 cause_format(&c->cause, cause, sizeof(cause)),
		 *c->cause_text ? ": " : "", c->cause_text);
}

/* the file that is there is known: a third one is news. Without @new it was a
 * third one already, of which nothing could be prepared */
static void note_as_tried(struct launch_program *old,
			  const struct launch_program *new)
{
	struct stat now;

	old->tried = true;
	if (new)
		old->executable = new->executable;
	else if (stat(old->path, &now) == 0)
		old->executable = now;
}

bool upgrades_failed(struct child *c)
{
	struct upgrade *u = c->upgrade;

	if (!u || u->failed || c->was_ready || !can_come_back(u->old))
		return false;
	u->failed = true;
	explain(u, c);
	child_note(c, "start-failed", "rollback", NULL, u->why);
	note_as_tried(u->old, c->program);
	launch_program_free(c->program);
	c->program = u->old;
	u->old = NULL;
	spare_renew(c);
	c->wake = true;		/* also who else waits for a message */
	if (child_state_has_process(c->state)) {
		supervisor_stop_child(c, PURPOSE_RESTART, NULL,
				      ++c->supervisor->last_group);
		return true;
	}
	c->generation++;
	supervisor_event(c, CHILD_EVENT_WANTED);
	return true;
}

/* pages come with what is written, and no more of them than that */
int upgrades_room(struct child *c, struct fields_writer *message)
{
	struct upgrade *u = c->upgrade;

	if (!u || u->failed || u->state_fd >= 0 ||
	    c->purpose != PURPOSE_RESTART || c->node->kind != SPEC_ACTOR)
		return -1;
	if (memory_file_room("state", ACTOR_STATE_MAX, &u->state_fd) < 0)
		return -1;
	fields_put_u64(message, "STATE", ACTOR_STATE_MAX);
	return u->state_fd;
}

bool upgrades_actor_message(struct child *c, const struct fields *f)
{
	struct upgrade *u = c->upgrade;

	if (strcmp(f->verb, "SAVED") || !u || u->state_fd < 0)
		return false;
	u->saved = !u->failed && fields_get_u64(f, "VERSION", &u->version) == 0 &&
		   fields_get_u64(f, "BYTES", &u->n_bytes) == 0 &&
		   u->version <= UINT32_MAX && u->n_bytes <= ACTOR_STATE_MAX;
	return true;
}

/* who wrote it is gone; who reads it finds it as it was then */
void upgrades_give(struct child *c)
{
	const struct upgrade *u = c->upgrade;
	struct fields_writer w;
	char bytes[128];

	if (c->is_supervisor || !u || !u->saved ||
	    memory_file_seal(u->state_fd) < 0)
		return;
	fields_begin(&w, bytes, sizeof(bytes), "STATE");
	fields_put_u64(&w, "VERSION", u->version);
	fields_put_u64(&w, "BYTES", u->n_bytes);
	link_send(c->link, &w, &u->state_fd, 1);
}

void upgrades_ready(struct child *c)
{
	struct upgrade *u = c->upgrade;

	if (u && u->failed)
		requests_wake(c, WAITER_RUNNING, -ECANCELED, u->why);
	upgrades_forget(c);
}

void upgrades_forget(struct child *c)
{
	if (!c->upgrade)
		return;
	if (c->upgrade->state_fd >= 0)
		close(c->upgrade->state_fd);
	launch_program_free(c->upgrade->old);
	free(c->upgrade);
	c->upgrade = NULL;
}
