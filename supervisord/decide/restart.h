/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * restart.h - does a child of this restart type come back after this? Pure.
 */
#pragma once

#include <stdbool.h>

#include "supervisord/config/cause.h"
#include "supervisord/config/spec.h"
#include "supervisord/decide/child_state.h"

/**
 * restart_wanted() - as OTP's `restart`
 *
 * permanent: always. transient: unless it ended well, which is exit:0 (OTP's
 * normal and shutdown). temporary: never.
 */
bool restart_wanted(enum spec_restart type, const struct cause *cause);
/**
 * restart_failed() - has what was to make way for its restart failed at that?
 * @state: it was in when its process ended
 * @known: what it was known for before that, or NULL
 * @end: how the process ended
 *
 * Then that counts as another failure. As in Akka, one that had reported a
 * failure fails again when it does not end in good order by itself. As in OTP, a
 * sibling may end in any way, but with a violation, for which there is a rule.
 */
bool restart_failed(enum child_state state, const struct cause *known,
		    const struct cause *end);
/**
 * restart_failed_too() - who was to be stopped has ended by itself
 * @state: of its process, until it ended
 * @end: the kernel's word
 * @asked_by_signal: SIGTERM is how it is told to stop
 *
 * That is no failure that counts: its stop was decided. But no stop in good order.
 */
bool restart_failed_too(enum child_state state, const struct cause *end,
			bool asked_by_signal);
