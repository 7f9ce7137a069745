/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * systems.h - which systems run here, and which one is meant.
 */
#pragma once

#include <stddef.h>

#define SYSTEMS_MAX 64
#define SYSTEMS_NAME_BYTES 64

struct request;

/** struct systems - names of those whose control socket is there and answers */
struct systems {
	char names[SYSTEMS_MAX][SYSTEMS_NAME_BYTES];
	size_t n;
};

/** systems_find() - those of this user; 0 or negative errno */
int systems_find(struct systems *ret);
/**
 * systems_connect() - a connection to the control socket of one
 *
 * Return: a descriptor, the caller's; -ENOENT or -ECONNREFUSED when it does not
 * run; other negative errno.
 */
int systems_connect(const char *name);
/**
 * systems_choose() - connect to the one that is meant
 * @path: of an actor, its first component is a system; NULL: none was given
 * @ret_fd: the connection, the caller's
 *
 * Return: 0; or the exit status, and standard error says what to do.
 */
int systems_choose(const struct request *request, const char *path,
		   int *ret_fd);
/**
 * systems_pidfd() - the root supervisor of a system that runs
 *
 * Return: a descriptor, the caller's, readable once it has ended; negative
 * errno when it cannot be had (it may run in another pid namespace).
 */
int systems_pidfd(const char *name);
