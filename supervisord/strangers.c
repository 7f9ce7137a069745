/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * strangers.c - processes that come to a supervisor without being its children:
 * orphans of programs, in a pid namespace of which it is PID 1.
 *
 * It alone reaps and kills them; a child's end is its pidfd's to tell.
 */
#include <stdlib.h>
#include <sys/wait.h>

#include "supervisord/act/orphans.h"
#include "supervisord/cgroups.h"
#include "supervisord/reexec.h"
#include "supervisord/spare.h"
#include "supervisord/supervisor.h"
#include "supervisord/zygotes.h"

/* each has two children at least, or is a template; and one that is nobody yet */
#define CLASSES_MAX (2 * SPEC_CHILDREN_MAX)

/* numbers are given in order, so as a rule nobody has to be asked for a new one */
bool supervisor_knows(const struct supervisor *s, pid_t pid)
{
	if (zygotes_is(s, pid))
		return true;
	for (size_t i = 0; pid <= s->newest_pid && i < s->n_children; i++)
		if ((s->children[i]->pidfd >= 0 &&
		     s->children[i]->pid == pid) ||
		    spare_is(s->children[i], pid))
			return true;
	return false;
}

/* no process outlives its actor: who is left of a program that has ended */
static void sweep_orphans(struct supervisor *s)
{
	int classes[CLASSES_MAX];
	struct orphans_known *known;
	struct child *c;
	size_t n = 0, n_classes;

	if (!s->has_programs || zygotes_pending(s))
		return;
	n_classes = zygotes_pidfds(s, classes, CLASSES_MAX);
	known = calloc(2 * s->n_children + n_classes + 1, sizeof(*known));
	for (; known && n < n_classes; n++)
		known[n].pidfd = classes[n];
	for (size_t i = 0; known && i < s->n_children; i++) {
		c = s->children[i];
		if (spare_pidfd(c) >= 0)
			known[n++].pidfd = spare_pidfd(c);
		if (c->pidfd < 0)
			continue;
		known[n].pidfd = c->pidfd;
		known[n++].may_fork = child_may_fork(c);
	}
	if (known && reexec_check_pidfd(s) >= 0)
		known[n++].pidfd = reexec_check_pidfd(s);
	if (known)
		orphans_kill(known, n);
	free(known);
}

static void reap_strangers(struct supervisor *s)
{
	siginfo_t info;
	bool ours;

	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == 0)
			return;
		/* one that was forked for us is about to say who it is */
		ours = supervisor_knows(s, info.si_pid) ||
		       zygotes_pending(s) || reexec_checks(s, info.si_pid);
		/* its pidfd will tell; strangers behind it come after that */
		if (ours)
			return;
		waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
	}
}

void supervisor_reap_strangers(struct supervisor *s)
{
	reap_strangers(s);
	sweep_orphans(s);
	cgroups_end_again(s);
}
