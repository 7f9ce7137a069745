/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rationing.h - one supervisor has no descriptors to spare: nobody makes more.
 */
#pragma once

#include "supervisord/supervisor.h"

/** rationing_look() - have we any to spare? Those beside us are told of a change */
void rationing_look(struct supervisor *s);
/** rationing_give() - @c, a supervisor, has just begun, and has heard nothing */
void rationing_give(struct child *c);
/** rationing_lost() - the same has ended: what is behind it is not known */
void rationing_lost(struct child *c);
/** rationing_resume() - we have forgotten what was said: all is said again */
void rationing_resume(struct supervisor *s);
/** rationing_is() - is something that costs descriptors to be refused? */
bool rationing_is(const struct supervisor *s);
#define RATIONING_TEXT                                                         \
	"a supervisor has used up the descriptors it may have: stop something, " \
	"or raise the hard limit of RLIMIT_NOFILE"
/** rationing_message() - SHORT and AMPLE; false: it is neither
 * @from: NULL: from above */
bool rationing_message(struct supervisor *s, struct child *from,
		       const struct fields *f);
