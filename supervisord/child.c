/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * child.c - one child's process: start it, hear of it, let go of it.
 *
 * It alone starts, signals and reaps children. What follows from what it hears
 * is supervisor.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/launch_program.h"
#include "supervisord/act/mailbox.h"
#include "supervisord/act/pidfd.h"
#include "supervisord/act/process_status.h"
#include "supervisord/beginnings.h"
#include "supervisord/breakpoint.h"
#include "supervisord/cgroups.h"
#include "supervisord/closing.h"
#include "supervisord/decide/cut.h"
#include "supervisord/decide/restart.h"
#include "supervisord/exits.h"
#include "supervisord/folders.h"
#include "supervisord/gifts.h"
#include "supervisord/guard.h"
#include "supervisord/head.h"
#include "supervisord/lessons.h"
#include "supervisord/letters.h"
#include "supervisord/limits.h"
#include "supervisord/mailboxes.h"
#include "supervisord/minting.h"
#include "supervisord/neighbours.h"
#include "supervisord/notified.h"
#include "supervisord/nursery.h"
#include "supervisord/order.h"
#include "supervisord/outfit.h"
#include "supervisord/rationing.h"
#include "supervisord/readiness.h"
#include "supervisord/reexec.h"
#include "supervisord/renewals.h"
#include "supervisord/shortage.h"
#include "supervisord/spare.h"
#include "supervisord/store.h"
#include "supervisord/supervisor.h"
#include "supervisord/takings.h"
#include "supervisord/uids.h"
#include "supervisord/upgrades.h"
#include "supervisord/zygotes.h"

/* ---- why it ended, in words ---- */

const char *child_cause_text(const struct child *c)
{
	return c->cause_text ? c->cause_text : "";
}

char *child_cause_buffer(struct child *c)
{
	static char nowhere[CHILD_TEXT_BYTES];
	bool is_new = !c->cause_text;
	char *text = realloc(c->cause_text, CHILD_TEXT_BYTES);

	if (!text)
		return nowhere;
	/* that of a process before was as long as its text */
	text[is_new ? 0 : CHILD_TEXT_BYTES - 1] = '\0';
	c->cause_text = text;
	return text;
}

void child_cause_clear(struct child *c)
{
	free(c->cause_text);
	c->cause_text = NULL;
}

/* what was found out about its end, and is more than what it printed last */
static bool is_explained(const struct child *c)
{
	return c->reported && *child_cause_text(c) &&
	       (c->cause.kind == CAUSE_SECCOMP ||
		c->cause.kind == CAUSE_PROTOCOL ||
		c->cause.kind == CAUSE_WATCHDOG);
}

void child_line(void *data, unsigned int priority, const char *line)
{
	struct child *c = data;
	struct record record;

	if (!is_explained(c))
		snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES, "%s", line);
	if (!c->tail)
		c->tail = calloc(1, sizeof(*c->tail));
	if (c->tail)
		tail_add(c->tail, line);
	child_record(c, &record, "output");
	fields_put_u64(&record.fields, "PRIORITY", priority);
	fields_put(&record.fields, "TEXT", line);
	reporter_send(c->supervisor->reporter, &record);
}

/* ---- time and signals ---- */

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	supervisor_event(data, CHILD_EVENT_TIMEOUT);
	return 0;
}

void child_disarm(struct child *c)
{
	c->timer = sd_event_source_disable_unref(c->timer);
}

static int arm(struct child *c, uint64_t delay_ns)
{
	return sd_event_add_time_relative(c->supervisor->event, &c->timer,
					  CLOCK_MONOTONIC, delay_ns / 1000 + 1,
					  1000, on_timer, c);
}

void child_arm(struct child *c, uint64_t delay_ns)
{
	int r;

	if (delay_ns == 0)
		return;
	r = arm(c, delay_ns);
	if (r < 0 && shortage_again(c->supervisor, r, "a deadline was not set"))
		r = arm(c, delay_ns);
	if (r < 0)
		c->timer = NULL;
}

bool child_may_fork(const struct child *c)
{
	return !c->is_supervisor && c->node->kind == SPEC_PROGRAM;
}

void child_signal(struct child *c, int signal)
{
	if (c->zygote && signal == SIGKILL)
		zygotes_kill(c);
	if (c->pidfd < 0)
		return;
	syscall(SYS_pidfd_send_signal, c->pidfd, signal, NULL, 0);
}

void child_say(struct child *c, const struct fields_writer *message)
{
	if (c->link)
		link_send(c->link, message, NULL, 0);
}

static void tell_paused(struct child *c)
{
	char bytes[32];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), c->paused ? "PAUSE" : "UNPAUSE");
	child_say(c, &w);
}

/* whoever comes after us finds it so */
void child_pause(struct child *c, bool paused)
{
	struct custody_mailbox *m;

	c->paused = paused;
	tell_paused(c);
	BREAKPOINT("pause: child told, not pushed");
	m = custody_mailbox(&c->supervisor->custody, c->node->path);
	if (!m || m->paused == paused)
		return;
	m->paused = paused;
	mailboxes_push(c->supervisor, m);
	BREAKPOINT("pause: pushed");
}

/* ---- what a child says ---- */

static void child_broke_protocol(struct child *c, const char *what)
{
	if (!c->reported) {
		c->reported = true;
		c->cause = (struct cause){ .kind = CAUSE_PROTOCOL };
		snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES,
			 "control channel: %s", what);
	}
	supervisor_event(c, CHILD_EVENT_KILL);
}

int child_said_errno(const struct fields *f)
{
	uint64_t number;

	if (fields_get_u64(f, "ERRNO", &number) < 0 || number == 0 ||
	    number > 4095)
		return EPROTO;
	return (int)number;
}

/* its library is of another release than we are */
static void explain_foreign(struct child *c, uint64_t version)
{
	snprintf(c->cause.text, sizeof(c->cause.text), "setup");
	snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES,
		 "its libactorproc knows mailboxes of version %llu, this supervisor makes version %u: both have to be of one release",
		 (unsigned long long)version, (unsigned int)arena_version());
}

static const char *why_step_failed(int error)
{
	if (error != ETOOMANYREFS)
		return strerror(error);
	return "too many descriptors wait in sockets of this uid, all its processes counted: end who leaves them there, or start as root";
}

static void actor_start_failed(struct child *c, const struct fields *f)
{
	const char *step = fields_get(f, "STEP");
	uint64_t version;

	if (c->reported || c->state != CHILD_STARTING)
		return;
	c->reported = true;
	c->cause = (struct cause){
		.kind = CAUSE_START_FAILED,
		.number = child_said_errno(f),
		.text = "start",
	};
	if (fields_get_u64(f, "ARENA", &version) == 0)
		explain_foreign(c, version);
	else if (step && !strcmp(step, "closing"))
		snprintf(c->cause.text, sizeof(c->cause.text), "%s", step);
	else if (step && !strcmp(step, "post_restart"))
		snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES,
			 "its %s hook failed: %s", step,
			 why_step_failed(c->cause.number));
}

static void actor_ready(struct child *c, const struct fields *f)
{
	if (c->state == CHILD_STARTING && c->awaits_mailbox) {
		child_broke_protocol(c, "READY before START");
		return;
	}
	if (c->state == CHILD_STARTING)
		c->closed = fields_get(f, "CLOSED");
	supervisor_event(c, CHILD_EVENT_READY);
}

static void actor_failed(struct child *c, const struct fields *f)
{
	if (c->state != CHILD_RUNNING && c->state != CHILD_PAUSED &&
	    c->state != CHILD_STOPPING)
		return;
	c->reported = true;
	child_cause_clear(c);
	c->cause = (struct cause){
		.kind = CAUSE_REPORTED,
		.number = child_said_errno(f),
	};
	supervisor_event(c, CHILD_EVENT_FAILED);
}

/* only who was told to, and it may not undo what else was decided */
static void actor_idle(struct child *c)
{
	if (!c->node->idle_stop_ns ||
	    (c->state != CHILD_RUNNING && c->state != CHILD_PAUSED))
		return;
	if (c->purpose == PURPOSE_NONE)
		c->purpose = PURPOSE_IDLE;
	c->phases = shutdown_phases(shutdown_actor_ns(c->node),
				    SHUTDOWN_UNHURRIED_NS);
	supervisor_event(c, CHILD_EVENT_IDLE);
}

/* its death says the rest; of one that lives on nobody would hear more. Who is
 * to end has a deadline anyway */
static void actor_hung_up(struct child *c)
{
	if (c->purpose == PURPOSE_NONE && !c->dying &&
	    process_status_goes_on(c->pidfd))
		child_broke_protocol(c, "closed");
}

static void on_actor(void *data, struct control_message *m, int error)
{
	struct child *c = data;
	const char *verb;

	if (error == -EMFILE) {
		shortage_of_room(c->supervisor);
		return;
	}
	if (!m && c->zygote && error == -EPIPE) {
		zygotes_catch_up(c);
		if (c->zygote)
			zygotes_lost(c);
		return;
	}
	if (!m) {
		if (error == -EBADMSG)
			child_broke_protocol(c, "not a message");
		else
			actor_hung_up(c);
		return;
	}
	zygotes_catch_up(c);
	verb = m->fields.verb;
	BREAKPOINT("word of an actor: came");
	if (!strcmp(verb, "READY"))
		actor_ready(c, &m->fields);
	else if (!strcmp(verb, "START_FAILED"))
		actor_start_failed(c, &m->fields);
	else if (!strcmp(verb, "FAILED"))
		actor_failed(c, &m->fields);
	else if (!strcmp(verb, "IDLE"))
		actor_idle(c);
	else if (!upgrades_actor_message(c, &m->fields) &&
		 !gifts_actor_message(c, m) &&
		 !letters_actor_message(c, &m->fields) &&
		 !grants_actor_message(c, &m->fields) &&
		 !nursery_actor_message(c, &m->fields))
		child_broke_protocol(c, "unknown verb");
}

static void below_failed(struct child *c, const struct fields *f, bool start)
{
	c->reported = true;
	head_take_cause(c, f, start);
}

/* its end, which comes soon, is no failure: only the words are from here */
static void below_shuts_down(struct child *c, const struct fields *f)
{
	const char *path = fields_get(f, "PATH"), *cause = fields_get(f, "CAUSE");

	snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES, "%s of %s: %s",
		 spec_auto_shutdown_name(c->node->auto_shutdown),
		 path ? path : "?", cause ? cause : "?");
}

static void on_supervisor(void *data, struct control_message *m, int error)
{
	struct child *c = data;
	struct supervisor *s = c->supervisor;
	const char *verb;

	if (error == -EMFILE)
		shortage_of_room(s);
	if (!m && error == -EBADMSG)	/* lost for us, though it may live on */
		child_broke_protocol(c, "not a message");
	if (!m || neighbours_message(s, c, m))
		return;
	verb = m->fields.verb;
	BREAKPOINT("word from below: came");
	if (!strcmp(verb, "READY"))
		supervisor_event(c, CHILD_EVENT_READY);
	else if (!strcmp(verb, "START_FAILED"))
		below_failed(c, &m->fields, true);
	else if (!strcmp(verb, "GAVE_UP"))
		below_failed(c, &m->fields, false);
	else if (!strcmp(verb, "SHUT_DOWN"))
		below_shuts_down(c, &m->fields);
	else if (!reexec_answer(c, &m->fields) &&
		 !head_message(s, c, &m->fields) &&
		 !beginnings_message(s, &m->fields) &&
		 !exit_with_message(s, &m->fields))
		requests_relay(c, m);
}

/* ---- its end ---- */

void child_release(struct child *c)
{
	struct claim *claim;

	child_disarm(c);
	readiness_end(c);
	guard_end(c);
	exits_forget(c);
	c->violations = sd_event_source_disable_unref(c->violations);
	c->link = link_free(c->link);
	rationing_lost(c);
	c->output = output_free(c->output);
	while ((claim = c->claims)) {
		c->claims = claim->next;
		sd_event_source_disable_unref(claim->timer);
		free(claim);
	}
	c->n_claims = 0;
	gifts_forget_fetches(c);
	if (c->pidfd >= 0)
		close(c->pidfd);
	if (c->error_fd >= 0)
		close(c->error_fd);
	notified_end(c);
	limits_end(c);
	c->pidfd = c->error_fd = -1;
	c->pid = 0;
	cgroups_end(c);
}

void child_free(struct child *c)
{
	notes_catch_up();
	child_release(c);
	spare_free(c);
	lessons_end(c);
	launch_program_free(c->program);
	launch_program_free(c->runs);
	folders_forget(c);
	history_clear(&c->history);
	free(c->counts);
	free(c->lost);
	free(c->because_of);
	free(c->failure);
	free(c->cause_text);
	free(c->whole_text);
	free(c->tail);
	free(c->status);
	intensity_deinit(&c->intensity);
	free(c);
}

/* what to do about a start that failed without a word */
static void explain_unready(struct child *c)
{
	const struct spec_node *node = c->node;

	if (c->is_supervisor)
		return;
	if (c->cause.kind == CAUSE_START_FAILED)
		snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES,
			 strcmp(c->cause.text, "start") ?
			 "the step \"%s\" of its start failed: %s" :
			 "its %s hook failed: %s", c->cause.text,
			 why_step_failed(c->cause.number));
	else if (c->cause.kind == CAUSE_START_TIMEOUT && c->start_by_ns &&
		 c->generation == 0)
		snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES,
			 "not ready in the time that who spawned it has for it");
	else if (c->cause.kind == CAUSE_START_TIMEOUT)
		readiness_missing(c, child_cause_buffer(c), CHILD_TEXT_BYTES);
	else if (node->kind == SPEC_ACTOR && c->cause.kind == CAUSE_EXIT)
		snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES,
			 "it ended before it was ready; what is no actor needs kind: program");
	else if (node->kind == SPEC_PROGRAM &&
		 node->ready == SPEC_READY_NOTIFY &&
		 cause_ended_well(&c->cause))
		snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES,
			 "it ended before it was ready (READY=1); without sd_notify it needs ready: at_once");
	else
		snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES,
			 "it ended before it was ready");
}

/* it stays whole: what was said before is cut for it */
static void add_key(struct child *c, const char *key)
{
	char last[CHILD_TEXT_BYTES];
	size_t n;

	snprintf(last, sizeof(last), "%s", child_cause_text(c));
	cut_words(child_cause_buffer(c), sizeof(last) - strlen(key) - 2, last);
	n = strlen(child_cause_text(c));
	snprintf(child_cause_buffer(c) + n, CHILD_TEXT_BYTES - n, "%s%s",
		 n ? "; " : "", key);
}

/* as the kernel says it of a file that is not there for it, or not for that */
static bool is_of_files(int error)
{
	return error == ENOENT || error == EACCES || error == EPERM ||
	       error == EROFS;
}

static void explain_hook(struct child *c)
{
	if (c->cause.kind == CAUSE_START_FAILED &&
	    !strcmp(c->cause.text, "start") && is_of_files(c->cause.number))
		add_key(c, "what it opens has to be granted: sandbox: { read | write | execute | devices: [PATH] }, as actorctl learn proposes");
}

/* what it printed last is no answer to what it did not do; who ends well has
 * printed what it always does */
static void explain_start(struct child *c)
{
	char last[CHILD_TEXT_BYTES];
	size_t n;

	if (c->is_supervisor)
		return;
	snprintf(last, sizeof(last), "%s", child_cause_text(c));
	if (!*last || c->cause.kind == CAUSE_START_TIMEOUT ||
	    cause_ended_well(&c->cause))
		explain_unready(c);
	n = strlen(child_cause_text(c));
	if (*last && cause_ended_well(&c->cause))
		snprintf(child_cause_buffer(c) + n, CHILD_TEXT_BYTES - n,
			 "; it printed last: %s", last);
	explain_hook(c);
}

/* so shells end, and what else runs programs, when one cannot be executed */
#define EXIT_NOT_EXECUTED 126
#define EXIT_NOT_FOUND 127

static void explain_unexecuted(struct child *c)
{
	const struct launch_host *host = lessons_host(c);

	/* nothing was kept from it */
	if (!host->namespaces && host->landlock_abi == 0)
		return;
	if (!c->is_supervisor && c->node->kind == SPEC_PROGRAM &&
	    c->cause.kind == CAUSE_EXIT &&
	    (c->cause.number == EXIT_NOT_EXECUTED ||
	     c->cause.number == EXIT_NOT_FOUND))
		add_key(c, "what it executes has to be granted: sandbox: { execute: [PATH] }");
}

/* whose calls wait for us is named; the others the kernel ends without a word */
static void explain_unnamed(struct child *c)
{
	const char *text = NULL;

	if (c->is_supervisor)
		return;
	if (c->cause.kind == CAUSE_SECCOMP && !*c->cause.text)
		text = c->supervisor->tree->host.seccomp_listener ?
		       "the kernel ended it for a forbidden call that nobody could name: it had blocked SIGSYS, for calls see actorctl learn; or it used another entry of the machine (i386, x32), which no key grants" :
		       "the kernel ended it for a forbidden call, and cannot tell of which (no seccomp-listener); another host can, and actorctl learn there proposes a key";
	else if (c->cause.kind == CAUSE_SIGNAL && c->cause.number == SIGSYS)
		text = "somebody sent it that signal; or it used another entry of the machine (i386, x32), which no key grants";
	if (text)
		snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES, "%s", text);
}

/*
 * Of SIGSYS: a filter that has a listener kills for the numbers of another machine
 * alone. In the second stage what is sent comes to the library's handler, which
 * tells of it, or waits for ever: who dies of it there, the kernel killed.
 */
static bool may_be_sent(const struct child *c)
{
	return c->violations && !c->closed;
}

/* it ended in good order: what has failed is its head */
static bool stopped_for_its_head(const struct child *c, const struct cause *end)
{
	return c->purpose == PURPOSE_RESTART && head_is_why(c) &&
	       cause_ended_well(end);
}

static void exit_cause(struct child *c, const struct cause *end)
{
	const char *step = NULL;
	int failed = c->error_fd >= 0 ? launch_failure(c->error_fd, &step) : 0;

	if (failed > 0) {
		c->cause = (struct cause){
			.kind = CAUSE_START_FAILED,
			.number = failed,
		};
		snprintf(c->cause.text, sizeof(c->cause.text), "%s", step);
	} else if (!c->reported && !stopped_for_its_head(c, end)) {
		c->cause = *end;
		if (c->cause.kind == CAUSE_SECCOMP && may_be_sent(c))
			c->cause = (struct cause){
				.kind = CAUSE_SIGNAL, .number = SIGSYS,
			};
		cgroups_look_for_oom(c);
		explain_unnamed(c);
	}
	c->has_cause = true;
	if (!c->was_ready && c->purpose == PURPOSE_NONE)
		explain_start(c);
	explain_unexecuted(c);
}

/* nobody had asked it to go, so its end has to be the good one it spoke of */
static bool idling_failed(const struct child *c, const struct cause *end)
{
	return c->purpose == PURPOSE_IDLE && c->state == CHILD_STOPPING &&
	       !cause_ended_well(end);
}

/* its mail is told what it had reported, the supervisor what came of that */
static void judge_way_made(struct child *c, const struct cause *end)
{
	struct cause known = c->cause;
	char name[CAUSE_TEXT_MAX];

	c->failed_restart = idling_failed(c, end) ||
			    ((c->purpose == PURPOSE_RESTART ||
			      c->purpose == PURPOSE_IDLE) &&
			     restart_failed(c->state,
					    c->reported ? &known : NULL, end));
	c->failed_too = c->purpose != PURPOSE_NONE &&
			restart_failed_too(c->state, end, !c->link);
	if (!c->failed_restart || known.kind != CAUSE_REPORTED)
		return;
	c->cause = *end;
	snprintf(child_cause_buffer(c), CHILD_TEXT_BYTES,
		 "in a hook of its restart after %s",
		 cause_format(&known, name, sizeof(name)));
}

static void child_exited(struct child *c, const struct cause *end)
{
	struct cause cause = c->cause;
	bool in_order = c->purpose == PURPOSE_END && cause_ended_well(&cause);

	c->end = *end;
	c->n_forks_lost = 0;	/* the next start is of its class again */
	judge_way_made(c, end);
	c->in_order = c->purpose == PURPOSE_RESTART && !c->failed_too &&
		      cause_ended_well(end);
	c->reported = false;
	child_release(c);
	lessons_process_ended(c);
	if (c->is_supervisor)
		takings_below_gone(c);
	BREAKPOINT("exit: released, its verbs not answered");
	requests_orphaned(c);
	reexec_orphaned(c);
	if (!c->is_supervisor && c->node->kind == SPEC_ACTOR && c->living)
		afterlife_note(c, &cause, in_order ? c->end_reason : NULL);
	BREAKPOINT("exit: its arena not copied, not decided");
	supervisor_event(c, CHILD_EVENT_EXIT);
	BREAKPOINT("exit: decided, its arena not copied");
	/* it executes while its mailbox is seen to */
	if (order_is_next(c))
		spare_hasten(c);
	BREAKPOINT("exit: next process there, its arena not copied");
	afterlife_go_on(c);
	supervisor_step_soon(c->supervisor);
}

/* it was not asked to end, and another process will as a rule take its place */
static bool may_come_back(const struct child *c)
{
	return c->state == CHILD_RUNNING && c->living && c->link &&
	       c->node->kind == SPEC_ACTOR &&
	       c->node->restart != SPEC_TEMPORARY &&
	       c->purpose == PURPOSE_NONE && !c->stop_wanted && !c->reported &&
	       !c->lesson && !c->upgrade && !supervisor_going_down(c->supervisor);
}

/* what it last said comes first; and what its end would wake us for once more, we
 * hear with that */
void child_is_ending(struct child *c)
{
	BREAKPOINT("exit: begun, its last words not heard");
	c->dying = true;
	link_drain(c->link);
	link_hush(c->link);
	output_hush(c->output);
	if (!may_come_back(c))
		return;
	afterlife_foresee(c);
	spare_foresee(c);
}

static void close_later(struct child *c, int fd)
{
	if (fd >= 0)
		chores_close(c->supervisor, fd);
}

/* all that we have of a process that has ended; the next one does not wait until
 * the kernel has tidied up */
static void leave_to_chores(struct child *c)
{
	int pidfd = c->pidfd;

	exits_forget(c);
	c->pidfd = -1;
	chores_reap(c->supervisor, pidfd);
	close_later(c, violations_end(c));
	close_later(c, link_end(c->link));
	c->link = NULL;
}

void child_process_ended(struct child *c)
{
	siginfo_t info;
	struct cause end;
	bool later;

	/* while it is not reaped its number is its own, here and for who is forked
	 * meanwhile; actors do not fork */
	if (child_may_fork(c))
		kill(-c->pid, SIGKILL);
	BREAKPOINT("exit: seen, not reaped");
	if (!pidfd_look(c->pidfd, &info))
		return;
	if (child_may_fork(c) && exits_await_rest(c)) {
		/* it has ended; that its workers have not is exits.c's */
		child_disarm(c);
		guard_end(c);
		return;
	}
	readiness_settle(c);
	/* without one more, at once; and a zombie counts for its uid */
	later = !child_may_fork(c) && spec_pids(c->node) == 1;
	if (!later)
		pidfd_reap(c->pidfd, &info);
	c->dying = true;
	link_drain(c->link);		/* its last words */
	notified_drain(c);
	BREAKPOINT("exit: last words heard, not judged");
	close_later(c, output_end(c->output));
	c->output = NULL;
	end = cause_from_wait(info.si_code, info.si_status);
	exit_cause(c, &end);
	if (later)
		leave_to_chores(c);
	child_exited(c, &end);
}

/* ---- its start ---- */

static void start_failed(struct child *c, const char *step, int error)
{
	char text[2 * PATH_MAX];

	c->cause = (struct cause){
		.kind = CAUSE_START_FAILED,
		.number = error < 0 ? -error : error,
	};
	/* "read /path", "exec: why": the first word is the step */
	snprintf(c->cause.text, sizeof(c->cause.text), "%.*s",
		 (int)strcspn(step, " :"), step);
	c->has_cause = true;
	snprintf(text, sizeof(text), "%s: %s", step, strerror(c->cause.number));
	cut_middle(child_cause_buffer(c), CHILD_TEXT_BYTES, text);
	child_signal(c, SIGKILL);	/* if it got that far */
	child_exited(c, &c->cause);
}

static int control_link(struct child *c, int fd, link_receive_fn *receive)
{
	int r = link_new(&c->link, c->supervisor->event, fd, c->is_supervisor,
			 receive, c);

	if (r < 0)
		return r;
	if (gifts_wanted(c->supervisor->tree, c->node->path))
		link_accept_fds(c->link);
	else if (!c->is_supervisor)
		link_refuse_fds(c->link);
	return 0;
}

static int control_pair(struct child *c, link_receive_fn *receive,
			int *ret_theirs)
{
	int fds[2], r = link_pair(fds);

	if (r < 0)
		return r;
	r = control_link(c, fds[0], receive);
	if (r < 0) {
		close(fds[1]);
		return r;
	}
	*ret_theirs = fds[1];
	return 0;
}

/* a program has no mailbox: an empty file stands for its life in custody */
static int arena_for(const struct child *c, int *ret_fd)
{
	if (c->node->kind == SPEC_ACTOR)
		return mailbox_new(ret_fd);
	*ret_fd = memfd_create("no-arena", MFD_CLOEXEC);
	return *ret_fd < 0 ? -errno : 0;
}

/* @ret: where all of them are kept, which takes a search among all siblings */
static int begin_life(struct child *c, struct custody_mailbox **ret)
{
	struct custody_mailbox *m;
	int arena_fd, r;

	m = custody_mailbox(&c->supervisor->custody, c->node->path);
	if (m) {
		c->life = m->life;
		*ret = m;
		return 0;
	}
	r = arena_for(c, &arena_fd);
	if (r < 0)
		return r;
	if (c->life)		/* the old arena was lost: so is that life */
		c->generation = 0;
	c->life = minting_life(c->supervisor, c->node->path);
	m = custody_mailbox_put(&c->supervisor->custody, c->node->path,
				c->life, c->generation, arena_fd);
	if (!m)
		return -ENOMEM;
	BREAKPOINT("life: in custody, not pushed");
	m->at = c->place;
	m->fresh = c->node->kind == SPEC_ACTOR;
	m->paused = c->paused;
	*ret = m;
	return 0;
}

int child_late_life(struct child *c)
{
	struct custody_mailbox *m;

	return begin_life(c, &m);
}

/* nobody runs on an arena that those above do not know of; what a program has
 * in its place holds nothing */
static int go_on_with_life(struct child *c)
{
	struct custody_mailbox *m;
	int r = begin_life(c, &m);

	if (r < 0)
		return r;
	if (c->node->kind == SPEC_ACTOR)
		return m->number ? 0 : c->no_mailbox ? c->no_mailbox : -ENOMEM;
	m->generation = c->generation;
	m->number = supervisor_random() >> 2;	/* it goes up alone */
	mailboxes_push(c->supervisor, m);
	return 0;
}

void child_prepare(struct child *c)
{
	struct custody_mailbox *m;
	int r;

	/* its edges say which life it is; a failure is the launch's to tell: it
	 * tries this once more */
	if (c->is_supervisor || c->node->kind != SPEC_ACTOR || c->n_ending ||
	    c->awaits_edges)
		return;
	r = begin_life(c, &m);
	if (r < 0 && shortage_again(c->supervisor, r, "no mailbox was made"))
		r = begin_life(c, &m);
	c->no_mailbox = r;
	if (r < 0)
		return;
	if (m->number == 0 || m->generation != c->generation)
		afterlife_prepare(c, m);
}

#define ENVIRONMENT_OWN 4
#define ENVIRONMENT_MORE 5

/** struct environment - what a child is started with; strings are not its own */
struct environment {
	char **entries;
	char own[ENVIRONMENT_OWN][PATH_MAX];
	char more[ENVIRONMENT_MORE][64];
};

/* Who has tunables of its own has those. */
static bool has_tunables(char **more)
{
	for (; more && *more; more++)
		if (!strncmp(*more, "GLIBC_TUNABLES=", 15))
			return true;
	return false;
}

/* @zygote: of a process that forks a class of such nodes */
static int environment_of(struct environment *e, const struct tree *tree,
			  const struct spec_node *node, const char *path,
			  uint32_t generation, bool zygote)
{
	char **more = node->environment;
	size_t n = 0;

	while (more && more[n])
		n++;
	e->entries = calloc(n + ENVIRONMENT_OWN + ENVIRONMENT_MORE + 1,
			    sizeof(*e->entries));
	if (!e->entries)
		return -ENOMEM;
	snprintf(e->own[0], sizeof(e->own[0]), "ACTOR_PATH=%s", path);
	snprintf(e->own[1], sizeof(e->own[1]), "ACTOR_SYSTEM=%s", tree->system);
	snprintf(e->own[2], sizeof(e->own[2]), "ACTOR_GENERATION=%u",
		 generation);
	snprintf(e->own[3], sizeof(e->own[3]), "ACTOR_OWNER_UID=%u",
		 (unsigned int)tree->owner);
	for (size_t i = 0; i < ENVIRONMENT_OWN; i++)
		e->entries[i] = e->own[i];
	if (n > 0)
		memcpy(e->entries + ENVIRONMENT_OWN, more,
		       n * sizeof(*more));
	n += ENVIRONMENT_OWN;
	if (zygote) {
		snprintf(e->more[0], sizeof(e->more[0]), "ACTOR_ZYGOTE=1");
		/* by the loader, once for all that it forks */
		snprintf(e->more[1], sizeof(e->more[1]), "LD_BIND_NOW=1");
		e->entries[n++] = e->more[0];
		e->entries[n++] = e->more[1];
		/* or the kernel writes to a page of each that it forks */
		snprintf(e->more[4], sizeof(e->more[4]), "GLIBC_TUNABLES=%s",
			 ACTOR_ZYGOTE_TUNABLES);
		if (!has_tunables(more))
			e->entries[n++] = e->more[4];
	} else if (node->kind == SPEC_PROGRAM && node->watchdog.loop_ns) {
		snprintf(e->more[0], sizeof(e->more[0]), "WATCHDOG_USEC=%llu",
			 (unsigned long long)(node->watchdog.loop_ns / 1000));
		e->entries[n++] = e->more[0];
	}
	if (node->sandbox.scratch_bytes) {
		snprintf(e->more[2], sizeof(e->more[2]),
			 "ACTOR_SCRATCH=" SPEC_SCRATCH_PLACE);
		e->entries[n++] = e->more[2];
	}
	if (node->sandbox.state) {
		snprintf(e->more[3], sizeof(e->more[3]),
			 "ACTOR_STATE=" SPEC_STATE_PLACE);
		e->entries[n++] = e->more[3];
	}
	return 0;
}

/* the process of @launch, its environment beside */
static const char *make_process(struct supervisor *s, struct launch *launch,
				const char *path, bool zygote,
				const struct child_process *wanted,
				struct launch_child *ret, int *ret_error)
{
	static struct environment environment;

	*ret_error = output_new(wanted->output, s->event, &launch->output_fd,
				wanted->line, wanted->data);
	if (*ret_error < 0)
		return "output";
	*ret_error = environment_of(&environment, s->tree, launch->node, path,
				    wanted->generation, zygote);
	if (*ret_error < 0) {
		close(launch->output_fd);
		return "environment";
	}
	launch->environment = environment.entries;
	*ret_error = launch_start(launch, ret);
	free(environment.entries);
	close(launch->output_fd);
	return *ret_error < 0 ? "clone" : NULL;
}

void child_runs(struct child *c, struct launch_program *program)
{
	launch_program_hold(program);
	launch_program_free(c->runs);
	c->runs = program;
}

static int prepare_program(struct child *c, struct launch *launch,
			   const char **ret_what)
{
	int r = 0;

	if (c->program && !launch_program_serves(c->program))
		c->program = launch_program_free(c->program);
	if (!c->program)
		r = launch_program_new(&c->program, launch->host, c->node,
				       ret_what);
	/* of one file one is enough */
	if (c->program && c->runs && launch_program_is_as(c->program, c->runs))
		child_runs(c, c->program);
	launch->program = c->program;
	return r;
}

const char *child_make_process(struct child *c,
			       const struct child_process *wanted,
			       struct launch_child *ret, int *ret_error)
{
	struct supervisor *s = c->supervisor;
	struct launch launch = {
		.host = &s->tree->host,
		.node = c->node,
		.control_fd = wanted->control_fd,
		.output_fd = -1,
		.notify_socket = wanted->notify,
	};
	const char *what = NULL;

	*ret_error = uids_find(s->tree, c->node, c->lesson, &c->uid, &what);
	if (*ret_error < 0)
		return what;
	launch.uid = c->uid;
	*ret_error = c->lesson ? lessons_prepare(c, &launch, &what) :
				 prepare_program(c, &launch, &what);
	if (*ret_error < 0)
		return what;
	*ret_error = cgroups_make(s, c->node, wanted->generation,
				  wanted->cgroup);
	if (*ret_error < 0)
		return "cgroup";
	if (wanted->cgroup->fd >= 0)
		launch.cgroup = wanted->cgroup;
	*ret_error = folders_open(c, &launch.state_fd, &what);
	if (*ret_error < 0)
		return what;
	what = make_process(s, &launch, c->node->path, false, wanted, ret,
			    ret_error);
	if (launch.state_fd >= 0)
		close(launch.state_fd);
	if (wanted->notify && launch.program->root_fd >= 0)
		notified_forget_name(c);
	return what;
}

const char *child_make_zygote(struct supervisor *s, const struct spec_node *of,
			      const char *path, struct launch_program *program,
			      const struct child_process *wanted,
			      struct launch_child *ret, int *ret_error)
{
	struct launch launch = {
		.program = program,
		.host = &s->tree->host,
		.node = of,
		.control_fd = wanted->control_fd,
		.output_fd = -1,
	};
	const char *what;

	*ret_error = uids_find(s->tree, of, false, &launch.uid, &what);
	if (*ret_error < 0)
		return what;
	return make_process(s, &launch, path, true, wanted, ret, ret_error);
}

static void take_process(struct child *c, const struct launch_child *made)
{
	supervisor_met(c->supervisor, made->pid);
	c->pid = made->pid;
	c->pidfd = made->pidfd;
	c->error_fd = made->error_fd;
}

static const char *launch_process(struct child *c, int control_fd, bool forks,
				  int *ret_error)
{
	struct child_process wanted = {
		.generation = c->generation,
		.cgroup = &c->cgroup,
		.control_fd = control_fd,
		.output = &c->output,
		.line = child_line,
		.data = c,
	};
	struct launch_child child;
	const char *step;

	if (forks)
		return zygotes_fork(c, control_fd, ret_error);
	if (spec_is_notifying(c->node)) {
		*ret_error = notified_listen(c);
		if (*ret_error < 0)
			return "notify";
		wanted.notify = c->notify_path;
	}
	step = child_make_process(c, &wanted, &child, ret_error);
	if (step)
		return step;
	take_process(c, &child);
	if (!c->lesson)
		child_runs(c, c->program);
	limits_watch(c);
	if (child.listener_fd >= 0)
		*ret_error = violations_watch(c, child.listener_fd);
	return *ret_error < 0 ? "violations" : NULL;
}

/* one that was there before: what it is told comes first, and then what is heard
 * of it. Return: the step that failed, @step if that has, or NULL */
static const char *take_over(struct child *c, const struct launch_child *spare,
			     const char *step, int *ret_error)
{
	int error;

	spare_settle(c);
	limits_watch(c);
	error = spare->listener_fd >= 0 ?
			violations_watch(c, spare->listener_fd) : 0;
	if (step || error >= 0)
		return step;
	*ret_error = error;
	return "violations";
}

/* Return: the step that failed, with *@ret_error, or NULL */
static const char *try_actor(struct child *c, int *ret_error)
{
	bool program = c->node->kind == SPEC_PROGRAM, forks = zygotes_serve(c);
	struct launch_child spare;
	const char *step = NULL;
	int theirs = -1, ours = -1, error = 0;

	/* whoever is forked has the second stage that its zygote has put on */
	c->told_to_close = forks;
	error = go_on_with_life(c);
	if (error == 0 && (spare_take(c, &spare, &ours) ||
			   zygotes_take_one(c, &spare, &ours))) {
		take_process(c, &spare);
		error = control_link(c, ours, on_actor);
	} else if (error == 0 && !program) {
		error = control_pair(c, on_actor, &theirs);
	}
	step = error < 0 ? "mailbox" : NULL;
	if (!step && !c->lesson && !c->told_to_close) {
		error = closing_prepare(&c->supervisor->tree->host, c->node,
					false);
		step = error < 0 ? "seccomp" : NULL;
	}
	if (!step && c->paused)
		tell_paused(c);		/* before it can take anything */
	BREAKPOINT("start: channel made, nothing said");
	if (!step && !program)
		outfit_give(c);
	BREAKPOINT("start: all said, no process");
	if (ours >= 0)
		step = take_over(c, &spare, step, &error);
	if (!step && ours < 0)
		step = launch_process(c, theirs, forks, &error);
	BREAKPOINT("start: process there, end not watched");
	if (theirs >= 0)
		close(theirs);
	if (!step && c->pidfd >= 0) {
		error = exits_watch(c);
		step = error < 0 ? "watch" : NULL;
	}
	if (!step) {
		error = readiness_begin(c);
		step = error < 0 ? "watch" : NULL;
	}
	*ret_error = error;
	return step;
}

static void launch_actor(struct child *c)
{
	int error;
	const char *step = try_actor(c, &error);

	/* once there is a process it is too late for that */
	if (step && c->pidfd < 0 &&
	    shortage_again(c->supervisor, error, "a start is tried again")) {
		child_release(c);
		child_arm(c, c->node->start_timeout_ns);
		step = try_actor(c, &error);
	}
	if (step)
		start_failed(c, step, error);
}

void child_born(struct child *c, pid_t pid, int pidfd)
{
	int r;

	c->zygote = NULL;
	c->forked = true;
	c->pid = pid;
	c->pidfd = pidfd;
	r = exits_watch(c);
	if (r < 0)
		start_failed(c, "watch", r);
	else if (c->forsaken)
		child_signal(c, SIGKILL);
}

/* as it would have ended, had it been there */
static void end_unborn(struct child *c)
{
	struct cause cause = { .kind = CAUSE_EXIT };

	if (c->state != CHILD_STOPPING && c->state != CHILD_TERMINATING)
		cause = (struct cause){ .kind = CAUSE_SIGNAL,
					.number = SIGKILL };
	if (!c->reported)
		c->cause = cause;
	c->has_cause = true;
	if (c->purpose == PURPOSE_NONE)
		explain_unready(c);
	child_exited(c, &cause);
}

void child_unborn(struct child *c)
{
	if (c->state != CHILD_STARTING || c->forsaken) {
		end_unborn(c);
		return;
	}
	child_release(c);
	child_arm(c, c->node->start_timeout_ns);
	launch_actor(c);
}

/* Return: the step that failed, with *@ret_error, or NULL */
static const char *try_below(struct child *c, int *ret_error)
{
	struct tree *tree = c->supervisor->tree;
	int keep[] = {
		-1, tree->host.empty_netns_fd, tree->host.uid_lease_fd,
		tree->host.cgroups.fd, tree->config_fd, tree->bundled_fd,
	};
	int theirs;

	*ret_error = control_pair(c, on_supervisor, &theirs);
	if (*ret_error < 0)
		return "control";
	keep[0] = theirs;
	*ret_error = launch_supervisor(&tree->host, keep,
				       sizeof(keep) / sizeof(*keep), &c->pid,
				       &c->pidfd);
	if (*ret_error == 0)
		supervisor_run(tree, c->node, theirs);
	supervisor_met(c->supervisor, c->pid);
	BREAKPOINT("start: supervisor there, nothing said");
	close(theirs);
	return *ret_error < 0 ? "clone" : NULL;
}

static void launch_below(struct child *c)
{
	const char *step;
	int r;

	notes_catch_up();	/* it is not for the one that we fork */
	beginnings_begin(c);	/* in the one that we fork */
	step = try_below(c, &r);
	if (step && shortage_again(c->supervisor, r, "a start is tried again")) {
		c->link = link_free(c->link);
		step = try_below(c, &r);
	}
	if (step) {
		start_failed(c, step, r);
		return;
	}
	store_process(c->supervisor->store, c);
	if (c->generation > 0 || c->supervisor->taken_back)
		renewals_refresh(c);
	BREAKPOINT("start: its own edges made anew, not told");
	outfit_give(c);
	child_cause_clear(c);
	BREAKPOINT("start: supervisor told, end not watched");
	r = exits_watch(c);
	if (r < 0)
		start_failed(c, "watch", r);
}

int child_adopt(struct child *c, const struct child_ends *ends)
{
	int r = 0;

	c->output = ends->output;
	if (ends->link_fd >= 0)
		r = control_link(c, ends->link_fd, c->is_supervisor ?
				 on_supervisor : on_actor);
	if (r >= 0 && ends->violations_fd >= 0)
		r = violations_watch(c, ends->violations_fd);
	if (r >= 0 && c->notify_fd >= 0)
		r = notified_watch(c);
	if (r >= 0 && c->pidfd >= 0)
		r = exits_watch(c);
	limits_watch(c);
	return r < 0 ? r : 0;
}

void child_launch(struct child *c)
{
	c->was_ready = false;
	c->idled = false;
	c->late = false;
	c->wake = false;
	c->forked = false;
	c->closed = false;
	c->outdated = false;
	c->reported = false;
	c->dying = false;
	if (!c->is_supervisor)	/* of that its next process is told */
		child_cause_clear(c);
	c->extended = false;
	free(c->tail);		/* of the process before */
	c->tail = NULL;
	free(c->status);
	c->status = NULL;
	if (c->is_supervisor)
		launch_below(c);
	else
		launch_actor(c);
}
