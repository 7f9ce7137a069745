/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * chores.h - what has to be done some time, and nobody waits for.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <systemd/sd-event.h>

/* so many that have ended are not reaped at most */
#define CHORES_PIDFDS 32
/* so many descriptors that nobody needs are not closed at most */
#define CHORES_FDS 64

struct supervisor;

/** struct chores - of one supervisor; all zero: there are none */
struct chores {
	sd_event_source *timer;
	int pidfds[CHORES_PIDFDS];
	size_t n_pidfds;
	int fds[CHORES_FDS];
	size_t n_fds;
};

/** chores_soon() - after an end: strangers, and what the next mailbox wants */
void chores_soon(struct supervisor *s);
/** chores_reap() - a process of ours that has ended; takes @pidfd */
void chores_reap(struct supervisor *s, int pidfd);
/** chores_close() - what has to be freed with it takes its time; takes @fd, and
 * who comes after us does not have it */
void chores_close(struct supervisor *s, int fd);
/** chores_free_descriptors() - of those that have ended, and others that are to be
 * closed, now. Return: there were some */
bool chores_free_descriptors(struct supervisor *s);
/** chores_end() - they are done now, or by who comes after us */
void chores_end(struct supervisor *s);
