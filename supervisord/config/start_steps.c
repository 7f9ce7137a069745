/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * start_steps.c - the steps of a start by which it can fail.
 *
 * As in start_failed:STEP. Those of the sandbox are steps[] of act/launch.c and
 * what launch_program.c calls what it prepares; the others are child.c's and
 * zygotes.c's. tests/structure/start_steps.sh compares them. Pure.
 */
#include <stddef.h>

#include "supervisord/config/start_steps.h"

static const char *const names[] = {
	/* the actor's own */
	"start", "closing", "setup",
	/* made by the supervisor */
	"begin", "cgroup", "clone", "control", "environment", "mailbox",
	"notify", "output", "state", "violations", "watch", "zygote",
	/* what the file grants */
	"devices", "execute", "library", "read", "scratch", "write",
	/* in the process, or prepared for it */
	"signals", "descriptors", "session", "network", "mount", "uid",
	"capabilities", "rlimits", "parent", "no_new_privs", "landlock",
	"seccomp", "exec",
	NULL,
};

const char *const *start_steps(void)
{
	return names;
}
