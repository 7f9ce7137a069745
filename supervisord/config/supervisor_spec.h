/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supervisor_spec.h - reads the tree: nodes and their children. Pure.
 */
#pragma once

#include "supervisord/config/reading.h"

/**
 * supervisor_spec_read() - the map of a whole file to nodes
 *
 * Names are there, paths are not, refs and programs are not looked up.
 * Return: the top node with all it has, or NULL when @r->error.
 */
struct spec_node *supervisor_spec_read(struct reading *r,
				       const struct yaml_value *map);
