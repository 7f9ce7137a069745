/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * loop.c - a supervisor's event loop, that goes on.
 *
 * The loop ends when the kernel refuses to watch something or to read what it
 * watches. That is no reason for all below to end: most often there is memory
 * again the next moment, and nothing was taken out of the loop.
 */
#include <poll.h>

#include "supervisord/loop.h"
#include "supervisord/shortage.h"

#define PAUSE_MS 10
/* without a turn in between, for ten seconds: it will not get better */
#define FAILURES_MAX 1000

int loop_run(struct supervisor *s)
{
	unsigned int n_failures = 0;
	uint64_t turn = 0, now;
	int r;

	for (;;) {
		r = sd_event_loop(s->event);
		if (r >= 0 ||
		    sd_event_get_state(s->event) == SD_EVENT_FINISHED)
			return r;
		if (sd_event_get_iteration(s->event, &now) < 0)
			return r;
		n_failures = now > turn + 1 ? 1 : n_failures + 1;
		turn = now;
		if (n_failures > FAILURES_MAX)
			return r;
		shortage_tell(s, r, "its event loop failed, and goes on");
		poll(NULL, 0, PAUSE_MS);
	}
}
