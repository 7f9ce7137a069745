/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * steps.h - ends a supervisor of a running tree at a breakpoint.
 *
 * See supervisord/breakpoint.h. One tree of a test at a time.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisord/breakpoint.h"
#include "tests/harness/tree.h"

/**
 * struct step - a place in the life of a supervisor
 * @role: its path below the system's, "" for that one; "/" for the root
 * @id: of the breakpoint
 * @nth: the first time that it comes there, or a later one
 */
struct step {
	char role[BREAKPOINT_BYTES];
	char id[BREAKPOINT_BYTES];
	uint32_t nth;
};

/** steps_open() - between tree_prepare() and tree_spawn() */
void steps_open(struct tree *tree);
/** steps_close() - before tree_forget() */
void steps_close(void);
/** steps_watch() - from now on count who comes by; or no more */
void steps_watch(bool watched);
/** steps_n() - how many ids there are; steps_id() - one of them */
uint32_t steps_n(void);
const char *steps_id(uint32_t i);
/** steps_hits() - how often that supervisor came to id @i while watched; it is
 * forgotten by steps_forget() */
uint32_t steps_hits(const struct tree *tree, const char *role, uint32_t i);
void steps_forget(void);
/** steps_arm() - who comes there is killed; while watched
 * @before: that one first; NULL: nobody
 * @step: NULL: nobody, but @before */
void steps_arm(const struct tree *tree, const struct step *before,
	       const struct step *step);
void steps_disarm(void);
/** steps_killed() - how many have been killed since steps_arm() */
uint32_t steps_killed(void);
