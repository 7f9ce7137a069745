/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * clone.h - processes that borrow this one's memory for a moment.
 */
#pragma once

#include <sys/types.h>

/**
 * clone_helper() - run @work in a process of its own, and wait for it
 * @flags: CLONE_NEW* for it. A user namespace can only be given here: what
 *         shares memory may not unshare that later.
 *
 * It shares memory and descriptors with the caller, who sleeps meanwhile; its
 * namespaces, identity, filters and working directory are its own. What it
 * leaves in memory and opens stays.
 *
 * Return: what @work returned; negative errno: no process could be made, or
 * -ECHILD: it was killed.
 */
int clone_helper(int flags, int (*work)(void *data), void *data);

/**
 * clone_borrowed() - begin a process that will exec
 * @flags: CLONE_NEW* besides
 * @cgroup_fd: where it is born; -1: where we are
 * @work: sees the caller's memory, but its own descriptors; must end in exec
 *        or _exit(). All signals are blocked in it.
 *
 * Returns when it has executed or ended. Return: 0; negative errno; -ENOSYS: in
 * no other cgroup on this architecture.
 */
int clone_borrowed(int flags, int cgroup_fd, int (*work)(void *data),
		   void *data, pid_t *ret_pid, int *ret_pidfd);
