/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * instances.h - one child of the file, several of the tree. Pure.
 */
#pragma once

#include "supervisord/config/index.h"
#include "supervisord/config/reading.h"

/* of all files' lines together: a short file is no long tree */
#define INSTANCES_MAX 10000

/** instances_expand() - put NAME-1 to NAME-N in the place of NAME */
void instances_expand(struct reading *r, struct spec_node *top);
/** instances_refs() - a ref to such a NAME becomes one to each, but itself */
void instances_refs(struct reading *r, const struct spec_index *index);
