/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restart.c - does a child of this restart type come back after this? Pure.
 */
#include "supervisord/decide/restart.h"

static bool ended_well(const struct cause *cause)
{
	return cause->kind == CAUSE_EXIT && cause->number == 0;
}

bool restart_wanted(enum spec_restart type, const struct cause *cause)
{
	switch (type) {
	case SPEC_PERMANENT:
		return true;
	case SPEC_TRANSIENT:
		return !ended_well(cause);
	case SPEC_TEMPORARY:
		return false;
	}
	return false;
}
