/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * child_spec.h - the keys that say how a parent treats a child. Pure.
 */
#pragma once

#include "supervisord/config/reading.h"

/** child_spec_check() - what its keys, and those of its parent, say together */
void child_spec_check(struct reading *r, const struct spec_node *child);
