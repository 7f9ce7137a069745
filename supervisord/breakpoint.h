/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * breakpoint.h - places at which a test ends a supervisor, between two things
 * that others can see.
 *
 * Only in the build of the tests, libexec/supervisord-steps: in the one that is
 * installed a BREAKPOINT() is nothing at all. There, who comes to the place
 * that is armed stands still, until somebody else kills it: PID 1 of a
 * namespace cannot kill itself.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

/* the file of the board; "list": print all ids and exit */
#define BREAKPOINT_VARIABLE "ACTORPROC_BREAKPOINTS"
#define BREAKPOINTS_MAX 256
#define BREAKPOINT_ROLES_MAX 16
#define BREAKPOINT_BYTES 80

/**
 * struct breakpoint_board - a file that supervisors and the test have mapped
 * @n, @ids: all there are
 * @n_roles, @roles: the paths of supervisors, in the order in which they came;
 *                   the root is the first, ""
 * @watched: what comes by is counted, and stands still where it should
 * @armed, @role, @nth: that path stands still at id @armed - 1, the @nth time;
 *                      0: nobody does
 * @then, @then_role, @then_nth: what is armed when one was killed; 0: nothing
 * @pid: who stands there, as its mother namespace knows it; a futex, 0: nobody
 * @n_killed: those that stood there; counted by who killed them
 * @n_hits: how often each role came to each
 */
struct breakpoint_board {
	_Atomic uint32_t n;
	_Atomic uint32_t n_roles;
	_Atomic uint32_t watched;
	_Atomic uint32_t armed;
	_Atomic uint32_t nth;
	_Atomic uint32_t then;
	_Atomic uint32_t then_nth;
	_Atomic uint32_t pid;
	_Atomic uint32_t n_killed;
	char role[BREAKPOINT_BYTES];
	char then_role[BREAKPOINT_BYTES];
	char ids[BREAKPOINTS_MAX][BREAKPOINT_BYTES];
	char roles[BREAKPOINT_ROLES_MAX][BREAKPOINT_BYTES];
	_Atomic uint32_t n_hits[BREAKPOINT_ROLES_MAX][BREAKPOINTS_MAX];
};

#ifdef ACTORPROC_BREAKPOINTS

/** struct breakpoint - a place; all are in one section of the program */
struct breakpoint {
	const char *id;
};

/** BREAKPOINT() - @text: what has been done, and what has not; it is its id */
#define BREAKPOINT(text)                                                       \
	do {                                                                   \
		static const struct breakpoint this_ = { text };               \
		static const struct breakpoint *const at_                      \
			__attribute__((section("breakpoints"), used)) = &this_;\
                                                                               \
		breakpoint_reach(&at_);                                        \
	} while (0)

void breakpoint_reach(const struct breakpoint *const *at);
/** breakpoint_role() - from now on this process is the supervisor of @path */
void breakpoint_role(const char *path);

#else

#define BREAKPOINT(text) do { } while (0)
#define breakpoint_role(path) do { } while (0)

#endif
