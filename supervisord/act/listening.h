/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * listening.h - does a line of /proc/PID/net/… tell of a socket that listens
 * on an address? Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/config/spec.h"

/** enum listening_table - which file the line is from */
enum listening_table {
	LISTENING_TCP,
	LISTENING_TCP6,
	LISTENING_UNIX,
	N_LISTENING_TABLES,
};

/** enum listening - what a line is */
enum listening {
	LISTENING_OTHER,	/* some other socket, or no line of a socket */
	LISTENING_THERE,	/* it listens on that address */
	LISTENING_LAST,		/* no line after it can listen */
};

/**
 * listening_line() - look at one line
 * @ret_inode: of LISTENING_THERE
 * @ret_uid: the same; of TCP, else UINT32_MAX
 */
enum listening listening_line(enum listening_table table, const char *line,
			      const struct spec_listen *address,
			      uint64_t *ret_inode, uint32_t *ret_uid);
