/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch_override.h - layers that a test takes away from a host that has them.
 */
#pragma once

#define LAUNCH_OVERRIDE_VARIABLE "ACTORPROC_PROBE_OVERRIDE"

/** enum launch_layer - what a host could lack */
enum launch_layer {
	LAUNCH_UIDS = 1 << 0,		/* we are not root */
	LAUNCH_LEASE = 1 << 1,		/* of a range of uids */
	LAUNCH_USER_NAMESPACES = 1 << 2,
	LAUNCH_NAMESPACES = 1 << 3,	/* mount, ipc, uts */
	LAUNCH_PID_NAMESPACES = 1 << 4,
	LAUNCH_NETWORK_NAMESPACES = 1 << 5,
	LAUNCH_LANDLOCK = 1 << 6,	/* or a part of it */
	LAUNCH_SECCOMP = 1 << 7,
	LAUNCH_SECCOMP_LISTENER = 1 << 8,
	LAUNCH_CGROUPS = 1 << 9,
	LAUNCH_SECOND_STAGE = 1 << 10,	/* of libactorproc */
	LAUNCH_MDWE = 1 << 11,
};

/**
 * struct launch_override
 * @without: enum launch_layer, or'ed
 * @landlock_abi: this at most
 */
struct launch_override {
	unsigned int without;
	int landlock_abi;
};

/**
 * launch_override_read() - "landlock=4,seccomp": without these
 * @text: NULL: nothing is taken away
 *
 * What cannot be there without another is taken away with that. Return: 0;
 * -EINVAL: a word that means nothing.
 */
int launch_override_read(const char *text, struct launch_override *ret);
