/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * usage.h - what a running tree uses of the kernel, as /proc tells it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tests/harness/tree.h"

/**
 * struct usage - of the root and all below it
 * @n_processes: all of them, @n_supervisors of these
 * @n_descriptors: of supervisors, the root among them
 * @memory_kb: anonymous memory of supervisors, @bundled_kb: of the bundled actors
 */
struct usage {
	size_t n_processes;
	size_t n_supervisors;
	size_t n_descriptors;
	size_t memory_kb;
	size_t bundled_kb;
};

void usage_take(struct usage *ret, const struct tree *tree);
/** usage_tell() - a line for who reads the log */
void usage_tell(const struct usage *usage, const char *when);
/**
 * usage_is_back() - no process and no descriptor was left behind since @before
 * @n_away: actors that come when they are needed: what they are started from
 *          stays open once they have come
 */
bool usage_is_back(const struct usage *now, const struct usage *before,
		   size_t n_away);
/**
 * usage_memory_is_back() - and no memory
 *
 * Of two that were both taken just after a reexec: then each supervisor has what
 * it knows, and nothing else. One that was forked shares what it has with its
 * parent, as long as neither writes there, and has all that its parent knew when
 * it was forked; so the same tree can use a quarter as much, or half as much again.
 */
bool usage_memory_is_back(const struct usage *now, const struct usage *before);
