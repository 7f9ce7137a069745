/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exit_with.h - `exit_with:`, whose end is that of the system. Pure.
 */
#pragma once

#include "supervisord/config/index.h"
#include "supervisord/config/key_types.h"

/** exit_with_read() - into the node of the system; the name alone */
KEY_READER(exit_with_read);
/** exit_with_resolve() - the name to a path, once there are paths */
void exit_with_resolve(struct reading *r, const struct spec_index *index,
		       struct spec_node *top);
