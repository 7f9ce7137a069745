/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * observation.h - what a process wants from the host, before it gets it.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/* rename() is about two paths, and a script has an interpreter */
#define OBSERVATIONS_MAX 4

/** enum observation_use - what is to be done with it */
enum observation_use {
	OBSERVATION_READS,
	OBSERVATION_EXECUTES,
	OBSERVATION_MAPS,	/* code, of a file by its last name */
	OBSERVATION_WRITES,
	OBSERVATION_SEES,	/* a folder: goes there */
	OBSERVATION_MAKES,	/* an entry of a folder: nothing that exists */
	OBSERVATION_REPLACES,	/* or takes it away */
	OBSERVATION_CONNECTS,
	OBSERVATION_LISTENS,
	OBSERVATION_SENDS,	/* datagrams */
	OBSERVATION_CALLS,	/* nothing that can be looked at */
};

/**
 * struct observation - one thing that a call is about
 * @text: an absolute path, an address, or the call
 * @exists: there is something at the path, as the process sees it
 */
struct observation {
	enum observation_use use;
	bool exists;
	char text[PATH_MAX];
};

/**
 * struct observation_call - the call itself
 * @name: empty: it was not made
 * @is_address: what is seen of it says it all: addresses have keys of their own
 */
struct observation_call {
	char name[32];
	uint64_t arguments[6];
	bool is_address;
};

/** observation_watches() - is each call of that name looked at? */
bool observation_watches(const char *call);
/**
 * observation_take() - look at a call that waits, and let it be made
 * @listener_fd: readable; of a filter that also has the rest of its calls wait
 * @ret: OBSERVATIONS_MAX of them: what it is about, and which program it is that
 *       makes it
 *
 * What cannot be read is not there. Return: how many; negative errno: none was
 * let through.
 */
int observation_take(int listener_fd, struct observation_call *ret_call,
		     struct observation *ret);
