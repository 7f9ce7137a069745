/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * supports.h - which of the edges to one actor still have a reason to be, and
 * what they allow.
 *
 * An edge is there because a file declares it, or because somebody who had one
 * granted it: then it stands on the edge of that one, its parent. What stands
 * on nothing that is declared has no reason, two that stand on each other
 * neither. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libactorproc/limits.h"

/**
 * struct support - one grant
 * @parent: the edge it was made from; 0: one that was declared, and is gone
 * @limits: at most so much
 */
struct support {
	uint64_t parent;
	struct actor_limits limits;
};

/**
 * struct supported - one edge
 * @declared: needs no grant, and has no limits
 * @standing: out: it has a reason
 * @limits: out: the widest that its grants allow, and none allows more than its
 *          parent
 */
struct supported {
	uint64_t id;
	bool declared;
	const struct support *supports;
	size_t n_supports;
	bool standing;
	struct actor_limits limits;
};

/** supports_settle() - @edges: all that lead to one actor; sorts them by id */
void supports_settle(struct supported *edges, size_t n);
