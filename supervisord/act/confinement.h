/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * confinement.h - what supervisors themselves cannot do.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/capability.h>

/** enum confinement_who - which of the supervisors keeps it */
enum confinement_who {
	CONFINEMENT_ALL,
	CONFINEMENT_ROOT,	/* of the tree */
	CONFINEMENT_USER,	/* all of a system without uids of its own */
};

/** struct confinement_capability - one that a supervisor keeps */
struct confinement_capability {
	cap_value_t capability;
	enum confinement_who who;
	const char *reason;
};

const struct confinement_capability *confinement_capabilities(size_t *ret_n);
/** confinement_denied() - the system calls that nobody in a system makes */
const char *const *confinement_denied(size_t *ret_n);

/**
 * confinement_begin() - in the root, before anything is forked
 * @user_mode: each actor has a user namespace, and no uid
 * @filter: the kernel has seccomp
 * @ret_what: on an error: the step, static text
 *
 * All that is forked or executed from here on has it too. Return: 0; negative
 * errno.
 */
int confinement_begin(bool user_mode, bool filter, const char **ret_what);
/** confinement_go_below() - in a supervisor that was just forked; it only takes
 * away */
void confinement_go_below(void);
