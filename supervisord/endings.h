/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * endings.h - the end of an edge.
 */
#pragma once

#include "supervisord/minting.h"

/** endings_end() - an edge is over: tell all who have copies */
void endings_end(struct supervisor *s, struct custody_edge *edge,
		 bool by_target);
/** endings_revoke() - it is taken back: tell all who have copies */
void endings_revoke(struct supervisor *s, struct custody_edge *edge);
/** endings_settled() - nothing more is to be found out of one that was taken back:
 * it goes when it has been read */
void endings_settled(struct supervisor *s, struct custody_edge *edge);
/** endings_sweep() - forget those that are over and have been read */
void endings_sweep(struct supervisor *s);
/** endings_message() - EDGE_END; false: it is not */
bool endings_message(struct supervisor *s, struct minting_source source,
		     const struct fields *f);
