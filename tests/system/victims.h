/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * victims.h - the processes of a running tree, to be killed.
 *
 * Found from the root down and held by descriptors: a number that has been used
 * again since never dies in their place. Neither the root nor what is below
 * /system is among them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "tests/harness/tree.h"

#define VICTIMS_MAX 512

/**
 * struct victim - one of them
 * @path: of an actor; "" for a supervisor
 * @depth: 1 for the supervisor of the system
 */
struct victim {
	pid_t pid;
	int pidfd;
	unsigned int depth;
	char path[128];
};

struct victims {
	size_t n;
	struct victim all[VICTIMS_MAX];
};

/** victims_find() - those there are now */
void victims_find(struct victims *v, const struct tree *tree);
/** victims_release() - lets them live; v may be found again */
void victims_release(struct victims *v);
/** victim_signal() - whether it was still there to get it */
bool victim_signal(const struct victim *victim, int signal_number);
