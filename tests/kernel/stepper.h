/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stepper.h - a child process one instruction, or system call, at a time, by ptrace.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/** enum stepper_step - what came of it */
enum stepper_step {
	STEPPER_STEPPED,
	STEPPER_SLEEPS,		/* in a system call that waits; goes on by itself */
	STEPPER_ENDED,		/* and is waited for: @ret_status */
};

/** stepper_hold() - stop that child here; skips where ptrace is not allowed */
void stepper_hold(pid_t pid);
/** stepper_step() - one instruction, one system call, or one look at the clock, of
 * who was forked from us */
enum stepper_step stepper_step(pid_t pid, int *ret_status);
/** struct stepper_call - a system call */
struct stepper_call {
	uint64_t number;
	uint64_t arguments[6];
};

/** stepper_call() - on to the beginning of its next system call; false when it has
 * ended, or still sleeps in the one before */
bool stepper_call(pid_t pid, struct stepper_call *ret);
/** stepper_let_go() - it runs by itself again */
void stepper_let_go(pid_t pid);
/** stepper_kill() - SIGKILL, and wait for it */
void stepper_kill(pid_t pid);
