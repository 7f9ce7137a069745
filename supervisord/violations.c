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
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/violation.h"
#include "supervisord/supervisor.h"
#include "supervisord/zygotes.h"

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

static void end_violator(struct child *c, const struct violation *v)
{
	/* it sleeps: what it said before is all there */
	link_drain(c->link);
	if (is_ended(c))
		return;
	/* the kernel's word: also of what has reported a failure before */
	c->reported = true;
	c->cause = (struct cause){ .kind = CAUSE_SECCOMP };
	snprintf(c->cause.text, sizeof(c->cause.text), "%s", v->name);
	c->violation = *v;
	snprintf(c->cause_text, sizeof(c->cause_text),
		 "its sandbox does not allow that call%s%s",
		 *v->name ? " of " : "", v->name);
	supervisor_event(c, CHILD_EVENT_KILL);
}

static int on_violation(sd_event_source *source, int fd, uint32_t events,
			void *data)
{
	struct violation v = { 0 };
	struct child *c = data;
	int r;

	/* nobody is left under that filter */
	if (!(events & EPOLLIN)) {
		sd_event_source_set_enabled(source, SD_EVENT_OFF);
		return 0;
	}
	r = violation_read(fd, &v);
	/* a signal took it back: an actor has tried all the same, a program
	 * whose handler returns tries again */
	if (r < 0 && child_may_fork(c))
		return 0;
	if (is_its_own(c, &v))
		end_violator(c, &v);
	else if (v.thread > 0)
		kill(v.thread, SIGKILL);
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

/* ---- a filter that many share ---- */

static struct child *find(const struct supervisor *s, pid_t pid)
{
	for (size_t i = 0; i < s->n_children; i++)
		if (s->children[i]->pidfd >= 0 && s->children[i]->pid == pid)
			return s->children[i];
	return NULL;
}

/* what a signal took back nobody can be found for: the call was not made */
static int on_class_violation(sd_event_source *source, int fd, uint32_t events,
			      void *data)
{
	struct violation v = { 0 };
	struct supervisor *s = data;
	struct child *c;

	if (!(events & EPOLLIN)) {
		sd_event_source_disable_unref(source);
		return 0;
	}
	if (violation_read(fd, &v) < 0)
		return 0;
	zygotes_catch_up_all(s);
	c = find(s, v.thread);
	if (c) {
		end_violator(c, &v);
		return 0;
	}
	zygotes_violated(s, v.thread, v.name);
	kill(v.thread, SIGKILL);
	return 0;
}

int violations_watch_class(struct supervisor *s, int listener_fd)
{
	sd_event_source *source;
	int r;

	r = sd_event_add_io(s->event, &source, listener_fd, EPOLLIN,
			    on_class_violation, s);
	if (r < 0) {
		close(listener_fd);
		return r;
	}
	/* until the last one under that filter is gone it is its own owner */
	sd_event_source_set_io_fd_own(source, true);
	return 0;
}
