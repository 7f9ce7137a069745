/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scratch.h - memory for one payload in one piece.
 *
 * The pages of a large one are kept for the next, up to a bound.
 */
#pragma once

#include <stddef.h>

/** struct scratch - zeroed is empty */
struct scratch {
	void *bytes;
	size_t n_bytes;
};

/** scratch_need() - at least that much, aligned to a page; 0; -ENOMEM */
int scratch_need(struct scratch *scratch, size_t n_bytes);
/** scratch_rest() - what was in it is not needed any more */
void scratch_rest(struct scratch *scratch);
void scratch_deinit(struct scratch *scratch);
