/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pose.h - an actor that is taken over as soon as it is ready.
 */
#pragma once

/** pose_as_actor() - be started, and say that we are ready */
void pose_as_actor(void);
/**
 * pose_report() - what an attack came to
 * @error: 0: it worked
 *
 * Does not return.
 */
void pose_report(int error) __attribute__((noreturn));
/** pose_until_stop() - wait for that word; then it has to be obeyed */
void pose_until_stop(void);
