/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * upgrades.c - another program for a life that goes on.
 *
 * All that a start needs of the new program is prepared beside that of the old
 * one before anything is stopped. What was prepared of a program has its file, not
 * its name; so the old one can be started again when the new one is not
 * ready, though another file lies in its place.
 *
 * Those that are forked from one process of their class have one program together.
 * So all of them are replaced, one after the other: first the one that was named,
 * which has a way back, to the process of before. When that one is ready the
 * program is proven, and what fails of the others is a failure like any other.
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
#include "supervisord/activation.h"
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
 * @of_class: it is one of many; @first: of them, and what it was is set aside
 */
struct upgrade {
	struct launch_program *old;
	bool failed;
	int state_fd;
	bool saved;
	uint64_t version;
	uint64_t n_bytes;
	bool of_class;
	bool first;
	char why[WHY_BYTES];
};

/* of its own, or of another of its class */
static bool is_under_way(const struct child *c)
{
	const struct supervisor *s = c->supervisor;

	for (size_t i = 0; i < s->n_children && !c->upgrade; i++)
		if (s->children[i]->upgrade &&
		    s->children[i]->upgrade->of_class &&
		    zygotes_are_of_one(c, s->children[i]))
			return true;
	return c->upgrade;
}

/* by what is prepared; or some are that were before that was found to be no good
 * for it: all of them are to be of one program again */
static bool is_of_class(const struct child *c)
{
	const struct supervisor *s = c->supervisor;

	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->forked &&
		    child_state_has_process(s->children[i]->state) &&
		    zygotes_are_of_one(c, s->children[i]))
			return true;
	return zygotes_has(c);
}

/* @forks: and a process of it could fork others */
static bool runs_old_one(const struct child *c, bool forks)
{
	return c->runs && (!forks || c->runs->n_processes > 0) &&
	       launch_program_is_stale(c->runs);
}

/* what @c, or else another of its class, runs that is not the program that is there;
 * NULL: nothing */
static struct launch_program *old_one(const struct child *c, bool of_class,
				      bool forks)
{
	const struct supervisor *s = c->supervisor;
	const struct child *other;

	if (runs_old_one(c, forks))
		return c->runs;
	for (size_t i = 0; of_class && i < s->n_children; i++) {
		other = s->children[i];
		if (child_state_has_process(other->state) &&
		    zygotes_are_of_one(c, other) && runs_old_one(other, forks))
			return other->runs;
	}
	return NULL;
}

/* what is prepared may be another one than what they run: so is what a process was
 * made of that stands by, or one of the class */
static const char *why_no_news(const struct child *c, bool of_class)
{
	const struct launch_program *prepared =
		of_class ? zygotes_program(c) : c->program;
	bool is_there = prepared && !launch_program_is_stale(prepared);

	if (is_there && prepared->tried)
		return "the file that is there was tried and is no good: put another one in its place first, by a rename";
	if ((!c->runs && !is_there) || old_one(c, of_class, false))
		return NULL;
	return "its program is the one that is there: put the new one in its place first, by a rename";
}

/* NULL: nothing is against it */
static const char *why_not(const struct child *c, int *ret_error)
{
	*ret_error = -EOPNOTSUPP;
	if (c->is_supervisor)
		return c->node->exec ?
		       "it has children: its node is started anew as a whole, with the program that is there, by: actorctl restart" :
		       "it is a supervisor: it has no program";
	*ret_error = -ESRCH;
	if (!c->living)
		return "its life is over; the next one is of the program that is there";
	*ret_error = -EBUSY;
	if (is_under_way(c))
		return "it is just being upgraded";
	if (c->stop_wanted || (c->state != CHILD_RUNNING &&
			       c->state != CHILD_PAUSED &&
			       c->state != CHILD_WAITING &&
			       c->state != CHILD_IDLE))
		return "it is being started, stopped or restarted";
	*ret_error = -EALREADY;
	return why_no_news(c, is_of_class(c));
}

/* without a root of its own it is found by its name, and that is the new one's */
static bool can_come_back(const struct launch_program *program)
{
	return program && program->root_fd >= 0;
}

/* whose process was forked can have none of its own of that program */
static struct launch_program *way_back(const struct child *c)
{
	return c->runs && !c->runs->n_processes ? c->runs : c->program;
}

/* Return: NULL; the step that failed, with *@ret_error */
static const char *prepare(struct child *c, bool of_class,
			   struct launch_program **ret, int *ret_error)
{
	const char *what = "exec";

	if (of_class)
		return zygotes_upgrade(c, old_one(c, true, true), ret_error);
	*ret_error = launch_program_new(ret, &c->supervisor->tree->host,
					c->node, &what);
	return *ret_error < 0 ? what : NULL;
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

static struct upgrade *upgrade_new(bool of_class)
{
	struct upgrade *u = calloc(1, sizeof(*u));

	if (u) {
		u->state_fd = -1;
		u->of_class = of_class;
	}
	return u;
}

/* those whose process is of the program of before */
static void note_outdated(const struct child *c, bool outdated)
{
	const struct supervisor *s = c->supervisor;

	for (size_t i = 0; i < s->n_children; i++)
		if (zygotes_are_of_one(c, s->children[i]))
			s->children[i]->outdated = outdated &&
				child_state_has_process(s->children[i]->state);
}

static void take_over(struct child *c, struct upgrade *u,
		      struct launch_program *new)
{
	c->upgrade = u;
	if (u->of_class) {
		u->first = true;
		note_outdated(c, true);
	} else {
		u->old = launch_program_hold(way_back(c));
		launch_program_free(c->program);
		c->program = new;
	}
	spare_renew(c);
	replace(c);
}

int upgrades_begin(struct child *c, const char **ret_why)
{
	static char why[WHY_BYTES];
	struct launch_program *new = NULL;
	struct upgrade *u;
	const char *step;
	int r;

	*ret_why = why_not(c, &r);
	if (*ret_why)
		return r;
	u = upgrade_new(is_of_class(c));
	if (!u)
		return -ENOMEM;
	step = prepare(c, u->of_class, &new, &r);
	if (!step) {
		take_over(c, u, new);
		return 0;
	}
	free(u);
	snprintf(why, sizeof(why), "%s: %s; the old program goes on", step,
		 strerror(-r));
	*ret_why = why;
	return -ECANCELED;	/* no file, but an actor there is */
}

/* ---- back ---- */

static void explain(struct upgrade *u, const struct child *c, const char *next)
{
	char cause[CAUSE_TEXT_MAX];

	snprintf(u->why, sizeof(u->why),
		 "the new program was not ready: %s%s%s; %s",
		 cause_format(&c->cause, cause, sizeof(cause)),
		 *child_cause_text(c) ? ": " : "", child_cause_text(c), next);
}

/* false: it cannot be had */
static bool go_back(struct child *c)
{
	struct upgrade *u = c->upgrade;

	if (u->of_class ? !u->first || !zygotes_go_back(c) :
			  !can_come_back(u->old))
		return false;
	if (u->of_class) {
		u->first = false;
		note_outdated(c, false);
	} else {
		launch_program_note_tried(u->old, c->program);
	}
	/* of a class: when it had to have a process of its own */
	launch_program_free(c->program);
	c->program = u->old;
	u->old = NULL;
	return true;
}

/*
 * It was idle and has never run: there is no program to go back to, and no need
 * of one before a message comes. Its next start is of the file that is there then.
 */
static bool rest_again(struct child *c)
{
	struct upgrade *u = c->upgrade;

	if (u->of_class || u->old || !activation_may_rest(c))
		return false;
	c->program = launch_program_free(c->program);
	child_runs(c, NULL);
	return true;
}

static void undo(struct child *c)
{
	spare_renew(c);
	if (child_state_has_process(c->state)) {
		supervisor_stop_child(c, PURPOSE_RESTART, NULL,
				      ++c->supervisor->last_group);
		return;
	}
	c->generation++;
	supervisor_event(c, CHILD_EVENT_WANTED);
}

static void refuse(struct child *c)
{
	char why[WHY_BYTES];

	explain(c->upgrade, c,
		"there is no old one to go back to: it is idle until a message comes");
	memcpy(why, c->upgrade->why, sizeof(why));
	upgrades_forget(c);
	child_note(c, "start-failed", "idle", NULL, why);
	undo(c);
	requests_wake(c, WAITER_RUNNING, -ECANCELED, why);
}

static void roll_back(struct child *c)
{
	struct upgrade *u = c->upgrade;

	u->failed = true;
	explain(u, c, "the old one goes on");
	child_note(c, "start-failed", "rollback", NULL, u->why);
	c->wake = true;		/* also who else waits for a message */
	undo(c);
}

bool upgrades_failed(struct child *c)
{
	struct upgrade *u = c->upgrade;

	if (!u || u->failed || c->was_ready)
		return false;
	if (go_back(c)) {
		roll_back(c);
		return true;
	}
	if (rest_again(c)) {
		refuse(c);
		return true;
	}
	/* those behind it in its class, and its state, wait until it is ready */
	if (!u->of_class && !u->saved)
		upgrades_forget(c);
	return false;
}

void upgrades_rest(struct child *c)
{
	if (c->upgrade)
		upgrades_over(c);
}

const char *upgrades_words(const struct child *c)
{
	if (!c->upgrade)
		return NULL;
	return c->upgrade->failed ? "to go on with the old program" :
				    "to go on with another program";
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

/* ---- one after the other ---- */

static struct child *next_outdated(const struct child *c)
{
	const struct supervisor *s = c->supervisor;
	struct child *next;

	for (size_t i = 0; i < s->n_children; i++) {
		next = s->children[i];
		if (next->outdated && next->living && !next->stop_wanted &&
		    !next->upgrade && zygotes_are_of_one(c, next) &&
		    child_state_has_process(next->state))
			return next;
	}
	return NULL;
}

/* who waits for @c waits for all of its class */
static void go_on_with_next(struct child *c)
{
	struct child *next = supervisor_going_down(c->supervisor) ? NULL :
			     next_outdated(c);

	if (!next)
		return;
	next->upgrade = upgrade_new(true);
	if (!next->upgrade)
		return;		/* its next start is of the new one */
	requests_pass_on(c, next);
	replace(next);
}

void upgrades_ready(struct child *c)
{
	struct upgrade *u = c->upgrade;

	if (u && u->failed)
		requests_wake(c, WAITER_RUNNING, -ECANCELED, u->why);
	else if (u && u->of_class)
		go_on_with_next(c);
	upgrades_forget(c);
}

void upgrades_over(struct child *c)
{
	struct upgrade *u = c->upgrade;

	if (u && u->first)
		go_back(c);
	else if (u && u->of_class && !u->failed)
		go_on_with_next(c);
	upgrades_forget(c);
}

void upgrades_forget(struct child *c)
{
	struct upgrade *u = c->upgrade;

	if (!u)
		return;
	c->upgrade = NULL;
	if (u->first)
		zygotes_stay(c);
	if (u->state_fd >= 0)
		close(u->state_fd);
	launch_program_free(u->old);
	free(u);
}
