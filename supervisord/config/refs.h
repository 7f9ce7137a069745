/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * refs.h - declared references: names in a file to nodes of the tree. Pure.
 */
#pragma once

#include "supervisord/config/index.h"
#include "supervisord/config/key_types.h"

/** refs_read() - `refs:` into a struct spec_node, unresolved */
KEY_READER(refs_read);
/**
 * refs_resolve() - the paths of all refs of all nodes
 *
 * Reports those that lead nowhere, or where nobody reads.
 */
void refs_resolve(struct reading *r, const struct spec_index *index);
