/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * violations.c - a system call that the sandbox forbids ends its process.
 *
 * The caller sleeps in that call, which is never made, until it is killed from
 * here. Where the kernel has no listeners it kills by itself, and child.c sees
 * that in the end of the process.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/sandbox_profile.h"
#include "supervisord/act/violation.h"
#include "supervisord/lessons.h"
#include "supervisord/supervisor.h"
#include "supervisord/zygotes.h"

#define RECORDS_MAX 10

/* what a program has forked sleeps as well, and ends alone */
static bool is_its_own(const struct child *c, const struct violation *v)
{
	return !child_may_fork(c) ||
	       syscall(SYS_tgkill, c->pid, v->thread, 0) == 0;
}

/* of another thread: what that one is killed for takes back the second call */
static bool is_ended(const struct child *c)
{
	return c->reported && c->cause.kind == CAUSE_SECCOMP && *c->cause.text;
}

/** struct refusal - a call, and what it was called with */
struct refusal {
	struct violation it;
	struct violation_arguments arguments;
};

/* what to do about it, when that was no attack */
static void explain(const struct child *c, const struct refusal *r, char *text,
		    size_t size_bytes)
{
	struct sandbox_profile profile = {
		launch_program_profile(c->node), c->node->sandbox.syscalls,
	};
	char advice[SANDBOX_ADVICE_BYTES];

	snprintf(text, size_bytes,
		 "its sandbox does not allow that call of %s; %s", r->it.name,
		 sandbox_profile_advice(&profile, r->it.name,
					r->arguments.known ?
					r->arguments.values : NULL, advice));
}

static void violated(struct child *c, const struct refusal *r)
{
	c->cause = (struct cause){ .kind = CAUSE_SECCOMP };
	snprintf(c->cause.text, sizeof(c->cause.text), "%s", r->it.name);
	c->violation_at = r->it.instruction;
	c->violation_machine = r->it.machine;
	explain(c, r, child_cause_buffer(c), CHILD_TEXT_BYTES);
}

/* the first ones, then fewer and fewer: a program may fork without end */
static bool is_worth_a_record(unsigned int n)
{
	while (n > RECORDS_MAX && n % 10 == 0)
		n /= 10;
	return n <= RECORDS_MAX;
}

/* not the program: that sees how its child has ended */
static void end_forked(struct child *c, const struct refusal *r)
{
	char text[CHILD_TEXT_BYTES];

	kill(r->it.thread, SIGKILL);
	if (c->n_forked_ended < UINT32_MAX)
		c->n_forked_ended++;
	if (!*r->it.name || !is_worth_a_record(c->n_forked_ended))
		return;
	explain(c, r, text, sizeof(text));
	notes_forked_ended(c, &r->it, text);
}

static void end_violator(struct child *c, const struct refusal *r)
{
	/* it sleeps: what it said before is all there */
	link_drain(c->link);
	if (is_ended(c))
		return;
	/* the kernel's word: also of what has reported a failure before */
	c->reported = true;
	if (*r->it.name)
		violated(c, r);
	else
		c->cause = (struct cause){
			.kind = CAUSE_SIGNAL, .number = SIGSYS,
		};
	supervisor_event(c, CHILD_EVENT_KILL);
}

static int on_violation(sd_event_source *source, int fd, uint32_t events,
			void *data)
{
	struct refusal refusal = { .arguments.known = false };
	struct child *c = data;
	int r;

	/* nobody is left under that filter: from Linux 6.11 it is just ending */
	if (!(events & EPOLLIN)) {
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
		child_is_ending(c);
		return 0;
	}
	if (c->lesson) {
		lessons_take(c, fd);
		return 0;
	}
	r = violation_read(fd, &refusal.it, &refusal.arguments);
	/* a signal took it back: an actor has tried all the same, a program
	 * whose handler returns tries again */
	if (r < 0 && child_may_fork(c))
		return 0;
	if (is_its_own(c, &refusal.it))
		end_violator(c, &refusal);
	else if (refusal.it.thread > 0)
		end_forked(c, &refusal);
	return 0;
}

int violations_watch(struct child *c, int listener_fd)
{
	int r;

	r = sd_event_add_io(c->supervisor->event, &c->violations, listener_fd,
			    EPOLLIN, on_violation, c);
	if (r < 0) {
		close(listener_fd);
		return r;
	}
	sd_event_source_set_io_fd_own(c->violations, true);
	return 0;
}

int violations_end(struct child *c)
{
	int fd = -1;

	if (!c->violations)
		return -1;
	fd = sd_event_source_get_io_fd(c->violations);
	sd_event_source_set_io_fd_own(c->violations, false);
	c->violations = sd_event_source_disable_unref(c->violations);
	return fd;
}

/* ---- a filter that many share ---- */

static struct child *find(const struct supervisor *s, pid_t pid)
{
	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->pidfd >= 0 && s->children[i]->pid == pid)
			return s->children[i];
	return NULL;
}

/** struct class_listener - of such a filter, until nobody is left under it */
struct class_listener {
	struct class_listener *next;
	struct supervisor *supervisor;
	sd_event_source *source;
};

static void forget_class(struct class_listener *listener)
{
	struct class_listener **at = &listener->supervisor->class_listeners;

	while (*at && *at != listener)
		at = &(*at)->next;
	if (*at)
		*at = listener->next;
	sd_event_source_disable_unref(listener->source);
	free(listener);
}

/* what a signal took back nobody can be found for: the call was not made */
static int on_class_violation(sd_event_source *source, int fd, uint32_t events,
			      void *data)
{
	struct class_listener *listener = data;
	struct supervisor *s = listener->supervisor;
	struct refusal refusal = { .arguments.known = false };
	const struct violation *v = &refusal.it;
	struct child *c;

	(void)source;
	if (!(events & EPOLLIN)) {
		forget_class(listener);
		return 0;
	}
	if (violation_read(fd, &refusal.it, &refusal.arguments) < 0)
		return 0;
	zygotes_catch_up_all(s);
	c = find(s, v->thread);
	if (c) {
		end_violator(c, &refusal);
		return 0;
	}
	zygotes_violated(s, v->thread, v->name);
	kill(v->thread, SIGKILL);
	return 0;
}

int violations_watch_class(struct supervisor *s, int listener_fd)
{
	struct class_listener *listener = calloc(1, sizeof(*listener));
	int r = -ENOMEM;

	if (listener)
		r = sd_event_add_io(s->event, &listener->source, listener_fd,
				    EPOLLIN, on_class_violation, listener);
	if (r < 0) {
		free(listener);
		close(listener_fd);
		return r;
	}
	sd_event_source_set_io_fd_own(listener->source, true);
	listener->supervisor = s;
	listener->next = s->class_listeners;
	s->class_listeners = listener;
	return 0;
}

/* ---- for who takes our place ---- */

static const struct state_member listener_members[] = {
	{ "FD", STATE_FD, 0, sizeof(int) },
};
static const struct state_kind listener_kind =
	STATE_KIND("LISTENER", listener_members);

void violations_put_classes(const struct supervisor *s, struct state_writer *w)
{
	const struct class_listener *at;
	int fd;

	for (at = s->class_listeners; at; at = at->next) {
		fd = sd_event_source_get_io_fd(at->source);
		state_put(w, &listener_kind, &fd);
	}
}

int violations_take_classes(struct supervisor *s, struct state_reader *r)
{
	int fd;

	while (state_is(r, &listener_kind)) {
		fd = -1;
		if (state_take(r, &listener_kind, &fd) == 0 &&
		    (fd < 0 || violations_watch_class(s, fd) < 0))
			state_fail(r, "a filter has no listener");
	}
	return r->error;
}
