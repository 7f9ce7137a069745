/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * index.h - the nodes of a tree by their path. Pure.
 */
#pragma once

#include <stddef.h>

#include "supervisord/config/spec.h"

/**
 * struct spec_index - all nodes, sorted by path
 *
 * Nodes with the same path stand in order of the file.
 */
struct spec_index {
	struct spec_node **nodes;
	size_t n_nodes;
};

/** index_init() - of a tree that has paths. Return: 0; -ENOMEM */
int index_init(struct spec_index *index, struct spec_node *top,
	       size_t n_nodes);
void index_deinit(struct spec_index *index);
/** index_position() - of the first node of a path; n_nodes: there is none */
size_t index_position(const struct spec_index *index, const char *path);
/** index_find() - the first node of a path, or NULL */
struct spec_node *index_find(const struct spec_index *index, const char *path);
