/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * process_status.h - what a process does, as /proc tells of it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct process_status
 * @state: as in proc_pid_stat(5): R, S, D, T, t, Z; '?': not known
 * @frozen: by a cgroup's freezer, or that of a suspend
 * @has_times: the two below are known
 * @ran_ns: how long it has had a processor
 * @starved_ns: how long it has waited for one
 */
struct process_status {
	char state;
	bool frozen;
	bool has_times;
	uint64_t ran_ns;
	uint64_t starved_ns;
};

/** process_status() - of the process behind a pidfd; of its first thread */
struct process_status process_status(int pidfd);
/**
 * process_status_goes_on() - and is not on its way out; false: not known, too
 *
 * Of one whose descriptors were closed by the kernel it is false, though it may
 * be some time until its end is told.
 */
bool process_status_goes_on(int pidfd);
/**
 * process_status_filters() - so many filters of seccomp it has beyond ours, which
 * it has inherited; 0: not known, too (before Linux 5.9)
 */
unsigned int process_status_filters(int pidfd);
/**
 * process_status_tell() - the same for people: its state, where in the kernel it
 * waits, the system call, the end of its stack; as far as we may know
 */
void process_status_tell(int pidfd, char *text, size_t size_bytes);
