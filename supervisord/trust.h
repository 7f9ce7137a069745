/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trust.h - may what a file has executed be believed?
 */
#pragma once

#include "supervisord/load.h"

/**
 * trust_check() - that no actor of a file can put another in the place of it, or
 * of what it has executed
 * @load: a good one; what is wrong is added to its errors
 * @with_libraries: of programs as well: their loaders are run for that, and waited
 *                  for
 *
 * Return: 0; -ENOMEM.
 */
int trust_check(struct load *load, bool with_libraries);
/**
 * trust_why_not() - the same of one path
 * @node: of the tree whose actors are not believed
 * @text: NULL: nothing is against it; else this, filled with how it goes on
 *        behind the path
 */
const char *trust_why_not(const char *path, const struct spec_node *node,
			  char *text, size_t size);
