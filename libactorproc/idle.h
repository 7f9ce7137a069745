/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * idle.h - an actor with nothing to do for long enough makes way.
 *
 * Its life goes on without a process, and the next message starts one. So it may
 * go only when nothing in this process is waited for: a process that begins
 * knows nothing of timers, asks or watches.
 */
#pragma once

#include "libactorproc/actor.h"

/**
 * idle_end_ns() - when it goes if nothing happens; UINT64_MAX: it does not
 *
 * For when the loop is about to sleep, each time.
 */
uint64_t idle_end_ns(struct actor *self);
