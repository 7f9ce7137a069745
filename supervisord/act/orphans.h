/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * orphans.h - processes that came to us when their parent ended.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/** struct orphans_known - a child of ours; @may_fork: it can have descendants */
struct orphans_known {
	int pidfd;
	bool may_fork;
};

/**
 * orphans_kill() - SIGKILL to our children that are not known and do not
 *                  descend from a known one that may fork
 *
 * A start that has an IPC namespace of its own is told by that, which nobody in
 * a sandbox can leave. What these leave behind comes to us when they are dead:
 * call again after each death. Never waits. Return: how many were there; -ENOENT:
 * the kernel lists no children; other negative errno.
 */
int orphans_kill(const struct orphans_known *known, size_t n_known);
/**
 * orphans_in_group() - do others of that child's process group live, of those
 *                      that are our children by now?
 * @pidfd: it has ended, and nobody has reaped it
 *
 * Dead ones that nobody has reaped hold nothing any more, and do not count. Never
 * waits. Return: false also when that cannot be seen.
 */
bool orphans_in_group(int pidfd);
