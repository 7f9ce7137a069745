/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * chores.c - what has to be done some time, and nobody waits for.
 *
 * Who has to hear of an end, the parent that keeps the mailbox and the next
 * process, is woken on the processor on which we are, as a rule, and begins when
 * we sleep. So what can wait is done a little later: the kernel tidies up what is
 * left of a process while it is reaped and what we had of it is closed, strangers
 * are looked for, what was decided is told, and memory is made for the next
 * mailbox. Where there are programs, strangers do not wait: they are theirs, and
 * would meet the next process (exits.c).
 */
#include <unistd.h>

#include "supervisord/act/mailbox.h"
#include "supervisord/act/pidfd.h"
#include "supervisord/supervisor.h"

/* behind the next tick of the kernel: to set a timer before that is an exit of a
 * virtual machine, and the next process would wait for it */
#define LATER_US 5000

static void reap_all(struct chores *chores)
{
	siginfo_t info;

	while (chores->n_pidfds > 0) {
		chores->n_pidfds--;
		pidfd_reap(chores->pidfds[chores->n_pidfds], &info);
		close(chores->pidfds[chores->n_pidfds]);
	}
}

static void close_all(struct chores *chores)
{
	while (chores->n_fds > 0)
		close(chores->fds[--chores->n_fds]);
}

static void do_them(struct supervisor *s)
{
	notes_catch_up();
	reap_all(&s->chores);
	close_all(&s->chores);
	supervisor_reap_strangers(s);
	mailbox_prepare();
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	do_them(data);
	return 0;
}

/* Return: does it run? */
static bool arm(struct supervisor *s)
{
	sd_event_source *timer = s->chores.timer;
	int enabled = SD_EVENT_OFF;

	if (!timer)
		return sd_event_add_time_relative(s->event, &s->chores.timer,
						  CLOCK_MONOTONIC, LATER_US,
						  LATER_US, on_timer, s) >= 0;
	if (sd_event_source_get_enabled(timer, &enabled) >= 0 &&
	    enabled != SD_EVENT_OFF)
		return true;
	return sd_event_source_set_time_relative(timer, LATER_US) >= 0 &&
	       sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT) >= 0;
}

void chores_soon(struct supervisor *s)
{
	if (!arm(s))
		do_them(s);
}

void chores_reap(struct supervisor *s, int pidfd)
{
	if (s->chores.n_pidfds == CHORES_PIDFDS)
		reap_all(&s->chores);
	s->chores.pidfds[s->chores.n_pidfds++] = pidfd;
	chores_soon(s);
}

void chores_close(struct supervisor *s, int fd)
{
	if (s->chores.n_fds == CHORES_FDS)
		close_all(&s->chores);
	s->chores.fds[s->chores.n_fds++] = fd;
	chores_soon(s);
}

bool chores_free_descriptors(struct supervisor *s)
{
	bool had = s->chores.n_pidfds > 0 || s->chores.n_fds > 0;

	reap_all(&s->chores);
	close_all(&s->chores);
	return had;
}

void chores_end(struct supervisor *s)
{
	reap_all(&s->chores);
	close_all(&s->chores);
	s->chores.timer = sd_event_source_disable_unref(s->chores.timer);
	mailbox_end();
}
