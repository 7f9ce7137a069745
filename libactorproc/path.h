/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * path.h - actor paths: /system/child/grandchild.
 *
 * A path that ends in '/' names the supervisor of that node ("/vpn/"; the root
 * supervisor is "/"): no actor can have such a name.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PATH_NAME_MAX 63
#define PATH_LEVELS_MAX 12
#define PATH_MAX_BYTES ((PATH_NAME_MAX + 1) * PATH_LEVELS_MAX + 2)

/** path_name_valid() - [a-z0-9][a-z0-9_.-]{0,62} */
bool path_name_valid(const char *name);
/** path_valid() - absolute, valid names, not too deep; of an actor or node */
bool path_valid(const char *path);
/** path_is_supervisor() - does it end in '/'? */
bool path_is_supervisor(const char *path);
/** path_is_within() - is @path the node @node, its supervisor, or below it? */
bool path_is_within(const char *path, const char *node);
/** path_last() - the last component, without slashes before it */
const char *path_last(const char *path);
