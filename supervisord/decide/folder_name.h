/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder_name.h - which folder is whose? Pure.
 */
#pragma once

#include <stddef.h>

#include "supervisord/config/spec.h"

/**
 * folder_name() - where the state of a node is, below that of the system
 *
 * Its name in the file, or its path with a ":" for each "/": so the two are
 * never the same, as no name has a colon. What no folder can be called for its
 * length is in parts, each but the last with a "~" at its end and around those
 * behind it. Return: 0; -ENAMETOOLONG.
 */
int folder_name(const struct spec_node *node, char *name, size_t size_bytes);
