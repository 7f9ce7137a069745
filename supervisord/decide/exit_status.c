/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exit_status.c - what a shell would say of how something ended. Pure.
 */
#include <signal.h>

#include "supervisord/decide/exit_status.h"

#define KILLED 128

int exit_status_of(const struct cause *cause)
{
	switch (cause->kind) {
	case CAUSE_EXIT:
		return cause->number & 255;
	case CAUSE_SIGNAL:
		return (KILLED + cause->number) & 255;
	case CAUSE_SECCOMP:
		return KILLED + SIGSYS;
	case CAUSE_OOM:
	case CAUSE_WATCHDOG:
	case CAUSE_START_TIMEOUT:
	case CAUSE_PROTOCOL:
	case CAUSE_SUPERVISOR:
		return KILLED + SIGKILL;
	case CAUSE_START_FAILED:
	case CAUSE_REPORTED:
	case CAUSE_ESCALATED:
		break;
	}
	return 1;
}
