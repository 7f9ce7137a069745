/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * violation.h - which system call did a filter forbid? The kernel's word.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct violation - a call that was not made
 * @thread: of whom, as seen here; it waits for an answer, or for its end
 * @machine: AUDIT_ARCH_*
 * @instruction: where it is, in its own memory
 * @name: of the call, or its number; empty: there was none, it has had a SIGSYS
 *	that was sent
 */
struct violation {
	pid_t thread;
	uint32_t machine;
	uint64_t instruction;
	char name[32];
};

/** struct violation_arguments - of it; the process's own word, where it tells */
struct violation_arguments {
	bool known;
	uint64_t values[6];
};

/**
 * violation_read() - take one from a listener that is readable
 * @ret_arguments: NULL: not wanted
 *
 * Return: 0; -ENOENT: a signal has interrupted the call since, and nobody can
 * say any more which it was; other negative errno.
 */
int violation_read(int listener_fd, struct violation *ret,
		   struct violation_arguments *ret_arguments);
