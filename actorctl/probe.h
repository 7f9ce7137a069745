/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * probe.h - the processes of a running system, looked at one by one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <jansson.h>

#include "actorctl/client.h"
#include "actorctl/exposure.h"

#define PROBE_PATH_BYTES 1024

enum probe_outcome {
	PROBE_SEEN,
	PROBE_NO_PROCESS,	/* it has none now: its state says why */
	PROBE_ENDED,		/* while it was looked at */
	PROBE_REFUSED,		/* we may not look at it */
	PROBE_STRANGER,		/* that number is not its here */
};

/**
 * struct probe - a process, or the lack of one
 * @path: of a supervisor that has a head: with "/" at its end
 * @role: NULL: it is what its path says; else "class" or "standby"
 * @state: of the supervisor's list
 * @said: what `show` answers; NULL for supervisors
 */
struct probe {
	char path[PROBE_PATH_BYTES];
	const char *role;
	char state[32];
	pid_t pid;
	int64_t generation;
	enum probe_outcome outcome;
	bool selected;
	json_t *said;
	int folder_fd;
	int64_t uid;
	int64_t parent;
	struct exposure exposure;
};

struct probes {
	struct probe *probes;
	size_t n;
};

/**
 * probes_look() - at all of a system
 * @path: those at and below it are looked at closely, "/P/" alone is the
 *        supervisor of a node; "": all
 * @ret: the caller's to probes_clear(), always
 *
 * Return: 0; or the exit status, explained on standard error.
 */
int probes_look(struct client *client, const char *path, struct probes *ret);
void probes_clear(struct probes *probes);
