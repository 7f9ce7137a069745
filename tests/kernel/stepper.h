/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stepper.h - a child process one instruction at a time, by ptrace.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/** enum stepper_step - what came of it */
enum stepper_step {
	STEPPER_STEPPED,
	STEPPER_SLEEPS,		/* in a system call that waits; goes on by itself */
	STEPPER_ENDED,		/* and is waited for: @ret_status */
};

/** stepper_hold() - stop that child here; skips where ptrace is not allowed */
void stepper_hold(pid_t pid);
/** stepper_step() - one instruction, or one system call */
enum stepper_step stepper_step(pid_t pid, int *ret_status);
/** stepper_kill() - SIGKILL, and wait for it */
void stepper_kill(pid_t pid);
