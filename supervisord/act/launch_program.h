/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * launch_program.h - what is prepared for all starts of a node.
 */
#pragma once

#include <sys/stat.h>

#include "supervisord/act/granted.h"
#include "supervisord/act/launch.h"
#include "supervisord/act/sandbox.h"

/**
 * struct launch_program - prepared by launch_program_new()
 * @path: where the executable is, inside as outside
 * @arguments: argv; the first is @path
 * @granted: and its libraries: to be looked at again
 * @tried: the file that is there was no good, and this is what goes on instead
 * @dated: by a program that we were before: to come back to, not to go on with
 * @n_others: who hold it, besides one
 */
struct launch_program {
	char *path;
	char **arguments;
	struct stat executable;
	struct granted granted;
	int root_fd;
	int ipc_fd;		/* -1: each start has its own */
	int network_fd;		/* of its own, or -1 */
	int landlock_fd;
	int user_fd;		/* user mode, else -1 */
	const struct sock_fprog *filter;
	unsigned int n_processes;	/* of a class; 0: it is of none */
	bool signals;		/* to its own, as others are out of its reach */
	bool listened;		/* by whom launch_start() returns */
	bool tried;
	bool dated;
	size_t n_others;
};
