/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * path.c - what is a path, and which is below which.
 *
 * Pure. Knows nothing of who lives there.
 */
#include <string.h>

#include "libactorproc/path.h"

static bool is_first(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* How many bytes from here are a name; 0 for none, or one that is too long. */
static size_t name_bytes(const char *at)
{
	size_t n = 0;

	if (!is_first(*at))
		return 0;
	while (is_first(at[n]) || at[n] == '_' || at[n] == '.' || at[n] == '-')
		n++;

	return n <= PATH_NAME_MAX ? n : 0;
}

bool path_name_valid(const char *name)
{
	size_t n = name_bytes(name);

	return n && !name[n];
}

bool path_valid(const char *path)
{
	size_t levels = 0;

	if (*path++ != '/')
		return false;
	while (*path) {
		size_t n = name_bytes(path);

		if (!n || ++levels > PATH_LEVELS_MAX)
			return false;
		path += n;
		if (!*path)
			return true;
		if (*path++ != '/')
			return false;
	}

	return true;
}

bool path_is_supervisor(const char *path)
{
	size_t length = strlen(path);

	return length && path[length - 1] == '/';
}

bool path_is_within(const char *path, const char *node)
{
	size_t length = strlen(node);

	if (length && node[length - 1] == '/')
		length--;

	return !strncmp(path, node, length) &&
	       (!path[length] || path[length] == '/');
}

const char *path_last(const char *path)
{
	const char *last = path;
	const char *at;

	for (at = path; *at; at++)
		if (*at == '/' && at[1])
			last = at + 1;

	return last;
}
