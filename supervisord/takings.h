/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * takings.h - what has come by an edge that neither of its ends ends.
 */
#pragma once

#include "supervisord/minting.h"

/** takings_begin() - it was just taken back, and its actors know: its door is shut
 * by us or below us, and what came by it is found out; it may be gone after that */
void takings_begin(struct supervisor *s, struct custody_edge *edge);
/** takings_below_gone() - a supervisor has died, and with it who would have shut
 * the doors of its holders */
void takings_below_gone(struct child *c);
/** takings_message() - SHUT, SETTLED; false: neither */
bool takings_message(struct supervisor *s, struct minting_source source,
		     const struct fields *f);
