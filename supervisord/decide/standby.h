/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * standby.h - when is there a process that stands by? Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/decide/child_state.h"

/** enum standby_what - what is done about it in a state of its child */
enum standby_what {
	STANDBY_FORGOTTEN,	/* no state has that */
	STANDBY_END,		/* there is none, or no more */
	STANDBY_KEEP,		/* one that there is stays, none is made */
	STANDBY_MAKE,		/* there is one, or it is made */
};

/**
 * standby_of() - what is to be
 * @comes_back: a stop that is under way is for another process
 */
enum standby_what standby_of(enum child_state state, bool comes_back);

/**
 * standby_delay_ns() - how long the next one waits for its start
 * @n_lost: so many in a row have ended by themselves
 */
uint64_t standby_delay_ns(unsigned int n_lost);
/** standby_lasted() - one that ended after so long begins a new row */
bool standby_lasted(uint64_t ran_ns);
