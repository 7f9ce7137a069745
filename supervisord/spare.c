/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * spare.c - a process that stands by for its child (`standby: 1`).
 *
 * It has executed its program, in its sandbox, and waits for the first word on
 * its control channel, as every actor does when it begins. It has nothing of the
 * life yet: no mailbox, no edge, no descriptor. So nothing that an actor can see
 * tells whether its process was there before it was needed; when the channel
 * becomes its child's, all it is given is what any process is. It knows of its
 * second stage alone, and who has no hook at its start puts that on at once: it
 * costs a tenth of what such a crash costs.
 *
 * One is also made at once for a child that is to start as soon as all above hold
 * its mailbox, `standby` or not (spare_hasten()): it executes, or is forked from
 * the process of its class, while we read, check and push that.
 *
 * This alone makes, watches and ends such processes; when there is to be one is
 * decide/standby.c's. One that ends by itself is no failure of its child, which
 * runs, or waits for its turn: it is recorded, and another is made, later each
 * time.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisord/act/pidfd.h"
#include "supervisord/act/process_status.h"
#include "supervisord/breakpoint.h"
#include "supervisord/cgroups.h"
#include "supervisord/closing.h"
#include "supervisord/decide/standby.h"
#include "supervisord/order.h"
#include "supervisord/spare.h"
#include "supervisord/zygotes.h"

/* less than anybody takes to replace a file and to start something of it */
#define LOOKED_NS UINT64_C(5000000)

/**
 * struct spare - of one child
 * @pid: 0: there is none now
 * @control_fd: our end; nothing is said there before it is taken
 * @generation: in which it would run: it is in its environment
 * @hastened: it is wanted now: who waits for it finds out what becomes of it
 * @forked: of its class's process; without @pid, that is to come
 * @closes: it has been told of its second stage
 * @looked_ns: when its program was found to be what is on the disk
 * @n_lost: so many in a row have ended by themselves, each before long
 */
struct spare {
	struct child *child;
	pid_t pid;
	int pidfd;
	int control_fd;
	int listener_fd;
	struct cgroup cgroup;
	uint32_t generation;
	bool hastened;
	bool forked;
	bool closes;
	uint64_t made_ns;
	uint64_t looked_ns;
	unsigned int n_lost;
	struct output *output;
	struct violation violation;
	sd_event_source *exit_source;
	sd_event_source *violations;
	sd_event_source *timer;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static struct spare *spare_of(struct child *c)
{
	struct spare *spare = c->spare;

	if (spare)
		return spare;
	spare = calloc(1, sizeof(*spare));
	if (!spare)
		return NULL;
	spare->child = c;
	spare->pidfd = spare->control_fd = spare->listener_fd = -1;
	spare->cgroup.fd = -1;
	c->spare = spare;
	return spare;
}

bool spare_awaits(const struct child *c)
{
	return c->spare && c->spare->forked && c->spare->pid == 0;
}

/* it ends by itself: nobody has the other end of its channel */
static void forget_fork(struct spare *spare)
{
	struct child *c = spare->child;

	if (!spare->forked)
		return;
	spare->forked = false;
	c->zygote = NULL;
	c->output = output_free(c->output);
}

/* all but the process itself */
static void forget(struct spare *spare)
{
	forget_fork(spare);
	if (spare->hastened)
		spare->child->supervisor->n_hastened--;
	spare->hastened = false;
	spare->exit_source = sd_event_source_disable_unref(spare->exit_source);
	spare->violations = sd_event_source_disable_unref(spare->violations);
	spare->output = output_free(spare->output);
	close_fd(&spare->listener_fd);
	close_fd(&spare->control_fd);
	close_fd(&spare->pidfd);
	spare->violation = (struct violation){ .thread = 0 };
	spare->pid = 0;
	cgroups_leave(spare->child->supervisor, &spare->cgroup);
}

/* nobody waits for its end: who reaps strangers sees to that */
static void end(struct spare *spare)
{
	spare->timer = sd_event_source_disable_unref(spare->timer);
	if (spare->pid > 0)
		syscall(SYS_pidfd_send_signal, spare->pidfd, SIGKILL, NULL, 0);
	forget(spare);
}

/* ---- what it does before it is needed ---- */

static void record_line(const struct child *c, unsigned int priority,
			const char *line)
{
	struct record record;

	child_record(c, &record, "output");
	fields_put_u64(&record.fields, "PRIORITY", priority);
	fields_put(&record.fields, "TEXT", line);
	reporter_send(c->supervisor->reporter, &record);
}

static void on_line(void *data, unsigned int priority, const char *line)
{
	const struct spare *spare = data;

	record_line(spare->child, priority, line);
}

/* @why: of a process; or of one that could not be made */
static void lost(struct spare *spare, const char *why)
{
	struct child *c = spare->child;
	char text[320];

	if (standby_lasted(supervisor_now_ns() - spare->made_ns))
		spare->n_lost = 0;
	if (spare->n_lost < UINT32_MAX)
		spare->n_lost++;
	snprintf(text, sizeof(text),
		 "%s; the actor itself has not failed, another is made in %llu ms",
		 why, (unsigned long long)(standby_delay_ns(spare->n_lost) /
					   1000000));
	child_note(c, "standby-lost", NULL, NULL, text);
	spare_look(c);
}

static void lost_by(struct spare *spare, const struct cause *cause)
{
	char name[CAUSE_TEXT_MAX], why[160];

	snprintf(why, sizeof(why), "the process that stood by ended: %s",
		 cause_format(cause, name, sizeof(name)));
	forget(spare);
	lost(spare, why);
}

static int on_exit_of(sd_event_source *source, int fd, uint32_t events,
		      void *data)
{
	struct spare *spare = data;
	struct cause cause = { .kind = CAUSE_SECCOMP };
	siginfo_t info;

	(void)source;
	(void)events;
	if (!pidfd_reap(fd, &info))
		return 0;
	if (spare->hastened) {
		forget(spare);
		return 0;
	}
	if (spare->violation.thread)
		snprintf(cause.text, sizeof(cause.text), "%s",
			 spare->violation.name);
	else
		cause = cause_from_wait(info.si_code, info.si_status);
	lost_by(spare, &cause);
	return 0;
}

/* it sleeps in that call, which is never made */
static int on_violation(sd_event_source *source, int fd, uint32_t events,
			void *data)
{
	struct spare *spare = data;

	sd_event_source_set_enabled(source, SD_EVENT_OFF);
	if (!(events & EPOLLIN) ||
	    violation_read(fd, &spare->violation, NULL) < 0)
		return 0;
	syscall(SYS_pidfd_send_signal, spare->pidfd, SIGKILL, NULL, 0);
	return 0;
}

/* ---- making it ---- */

static int watch(struct spare *spare, sd_event_source **ret, int fd,
		 sd_event_io_handler_t handler)
{
	return sd_event_add_io(spare->child->supervisor->event, ret, fd,
			       EPOLLIN, handler, spare);
}

static void keep(struct spare *spare, const struct launch_child *made,
		 int control_fd)
{
	supervisor_met(spare->child->supervisor, made->pid);
	spare->pid = made->pid;
	spare->pidfd = made->pidfd;
	spare->listener_fd = made->listener_fd;
	spare->control_fd = control_fd;
}

/* Return: the step that failed, with *@ret_error, or NULL */
static const char *launch(struct spare *spare, int control_fd, int theirs,
			  int *ret_error)
{
	const struct child_process wanted = {
		.generation = spare->generation,
		.cgroup = &spare->cgroup,
		.control_fd = theirs,
		.output = &spare->output,
		.line = on_line,
		.data = spare,
	};
	struct launch_child made;
	const char *step;

	step = child_make_process(spare->child, &wanted, &made, ret_error);
	if (step)
		return step;
	keep(spare, &made, control_fd);
	*ret_error = -launch_failure(made.error_fd, &step);
	if (made.error_fd >= 0)
		close(made.error_fd);
	return *ret_error < 0 ? step : NULL;
}

static const char *begin(struct spare *spare, uint32_t generation,
			 int *ret_error)
{
	const char *step;
	int fds[2];

	*ret_error = link_pair(fds);
	if (*ret_error < 0)
		return "control";
	spare->generation = generation;
	spare->made_ns = supervisor_now_ns();
	step = launch(spare, fds[0], fds[1], ret_error);
	close(fds[1]);
	if (step && spare->control_fd < 0)
		close(fds[0]);
	if (step)
		return step;
	spare->closes = closing_send(spare->control_fd,
				     &spare->child->supervisor->tree->host,
				     spare->child->node) == 0;
	*ret_error = watch(spare, &spare->exit_source, spare->pidfd,
			   on_exit_of);
	if (*ret_error >= 0 && spare->listener_fd >= 0)
		*ret_error = watch(spare, &spare->violations,
				   spare->listener_fd, on_violation);
	return *ret_error < 0 ? "watch" : NULL;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct spare *spare = data;
	const char *step;
	char why[160];
	int error;

	(void)source;
	(void)usec;
	spare->timer = sd_event_source_disable_unref(spare->timer);
	step = begin(spare, spare->child->generation + 1, &error);
	if (!step)
		return 0;
	end(spare);
	snprintf(why, sizeof(why), "no process stands by: %s: %s", step,
		 strerror(-error));
	lost(spare, why);
	return 0;
}

static void wait_for_next(struct spare *spare)
{
	uint64_t delay_us = standby_delay_ns(spare->n_lost) / 1000;

	if (spare->timer || spare->pid)
		return;
	/* without it none is made before its child changes once more */
	sd_event_add_time_relative(spare->child->supervisor->event,
				   &spare->timer, CLOCK_MONOTONIC, delay_us,
				   1000, on_timer, spare);
}

/* what is made for now is for this start, and for no other */
static bool is_late(const struct child *c)
{
	return (!c->node->standby || (c->spare && c->spare->hastened)) &&
	       c->state != CHILD_WAITING;
}

static enum standby_what wanted(const struct child *c)
{
	if (c->is_supervisor || !c->living || is_late(c) || c->lesson ||
	    supervisor_going_down(c->supervisor))
		return STANDBY_END;
	return standby_of(c->state, c->purpose == PURPOSE_RESTART);
}

void spare_look(struct child *c)
{
	struct spare *spare;

	if (!c->node->standby && !c->spare)
		return;
	spare = spare_of(c);
	if (!spare)
		return;
	switch (wanted(c)) {
	case STANDBY_FORGOTTEN:
	case STANDBY_KEEP:
		break;
	case STANDBY_END:
		end(spare);
		spare->n_lost = 0;
		break;
	case STANDBY_MAKE:
		wait_for_next(spare);
		break;
	}
}

static const char *begin_fork(struct spare *spare, int *ret_error)
{
	struct child *c = spare->child;
	const char *step;
	int fds[2];

	*ret_error = link_pair(fds);
	if (*ret_error < 0)
		return "control";
	spare->generation = c->generation;
	spare->control_fd = fds[0];
	step = zygotes_fork(c, fds[1], ret_error);
	spare->forked = !step;
	close(fds[1]);
	return step;
}

/* one of its class that was forked before anybody needed it */
static bool take_reserve(struct spare *spare)
{
	struct child *c = spare->child;
	struct launch_child made;
	int control_fd;

	if (!zygotes_take_one(c, &made, &control_fd))
		return false;
	keep(spare, &made, control_fd);
	spare->generation = c->generation;
	spare->forked = true;
	if (watch(spare, &spare->exit_source, spare->pidfd, on_exit_of) < 0)
		end(spare);
	return true;
}

void spare_hasten(struct child *c)
{
	struct supervisor *s = c->supervisor;
	struct spare *spare;
	const char *step;
	int error;

	if (s->n_hastened >= ORDER_STARTS_A_TURN || c->lesson)
		return;
	spare = spare_of(c);
	if (!spare || spare->pid || spare->forked)
		return;
	spare->timer = sd_event_source_disable_unref(spare->timer);
	spare->hastened = true;
	s->n_hastened++;
	if (take_reserve(spare))
		return;
	step = zygotes_serve(c) ? begin_fork(spare, &error) :
		begin(spare, c->generation, &error);
	BREAKPOINT("hastened: there, its mailbox not");
	if (step)
		end(spare);
}

void spare_born(struct child *c, pid_t pid, int pidfd)
{
	struct spare *spare = c->spare;

	c->zygote = NULL;
	supervisor_met(c->supervisor, pid);
	spare->pid = pid;
	spare->pidfd = pidfd;
	if (watch(spare, &spare->exit_source, pidfd, on_exit_of) < 0)
		end(spare);
}

void spare_unborn(struct child *c)
{
	forget(c->spare);
}

void spare_renew(struct child *c)
{
	if (!c->spare)
		return;
	end(c->spare);
	spare_look(c);
}

/* ---- taking it ---- */

static bool has_ended(const struct spare *spare)
{
	struct pollfd ended = { .fd = spare->pidfd, .events = POLLIN };

	return poll(&ended, 1, 0) != 0;
}

void spare_foresee(struct child *c)
{
	if (spare_pidfd(c) >= 0 && c->program &&
	    launch_program_serves(c->program))
		c->spare->looked_ns = supervisor_now_ns();
}

/* one look is enough for an end and for what follows it at once */
static bool is_of_our_program(const struct spare *spare)
{
	const struct child *c = spare->child;

	return c->program &&
	       (supervisor_now_ns() - spare->looked_ns < LOOKED_NS ||
		launch_program_serves(c->program));
}

/* what is its program now would be another, or it would have seen a number that
 * is not its own */
static bool fits(const struct spare *spare)
{
	const struct child *c = spare->child;

	if (spare->generation != c->generation)
		return false;
	if (spare->forked)	/* it was looked at just now */
		return spare->pid == 0 || !has_ended(spare);
	return !has_ended(spare) && !spare->violation.thread &&
	       is_of_our_program(spare);
}

/* its output is its child's already */
static void take_fork(struct spare *spare)
{
	struct child *c = spare->child;

	if (spare->pid)
		c->forked = true;
	spare->forked = false;
	c->told_to_close = true;
}

static void take_apart(struct spare *spare)
{
	struct child *c = spare->child;

	c->output = spare->output;
	output_for(c->output, child_line, c);
	c->told_to_close = spare->closes;
	spare->output = NULL;
	child_runs(c, c->program);
	c->cgroup = spare->cgroup;
	spare->cgroup = (struct cgroup){ .fd = -1 };
}

bool spare_take(struct child *c, struct launch_child *ret, int *ret_control_fd)
{
	struct spare *spare = c->spare;

	if (!spare || (spare->pid == 0 && !spare->forked))
		return false;
	if (!fits(spare)) {
		end(spare);
		return false;
	}
	*ret = (struct launch_child){
		.pid = spare->pid,
		.pidfd = spare->pidfd,
		.error_fd = -1,
		.listener_fd = spare->listener_fd,
	};
	*ret_control_fd = spare->control_fd;
	if (spare->forked)
		take_fork(spare);
	else
		take_apart(spare);
	spare->pidfd = spare->listener_fd = spare->control_fd = -1;
	spare->pid = 0;
	spare->n_lost = 0;
	return true;
}

void spare_settle(struct child *c)
{
	if (!c->spare || spare_awaits(c) || spare_pidfd(c) >= 0)
		return;
	forget(c->spare);
	if (!c->node->standby)
		spare_free(c);
}

bool spare_is(const struct child *c, pid_t pid)
{
	return c->spare && c->spare->pid && c->spare->pid == pid;
}

int spare_pidfd(const struct child *c)
{
	return c->spare && c->spare->pid ? c->spare->pidfd : -1;
}

/* it has no word for it before it is taken: its filters are counted */
bool spare_is_closed(const struct child *c)
{
	int pidfd = spare_pidfd(c);

	return pidfd >= 0 && process_status_filters(pidfd) > 1;
}

const char *spare_word(const struct child *c)
{
	if (spare_pidfd(c) >= 0)
		return "waiting";
	return c->spare && c->spare->n_lost ? "lost" : "none";
}

void spare_free(struct child *c)
{
	if (!c->spare)
		return;
	end(c->spare);
	free(c->spare);
	c->spare = NULL;
}
