/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * evidence.h - what the kernel's texts about a process say of it. Pure.
 *
 * The texts are those of /proc. Names in them are whatever the process or who
 * made a file likes; a text that is cut or is no such text leaves EXPOSURE_UNREAD.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actorctl/exposure.h"

/** struct evidence_identity - who it is, outside */
struct evidence_identity {
	uint32_t uid;
	int64_t parent;
};

/**
 * struct evidence_plan - what the supervisor says that it should have
 * @exec: path of its program; "" when it does not say
 * @read, @execute, @write, @devices: paths, separated by spaces; "" for none
 * @sockets: it may make its own
 * @streams: connections are made for it
 * @memory: it may make its own to pass on
 */
struct evidence_plan {
	const char *exec;
	const char *read;
	const char *execute;
	const char *write;
	const char *devices;
	bool program;
	bool bundled;
	bool sockets;
	bool streams;
	bool memory;
};

/** evidence_identity() - of /proc/PID/status; false: it does not say */
bool evidence_identity(const char *status, struct evidence_identity *ret);

/* each takes a text, NULL when it could not be read, and fills in its values */

void evidence_status(struct exposure *exposure, const char *status);
/** evidence_stat() - of /proc/PID/stat: the terminal */
void evidence_stat(struct exposure *exposure, const char *stat);
void evidence_limits(struct exposure *exposure, const char *limits);
void evidence_mounts(struct exposure *exposure, const char *mountinfo,
		     const struct evidence_plan *plan);
/** evidence_interfaces() - of /proc/PID/net/dev */
void evidence_interfaces(struct exposure *exposure, const char *dev);
/**
 * evidence_cgroup() - of its files; NULL: it has none of its own
 *
 * After evidence_limits(): the lower limit of processes holds.
 */
void evidence_cgroup(struct exposure *exposure, const char *memory_max,
		     const char *cpu_max, const char *pids_max);
/** evidence_cgroup_path() - of version 2, in /proc/PID/cgroup; false: none */
bool evidence_cgroup_path(const char *cgroup, char *path, size_t size_bytes);
/** evidence_cgroup_mount() - of version 2, in mountinfo; false: none */
bool evidence_cgroup_mount(const char *mountinfo, char *path,
			   size_t size_bytes);
/**
 * evidence_descriptor() - is it one that this process should have?
 * @name: what its link in /proc/PID/fd says
 * @protocol: of a socket, as the kernel calls it; else ""
 */
void evidence_descriptor(struct exposure *exposure,
			 const struct evidence_plan *plan, unsigned int number,
			 const char *name, const char *protocol);
