/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder_name.c - which folder is whose? Pure.
 */
#include "supervisord/decide/folder_name.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PART_BYTES 200

static int name_of_path(const char *path, char *name, size_t size_bytes)
{
	size_t n = 0, at;

	path += *path == '/';
	for (at = 0; path[at]; at++) {
		if (n + 4 > size_bytes)
			return -ENAMETOOLONG;
		if (at > 0 && at % PART_BYTES == 0) {
			name[n++] = '~';
			name[n++] = '/';
		}
		name[n++] = path[at] == '/' ? ':' : path[at];
	}
	name[n] = '\0';
	return 0;
}

int folder_name(const struct spec_node *node, char *name, size_t size_bytes)
{
	const char *given = node->sandbox.state;
	int n;

	if (!given || !*given)
		return name_of_path(node->path, name, size_bytes);
	n = snprintf(name, size_bytes, "%s", given);
	return n < 0 || (size_t)n >= size_bytes ? -ENAMETOOLONG : 0;
}
