/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restart.c - does a child of this restart type come back after this, and does it
 * get that far? Pure.
 */
#include <signal.h>

#include "supervisord/decide/restart.h"

bool restart_wanted(enum spec_restart type, const struct cause *cause)
{
	switch (type) {
	case SPEC_PERMANENT:
		return true;
	case SPEC_TRANSIENT:
		return !cause_ended_well(cause);
	case SPEC_TEMPORARY:
		return false;
	}
	return false;
}

static bool is_violation(const struct cause *cause)
{
	return cause &&
	       (cause->kind == CAUSE_SECCOMP || cause->kind == CAUSE_PROTOCOL);
}

bool restart_failed(enum child_state state, const struct cause *known,
		    const struct cause *end)
{
	if (is_violation(known) || is_violation(end))
		return true;
	/* later it has been ended by us */
	return known && known->kind == CAUSE_REPORTED &&
	       state == CHILD_STOPPING && !cause_ended_well(end);
}

bool restart_failed_too(enum child_state state, const struct cause *end,
			bool asked_by_signal)
{
	if (cause_ended_well(end))
		return false;
	switch (state) {
	case CHILD_STARTING:
	case CHILD_RUNNING:
	case CHILD_SUSPENDED:
	case CHILD_PAUSED:
	case CHILD_FAILING:
		return true;
	case CHILD_STOPPING:
		return !asked_by_signal || end->kind != CAUSE_SIGNAL ||
		       end->number != SIGTERM;
	case CHILD_STOPPED:
	case CHILD_WAITING:
	case CHILD_IDLE:
	case CHILD_TERMINATING:
	case CHILD_KILLING:
	case CHILD_UNKILLABLE:
	case N_CHILD_STATES:
		break;
	}
	return false;
}
