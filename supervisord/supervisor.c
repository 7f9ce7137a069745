/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervisor.c - a supervisor process: where decisions become actions.
 *
 * The only place that feeds events into the tables of decide/ and does what
 * they say. It never runs an actor's code and never waits for one.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "libactorproc/path.h"
#include "supervisord/act/launch_slots.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/activation.h"
#include "supervisord/beginnings.h"
#include "supervisord/breakpoint.h"
#include "supervisord/cgroups.h"
#include "supervisord/decide/attempt.h"
#include "supervisord/decide/cut.h"
#include "supervisord/decide/strategy.h"
#include "supervisord/exits.h"
#include "supervisord/folders.h"
#include "supervisord/guard.h"
#include "supervisord/head.h"
#include "supervisord/keeping.h"
#include "supervisord/loop.h"
#include "supervisord/lessons.h"
#include "supervisord/letters.h"
#include "supervisord/minting.h"
#include "supervisord/neighbours.h"
#include "supervisord/nursery.h"
#include "supervisord/order.h"
#include "supervisord/outfit.h"
#include "supervisord/rationing.h"
#include "supervisord/readiness.h"
#include "supervisord/reexec.h"
#include "supervisord/renewals.h"
#include "supervisord/root.h"
#include "supervisord/shortage.h"
#include "supervisord/spare.h"
#include "supervisord/stories.h"
#include "supervisord/supervisor.h"
#include "supervisord/upgrades.h"
#include "supervisord/zygotes.h"

#define IDLE_RUN_NS UINT64_C(1000000000)
#define HOW_BYTES 128		/* how a process ended, in words */

uint64_t supervisor_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* drawn by one call, as many as the kernel gives whole */
static uint64_t numbers[256 / sizeof(uint64_t)];
static size_t n_numbers;

uint64_t supervisor_random(void)
{
	if (n_numbers == 0) {
		while (getrandom(numbers, sizeof(numbers), 0) !=
		       sizeof(numbers))
			;
		n_numbers = sizeof(numbers) / sizeof(*numbers);
	}
	return numbers[--n_numbers];
}

/* those that are left are our parent's */
static void forget_numbers(void)
{
	explicit_bzero(numbers, sizeof(numbers));
	n_numbers = 0;
}

struct child *supervisor_child(struct supervisor *s, int place)
{
	if (place == CUSTODY_HEAD)
		return s->has_head ? s->children[0] : NULL;
	if (place < 0 || (size_t)place >= s->node->n_children)
		return NULL;
	return s->children[(size_t)place + s->has_head];
}

static bool coming_up(const struct supervisor *s)
{
	return s->phase == SUPERVISOR_COMING_UP;
}

/* above the root there is nobody to keep anything */
static bool lives_end(const struct supervisor *s)
{
	return s->phase == SUPERVISOR_ENDING || s->root;
}

/* the bundled actors handle what waits, so that no record of the end is lost: ours
 * either, which have to be there before they are asked to end */
static bool carries_records(const struct child *c)
{
	return path_is_within(c->node->path, "/system");
}

/* ---- what a child's table asks for ---- */

static void child_ask_stop(struct child *c)
{
	char bytes[128];
	struct fields_writer w;
	int fd = -1;

	if (!c->link) {			/* a program knows only signals */
		cgroups_freeze(c, false);	/* and hears of none before */
		child_signal(c, SIGTERM);
		return;
	}
	fields_begin(&w, bytes, sizeof(bytes), "STOP");
	if (c->is_supervisor) {
		fields_put(&w, "MODE",
			   c->purpose == PURPOSE_END ? "end" : "keep");
		fields_put(&w, "REASON",
			   c->end_reason ? c->end_reason : "terminated");
		fields_put_u64(&w, "BUDGET_NS", c->phases.ask_ns);
	} else {
		fields_put(&w, "DRAIN", carries_records(c) ? "1" : "0");
		fields_put(&w, "RESTART",
			   c->purpose == PURPOSE_RESTART ||
			   c->purpose == PURPOSE_KEEP ? "1" : "0");
		fd = upgrades_room(c, &w);
	}
	if (carries_records(c))
		reporter_flush(c->supervisor->reporter, 0);
	BREAKPOINT("stop: wanted, not said");
	link_send(c->link, &w, &fd, fd >= 0 ? 1 : 0);
}

/* its mail and its edges have ended with it: now its name is free */
static void child_life_settled(struct child *c)
{
	BREAKPOINT("life settled: nobody told");
	requests_wake(c, WAITER_ENDED, 0, NULL);
	requests_wake(c, WAITER_RUNNING, -ESRCH, "its life ended");
	if (c->supervisor->root)
		root_life_over(c->supervisor);
}

/* its arena was lost, or it was being ended when we began: a new life begins */
static void child_life_anew(struct child *c)
{
	BREAKPOINT("life anew: no edges");
	c->awaits_edges = renewals_renew(c->supervisor, c->node->path);
	if (c->state == CHILD_WAITING)
		child_prepare(c);
}

void supervisor_life_settled(struct child *c)
{
	if (--c->n_ending > 0)
		return;
	if (c->living)
		child_life_anew(c);
	else
		child_life_settled(c);
	if (c->starts_when_settled && !c->living && !c->node->leaves)
		supervisor_start_child(c);
	c->starts_when_settled = false;
	supervisor_step_soon(c->supervisor);
}

/* a copy: it can be of a child that is gone before the last record of it is */
static void because(struct child *c, const char *failed)
{
	free(c->because_of);
	c->because_of = failed ? strdup(failed) : NULL;
}

static void child_life_over(struct child *c, const char *reason)
{
	exit_with_life_over(c);
	because(c, NULL);
	c->living = false;
	upgrades_over(c);
	c->paused = false;
	spare_look(c);
	zygotes_look(c);
	c->stop_wanted = false;
	c->purpose = PURPOSE_NONE;
	c->backoff = (struct backoff){ 0 };
	intensity_forget(&c->intensity);
	c->n_ending++;		/* not settled before all of it has begun */
	BREAKPOINT("life over: mail not yet");
	if (c->is_supervisor)
		nursery_forget_below(c->supervisor, c->node);
	if (c->is_supervisor)
		afterlife_end_below(c, reason);
	else
		afterlife_end(c, reason);
	supervisor_life_settled(c);
}

static bool has_ended(const struct child *c)
{
	return c->node->kind == SPEC_ACTOR && !c->living && !c->n_ending &&
	       !child_state_has_process(c->state) &&
	       !custody_mailbox(&c->supervisor->custody, c->node->path);
}

void supervisor_granted(struct supervisor *s, const char *path)
{
	struct child *c = supervisor_child(s, minting_place(s, path));

	if (!c)
		c = nursery_ghost(s, path);
	if (c && !c->is_supervisor && has_ended(c) && child_late_life(c) == 0)
		child_life_over(c, "terminated");
}

static void child_judge(struct child *c);
static void restart_below(struct child *head);

/* who has done nothing for that long has run for that long: one that lies, with
 * mail that it does not take, is not started as fast as it can go */
static uint64_t idle_until_ns(const struct child *c)
{
	uint64_t least_ns = c->node->idle_stop_ns;

	/* its clock goes on in suspend, and ours does not */
	return c->ready_ns + (least_ns < IDLE_RUN_NS ? least_ns : IDLE_RUN_NS);
}

/* it has no process */
static void start_again(struct child *c)
{
	c->generation++;
	measures_restarted(c);
	supervisor_event(c, CHILD_EVENT_WANTED);
	if (c->place == CUSTODY_HEAD)
		restart_below(c);
}

bool child_is_why(const struct child *c)
{
	return c->because_of && !strcmp(c->because_of, c->node->path);
}

/* an end that was asked for has a cause, too, and it is none of these */
static void note_cause_of_failure(struct child *c)
{
	char cause[CAUSE_TEXT_MAX];

	free(c->failure);
	c->failure = c->has_cause ?
		strdup(cause_format(&c->cause, cause, sizeof(cause))) : NULL;
}

/* its stop was decided, so what it did instead has no verdict and no count */
static void note_failed_too(struct child *c, const char *decision)
{
	char text[CHILD_TEXT_BYTES + 96];

	note_cause_of_failure(c);
	snprintf(text, sizeof(text),
		 "it failed by itself as it was to be stopped%s: not counted%s%s",
		 c->because_of ? " because a sibling failed" : "",
		 *child_cause_text(c) ? "; " : "", child_cause_text(c));
	child_note(c, "failed", decision, NULL, text);
}

static bool ended_by(const struct child *c, int signal_number)
{
	return c->end.kind == CAUSE_SIGNAL && c->end.number == signal_number;
}

/* "in good order" is what it did, not what it was told; what it had reported
 * before that is another thing */
static const char *how_it_stopped(const struct child *c,
				  char text[static HOW_BYTES])
{
	char end[CAUSE_TEXT_MAX];

	if (c->late && ended_by(c, SIGKILL))
		return "it did not end within its stop_timeout and was killed";
	if (c->late && ended_by(c, SIGTERM))
		return "it did not end when it was told to, and SIGTERM ended it";
	if (!c->node->stop_timeout_ns && ended_by(c, SIGKILL))
		return "killed at once, for its stop_timeout is 0";
	if (!c->failed_too)
		return "stopped in good order";
	snprintf(text, HOW_BYTES, "it ended by itself (%s)",
		 cause_format(&c->end, end, sizeof(end)));
	return text;
}

static void note_stopped(struct child *c)
{
	char text[HOW_BYTES + 32], how[HOW_BYTES];

	snprintf(text, sizeof(text), "%s; %s",
		 c->end_reason ? c->end_reason : "terminated",
		 how_it_stopped(c, how));
	child_note(c, "stopped", "stop", NULL, c->late ? text : c->end_reason);
}

static const char *what_for(const struct child *c)
{
	const char *upgrade = upgrades_words(c);

	if (!c->because_of)
		return upgrade ? upgrade : "as was asked for";
	return child_is_why(c) ? "after its failure" :
				 "because a sibling failed";
}

static void note_stopped_to_restart(struct child *c)
{
	char text[HOW_BYTES + 32], how[HOW_BYTES];

	if (c->failed_too && !child_is_why(c)) {
		note_failed_too(c, "restart");
		return;
	}
	snprintf(text, sizeof(text), "%s, %s", how_it_stopped(c, how),
		 what_for(c));
	child_note(c, "restarting", "restart", NULL, text);
}

/* the process of a stop we wanted is gone */
static void child_ended(struct child *c)
{
	enum child_purpose purpose = c->purpose;

	c->purpose = PURPOSE_NONE;
	c->stop_wanted = false;
	BREAKPOINT("stopped: not decided");
	switch (purpose) {
	case PURPOSE_NONE:
	case PURPOSE_END:
		if (c->failed_too && c->because_of)
			note_failed_too(c, "stop");
		else
			note_stopped(c);
		child_life_over(c, c->end_reason ? c->end_reason : "terminated");
		break;
	case PURPOSE_RESTART:
		if (c->failed_restart) {
			child_judge(c);
			break;
		}
		note_stopped_to_restart(c);
		start_again(c);
		break;
	case PURPOSE_KEEP:
		break;
	case PURPOSE_IDLE:
		if (c->failed_restart) {
			child_judge(c);
			break;
		}
		c->has_cause = false;
		c->idled = true;
		c->delay_until_ns = idle_until_ns(c);
		child_note(c, "idle", "idle", NULL, "it has nothing to do");
		c->generation++;
		supervisor_event(c, CHILD_EVENT_WANTED);
		break;
	}
	supervisor_step_soon(c->supervisor);
}

static void child_announce(struct child *c)
{
	readiness_end(c);
	c->was_ready = true;
	c->ready_ns = supervisor_now_ns();
	guard_begin(c);
	if (c->place == CUSTODY_HEAD)
		head_up(c);
	child_note(c, "started", NULL, NULL, NULL);
	because(c, NULL);
	upgrades_ready(c);
	zygotes_look_ahead(c->supervisor);
	BREAKPOINT("ready: noted, nobody told");
	requests_wake(c, WAITER_RUNNING, 0, NULL);
	supervisor_step_soon(c->supervisor);
}

/* ---- a failure: ask for the verdict, and do it ---- */

/* why this supervisor ends */
static void name_cause(struct supervisor *s, const struct child *c)
{
	s->cause = c->cause;
	snprintf(s->cause_path, sizeof(s->cause_path), "%s", c->node->path);
	cut_middle(s->cause_text, sizeof(s->cause_text), head_text(c));
}

static void fail_upward(struct supervisor *s, struct child *c,
			enum supervisor_phase how)
{
	name_cause(s, c);
	BREAKPOINT("gives up: not begun");
	supervisor_end(s, how, NULL);
}

/* who has no process may wait for one: a life that is over, and a table that still
 * says so, would be given it */
static void child_end(struct child *c)
{
	if (c->state != CHILD_STOPPED)
		supervisor_stop_child(c, PURPOSE_END, "terminated",
				      ++c->supervisor->last_group);
	else
		child_life_over(c, "terminated");
	supervisor_step_soon(c->supervisor);
}

static unsigned int other_significant(const struct child *c)
{
	const struct supervisor *s = c->supervisor;
	unsigned int n = 0;

	for (size_t i = 0; i < s->n_children; i++)
		n += s->children[i] != c && s->children[i]->living &&
		     s->children[i]->place >= 0 &&
		     s->children[i]->node->significant == SPEC_SIGNIFICANT;
	return n;
}

/* what a head has spawned lives no longer than its process */
static bool ends_with(const struct child *c, const struct child *failed)
{
	return failed->place == CUSTODY_HEAD && c->node->template;
}

static bool comes_back(const struct child *c, const struct child *failed)
{
	return strategy_comes_back(c->node, c == failed) &&
	       !ends_with(c, failed);
}

/* @c belongs to those who are started again because of @failed */
static void restart_with(struct child *c, struct child *failed, uint64_t group)
{
	if (!c->living)
		return;
	c->group = group;
	if (child_state_has_process(c->state)) {
		if (c->purpose == PURPOSE_END)
			return;		/* a stop verb came first */
		supervisor_stop_child(c, comes_back(c, failed) ?
				      PURPOSE_RESTART : PURPOSE_END,
				      "terminated", group);
		because(c, failed->node->path);
		return;
	}
	because(c, failed->node->path);
	if (c == failed)
		start_again(c);
	else if (ends_with(c, failed))
		child_end(c);
}

static void restart_span(struct child *failed, const struct verdict *v)
{
	struct supervisor *s = failed->supervisor;
	uint64_t group = ++s->last_group;

	for (size_t i = v->first; i <= v->last; i++)
		restart_with(supervisor_child(s, (int)i), failed, group);
	BREAKPOINT("group restart: stops wanted");
	failed->delay_until_ns = supervisor_now_ns() + v->delay_ns;
	supervisor_step_soon(s);
}

/* a head is gone, and waits for its start: now its children stop, with the number
 * that its own restart has */
static void restart_below(struct child *head)
{
	struct supervisor *s = head->supervisor;

	for (size_t i = s->n_children; i-- > s->has_head;)
		restart_with(s->children[i], head, head->group);
}

void supervisor_restart_head(struct child *head, uint64_t delay_ns,
			     uint64_t group)
{
	struct supervisor *s = head->supervisor;

	head->delay_until_ns = supervisor_now_ns() + delay_ns;
	restart_with(head, head, group ? group : ++s->last_group);
	if (delay_ns > REQUESTS_PATIENCE_NS)
		requests_start_waits(head);
	supervisor_step_soon(s);
}

/* a supervisor that has failed as a whole has no process */
static bool only_its_head(const struct child *c)
{
	return c->is_supervisor && child_state_has_process(c->state);
}

static void verdict_do(struct child *c, const struct verdict *v, uint64_t ran_ns)
{
	struct supervisor *s = c->supervisor;

	switch (v->what) {
	case VERDICT_RESUME:
		if (only_its_head(c))
			head_resume(c);
		else
			supervisor_event(c, CHILD_EVENT_RESUME);
		break;
	case VERDICT_RESTART:
		if (only_its_head(c) && v->first == v->last)
			head_restart(c, v->delay_ns, ++s->last_group);
		else
			restart_span(c, v);
		break;
	case VERDICT_ESCALATE:
		head_failed(c, ran_ns);
		break;
	case VERDICT_SHUT_DOWN:
		name_cause(s, c);
		s->shuts_down = true;
		child_end(c);
		break;
	case VERDICT_STOP:
		child_end(c);
		break;
	case VERDICT_FAIL_START:
		fail_upward(s, c, SUPERVISOR_FAILING_START);
		break;
	case VERDICT_GIVE_UP:
		requests_wake(c, WAITER_RUNNING, -ECANCELED, "its supervisor gave up");
		fail_upward(s, c, SUPERVISOR_GIVING_UP);
		notes_gave_up(s, v);
		break;
	case N_VERDICTS:
		break;
	}
}

/* the parent decides and counts: the node has failed with its head's cause */
static struct verdict head_verdict(const struct supervisor *s)
{
	return (struct verdict){
		.what = coming_up(s) ? VERDICT_FAIL_START : VERDICT_ESCALATE,
		.directive = SPEC_DIRECTIVE_ESCALATE,
		/* none, when all that it has are templates */
		.last = s->node->n_children ? s->node->n_children - 1 : 0,
	};
}

static bool counts_alone(const struct supervisor *s)
{
	return s->node->intensity.scope == SPEC_SCOPE_CHILD;
}

static struct intensity *intensity_for(struct child *c)
{
	return counts_alone(c->supervisor) ? &c->intensity :
		&c->supervisor->intensity;
}

unsigned int supervisor_restarts(const struct supervisor *s, uint64_t now_ns)
{
	unsigned int n, most = intensity_count(&s->intensity, now_ns);

	for (size_t i = 0; i < s->n_children; i++) {
		n = intensity_count(&s->children[i]->intensity, now_ns);
		if (n > most)
			most = n;
	}
	return most;
}

static int error_of(const struct cause *cause)
{
	if (cause->kind == CAUSE_START_FAILED && cause->number > 0)
		return -cause->number;
	return cause->kind == CAUSE_START_TIMEOUT ? -ETIMEDOUT : -ECANCELED;
}

/* who spawned it hears why, and may try again: it is no crash of the group */
static struct verdict birth_verdict(struct child *c)
{
	const struct verdict verdict = {
		.what = VERDICT_STOP,
		.directive = SPEC_DIRECTIVE_STOP,
	};
	const struct attempt attempt = {
		.cause = &c->cause,
		.text = child_cause_text(c),
		.verdict = &verdict,
	};
	char attempted[ATTEMPT_TEXT_MAX], text[ATTEMPT_TEXT_MAX + 256];

	snprintf(text, sizeof(text), "%s; see: actorctl why %.200s",
		 attempt_text(&attempt, attempted), c->node->path);
	requests_wake(c, WAITER_RUNNING, c->node->template ?
		      error_of(&c->cause) : -ECANCELED, text);
	return verdict;
}

/* what the journal calls it */
static const char *kind_of(const struct child *c, const struct verdict *v)
{
	if (v->what == VERDICT_FAIL_START || nursery_first_start_fails(c))
		return "start-failed";
	if (v->what != VERDICT_STOP && v->what != VERDICT_SHUT_DOWN)
		return "failed";
	return cause_ended_well(&c->cause) ? "stopped" : "failed";
}

/* nothing limits these but its own speed; each is a dead letter besides */
static bool resume_is_told(struct child *c, uint64_t now_ns)
{
	if (now_ns - c->resumes_since_ns >= 1000000000) {
		c->resumes_since_ns = now_ns;
		c->n_resumes = 0;
	}
	return c->n_resumes++ < RESUMES_TOLD_A_SECOND;
}

void supervisor_judge(struct child *c, bool ready, uint64_t ran_ns)
{
	struct supervisor *s = c->supervisor;
	uint64_t now = supervisor_now_ns();
	struct verdict_input in = {
		.supervisor = s->node,
		.failed = (size_t)(c->place < 0 ? 0 : c->place),
		.cause = c->cause,
		.ready = ready,
		.coming_up = coming_up(s),
		.learning = lessons_may_be(c),
		.now_ns = now,
		.ran_ns = ran_ns,
		.random = supervisor_random(),
		.n_significant = other_significant(c),
	};
	struct verdict v;

	c->has_cause = true;
	if (c->stop_wanted && !supervisor_going_down(s)) {
		/* its stop was decided, and waited for its turn: no failure */
		if (!child_state_has_process(c->state))
			child_ended(c);
		return;
	}
	if (supervisor_going_down(s)) {
		/* it died while we stop it or before its turn: no failure */
		if (child_state_has_process(c->state))
			supervisor_stop_child(c, lives_end(s) ? PURPOSE_END :
					      PURPOSE_KEEP, s->end_reason, 0);
		else if (lives_end(s))
			child_life_over(c, s->end_reason);
		supervisor_step_soon(s);
		return;
	}
	note_cause_of_failure(c);
	if (upgrades_failed(c)) {
		supervisor_step_soon(s);
		return;
	}
	because(c, NULL);	/* what comes now is its own */
	v = nursery_first_start_fails(c) ? birth_verdict(c) :
		c->place == CUSTODY_HEAD ? head_verdict(s) :
		verdict_of(&in, intensity_for(c), &c->backoff);
	if (strcmp(kind_of(c, &v), "stopped"))
		measures_failed(c);
	if (v.what != VERDICT_RESUME || resume_is_told(c, now))
		notes_failed(c, kind_of(c, &v), &v);
	BREAKPOINT("failure: judged, nothing done");
	if (!ready || (c->failed_restart && v.delay_ns > 0))
		requests_start_failed(c, &v);
	verdict_do(c, &v, ran_ns);
	if (v.what == VERDICT_RESTART &&
	    (!ready || v.delay_ns > REQUESTS_PATIENCE_NS))
		requests_start_waits(c);
}

static void child_judge(struct child *c)
{
	supervisor_judge(c, c->was_ready, c->was_ready ?
			 supervisor_now_ns() - c->ready_ns : 0);
}

static void child_resume(struct child *c)
{
	char bytes[32];
	struct fields_writer w;

	c->reported = false;
	fields_begin(&w, bytes, sizeof(bytes), "RESUME");
	child_say(c, &w);
}

static void child_give_up_killing(struct child *c)
{
	child_note(c, "unkillable", NULL, NULL,
		   "SIGKILL did not end it in time (uninterruptible sleep?); its mail is kept, and no other generation starts");
	requests_wake(c, WAITER_ENDED, -ETIMEDOUT, "it cannot be killed");
	requests_wake(c, WAITER_RUNNING, -ETIMEDOUT, "it cannot be killed");
	supervisor_step_soon(c->supervisor);
}

static void child_act(struct child *c, enum child_action action)
{
	switch (action) {
	case CHILD_ACTION_FORGOTTEN:
	case CHILD_ACTION_NONE:
	case CHILD_ACTION_IGNORE:
	case CHILD_ACTION_REFUSE:
	case CHILD_ACTION_ALREADY:
	case CHILD_ACTION_NOTE:
	case N_CHILD_ACTIONS:
		break;
	case CHILD_ACTION_WAIT:
		child_prepare(c);
		supervisor_step_soon(c->supervisor);
		break;
	case CHILD_ACTION_LAUNCH:
		child_launch(c);
		break;
	case CHILD_ACTION_ANNOUNCE:
		child_announce(c);
		break;
	case CHILD_ACTION_JUDGE:
		child_judge(c);
		break;
	case CHILD_ACTION_RESUME:
		child_resume(c);
		break;
	case CHILD_ACTION_ASK_STOP:
		child_ask_stop(c);
		break;
	case CHILD_ACTION_TERM:
		child_signal(c, SIGTERM);
		break;
	case CHILD_ACTION_KILL:
		child_signal(c, SIGKILL);
		break;
	case CHILD_ACTION_ENDED:
		child_ended(c);
		break;
	case CHILD_ACTION_GIVE_UP_KILLING:
		child_give_up_killing(c);
		break;
	case CHILD_ACTION_PAUSE:
	case CHILD_ACTION_UNPAUSE:
		child_pause(c, action == CHILD_ACTION_PAUSE);
		activation_look(c);
		break;
	case CHILD_ACTION_REST:
		upgrades_rest(c);
		activation_begin(c);
		supervisor_step_soon(c->supervisor);
		break;
	}
}

static uint64_t total_ns(const struct supervisor *s)
{
	return s->tree->root->shutdown_timeout_ns;
}

/* who waits for a first start may not want to wait as long as the file says */
static uint64_t start_timeout_ns(const struct child *c)
{
	uint64_t now = supervisor_now_ns(), left = 1;

	if (!c->start_by_ns || c->generation > 0)
		return c->node->start_timeout_ns;
	if (c->start_by_ns > now)
		left = c->start_by_ns - now;
	return left < c->node->start_timeout_ns ? left :
		c->node->start_timeout_ns;
}

/* the time of a supervisor that ends is its other children's */
static uint64_t dying_ns(const struct child *c)
{
	uint64_t now = supervisor_now_ns(), left = 0;

	/* what is killed for a fault was not on its way to a stop */
	if (c->state != CHILD_KILLING)
		return SHUTDOWN_DYING_NS;
	if (!c->supervisor->end_by_ns && c->stop_by_ns > now)
		left = c->stop_by_ns - now;
	return shutdown_dying_ns(c->phases.kill_ns, left);
}

static uint64_t state_timeout_ns(const struct child *c)
{
	switch (child_state_deadline(c->state)) {
	case CHILD_DEADLINE_NONE:
	case CHILD_DEADLINE_BACKOFF:	/* order_starts() keeps that one */
		return 0;
	case CHILD_DEADLINE_START:
		/* a supervisor's children have deadlines of their own; and who
		 * waits for START has begun nothing */
		return c->is_supervisor || c->awaits_mailbox ? 0 :
							start_timeout_ns(c);
	case CHILD_DEADLINE_ASK:
		/* who goes by itself is there even when no time is for asking */
		return c->phases.ask_ns ? c->phases.ask_ns : SHUTDOWN_TERM_NS;
	case CHILD_DEADLINE_TERM:
		return c->phases.term_ns ? c->phases.term_ns : 1;
	case CHILD_DEADLINE_KILL:
		return dying_ns(c);
	}
	return 0;
}

void supervisor_event(struct child *c, enum child_event event)
{
	struct child_step step = child_state_step(c->state, event);
	bool timed_start = c->state == CHILD_STARTING &&
			   event == CHILD_EVENT_TIMEOUT;
	bool waits_no_more = c->state == CHILD_WAITING &&
			     step.next != CHILD_WAITING;

	if (timed_start && !c->reported) {
		c->reported = true;
		c->cause = (struct cause){ .kind = CAUSE_START_TIMEOUT };
	}
	c->late |= c->state == CHILD_STOPPING && event == CHILD_EVENT_TIMEOUT;
	if (step.next != c->state) {
		child_disarm(c);
		activation_end(c);
		c->state = step.next;
		child_arm(c, state_timeout_ns(c));
	}
	child_act(c, step.action);
	if (waits_no_more)
		folders_forget(c);
	if (c->state == CHILD_RUNNING && c->paused) {
		cgroups_freeze(c, true);
		supervisor_event(c, CHILD_EVENT_PAUSE);
	}
	spare_look(c);
}

void supervisor_start_process(struct child *c)
{
	outfit_start(c);
	child_disarm(c);
	child_arm(c, start_timeout_ns(c));
}

/* ---- stopping and starting: order.c says when ---- */

void supervisor_stop_child(struct child *c, enum child_purpose purpose,
			   const char *reason, uint64_t group)
{
	/* an end outranks a restart, whichever came first */
	if (c->purpose == PURPOSE_END && purpose != PURPOSE_END)
		return;
	c->purpose = purpose;
	because(c, NULL);
	c->end_reason = reason;
	c->stop_wanted = true;
	c->supervisor->nobody_stops = false;
	if (group)
		c->group = group;
	supervisor_step_soon(c->supervisor);
}

int supervisor_start_child(struct child *c)
{
	if (supervisor_going_down(c->supervisor))
		return -ESHUTDOWN;
	if (c->living)
		return -EALREADY;
	if (c->n_ending)
		return -EAGAIN;
	beginnings_begin(c);
	c->living = true;
	c->on_trial = false;
	c->has_cause = false;
	note_cause_of_failure(c);
	c->generation = 0;
	c->life = 0;
	c->wake = true;
	c->group = ++c->supervisor->last_group;
	c->delay_until_ns = 0;
	c->awaits_edges = renewals_renew_tree(c->supervisor, c->node);
	supervisor_event(c, CHILD_EVENT_WANTED);
	return 0;
}

static void tell_parent(struct supervisor *s, const char *verb)
{
	char bytes[sizeof(s->cause_text) + sizeof(s->cause_path) + 512];
	struct fields_writer w;

	if (supervisor_is_root(s))
		return;
	fields_begin(&w, bytes, sizeof(bytes), verb);
	if (supervisor_going_down(s))
		head_put_cause(&w, s->cause_path, &s->cause, s->cause_text);
	BREAKPOINT("word of its own: not said");
	link_send(s->parent, &w, NULL, 0);
}

static void supervisor_up(struct supervisor *s)
{
	s->phase = SUPERVISOR_RUNNING;
	if (s->root)
		root_up(s);
	else
		tell_parent(s, "READY");
}

/* by itself, in good order: whether it comes back is its parent's to decide */
static void supervisor_shut_down(struct supervisor *s)
{
	BREAKPOINT("shuts down: not begun");
	supervisor_end(s, SUPERVISOR_ENDING, NULL);
	tell_parent(s, "SHUT_DOWN");
}

static void supervisor_down(struct supervisor *s)
{
	if (s->phase == SUPERVISOR_GIVING_UP)
		tell_parent(s, "GAVE_UP");
	if (s->phase == SUPERVISOR_FAILING_START)
		tell_parent(s, "START_FAILED");
	for (size_t i = 0; i < s->n_children; i++)
		afterlife_take_back(s->children[i]);
	BREAKPOINT("down: all ended, not gone");
	sd_event_exit(s->event, s->phase == SUPERVISOR_ENDING ||
		      s->phase == SUPERVISOR_KEEPING ? 0 : 1);
}

static void step(struct supervisor *s);

static int on_step(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	step(data);
	return 0;
}

/* one that is kept would have its turn before all others, every time */
static int on_soon(sd_event_source *source, void *data)
{
	struct supervisor *s = data;

	(void)source;
	s->soon_source = sd_event_source_disable_unref(s->soon_source);
	step(s);
	notes_catch_up();
	return 0;
}

static void step_if_soon(struct supervisor *s)
{
	if (!s->soon_source)
		return;
	s->soon_source = sd_event_source_disable_unref(s->soon_source);
	step(s);
}

void supervisor_follow(struct supervisor *s)
{
	s->notes_may_wait = false;
	step_if_soon(s);
	/* the word for what was pushed while they died may be there */
	if (s->estates)
		link_catch_up(s->parent);
	step_if_soon(s);
	/* who waits for that word may be waiting for this processor as well */
	if (!s->estates)
		notes_catch_up();
}

static void step_at(struct supervisor *s, uint64_t ns)
{
	sd_event_source_set_time(s->step_source, ns / 1000 + 1);
	sd_event_source_set_enabled(s->step_source, SD_EVENT_ONESHOT);
}

void supervisor_step_soon(struct supervisor *s)
{
	if (!s->soon_source &&
	    sd_event_add_defer(s->event, &s->soon_source, on_soon, s) < 0)
		step_at(s, 0);
}

static void step(struct supervisor *s)
{
	uint64_t next;

	nursery_sweep(s);
	order_stops(s);
	next = order_starts(s, supervisor_now_ns());
	shortage_over();
	rationing_look(s);
	if (coming_up(s) && order_all_up(s))
		supervisor_up(s);
	if (s->shuts_down && s->phase == SUPERVISOR_RUNNING)
		supervisor_shut_down(s);
	if (supervisor_going_down(s) && !order_anybody_alive(s)) {
		supervisor_down(s);
		return;
	}
	if (next == ORDER_SOON)
		supervisor_step_soon(s);
	else if (next != UINT64_MAX)
		step_at(s, next);
}

/* a stop that was under way has its share of what is left for all, as the others */
static void hurry(struct child *c)
{
	uint64_t at_us, left_ns;

	if (c->state != CHILD_STOPPING && c->state != CHILD_TERMINATING)
		return;
	order_share(c);
	left_ns = state_timeout_ns(c);
	if (c->timer && sd_event_source_get_time(c->timer, &at_us) >= 0 &&
	    at_us * 1000 <= supervisor_now_ns() + left_ns)
		return;
	child_arm(c, left_ns);
	if (c->is_supervisor && c->state == CHILD_STOPPING)
		child_ask_stop(c);
}

static void hurry_all(struct supervisor *s)
{
	for (size_t i = 0; i < s->n_children; i++)
		hurry(s->children[i]);
}

void supervisor_end(struct supervisor *s, enum supervisor_phase how,
		    const char *reason)
{
	enum child_purpose purpose;
	uint64_t group;
	struct child *c;

	if (supervisor_going_down(s))
		return;
	group = ++s->last_group;
	s->phase = how;
	purpose = lives_end(s) ? PURPOSE_END : PURPOSE_KEEP;
	s->end_reason = reason ? reason : s->root ? "shutdown" : "terminated";
	BREAKPOINT("end: begun, nobody stopped");
	if (!s->end_by_ns)
		s->end_by_ns = supervisor_now_ns() + total_ns(s);
	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		if (!c->living)
			continue;
		c->group = group;
		if (child_state_has_process(c->state) ||
		    c->state == CHILD_WAITING || c->state == CHILD_IDLE)
			supervisor_stop_child(c, purpose, s->end_reason, group);
		else if (purpose == PURPOSE_END)
			child_life_over(c, s->end_reason);
	}
	hurry_all(s);
	supervisor_step_soon(s);
}

/* ---- the process ---- */

static int on_child_signal(sd_event_source *source,
			   const struct signalfd_siginfo *info, void *data)
{
	(void)source;
	(void)info;
	exits_turn(data);
	return 0;
}

struct child *supervisor_add_child(struct supervisor *s, struct spec_node *node)
{
	struct child **more, *c = calloc(1, sizeof(*c));

	more = reallocarray(s->children, s->n_children + 1, sizeof(*more));
	if (more)
		s->children = more;
	if (!c || !more || (counts_alone(s) &&
			    intensity_init(&c->intensity,
					   s->node->intensity.restarts,
					   s->node->intensity.period_ns) < 0)) {
		free(c);
		return NULL;
	}
	c->supervisor = s;
	c->place = node == s->node ? CUSTODY_HEAD :
		   (int)(s->n_children - s->has_head);
	c->node = node;
	c->is_supervisor = node != s->node && spec_is_supervisor(node);
	c->pidfd = c->error_fd = c->notify_fd = c->mail_fd = -1;
	c->folder.fd = c->cgroup.fd = -1;
	s->children[s->n_children++] = c;
	s->has_programs |= child_may_fork(c);
	return c;
}

static int supervisor_children(struct supervisor *s)
{
	if (s->node->exec && !supervisor_add_child(s, s->node))
		return -ENOMEM;
	s->has_head = s->node->exec;
	for (size_t i = 0; i < s->node->n_children; i++)
		if (!supervisor_add_child(s, s->node->children[i]))
			return -ENOMEM;
	return 0;
}

int supervisor_init(struct supervisor *s, struct tree *tree,
		    struct spec_node *node, sd_event *event)
{
	int r;

	s->tree = tree;
	s->node = node;
	s->event = event;
	snprintf(s->path, sizeof(s->path), "%s/", node->path);
	r = supervisor_children(s);
	if (r < 0)
		return r;
	r = intensity_init(&s->intensity, node->intensity.restarts,
			   node->intensity.period_ns);
	if (r < 0)
		return r;
	r = reporter_new(&s->reporter, event);
	if (r < 0)
		return r;
	reporter_before(s->reporter, notes_catch_up);
	r = sd_event_add_time(event, &s->step_source, CLOCK_MONOTONIC, 0, 1,
			      on_step, s);
	if (r < 0)
		return r;
	sd_event_source_set_enabled(s->step_source, SD_EVENT_OFF);
	/* in turn with all others: behind them, one busy child would stop us */
	r = sd_event_add_signal(event, NULL, SIGCHLD, on_child_signal, s);
	return r < 0 ? r : 0;
}

/* an earlier process of ours held it, and maybe was about to end it */
static void supervisor_inherit(struct child *c,
			       const struct custody_mailbox *kept)
{
	static const struct cause cause = { .kind = CAUSE_SUPERVISOR };

	c->life = kept->life;
	c->paused = kept->paused;
	c->generation = kept->generation;
	if (!c->supervisor->in_order) {
		c->cause = cause;
		c->has_cause = true;
	}
	stories_inherit(c);
	note_cause_of_failure(c);
	c->generation++;
	if (kept->ending)
		afterlife_end(c, kept->ending);
	/* a program has left nothing but the number of its life */
	else if (c->node->kind != SPEC_PROGRAM)
		afterlife_recover(c, &cause, NULL);
}

/* with a head, it lived as long as that process did: see nursery.c */
static bool ends_with_us(const struct child *c,
			 const struct custody_mailbox *kept)
{
	return c->node->leaves ||
	       (c->node->template &&
		(c->supervisor->has_head || !kept || kept->ending));
}

/* an arena it must have for that: edges to it may be there, with mail */
static void end_inherited(struct child *c, const struct custody_mailbox *kept)
{
	if (kept) {
		c->life = kept->life;
		c->generation = kept->generation;
	} else if (!c->is_supervisor && child_late_life(c) < 0) {
		shortage_end(c->supervisor, -ENOMEM, "no mailbox was made");
	}
	if (kept && !kept->ending)
		child_note(c, "stopped", "stop", NULL,
			   "it ended with its supervisor");
	child_life_over(c, kept && kept->ending ? kept->ending : "terminated");
}

void supervisor_begin(struct supervisor *s)
{
	struct custody_mailbox *kept;
	struct child *c;
	uint64_t group;

	/* no number comes twice, from this supervisor or another: 33 bits of
	 * chance, and 2^20 restarts before it could; 0: we have not begun */
	s->last_group = (supervisor_random() >> 31) << 20;
	group = s->begins_group ? s->begins_group : ++s->last_group;
	minting_declared(s);
	BREAKPOINT("begins: minted, not pushed");
	keeping_begin(s);
	revocations_settle_all(s);
	for (size_t i = 0; i < s->n_children; i++) {
		c = s->children[i];
		c->group = group;
		because(c, s->begins_for);
		c->living = true;
		BREAKPOINT("begins: between two children");
		kept = c->is_supervisor ? NULL :
			custody_mailbox(&s->custody, c->node->path);
		if (ends_with_us(c, kept)) {
			end_inherited(c, kept);
			continue;
		}
		if (kept) {
			supervisor_inherit(c, kept);
		} else if (!c->is_supervisor) {
			/* stopped when an earlier process of ours ended */
			c->awaits_edges = renewals_complete(s, c->node->path);
		}
		BREAKPOINT("begins: a child inherited, not started");
		supervisor_event(c, CHILD_EVENT_WANTED);
	}
	BREAKPOINT("begins: all pushed, not asked to keep");
	keeping_ask(s);
	supervisor_step_soon(s);
}

static void parent_stop(struct supervisor *s, const struct fields *f)
{
	const char *mode = fields_get(f, "MODE");
	const char *reason = fields_get(f, "REASON");
	uint64_t budget_ns, by_ns;

	if (fields_get_u64(f, "BUDGET_NS", &budget_ns) == 0 &&
	    budget_ns < total_ns(s)) {
		by_ns = supervisor_now_ns() + budget_ns;
		if (!s->end_by_ns || by_ns < s->end_by_ns)
			s->end_by_ns = by_ns;
	}
	if (supervisor_going_down(s))
		hurry_all(s);
	supervisor_end(s, mode && !strcmp(mode, "keep") ? SUPERVISOR_KEEPING :
		       SUPERVISOR_ENDING,
		       reason && !strcmp(reason, "shutdown") ? "shutdown" :
		       "terminated");
}

static void on_parent(void *data, struct control_message *m, int error)
{
	struct supervisor *s = data;

	if (error == -EMFILE) {
		shortage_of_room(s);
		return;
	}
	if (!m)			/* no parent, no supervisor, no children */
		_exit(1);
	BREAKPOINT("word from above: came");
	if (neighbours_message(s, NULL, m) || head_message(s, NULL, &m->fields))
		return;
	if (!strcmp(m->fields.verb, "START")) {
		stories_take(s, &m->fields);
		letters_take(s, &m->fields);
		s->in_order = fields_get(&m->fields, "IN_ORDER");
		supervisor_begin(s);
	} else if (!strcmp(m->fields.verb, "STOP"))
		parent_stop(s, &m->fields);
	else if (!strcmp(m->fields.verb, "REQUEST"))
		requests_handle(s, &m->fields);
	else if (!strcmp(m->fields.verb, "REEXEC"))
		reexec_message(s, &m->fields);
}

int supervisor_parent(struct supervisor *s, int fd)
{
	return link_new(&s->parent, s->event, fd, true, on_parent, s);
}

void supervisor_leave_terminal(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; fd >= 0 && i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	/* the terminal's ^C is for the root, which then stops us in order */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
}

/* its parent would only see that it ended */
static void __attribute__((noreturn))
refuse_to_begin(const struct spec_node *node, int link_fd, int error)
{
	static char bytes[PATH_MAX + 512];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "START_FAILED");
	fields_put(&w, "PATH", node->path);
	fields_put(&w, "STEP", "begin");
	fields_put_u64(&w, "ERRNO", (uint64_t)-error);
	fields_put(&w, "TEXT", strerror(-error));
	control_send(link_fd, bytes, w.length_bytes, NULL, 0);
	_exit(1);
}

void supervisor_go_on(struct supervisor *s)
{
	int r = loop_run(s);

	reporter_flush(s->reporter, 1000);
	link_flush(s->parent, 1000);
	_exit(r < 0 ? 1 : r);
}

void supervisor_run(struct tree *tree, struct spec_node *node,
		    int link_fd)
{
	struct supervisor *s = calloc(1, sizeof(*s));
	sd_event *event = NULL;
	int word_fd = link_fd;
	char name[16];
	int r;

	forget_numbers();
	block_signals();
	if (tree->detached)
		supervisor_leave_terminal();
	snprintf(name, sizeof(name), "sv:%.12s", path_last(node->path));
	prctl(PR_SET_NAME, name);
	breakpoint_role(node->path);
	launch_slots_begin();	/* before there are many descriptors */
	mailbox_begin();
	shortage_begin();
	r = s ? sd_event_new(&event) : -ENOMEM;
	if (r >= 0)
		r = supervisor_init(s, tree, node, event);
	if (r >= 0) {
		word_fd = fcntl(link_fd, F_DUPFD_CLOEXEC, 0);
		r = supervisor_parent(s, link_fd);
	}
	if (r < 0)
		refuse_to_begin(node, word_fd, r);
	if (word_fd >= 0 && word_fd != link_fd)
		close(word_fd);
	BREAKPOINT("process: there, heard nothing");
	supervisor_go_on(s);
}
