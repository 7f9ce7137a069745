/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * manager.h - a tree under a service manager that keeps descriptors: see
 * actors/test-manager.c.
 */
#pragma once

#include "tests/harness/tree.h"

/** struct manager_status - what it says of itself */
struct manager_status {
	pid_t root;
	unsigned int n_starts;
	unsigned int n_kept;
	unsigned int up;
	unsigned int n_watchdog;
	long long book_bytes;
};

/** manager_start() - as tree_start(), and it runs the tree */
void manager_start(struct tree *tree, const char *config_text);
/** manager_spawn() - as tree_spawn() */
void manager_spawn(struct tree *tree);
/** manager_say() - a command; false: it is not there */
bool manager_say(struct tree *tree, const char *command, long number);
struct manager_status manager_look(struct tree *tree);
/** manager_kill() - SIGKILL to the root, and wait until the next one is up */
void manager_kill(struct tree *tree);
/** manager_await_start() - until it was started so often, and is up */
bool manager_await_start(struct tree *tree, unsigned int n);
