/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * proc.h - what the kernel says of a process in /proc.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * proc_status() - the number behind "FIELD:" of /proc/PID/status, the first of them
 *
 * Return: false: the process is gone, or this kernel does not say that.
 */
bool proc_status(pid_t pid, const char *field, int base, uint64_t *ret);
/** proc_state() - 'S': it sleeps; '?': it is gone */
char proc_state(pid_t pid);
/** proc_n_descriptors() - how many it has open; 0: it is gone, or not ours to see */
size_t proc_n_descriptors(pid_t pid);
