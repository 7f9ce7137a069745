/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ceiling.h - how many seccomp filters may there be? Pure.
 */
#pragma once

#include <stddef.h>

#include "supervisord/config/spec.h"

/* a host may hang when more processes with filters of their own end at once */
#define CEILING_FILTERS 500

/** ceiling_filters() - those that the processes of a tree have, at most */
size_t ceiling_filters(const struct spec_node *top);
/** ceiling_processes() - the same if no actor shared one with others */
size_t ceiling_processes(const struct spec_node *top);
