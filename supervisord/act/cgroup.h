/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.h - a cgroup for each process of an actor, below one that is ours.
 *
 * Version 2 alone. It is ours when its manager has said so (Delegate=yes of a
 * unit) or who started us ($ACTORPROC_CGROUP_ROOT). All is done by descriptors
 * of folders; nothing here is trusted to be there.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "supervisord/config/spec.h"

#define CGROUP_NAME_MAX 256

enum cgroup_controller { CGROUP_MEMORY, CGROUP_PIDS, CGROUP_CPU, CGROUP_IO,
			 N_CGROUP_CONTROLLERS };

/**
 * struct cgroup_base - the cgroup that is ours
 * @fd: its folder; -1: there is none
 * @controllers: those that can limit what is below it, bits of
 *               enum cgroup_controller
 */
struct cgroup_base {
	int fd;
	unsigned int controllers;
};

/** struct cgroup - one of a process; @fd: its folder; -1: none, and no name */
struct cgroup {
	int fd;
	char *name;
};

/**
 * struct cgroup_limits - 0: no limit
 * @cpu_percent: of one processor
 * @io: @n_io disks, and what of each
 */
struct cgroup_limits {
	uint64_t memory_bytes;
	uint32_t pids;
	uint32_t cpu_percent;
	const struct spec_io *io;
	size_t n_io;
};

/**
 * cgroup_base_open() - find it, go into a leaf of it, so that it can share out
 *                      controllers, and try it
 *
 * Without one, or when another system has it, @base has the descriptor -1. Once,
 * in the root supervisor: those below are born in the same leaf. It is ours until
 * the last copy of the descriptor is closed.
 *
 * Return: 0, also without one, which is no error; negative errno, and in
 * @ret_what why, static: one was named, and it cannot be that.
 */
int cgroup_base_open(struct cgroup_base *base, const char **ret_what);
void cgroup_base_close(struct cgroup_base *base);
/** cgroup_has() - can it limit that? */
static inline bool cgroup_has(const struct cgroup_base *base,
			      enum cgroup_controller controller)
{
	return base->controllers & 1u << controller;
}

/** cgroup_host_controllers() - what this host has at all, for whom whatsoever */
unsigned int cgroup_host_controllers(void);
/** cgroup_host_bound() - those that hierarchies of version 1 have here: of these
 * there is none to be given to us, on a hybrid host too */
unsigned int cgroup_host_bound(void);
/* why what is limited is not in force then, behind a name */
#define CGROUP_BOUND_TEXT "controller %s is bound to cgroup v1"
/** cgroup_controller_name() - as in the file, too */
const char *cgroup_controller_name(enum cgroup_controller controller);

/**
 * cgroup_name() - of a process of an actor: path "/vpn/api" and generation 2 are
 *                 "actor:vpn:api:2"; a path that is too long is cut, and then
 *                 told apart by a number made of all of it
 */
void cgroup_name(const char *path, uint32_t generation,
		 char name[CGROUP_NAME_MAX]);
/**
 * cgroup_new() - make one with its limits; empty, for clone_borrowed()
 *
 * What @base has no controller for is left out. It has another name while
 * somebody is in that of before. Return: 0; negative errno, and nothing is left.
 */
int cgroup_new(const struct cgroup_base *base, const char *path,
	       uint32_t generation, const struct cgroup_limits *limits,
	       struct cgroup *ret);
/**
 * cgroup_limit() - the limits of the cgroup with this folder
 *
 * Of a partition its disk is limited: the kernel knows no other. One without
 * limits but of pids has no pressure reckoned up. Return: 0;
 * -ENOTBLK: what is named is no disk; negative errno.
 */
int cgroup_limit(int fd, const struct cgroup_base *base,
		 const struct cgroup_limits *limits);
#define CGROUP_PIDS_EVENTS "pids.events"
/** cgroup_pids_refused() - how often somebody in it was refused a process, for there
 * were as many as may be; 0 too when it does not tell */
uint64_t cgroup_pids_refused(int fd);
/** cgroup_freeze() - who is in it runs no more, or goes on; asked for, and not waited
 * for: each as it comes out of the kernel. SIGKILL ends who is frozen, and other
 * signals come when it is thawed. Return: 0 or a negative errno */
int cgroup_freeze(int fd, bool frozen);
/** cgroup_oom_kills() - how many in it the kernel has killed for want of memory;
 * 0 too when it does not tell */
uint64_t cgroup_oom_kills(int fd);
/**
 * cgroup_end() - its process has ended: kill all that is left, remove it
 *
 * Never waits. Return: 0; -EBUSY: somebody is still there; then its name is the
 * caller's, for cgroup_end_again() when another process has ended.
 */
int cgroup_end(const struct cgroup_base *base, struct cgroup *cgroup);
int cgroup_end_again(const struct cgroup_base *base, const char *name);
/**
 * cgroup_sweep() - kill and remove what is left at and below an actor's path
 * @path: "" for all
 *
 * For who comes after a supervisor that was killed. Never waits: what is not
 * dead yet stays for the next time. Return: how many are still there.
 */
unsigned int cgroup_sweep(const struct cgroup_base *base, const char *path);

/* ---- text of the kernel, for tests -------------------------------------- */

/** cgroup_bound() - bits of enum cgroup_controller, in /proc/cgroups' text */
unsigned int cgroup_bound(const char *text);
/** cgroup_own() - the path in /proc/self/cgroup's text; false: none of v2 */
bool cgroup_own(const char *text, char *path, size_t size_bytes);
/** cgroup_mount() - where /proc/self/mountinfo's text has version 2 whole */
bool cgroup_mount(const char *text, char *path, size_t size_bytes);
/** cgroup_count() - the number behind @key in a text of "key number" lines */
uint64_t cgroup_count(const char *text, const char *key);
