/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * check_tree.h - a declared tree as a picture. Pure.
 */
#pragma once

#include "supervisord/config/printout.h"
#include "supervisord/config/spec.h"

/** struct check_counts - what a tree has; a head counts as both */
struct check_counts {
	size_t n_actors;		/* with an exec, programs too */
	size_t n_supervisors;		/* with children */
};

struct check_counts check_tree_count(const struct spec_node *top);
/** check_tree_descriptors() - of the root, which has most, when all is up; 0: no
 * memory to tell */
size_t check_tree_descriptors(const struct spec_system *system);
/** check_tree_draw() - a line a node, in tree order */
void check_tree_draw(struct printout *out, const struct spec_node *top);
