/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * limits.h - what a reference may be used for: how often, how much, whether it
 * may be passed on.
 *
 * Supervisors and actors reckon with them alike. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "libactorproc/actorproc.h"
#include "libactorproc/fields.h"

bool limits_none(const struct actor_limits *limits);
bool limits_equal(const struct actor_limits *a, const struct actor_limits *b);
/** limits_narrower() - what both allow */
struct actor_limits limits_narrower(const struct actor_limits *a,
				    const struct actor_limits *b);
/** limits_wider() - the wider of each */
struct actor_limits limits_wider(const struct actor_limits *a,
				 const struct actor_limits *b);
/**
 * limits_number() - how frames name a reference with these limits
 * @edge: the edge it is made from; its own number when there are no limits
 *
 * The holder and its supervisor reckon it alike, so that neither tells the
 * other, and the same limits have the same number in each generation.
 */
uint64_t limits_number(uint64_t edge, const struct actor_limits *limits);
/** limits_put() - RATE, BYTES and NO_GRANTS; of no limits, nothing */
void limits_put(struct fields_writer *w, const struct actor_limits *limits);
/** limits_get() - those; what is not there is not limited. 0; -EBADMSG */
int limits_get(const struct fields *f, struct actor_limits *ret_limits);
