/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * chronicle.h - what the system wrote of itself, for who reads a failure.
 *
 * Of a tree without a journald, see story_hide_journal().
 */
#pragma once

#include <stddef.h>

#include "tests/harness/tree.h"

/**
 * chronicle_tell() - the last @n records as notes
 *
 * But for dead letters, which are many, and stops because the system stops.
 */
void chronicle_tell(const struct tree *tree, size_t n);
