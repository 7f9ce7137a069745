/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reserve.c - an instance that is forked before it is needed.
 *
 * To fork is a third of what a crash of an instance costs: its zygote has to be
 * woken, copy its tables, and what it has forked has to find its feet. So each
 * class that has a process has one such instance more, which is nobody yet. It
 * has no name, no mailbox and no edge, and waits for SETUP, which brings the name;
 * whoever of the class is next to start becomes it. All a class pays is this one
 * process, however many instances it has.
 *
 * This alone knows that process; when there is to be one is zygotes.c's. It can
 * be ended at any time, and what it comes to by itself is nobody's failure: then
 * a start forks, as ever.
 */
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "supervisord/act/pidfd.h"
#include "supervisord/reserve.h"

#define WORD_BYTES 64

/* all but the process itself */
static void forget(struct reserve *r)
{
	if (!r->number)
		return;
	r->exit_source = sd_event_source_disable_unref(r->exit_source);
	r->output = output_free(r->output);
	if (r->control_fd >= 0)
		close(r->control_fd);
	if (r->pid)
		close(r->pidfd);
	r->control_fd = -1;
	r->pid = 0;
	r->number = 0;
}

/* one that is not heard of yet reads that nobody has its channel, and exits; who
 * reaps strangers sees to both */
void reserve_end(struct reserve *r)
{
	if (r->number && r->pid)
		syscall(SYS_pidfd_send_signal, r->pidfd, SIGKILL, NULL, 0);
	forget(r);
}

static int on_exit_of(sd_event_source *source, int fd, uint32_t events,
		      void *data)
{
	siginfo_t info;

	(void)source;
	(void)events;
	if (pidfd_reap(fd, &info))
		forget(data);
	return 0;
}

static void say_fork(const struct reserve *r, struct link *zygote,
		    int control_fd, int output_fd)
{
	const int fds[] = { control_fd, output_fd };
	char bytes[WORD_BYTES];
	struct fields_writer w;

	fields_begin(&w, bytes, sizeof(bytes), "FORK");
	fields_put_u64(&w, "NUMBER", r->number);
	link_send(zygote, &w, fds, 2);
}

int reserve_ask(struct reserve *r, struct supervisor *s, struct link *zygote,
		output_line_fn *line, void *data)
{
	int fds[2], output_fd, error = link_pair(fds);

	if (error < 0)
		return error;
	*r = (struct reserve){
		.supervisor = s,
		.number = ++s->last_fork,
		.pidfd = -1,
		.control_fd = fds[0],
	};
	error = output_new(&r->output, s->event, &output_fd, line, data);
	if (error >= 0) {
		say_fork(r, zygote, fds[1], output_fd);
		close(output_fd);
	}
	close(fds[1]);
	if (error < 0)
		forget(r);
	return error < 0 ? error : 0;
}

void reserve_born(struct reserve *r, pid_t pid, int pidfd)
{
	r->pid = pid;
	r->pidfd = pidfd;
	if (sd_event_add_io(r->supervisor->event, &r->exit_source, pidfd,
			    EPOLLIN, on_exit_of, r) < 0)
		reserve_end(r);
}

/* nobody speaks first there, so all there can be is its end */
static bool tells(int fd)
{
	struct pollfd ended = { .fd = fd, .events = POLLIN };

	return poll(&ended, 1, 0) != 0;
}

bool reserve_is_awaited(const struct reserve *r)
{
	return r->number && !r->pid && !tells(r->control_fd);
}

bool reserve_take(struct reserve *r, struct child *c, struct launch_child *ret,
		  int *ret_control_fd)
{
	if (!r->number || !r->pid || tells(r->pidfd))
		return false;
	*ret = (struct launch_child){
		.pid = r->pid,
		.pidfd = r->pidfd,
		.error_fd = -1,
		.listener_fd = -1,
	};
	*ret_control_fd = r->control_fd;
	c->output = r->output;
	output_for(c->output, child_line, c);
	r->output = NULL;
	r->control_fd = -1;
	r->pid = 0;
	forget(r);
	return true;
}
